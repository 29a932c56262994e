/** Operations of IAM on the inline policies of users. */
import { structure } from '../../wire/members.ts';
import { onUser, pageOf, paging, policyDocument, policyName, userName } from './members.ts';
import { operation } from './nouns.ts';

const onePolicy = { UserName: userName, PolicyName: policyName };

export const PutUserPolicy = operation({
  caller: 'iam',
  on: onUser,
  input: structure({ ...onePolicy, PolicyDocument: policyDocument }),
  async handle({ PolicyName, PolicyDocument }, { iamUsers }, { found: user }) {
    await iamUsers.putPolicy(user, PolicyName, PolicyDocument);
  },
});

/** The document is percent-encoded, as AWS gives it. */
export const GetUserPolicy = operation({
  caller: 'iam',
  on: onUser,
  input: structure(onePolicy),
  async handle({ PolicyName }, { iamUsers }, { found: user }) {
    const text = await iamUsers.policyOf(user, PolicyName);
    return { UserName: user.name, PolicyName, PolicyDocument: encodeURIComponent(text) };
  },
});

export const ListUserPolicies = operation({
  caller: 'iam',
  on: onUser,
  input: structure({ UserName: userName, ...paging }),
  async handle(asked, { iamUsers }, { found: user }) {
    const { items, ...page } = pageOf(await iamUsers.policyNamesOf(user), (name) => name, asked);
    return { PolicyNames: items, ...page };
  },
});

export const DeleteUserPolicy = operation({
  caller: 'iam',
  on: onUser,
  input: structure(onePolicy),
  async handle({ PolicyName }, { iamUsers }, { found: user }) {
    await iamUsers.removePolicy(user, PolicyName);
  },
});
