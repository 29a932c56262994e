/**
 * Access-key operations of IAM.
 *
 * Without a name they are about the caller's own keys. Root's key stands in the configuration: no operation shows or changes it.
 */
import { Failure } from '../../base/failure.ts';
import type { AccessKey } from '../../domain/access/access-keys.ts';
import { oneOf, structure } from '../../wire/members.ts';
import { accessKeyId, onUserOrSelf, pageOf, paging, userName, type ParameterFailure } from './members.ts';
import { operation } from './nouns.ts';

const STATUSES = ['Active', 'Inactive', 'Expired'] as const;

export const CreateAccessKey = operation({
  caller: 'iam',
  on: onUserOrSelf,
  input: structure({ UserName: userName.optional() }),
  async handle(_input, { iamUsers }, { found: user }) {
    const key = await iamUsers.createKey(user);
    return { AccessKey: { ...keyType(key), SecretAccessKey: key.secretAccessKey } };
  },
});

export const UpdateAccessKey = operation({
  caller: 'iam',
  on: onUserOrSelf,
  input: structure({ UserName: userName.optional(), AccessKeyId: accessKeyId, Status: oneOf(STATUSES) }),
  async handle({ AccessKeyId, Status }, { iamUsers }, { found: user }) {
    // A status that AWS gives, and nobody sets.
    if (Status === 'Expired')
      throw new Failure<ParameterFailure>('refused-value', { reason: 'Status must be Active or Inactive.' });
    await iamUsers.setKeyStatus(user, AccessKeyId, { isActive: Status === 'Active' });
  },
});

export const DeleteAccessKey = operation({
  caller: 'iam',
  on: onUserOrSelf,
  input: structure({ UserName: userName.optional(), AccessKeyId: accessKeyId }),
  async handle({ AccessKeyId }, { iamUsers }, { found: user }) {
    await iamUsers.removeKey(user, AccessKeyId);
  },
});

export const ListAccessKeys = operation({
  caller: 'iam',
  on: onUserOrSelf,
  input: structure({ UserName: userName.optional(), ...paging }),
  async handle(asked, { iamUsers }, { found: user }) {
    const keys = await iamUsers.keysOf(user);
    const { items, ...page } = pageOf(keys, ({ id }) => id, asked);
    return { AccessKeyMetadata: items.map(keyType), ...page };
  },
});

/** A key in the wire's words (AccessKeyMetadata), without its secret. */
function keyType({ userName: UserName, id, isActive, createdAt }: AccessKey) {
  return {
    UserName,
    AccessKeyId: id,
    Status: isActive ? ('Active' as const) : ('Inactive' as const),
    CreateDate: new Date(createdAt),
  };
}
