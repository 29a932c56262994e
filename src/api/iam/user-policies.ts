/** Operations of IAM on the inline policies of users. */
import { structure } from '../../wire/members.ts';
import { onUser, pageOf, paging, policyDocument, policyName, userName } from './members.ts';
import { operation } from './nouns.ts';

const onePolicy = { UserName: userName, PolicyName: policyName };

export const PutUserPolicy = operation({
  caller: 'iam',
  on: onUser,
  input: structure({ ...onePolicy, PolicyDocument: policyDocument }),
  async handle({ UserName, PolicyName, PolicyDocument }, { iamUsers }) {
    await iamUsers.putPolicy(UserName, PolicyName, PolicyDocument);
  },
});

/** The document is percent-encoded, as AWS gives it. */
export const GetUserPolicy = operation({
  caller: 'iam',
  on: onUser,
  input: structure(onePolicy),
  async handle({ UserName, PolicyName }, { iamUsers }) {
    const { name } = await iamUsers.get(UserName);
    const text = await iamUsers.policyOf(name, PolicyName);
    return { UserName: name, PolicyName, PolicyDocument: encodeURIComponent(text) };
  },
});

export const ListUserPolicies = operation({
  caller: 'iam',
  on: onUser,
  input: structure({ UserName: userName, ...paging }),
  async handle({ UserName, ...asked }, { iamUsers }) {
    const { items, ...page } = pageOf(await iamUsers.policyNamesOf(UserName), (name) => name, asked);
    return { PolicyNames: items, ...page };
  },
});

export const DeleteUserPolicy = operation({
  caller: 'iam',
  on: onUser,
  input: structure(onePolicy),
  async handle({ UserName, PolicyName }, { iamUsers }) {
    await iamUsers.removePolicy(UserName, PolicyName);
  },
});
