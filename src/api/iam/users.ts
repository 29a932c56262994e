/** User operations of IAM. */
import type { IamUser } from '../../domain/access/iam-users.ts';
import { structure } from '../../wire/members.ts';
import {
  assertNoBoundary,
  newUserName,
  onUser,
  onUserOrOwn,
  ownName,
  path,
  policyArn,
  tags,
  tagsFrom,
  tagsType,
  userName,
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

export const GetUser = operation({
  caller: 'iam',
  on: onUserOrOwn,
  input: structure({ UserName: userName.optional() }),
  async handle({ UserName }, { iamUsers }, { principal }) {
    return { User: userType(await iamUsers.get(ownName(UserName, principal))) };
  },
});

export const DeleteUser = operation({
  caller: 'iam',
  on: onUser,
  input: structure({ UserName: userName }),
  async handle({ UserName }, { iamUsers }) {
    await iamUsers.remove(UserName);
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
