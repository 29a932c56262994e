/** Operations of IAM on the inline policies of roles. */
import { structure } from '../../wire/members.ts';
import { onRole, pageOf, paging, policyDocument, policyName, roleName } from './members.ts';
import { operation } from './nouns.ts';

const onePolicy = { RoleName: roleName, PolicyName: policyName };

export const PutRolePolicy = operation({
  caller: 'iam',
  on: onRole,
  input: structure({ ...onePolicy, PolicyDocument: policyDocument }),
  async handle({ PolicyName, PolicyDocument }, { roles }, { found: role }) {
    await roles.putPolicy(role, PolicyName, PolicyDocument);
  },
});

/** The document is percent-encoded, as AWS gives it. */
export const GetRolePolicy = operation({
  caller: 'iam',
  on: onRole,
  input: structure(onePolicy),
  async handle({ PolicyName }, { roles }, { found: role }) {
    const text = await roles.policyOf(role, PolicyName);
    return { RoleName: role.name, PolicyName, PolicyDocument: encodeURIComponent(text) };
  },
});

export const ListRolePolicies = operation({
  caller: 'iam',
  on: onRole,
  input: structure({ RoleName: roleName, ...paging }),
  async handle(asked, { roles }, { found: role }) {
    const { items, ...page } = pageOf(await roles.policyNamesOf(role), (name) => name, asked);
    return { PolicyNames: items, ...page };
  },
});

export const DeleteRolePolicy = operation({
  caller: 'iam',
  on: onRole,
  input: structure(onePolicy),
  async handle({ PolicyName }, { roles }, { found: role }) {
    await roles.removePolicy(role, PolicyName);
  },
});
