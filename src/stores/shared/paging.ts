/**
 * Paging: what part of an index a page request asks for, and the token that the next request brings back.
 *
 * A page is found by its keys alone, so its cost does not grow with its depth. A token is the last key given, bound to its request; one
 * that is damaged, or of another request, is refused. It needs no signature: a forged one shows nothing that the request, which the caller
 * has been allowed, would not show.
 */
import { Failure } from '../../base/failure.ts';
import { sha256 } from '../../base/secret.ts';
import type { AnyCollection, PageRequest, RecordsFailure } from '../../domain/ports/records.ts';
import { keyText, partText, textAfter } from './key-text.ts';

export const LARGEST_PAGE = 1000;
const CHECKSUM_BYTES = 6;

/**
 * What `index` is in `collection`: the key itself, a unique index, or a list.
 *
 * @throws RangeError when the collection has no such index
 */
export function kindOfIndex(
  { name, unique, lists }: AnyCollection,
  index: string | undefined,
): 'key' | 'unique' | 'list' {
  if (index === undefined) return 'key';
  if (Object.hasOwn(unique ?? {}, index)) return 'unique';
  if (Object.hasOwn(lists ?? {}, index)) return 'list';
  throw new RangeError(`no index ${index} of ${name}`);
}

/** @throws RangeError unless `index` is one of the collection's unique indexes */
export function assertUnique(collection: AnyCollection, index: string): void {
  if (kindOfIndex(collection, index) !== 'unique')
    throw new RangeError(`${index} of ${collection.name} is not unique`);
}

/** Keys from `from` on, before `before`, beyond `after` in the page's direction. All are key texts. */
interface Stretch {
  readonly from: string;
  /** Undefined: no upper bound. */
  readonly before: string | undefined;
  /** The last key of the page before: exclusive. */
  readonly after: string | undefined;
}

/**
 * What `request` asks for.
 *
 * @throws Failure `bad-page-token`; RangeError when the limit is not from 1 to 1,000
 */
export function stretchOf(request: PageRequest): Stretch {
  const { prefix, startsWith = '', after, limit } = request;
  if (!Number.isInteger(limit) || limit < 1 || limit > LARGEST_PAGE)
    throw new RangeError(`a page of ${limit} records`);
  const from = keyText(prefix) + partText(startsWith);
  const position = after === undefined ? undefined : readToken(after, request);
  if (position !== undefined && !position.startsWith(from)) throw badToken();
  return { from, before: textAfter(from), after: position };
}

/** @param last key text of the last record on the page */
export function pageToken(last: string, request: PageRequest): string {
  const position = Buffer.from(last, 'utf8');
  return Buffer.concat([checksum(last, request), position]).toString('base64url');
}

function readToken(token: string, request: PageRequest): string {
  const bytes = Buffer.from(token, 'base64url');
  const last = bytes.subarray(CHECKSUM_BYTES).toString('utf8');
  // Writing it again finds what the lenient decoders let pass: padding, stray characters, broken UTF-8.
  if (last === '' || pageToken(last, request) !== token) throw badToken();
  return last;
}

/** Binds a position to the request it came from, and finds damage. Not a signature, see above. */
const checksum = (last: string, { index = '', prefix, startsWith = '' }: PageRequest): Buffer =>
  sha256(keyText([index, keyText(prefix), startsWith, last])).subarray(0, CHECKSUM_BYTES);

const badToken = () => new Failure<RecordsFailure>('bad-page-token');
