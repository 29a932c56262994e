/** Group operations of cognito-idp. */
import type { Group } from '../../../domain/users/groups.ts';
import { integer, structure, text } from '../../../wire/members.ts';
import { arn, groupName, onPool, pageSize, pageToken, poolId, username } from '../members.ts';
import { operation } from '../nouns.ts';
import { passesGroupRole } from '../pools/passed-roles.ts';

const PAGE = 60;

export const CreateGroup = operation({
  caller: 'iam',
  on: onPool,
  passes: passesGroupRole,
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
    await groups.add(pool.id, GroupName, user);
  },
});

export const AdminRemoveUserFromGroup = operation({
  caller: 'iam',
  on: onPool,
  input: structure({ UserPoolId: poolId, Username: username, GroupName: groupName }),
  async handle({ UserPoolId, Username, GroupName }, { pools, users, groups, tokens }) {
    const pool = await pools.get(UserPoolId);
    const user = await users.get(pool, Username);
    await tokens.endingMember(pool.id, { user, group: GroupName }, (endings) =>
      groups.removeMember(pool.id, GroupName, user, endings),
    );
  },
});

export const DeleteGroup = operation({
  caller: 'iam',
  on: onPool,
  input: structure({ GroupName: groupName, UserPoolId: poolId }),
  async handle({ UserPoolId, GroupName }, { groups, tokens }) {
    await tokens.endingGroup(UserPoolId, GroupName, (endings) =>
      groups.remove(UserPoolId, GroupName, endings),
    );
  },
});

export const AdminListGroupsForUser = operation({
  caller: 'iam',
  on: onPool,
  input: structure({
    Username: username,
    UserPoolId: poolId,
    Limit: pageSize.optional(),
    NextToken: pageToken.optional(),
  }),
  async handle({ UserPoolId, Username, Limit, NextToken }, { pools, users, groups }) {
    const pool = await pools.get(UserPoolId);
    const { nameKey } = await users.get(pool, Username);
    const { records, next } = await groups.pageOfUser(pool.id, nameKey, {
      limit: Limit || PAGE,
      after: NextToken,
    });
    return { Groups: records.map(groupType), NextToken: next };
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
