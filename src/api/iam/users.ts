/** User operations of IAM. */
import type { IamUser } from '../../domain/access/iam-users.ts';
import { structure } from '../../wire/members.ts';
import {
  assertNoBoundary,
  newUserName,
  onNewUser,
  onUser,
  onUserOrSelf,
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
  on: onNewUser,
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
  on: onUserOrSelf,
  input: structure({ UserName: userName.optional() }),
  handle(_input, _nouns, { found: user }) {
    return { User: userType(user) };
  },
});

export const DeleteUser = operation({
  caller: 'iam',
  on: onUser,
  input: structure({ UserName: userName }),
  async handle(_input, { iamUsers }, { found: user }) {
    await iamUsers.remove(user);
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
