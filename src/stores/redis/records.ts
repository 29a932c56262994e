/**
 * Records in Redis: a value a record, a sorted set an index, in the order of the members' bytes.
 *
 * Reading takes two steps, index and values, between which others may write: a record counts only where it says itself that it stands. A
 * record past its time is absent by our clock; Redis forgets it a while later by its own. Entries of records that are gone are passed over
 * and taken out as they are met, and a few with each commit.
 */
import type { Clock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import type {
  AnyCollection,
  Change,
  Collection,
  Kept,
  PageRequest,
  Records,
  RecordsFailure,
} from '../../domain/ports/records.ts';
import { moments } from '../shared/expiry.ts';
import { keyText } from '../shared/key-text.ts';
import { assertUnique, kindOfIndex, LARGEST_PAGE, pageToken, stretchOf } from '../shared/paging.ts';
import { planned, recordKey } from '../shared/planned.ts';
import type { RedisConnection } from './connection.ts';
import { tagOf, type RedisKeys } from './keys.ts';
import { commitArguments, entryOf, readMember, readRow, stands, type KeptRow } from './rows.ts';
import { CLEAN, COMMIT } from './scripts.ts';

export interface RedisParts {
  readonly reader: RedisConnection;
  readonly writer: RedisConnection;
  /** Resolves once what was written by `writer` is where it must be. */
  readonly settled: () => Promise<void>;
  readonly keys: RedisKeys;
  readonly clock: Clock;
}
/** An entry of an index and the record that it leads to. */
interface Met {
  readonly member: string;
  readonly position: string;
  readonly text: string;
  readonly row: KeptRow | undefined;
}
/** Where a page is looked for. */
interface Place {
  readonly collection: AnyCollection;
  readonly tag: string;
  readonly index: string;
}

/** How much longer Redis remembers than our clock says: two clocks are never alike. */
export const MARGIN_MS = 10 * 60 * 1000;
const TRIES = 3;
const MOST_CLEANED = 100;

/** @param collections all that will be asked for */
export function redisRecords(
  { reader, writer, settled, keys, clock }: RedisParts,
  collections: readonly AnyCollection[],
): Records {
  const byName = new Map(collections.map((each) => [each.name, each]));
  const { isPast } = moments(clock);
  const now = () => clock.now().getTime();
  const known = ({ name }: AnyCollection): AnyCollection => {
    const found = byName.get(name);
    if (!found) throw new Error(`the store was opened without the collection ${name}`);
    return found;
  };
  const living = (row: KeptRow | undefined): row is KeptRow => row !== undefined && !isPast(row.until);
  const keptOf = <T>(row: KeptRow | undefined): Kept<T> | undefined =>
    // The document is what was kept through the same collection.
    living(row) ? { record: JSON.parse(row.document) as T, version: row.version } : undefined;

  async function rowsOf(
    { name }: AnyCollection,
    tag: string,
    texts: readonly string[],
  ): Promise<(KeptRow | undefined)[]> {
    const values = await reader.run((client) =>
      client.mget(texts.map((text) => keys.record(tag, name, text))),
    );
    return values.map((value) => (value === null ? undefined : readRow(value)));
  }

  /** Entries from `min` to `max`, in the request's order, with their records. */
  async function meet({ collection, tag, index }: Place, range: Range, count: number): Promise<Met[]> {
    const set = keys.index(tag, collection.name, index);
    const members = await reader.run((client) =>
      range.newestFirst
        ? client.zrevrangebylex(set, range.max, range.min, 'LIMIT', 0, count)
        : client.zrangebylex(set, range.min, range.max, 'LIMIT', 0, count),
    );
    if (members.length === 0) return [];
    const read = members.map((member) => ({ member, ...readMember(member) }));
    const rows = await rowsOf(
      collection,
      tag,
      read.map(({ text }) => text),
    );
    return read.map((each, place) => ({ ...each, row: rows[place] }));
  }

  async function clean({ collection: { name }, tag, index }: Place, dead: readonly Met[]): Promise<void> {
    if (dead.length === 0) return;
    const some = dead.slice(0, MOST_CLEANED);
    await writer.runScript(
      CLEAN,
      [
        keys.index(tag, name, index),
        keys.untils(tag, name),
        ...some.map(({ text }) => keys.record(tag, name, text)),
      ],
      [
        now(),
        MARGIN_MS,
        index,
        ...some.flatMap(({ text, position, member }) => [text, entryOf(index, position), member]),
      ],
    );
  }

  return {
    async get<T extends object>(collection: Collection<T>, key: readonly string[]) {
      known(collection);
      const text = recordKey(key);
      const value = await reader.run((client) =>
        client.get(keys.record(tagOf(collection, key), collection.name, text)),
      );
      return value === null ? undefined : keptOf<T>(readRow(value));
    },
    async find<T extends object>(collection: Collection<T>, index: string, key: readonly string[]) {
      known(collection);
      assertUnique(collection, index);
      const position = keyText(key);
      const place = { collection, tag: tagOf(collection, key), index };
      const range = { min: `[${position}\0`, max: `(${position}\u0001` };
      for (let tries = TRIES; tries > 0; tries -= 1) {
        const met = await meet(place, range, LARGEST_PAGE);
        const found = met.find(({ row }) => living(row) && stands(row, index, position));
        if (found) return keptOf<T>(found.row);
        // Living, but elsewhere by now: another may have taken its place between the two steps.
        if (!met.some(({ row }) => living(row))) return undefined;
      }
      return undefined;
    },
    async page<T extends object>(collection: Collection<T>, request: PageRequest) {
      known(collection);
      kindOfIndex(collection, request.index);
      assertTogether(collection, request);
      const { index = '', limit } = request;
      const place = { collection, tag: tagOf(collection, request.prefix), index };
      const found: { last: string; record: T }[] = [];
      const dead: Met[] = [];
      let range: Range | undefined = rangeOf(request);
      for (let count = limit + 1; range && found.length <= limit; count = Math.min(2 * count, LARGEST_PAGE)) {
        const met = await meet(place, range, count);
        for (const each of met) {
          const { row, position } = each;
          const isThere = row !== undefined && stands(row, index, position);
          if (isThere && living(row)) found.push({ last: position, record: keptOf<T>(row)!.record });
          else if (!isThere || (row.until ?? 0) + MARGIN_MS <= now()) dead.push(each);
        }
        range = met.length < count ? undefined : beyond(range, met.at(-1)!.position);
      }
      await clean(place, dead);
      const records = found.slice(0, limit).map(({ record }) => record);
      return found.length > limit
        ? { records, next: pageToken(found[limit - 1]!.last, request) }
        : { records };
    },
    async commit(...changes) {
      const plans = planned(changes);
      const [first] = changes;
      if (!first) return;
      const named = new Map(changes.map(({ collection }) => [collection.name, known(collection)]));
      const at = { keys, tag: tagOfChange(first), now: now(), margin: MARGIN_MS };
      const { named: all, words } = commitArguments(at, named, plans);
      refuse(await writer.runScript(COMMIT, all, words));
      await settled();
    },
  };
}

/** Bounds as ZRANGEBYLEX takes them. */
interface Range {
  readonly min: string;
  readonly max: string;
  readonly newestFirst?: boolean;
}

function rangeOf(request: PageRequest): Range {
  const { from, before, after } = stretchOf(request);
  const range = {
    min: `[${from}`,
    max: before === undefined ? '+' : `(${before}`,
    newestFirst: request.newestFirst === true,
  };
  return after === undefined ? range : beyond(range, after);
}

/** What of `range` lies beyond `position`, to which its own members, each with NUL after it, do not belong. */
const beyond = (range: Range, position: string): Range =>
  range.newestFirst ? { ...range, max: `(${position}` } : { ...range, min: `[${position}\u0001` };

/** A page that could come from several tags would have to ask every node. */
function assertTogether({ name, together = 0 }: AnyCollection, { prefix }: PageRequest): void {
  if (prefix.length < together)
    throw new RangeError(`a page of ${name} that does not say what stays together`);
}

const tagOfChange = (change: Change): string =>
  tagOf(change.collection, change.act === 'remove' ? change.key : change.collection.key(change.record));

/** @throws Failure for what the script COMMIT answered */
function refuse(answer: unknown): void {
  if (!Array.isArray(answer) || answer.length === 0) return;
  const [kind, collection, index] = answer.map(String);
  // The script knows no other kinds.
  throw new Failure(kind as RecordsFailure, { collection: collection ?? '', ...(index && { index }) });
}
