/** Group operations of cognito-idp. */
import type { Group } from '../../domain/directory/groups.ts';
import { integer, structure, text } from '../../wire/members.ts';
import { arn, groupName, onPool, poolId, username } from './members.ts';
import { operation } from './nouns.ts';

export const CreateGroup = operation({
  caller: 'iam',
  on: onPool,
  input: structure({
    GroupName: groupName,
    UserPoolId: poolId,
    Description: text({ max: 2048 }).optional(),
    RoleArn: arn.optional(),
    Precedence: integer({ min: 0 }).optional(),
  }),
  async handle({ UserPoolId, GroupName, Description, RoleArn, Precedence }, { groups }) {
    const group = await groups.create({
      poolId: UserPoolId,
      name: GroupName,
      description: Description,
      roleArn: RoleArn,
      precedence: Precedence,
    });
    return { Group: groupType(group) };
  },
});

export const AdminAddUserToGroup = operation({
  caller: 'iam',
  on: onPool,
  input: structure({ UserPoolId: poolId, Username: username, GroupName: groupName }),
  async handle({ UserPoolId, Username, GroupName }, { pools, users, groups }) {
    const pool = await pools.get(UserPoolId);
    const user = await users.get(pool, Username);
    await groups.add(pool.id, GroupName, user.nameKey);
  },
});

/** A group in the wire's words (GroupType). */
function groupType({ poolId: pool, name, description, roleArn, precedence, createdAt, modifiedAt }: Group) {
  return {
    GroupName: name,
    UserPoolId: pool,
    Description: description,
    RoleArn: roleArn,
    Precedence: precedence,
    LastModifiedDate: new Date(modifiedAt),
    CreationDate: new Date(createdAt),
  };
}
