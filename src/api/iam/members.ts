/** Input members that IAM operations share, with the limits of the API model. */
import { roleArn, userArn } from '../../base/arn.ts';
import { Failure } from '../../base/failure.ts';
import type { Principal } from '../../domain/access/principal.ts';
import { list, queryInteger, structure, text } from '../../wire/members.ts';

/**
 * `refused-parameter` (fact: reason), `refused-value` (fact: reason) where IAM has a word for it; `boundary-not-found` (fact: policy).
 * `bad-page-token`: the marker is none of ours.
 */
export type ParameterFailure =
  | 'refused-parameter'
  | 'refused-value'
  | 'boundary-not-found'
  | 'bad-page-token';

/** What a page has when nothing is said. */
const PAGE = 100;
const NAME = /[\w+=,.@-]+/;
export const roleName = text({ min: 1, max: 64, pattern: NAME });
export const newUserName = text({ min: 1, max: 64, pattern: NAME });
export const userName = text({ min: 1, max: 128, pattern: NAME });
export const policyName = text({ min: 1, max: 128, pattern: NAME });
export const path = text({ min: 1, max: 512, pattern: /(\u002F)|(\u002F[\u0021-\u007E]+\u002F)/ });
export const policyDocument = text({ min: 1, max: 131_072, pattern: /[\u0009\u000A\u000D\u0020-\u00FF]+/ });
export const policyArn = text({ min: 20, max: 2048 });
export const accessKeyId = text({ min: 16, max: 128, pattern: /[\w]+/ });
/** What every list takes. */
export const paging = {
  Marker: text({ min: 1, max: 320, pattern: /[\u0020-\u00FF]+/ }).optional(),
  MaxItems: queryInteger({ min: 1, max: 1000 }).optional(),
};
export const tags = list(
  structure({
    Key: text({ min: 1, max: 128, pattern: /[\p{L}\p{Z}\p{N}_.:/=+\-@]+/u }),
    Value: text({ max: 256, pattern: /[\p{L}\p{Z}\p{N}_.:/=+\-@]*/u }),
  }),
  { max: 50 },
);

/** The resource of operations on a role, by its name; its path is not known before it is read. */
export const onRole = (
  { RoleName, Path = '/' }: { RoleName: string; Path?: string },
  { account }: { account: string },
): string => roleArn(account, Path, RoleName);

/** The resource of operations on a user, by its name. */
export const onUser = (
  { UserName, Path = '/' }: { UserName: string; Path?: string },
  { account }: { account: string },
): string => userArn(account, Path, UserName);

/** The same where the name may be left out: whose the caller's own is, only the handler knows, so that the policy must allow all users. */
export const onUserOrOwn = ({ UserName }: { UserName?: string }, { account }: { account: string }): string =>
  userArn(account, '/', UserName ?? '*');

/** The name that is meant: the one that is given, or the caller's own. @throws Failure `refused-parameter` when the caller is no user */
export function ownName(given: string | undefined, principal: Principal): string {
  const name = given ?? (principal.kind === 'user' ? principal.name : undefined);
  if (name !== undefined) return name;
  throw new Failure<ParameterFailure>('refused-parameter', {
    reason: 'Must specify userName when calling with non-User credentials',
  });
}

/**
 * One page of what is known as a whole, in the order of `idOf`; a marker says after which it goes on, also when that is gone by then.
 *
 * @param all in that order
 * @throws Failure `bad-page-token`
 */
export function pageOf<Item>(
  all: readonly Item[],
  idOf: (item: Item) => string,
  { Marker, MaxItems = PAGE }: { readonly Marker?: string; readonly MaxItems?: number },
): { items: Item[]; IsTruncated: boolean; Marker?: string } {
  const after = Marker === undefined ? '' : readMarker(Marker);
  const left = all.filter((item) => idOf(item) > after);
  const items = left.slice(0, MaxItems);
  const last = items.at(-1);
  const isTruncated = items.length < left.length;
  return {
    items,
    IsTruncated: isTruncated,
    Marker: isTruncated && last !== undefined ? markerOf(idOf(last)) : undefined,
  };
}

const markerOf = (id: string): string => Buffer.from(id).toString('base64url');

function readMarker(marker: string): string {
  const id = Buffer.from(marker, 'base64url').toString();
  if (id === '' || markerOf(id) !== marker) throw new Failure<ParameterFailure>('bad-page-token');
  return id;
}

/** @throws Failure `refused-parameter` when a key stands twice */
export function tagsFrom(listed: readonly { Key: string; Value: string }[] = []): Record<string, string> {
  const keys = new Set(listed.map(({ Key }) => Key.toLowerCase()));
  if (keys.size < listed.length) {
    throw new Failure<ParameterFailure>('refused-parameter', {
      reason: 'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
    });
  }
  return Object.fromEntries(listed.map(({ Key, Value }) => [Key, Value]));
}

/** Tags in the wire's words; undefined when there are none. */
export function tagsType(
  tagged: Readonly<Record<string, string>>,
): { Key: string; Value: string }[] | undefined {
  const listed = Object.entries(tagged).map(([Key, Value]) => ({ Key, Value }));
  return listed.length === 0 ? undefined : listed;
}

/** No managed policy exists, so that none can bound anybody. @throws Failure `boundary-not-found` */
export function assertNoBoundary(arn: string | undefined): void {
  if (arn !== undefined) throw new Failure<ParameterFailure>('boundary-not-found', { policy: arn });
}
