/** Operations of IAM on the inline policies of roles. */
import { structure } from '../../wire/members.ts';
import { onRole, pageOf, paging, policyDocument, policyName, roleName } from './members.ts';
import { operation } from './nouns.ts';

const onePolicy = { RoleName: roleName, PolicyName: policyName };

export const PutRolePolicy = operation({
  caller: 'iam',
  on: onRole,
  input: structure({ ...onePolicy, PolicyDocument: policyDocument }),
  async handle({ RoleName, PolicyName, PolicyDocument }, { roles }) {
    await roles.putPolicy(RoleName, PolicyName, PolicyDocument);
  },
});

/** The document is percent-encoded, as AWS gives it. */
export const GetRolePolicy = operation({
  caller: 'iam',
  on: onRole,
  input: structure(onePolicy),
  async handle({ RoleName, PolicyName }, { roles }) {
    const { name } = await roles.get(RoleName);
    const text = await roles.policyOf(name, PolicyName);
    return { RoleName: name, PolicyName, PolicyDocument: encodeURIComponent(text) };
  },
});

export const ListRolePolicies = operation({
  caller: 'iam',
  on: onRole,
  input: structure({ RoleName: roleName, ...paging }),
  async handle({ RoleName, ...asked }, { roles }) {
    const { items, ...page } = pageOf(await roles.policyNamesOf(RoleName), (name) => name, asked);
    return { PolicyNames: items, ...page };
  },
});

export const DeleteRolePolicy = operation({
  caller: 'iam',
  on: onRole,
  input: structure(onePolicy),
  async handle({ RoleName, PolicyName }, { roles }) {
    await roles.removePolicy(RoleName, PolicyName);
  },
});
