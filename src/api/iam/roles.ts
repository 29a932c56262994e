/** Role operations of IAM. */
import type { Role } from '../../domain/access/roles.ts';
import { queryInteger, structure, text } from '../../wire/members.ts';
import {
  assertNoBoundary,
  onNewRole,
  onRole,
  path,
  policyArn,
  policyDocument,
  roleName,
  tags,
  tagsFrom,
  tagsType,
} from './members.ts';
import { operation } from './nouns.ts';

const SESSION_SECONDS = 3600;

export const CreateRole = operation({
  caller: 'iam',
  on: onNewRole,
  input: structure({
    Path: path.optional(),
    RoleName: roleName,
    AssumeRolePolicyDocument: policyDocument,
    Description: text({ max: 1000, pattern: /[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*/ }).optional(),
    MaxSessionDuration: queryInteger({ min: 3600, max: 43_200 }).optional(),
    PermissionsBoundary: policyArn.optional(),
    Tags: tags.optional(),
  }),
  async handle(input, { roles }) {
    assertNoBoundary(input.PermissionsBoundary);
    const role = await roles.create({
      name: input.RoleName,
      path: input.Path ?? '/',
      trust: input.AssumeRolePolicyDocument,
      description: input.Description,
      maxSessionSeconds: input.MaxSessionDuration ?? SESSION_SECONDS,
      tags: tagsFrom(input.Tags),
    });
    return { Role: roleType(role) };
  },
});

export const GetRole = operation({
  caller: 'iam',
  on: onRole,
  input: structure({ RoleName: roleName }),
  async handle(_input, { roles }, { found: role }) {
    return { Role: roleType(await roles.shown(role)) };
  },
});

export const DeleteRole = operation({
  caller: 'iam',
  on: onRole,
  input: structure({ RoleName: roleName }),
  async handle(_input, { roles }, { found: role }) {
    await roles.remove(role);
  },
});

export const UpdateAssumeRolePolicy = operation({
  caller: 'iam',
  on: onRole,
  input: structure({ RoleName: roleName, PolicyDocument: policyDocument }),
  async handle({ PolicyDocument }, { roles }, { found: role }) {
    await roles.setTrust(role, PolicyDocument);
  },
});

/** A role in the wire's words (Role); its policy percent-encoded, as AWS gives it. */
function roleType(role: Role) {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: role.arn,
    CreateDate: new Date(role.createdAt),
    AssumeRolePolicyDocument: encodeURIComponent(role.trust),
    Description: role.description,
    MaxSessionDuration: role.maxSessionSeconds,
    Tags: tagsType(role.tags),
  };
}
