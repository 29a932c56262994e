/** User and access-key operations of IAM. */
import { userArn } from '../../base/arn.ts';
import { Failure } from '../../base/failure.ts';
import type { IamUser } from '../../domain/access/iam-users.ts';
import { structure } from '../../wire/members.ts';
import {
  assertNoBoundary,
  newUserName,
  onUser,
  path,
  policyArn,
  policyDocument,
  policyName,
  tags,
  tagsFrom,
  tagsType,
  userName,
  type ParameterFailure,
} from './members.ts';
import { operation } from './nouns.ts';

export const CreateUser = operation({
  caller: 'iam',
  on: onUser,
  input: structure({
    Path: path.optional(),
    UserName: newUserName,
    PermissionsBoundary: policyArn.optional(),
    Tags: tags.optional(),
  }),
  async handle({ Path = '/', UserName, PermissionsBoundary, Tags }, { iamUsers }) {
    assertNoBoundary(PermissionsBoundary);
    return { User: userType(await iamUsers.create({ name: UserName, path: Path, tags: tagsFrom(Tags) })) };
  },
});

export const PutUserPolicy = operation({
  caller: 'iam',
  on: onUser,
  input: structure({ UserName: userName, PolicyName: policyName, PolicyDocument: policyDocument }),
  async handle({ UserName, PolicyName, PolicyDocument }, { iamUsers }) {
    await iamUsers.putPolicy(UserName, PolicyName, PolicyDocument);
  },
});

export const CreateAccessKey = operation({
  caller: 'iam',
  // Without a name the caller's own: whose that is, only the handler knows, so that the policy must allow all users.
  on: ({ UserName }, { account }) => userArn(account, '/', UserName ?? '*'),
  input: structure({ UserName: userName.optional() }),
  async handle({ UserName }, { iamUsers }, { principal }) {
    const own = principal.kind === 'user' ? principal.name : undefined;
    const name = UserName ?? own;
    if (name === undefined)
      throw new Failure<ParameterFailure>('refused-parameter', {
        reason: 'Must specify userName when calling with non-User credentials',
      });
    const key = await iamUsers.createKey(name);
    return {
      AccessKey: {
        UserName: key.userName,
        AccessKeyId: key.id,
        Status: 'Active' as const,
        SecretAccessKey: key.secretAccessKey,
        CreateDate: new Date(key.createdAt),
      },
    };
  },
});

/** A user in the wire's words (User). */
function userType(user: IamUser) {
  return {
    Path: user.path,
    UserName: user.name,
    UserId: user.id,
    Arn: user.arn,
    CreateDate: new Date(user.createdAt),
    Tags: tagsType(user.tags),
  };
}
