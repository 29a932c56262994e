/** Input members that IAM operations share, with the limits of the API model. */
import { roleArn, userArn } from '../../base/arn.ts';
import { Failure } from '../../base/failure.ts';
import { iamUserNotFound, type IamUser, type IamUsers } from '../../domain/access/iam-users.ts';
import type { Principal } from '../../domain/access/principal.ts';
import { roleNotFound, type Role, type Roles } from '../../domain/access/roles.ts';
import { list, queryInteger, structure, text } from '../../wire/members.ts';
import { sought, unsought, type Target } from '../../wire/target.ts';

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

/** The role that is about to be made, under the path and name that it is to have. */
export const onNewRole = (
  { RoleName, Path = '/' }: { RoleName: string; Path?: string },
  _nouns: unknown,
  { account }: { account: string },
): Target<undefined> => unsought(roleArn(account, Path, RoleName));

/** The role of that name, whatever its case and path. */
export const onRole = async (
  { RoleName }: { RoleName: string },
  { roles }: { roles: Pick<Roles, 'find'> },
  { account }: { account: string },
): Promise<Target<Role>> =>
  sought({
    record: await roles.find(RoleName),
    arn: (role) => role.arn,
    tags: (role) => role.tags,
    named: roleArn(account, '/', RoleName),
    missing: roleNotFound(RoleName),
  });

/** The user who is about to be made, under the path and name that they are to have. */
export const onNewUser = (
  { UserName, Path = '/' }: { UserName: string; Path?: string },
  _nouns: unknown,
  { account }: { account: string },
): Target<undefined> => unsought(userArn(account, Path, UserName));

/** The user of that name, whatever its case and path. */
export const onUser = async (
  { UserName }: { UserName: string },
  { iamUsers }: { iamUsers: Pick<IamUsers, 'find'> },
  { account }: { account: string },
): Promise<Target<IamUser>> =>
  sought({
    record: await iamUsers.find(UserName),
    arn: (user) => user.arn,
    tags: (user) => user.tags,
    named: userArn(account, '/', UserName),
    missing: iamUserNotFound(UserName),
  });

/**
 * The user of that name; without a name the caller, decided on the caller's own ARN.
 * @throws Failure `refused-parameter` when there is no name and the caller is no user
 */
export async function onUserOrSelf(
  { UserName }: { UserName?: string },
  nouns: { iamUsers: Pick<IamUsers, 'find'> },
  at: { account: string; principal: Principal },
): Promise<Target<IamUser>> {
  if (UserName !== undefined) return onUser({ UserName }, nouns, at);
  const { principal } = at;
  if (principal.kind !== 'user')
    throw new Failure<ParameterFailure>('refused-parameter', {
      reason: 'Must specify userName when calling with non-User credentials',
    });
  const user = await nouns.iamUsers.find(principal.name);
  return sought({
    // Who was made again under the caller's name meanwhile is somebody else.
    record: user?.id === principal.userId ? user : undefined,
    arn: ({ arn }) => arn,
    tags: ({ tags }) => tags,
    named: principal.arn,
    missing: iamUserNotFound(principal.name),
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
