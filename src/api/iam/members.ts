/** Input members that IAM operations share, with the limits of the API model. */
import { roleArn, userArn } from '../../base/arn.ts';
import { Failure } from '../../base/failure.ts';
import { list, structure, text } from '../../wire/members.ts';

/** `refused-parameter` (fact: reason); `boundary-not-found` (fact: policy). */
export type ParameterFailure = 'refused-parameter' | 'boundary-not-found';

const NAME = /[\w+=,.@-]+/;
export const roleName = text({ min: 1, max: 64, pattern: NAME });
export const newUserName = text({ min: 1, max: 64, pattern: NAME });
export const userName = text({ min: 1, max: 128, pattern: NAME });
export const policyName = text({ min: 1, max: 128, pattern: NAME });
export const path = text({ min: 1, max: 512, pattern: /(\u002F)|(\u002F[\u0021-\u007E]+\u002F)/ });
export const policyDocument = text({ min: 1, max: 131_072, pattern: /[\u0009\u000A\u000D\u0020-\u00FF]+/ });
export const policyArn = text({ min: 20, max: 2048 });
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
