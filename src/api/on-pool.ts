/**
 * The target of operations on one user pool, for the services that have such.
 *
 * A pool's id is compared to the letter, and its ARN is made of the id in the pool's own record.
 * Source: service authorization reference, "Amazon Cognito User Pools", resource type userpool.
 */
import { userPoolArn } from '../base/arn.ts';
import { poolNotFound, type Pool, type Pools } from '../domain/pools/pools.ts';
import { sought, type Target } from '../wire/target.ts';

/** The pool of that id; `pool-not-found` is what the allowed are told when there is none. */
export const onPool = async (
  { UserPoolId }: { UserPoolId: string },
  { pools }: { pools: Pick<Pools, 'find'> },
  { account }: { account: string },
): Promise<Target<Pool>> =>
  sought({
    record: await pools.find(UserPoolId),
    arn: ({ id }) => userPoolArn(account, id),
    tags: ({ tags }) => tags,
    named: userPoolArn(account, UserPoolId),
    missing: poolNotFound(UserPoolId),
  });
