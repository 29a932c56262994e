/** Input members that identity-pool operations share, with the limits of the API model. */
import { identityPoolArn } from '../../base/arn.ts';
import { Failure } from '../../base/failure.ts';
import {
  identityPoolNotFound,
  type IdentityPool,
  type IdentityPools,
} from '../../domain/identities/identity-pools.ts';
import { mapOf, text } from '../../wire/members.ts';
import { sought, type Target } from '../../wire/target.ts';

/** `refused-parameter` (fact: reason): input that is well formed and means nothing we can do. */
export type ParameterFailure = 'refused-parameter';

/** @throws Failure `refused-parameter`, always */
export function refuse(reason: string): never {
  throw new Failure<ParameterFailure>('refused-parameter', { reason });
}

export const identityPoolId = text({ min: 1, max: 55, pattern: /[\w-]+:[0-9a-f-]+/ });
export const identityId = text({ min: 1, max: 55, pattern: /[\w-]+:[0-9a-f-]+/ });
export const anyArn = text({ min: 20, max: 2048 });
export const logins = mapOf(text({ min: 1, max: 128 }), text({ min: 1, max: 50_000 }), { max: 10 });

/** The identity pool of that id. */
export const onIdentityPool = async (
  { IdentityPoolId }: { IdentityPoolId: string },
  { identityPools }: { identityPools: Pick<IdentityPools, 'find'> },
  { account }: { account: string },
): Promise<Target<IdentityPool>> =>
  sought({
    record: await identityPools.find(IdentityPoolId),
    arn: ({ id }) => identityPoolArn(account, id),
    tags: ({ tags }) => tags,
    named: identityPoolArn(account, IdentityPoolId),
    missing: identityPoolNotFound(IdentityPoolId),
  });
