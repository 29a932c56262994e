/**
 * Access keys of IAM users: long-term credentials, two at most for each user.
 *
 * The ids of a user's keys stand in the user's own record, so that the limit holds also when many keys are made at once. Each change of a key
 * counts for the next request that it signs; role sessions that were opened with it live on, as at AWS. An id is never given twice.
 * A secret is shown when its key is made, and sealed ever after.
 * Source: IAM API reference, CreateAccessKey, UpdateAccessKey, DeleteAccessKey, ListAccessKeys.
 */
import type { Clock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import { newAccessKeyId, newSecretAccessKey } from '../../base/ids.ts';
import {
  insert,
  remove,
  replace,
  retrying,
  type Collection,
  type Kept,
  type Records,
} from '../ports/records.ts';

export interface AccessKey {
  readonly id: string;
  readonly userName: string;
  readonly userId: string;
  readonly secretAccessKey: string;
  readonly isActive: boolean;
  readonly createdAt: string;
}
/** `too-many-access-keys` (fact: most), `access-key-not-found` (fact: key). */
export type AccessKeyFailure = 'too-many-access-keys' | 'access-key-not-found';

export const accessKeyCollection: Collection<AccessKey> = {
  name: 'access-keys',
  key: ({ id }) => [id],
  sealed: ['secretAccessKey'],
};

const MAX_KEYS = 2;

/** Whose keys they are: the user who was found. */
interface Owner {
  readonly name: string;
  readonly id: string;
  readonly accessKeyIds: readonly string[];
}
type Found = Pick<Owner, 'id' | 'name'>;
interface AccessKeyParts<User> {
  readonly records: Records;
  readonly clock: Clock;
  /** Its key is the name in small letters. */
  readonly users: Collection<User>;
  readonly notFound: (user: string) => Failure;
}

export function createAccessKeys<User extends Owner>({
  records,
  clock,
  users,
  notFound,
}: AccessKeyParts<User>) {
  const keyNotFound = (key: string) => new Failure<AccessKeyFailure>('access-key-not-found', { key });

  async function ownerOf({ id, name }: Found): Promise<Kept<User>> {
    const kept = await records.get(users, [name.toLowerCase()]);
    // Who was made again under the name meanwhile is another, on whom nobody decided.
    if (kept?.record.id !== id) throw notFound(name);
    return kept;
  }

  /** A key of that user; another's is not there for whoever names the wrong one. */
  async function keyOf({ accessKeyIds, id: userId }: Owner, keyId: string): Promise<Kept<AccessKey>> {
    const kept = accessKeyIds.includes(keyId) ? await records.get(accessKeyCollection, [keyId]) : undefined;
    if (kept?.record.userId !== userId) throw keyNotFound(keyId);
    return kept;
  }

  /** One try; the user's record decides between keys made at once. */
  async function tryCreateKey(found: Found): Promise<AccessKey> {
    const { record: user, version } = await ownerOf(found);
    if (user.accessKeyIds.length >= MAX_KEYS)
      throw new Failure<AccessKeyFailure>('too-many-access-keys', { most: MAX_KEYS });
    const key: AccessKey = {
      id: newAccessKeyId(),
      userName: user.name,
      userId: user.id,
      secretAccessKey: newSecretAccessKey(),
      isActive: true,
      createdAt: clock.now().toISOString(),
    };
    const changed = { ...user, accessKeyIds: [...user.accessKeyIds, key.id] };
    await records.commit(replace(users, changed, version), insert(accessKeyCollection, key));
    return key;
  }

  async function tryRemoveKey(found: Found, keyId: string): Promise<void> {
    const { record: user, version } = await ownerOf(found);
    const key = await keyOf(user, keyId);
    const changed = { ...user, accessKeyIds: user.accessKeyIds.filter((each) => each !== keyId) };
    await records.commit(replace(users, changed, version), remove(accessKeyCollection, [keyId], key.version));
  }

  async function trySetActive(found: Found, keyId: string, isActive: boolean): Promise<void> {
    const { record: user } = await ownerOf(found);
    const { record, version } = await keyOf(user, keyId);
    if (record.isActive !== isActive)
      await records.commit(replace(accessKeyCollection, { ...record, isActive }, version));
  }

  return {
    /** The key, its secret for the only time in clear. @throws Failure `iam-user-not-found`, `too-many-access-keys`, `changed-meanwhile` */
    createKey: (found: Found): Promise<AccessKey> => retrying(() => tryCreateKey(found)),

    /** Ends a key for ever. @throws Failure `iam-user-not-found`, `access-key-not-found`, `changed-meanwhile` */
    removeKey: (found: Found, keyId: string): Promise<void> =>
      retrying(() => tryRemoveKey(found, keyId), ['changed-meanwhile', 'not-kept']),

    /** Lets a key sign, or not. @throws Failure `iam-user-not-found`, `access-key-not-found`, `changed-meanwhile` */
    setKeyStatus: (found: Found, keyId: string, { isActive }: { isActive: boolean }): Promise<void> =>
      retrying(() => trySetActive(found, keyId, isActive), ['changed-meanwhile', 'not-kept']),

    /** The keys of a user, by id. @throws Failure `iam-user-not-found` */
    async keysOf(owner: Found): Promise<readonly AccessKey[]> {
      const { record: user } = await ownerOf(owner);
      const found = await Promise.all(user.accessKeyIds.map((id) => records.get(accessKeyCollection, [id])));
      return found
        .flatMap((kept) => (kept ? [kept.record] : []))
        .toSorted((one, other) => (one.id < other.id ? -1 : 1));
    },

    /** The key and its owner; undefined for a key that is not, or not any more, in force. */
    async byKey(id: string): Promise<{ readonly key: AccessKey; readonly user: User } | undefined> {
      const kept = await records.get(accessKeyCollection, [id]);
      if (!kept?.record.isActive) return undefined;
      const user = (await records.get(users, [kept.record.userName.toLowerCase()]))?.record;
      // Of another user of the same name it is nobody's key.
      return user?.id === kept.record.userId ? { key: kept.record, user } : undefined;
    },
  };
}
