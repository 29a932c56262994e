/** User-pool operations of cognito-idp. */
import { anyUserPoolArn } from '../../../base/arn.ts';
import { integer, structure } from '../../../wire/members.ts';
import { onPool, pageToken, poolId } from '../members.ts';
import { unsought } from '../../../wire/target.ts';
import { operation } from '../nouns.ts';
import { passesSmsRole } from './passed-roles.ts';
import { createUserPoolInput, updateUserPoolInput } from './pool-members.ts';
import { changedPool, poolSettings } from './pool-settings.ts';
import { lambdaConfigType } from './pool-triggers.ts';
import { userPoolType } from './user-pool-type.ts';

export const CreateUserPool = operation({
  caller: 'iam',
  on: (_input, _nouns, at) => unsought(anyUserPoolArn(at)),
  passes: passesSmsRole,
  input: createUserPoolInput,
  async handle(input, { pools }, { region }) {
    return { UserPool: userPoolType(await pools.create(region, poolSettings(input)), 0) };
  },
});

export const DescribeUserPool = operation({
  caller: 'iam',
  on: onPool,
  input: structure({ UserPoolId: poolId }),
  async handle({ UserPoolId }, { pools, users, poolDomains }) {
    const pool = await pools.get(UserPoolId);
    const [count, named] = await Promise.all([users.estimate(pool.id), poolDomains.ofPool(pool.id)]);
    return { UserPool: { ...userPoolType(pool, count), Domain: named?.domain } };
  },
});

export const UpdateUserPool = operation({
  caller: 'iam',
  on: onPool,
  passes: passesSmsRole,
  input: updateUserPoolInput,
  async handle(input, { pools }) {
    await pools.update(input.UserPoolId, (pool) => changedPool(pool, input));
    return {};
  },
});

export const ListUserPools = operation({
  caller: 'iam',
  on: (_input, _nouns, at) => unsought(anyUserPoolArn(at)),
  input: structure({ NextToken: pageToken.optional(), MaxResults: integer({ min: 1, max: 60 }) }),
  async handle({ MaxResults, NextToken }, { pools }, { region }) {
    const { records, next } = await pools.list({ region, limit: MaxResults, after: NextToken });
    return {
      UserPools: records.map((pool) => ({
        Id: pool.id,
        Name: pool.name,
        LambdaConfig: lambdaConfigType(pool),
        CreationDate: new Date(pool.createdAt),
        LastModifiedDate: new Date(pool.modifiedAt),
      })),
      NextToken: next,
    };
  },
});

export const DeleteUserPool = operation({
  caller: 'iam',
  on: onPool,
  input: structure({ UserPoolId: poolId }),
  async handle({ UserPoolId }, { pools, tokens }) {
    await tokens.endingPool(UserPoolId, (endings) => pools.remove(UserPoolId, endings));
  },
});
