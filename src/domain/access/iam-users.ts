/**
 * IAM users and their access keys: people and programs that administer, with long-term credentials.
 *
 * Not the people of a user pool. The ids of a user's keys stand in the user's own record, so that the limit of two holds also when many keys are made at once. A secret is shown when its key is made, and
 * sealed ever after.
 * Source: IAM API reference, CreateUser, PutUserPolicy, CreateAccessKey.
 */
import { userArn } from '../../base/arn.ts';
import type { Clock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import { newAccessKeyId, newSecretAccessKey, newUserId } from '../../base/ids.ts';
import { insert, renaming, replace, retrying, type Collection, type Records } from '../ports/records.ts';
import { inlinePolicyWriter, type InlinePolicies } from './inline-policies.ts';

export interface IamUser {
  readonly name: string;
  /** Begins and ends with a slash. */
  readonly path: string;
  /** `AIDA…` */
  readonly id: string;
  readonly arn: string;
  readonly tags: Readonly<Record<string, string>>;
  /** JSON texts by name. */
  readonly inline: InlinePolicies;
  readonly accessKeyIds: readonly string[];
  readonly createdAt: string;
}
export interface AccessKey {
  readonly id: string;
  readonly userName: string;
  readonly userId: string;
  readonly secretAccessKey: string;
  readonly isActive: boolean;
  readonly createdAt: string;
}
export type IamUserFailure = 'iam-user-exists' | 'iam-user-not-found' | 'too-many-access-keys';

export const iamUserCollection: Collection<IamUser> = {
  name: 'iam-users',
  key: ({ name }) => [name.toLowerCase()],
};
export const accessKeyCollection: Collection<AccessKey> = {
  name: 'access-keys',
  key: ({ id }) => [id],
  sealed: ['secretAccessKey'],
};

/** Characters of all inline policies together, white space not counted. */
const MAX_INLINE = 2048;
const MAX_KEYS = 2;

export function createIamUsers({
  records,
  clock,
  account,
}: {
  records: Records;
  clock: Clock;
  account: string;
}) {
  const notFound = (user: string) => new Failure<IamUserFailure>('iam-user-not-found', { user });

  async function find(name: string): Promise<IamUser | undefined> {
    return (await records.get(iamUserCollection, [name.toLowerCase()]))?.record;
  }

  /** One try; the user's record decides between keys made at once. */
  async function tryCreateKey(name: string): Promise<AccessKey> {
    const kept = await records.get(iamUserCollection, [name.toLowerCase()]);
    if (!kept) throw notFound(name);
    const { record: user, version } = kept;
    if (user.accessKeyIds.length >= MAX_KEYS)
      throw new Failure<IamUserFailure>('too-many-access-keys', { most: MAX_KEYS });
    const key: AccessKey = {
      id: newAccessKeyId(),
      userName: user.name,
      userId: user.id,
      secretAccessKey: newSecretAccessKey(),
      isActive: true,
      createdAt: clock.now().toISOString(),
    };
    const changed = { ...user, accessKeyIds: [...user.accessKeyIds, key.id] };
    await records.commit(replace(iamUserCollection, changed, version), insert(accessKeyCollection, key));
    return key;
  }

  return {
    find,

    /** @throws Failure `iam-user-exists` */
    async create({ name, path, tags }: Pick<IamUser, 'name' | 'path' | 'tags'>): Promise<IamUser> {
      const user: IamUser = {
        name,
        path,
        tags,
        id: newUserId(),
        arn: userArn(account, path, name),
        inline: {},
        accessKeyIds: [],
        createdAt: clock.now().toISOString(),
      };
      await renaming(
        records.commit(insert(iamUserCollection, user)),
        'already-kept',
        () => new Failure<IamUserFailure>('iam-user-exists', { user: name }),
      );
      return user;
    },

    /** Writes an inline policy, in place of an older one of its name. @throws Failure `iam-user-not-found`, `malformed-policy`, `policies-too-long` */
    putPolicy: inlinePolicyWriter({
      records,
      collection: iamUserCollection,
      kind: 'user',
      most: MAX_INLINE,
      notFound,
    }),

    /** The key, its secret for the only time in clear. @throws Failure `iam-user-not-found`, `too-many-access-keys`, `changed-meanwhile` */
    createKey: (name: string): Promise<AccessKey> => retrying(() => tryCreateKey(name)),

    /** The key and its owner; undefined for a key that is not, or not any more, in force. */
    async byKey(id: string): Promise<{ readonly key: AccessKey; readonly user: IamUser } | undefined> {
      const kept = await records.get(accessKeyCollection, [id]);
      if (!kept?.record.isActive) return undefined;
      const user = await find(kept.record.userName);
      return user?.id === kept.record.userId ? { key: kept.record, user } : undefined;
    },
  };
}
export type IamUsers = ReturnType<typeof createIamUsers>;
