/**
 * IAM users: people and programs that administer, with long-term credentials.
 *
 * Not the people of a user pool. Their keys are access-keys.ts's. A user goes only once their keys and policies are gone, and one that is made again under the same name is another, with another id.
 * Source: IAM API reference, CreateUser, PutUserPolicy, DeleteUser.
 */
import { userArn } from '../../base/arn.ts';
import type { Clock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import { newUserId } from '../../base/ids.ts';
import { insert, remove, renaming, retrying, type Collection, type Records } from '../ports/records.ts';
import { createAccessKeys, type AccessKeyFailure } from './access-keys.ts';
import { createInlinePolicies, type InlinePolicies } from './inline-policies.ts';

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
/** `iam-user-exists`, `iam-user-not-found` (fact: user). */
export type IamUserFailure =
  | 'iam-user-exists'
  | 'iam-user-not-found'
  | 'iam-user-has-keys'
  | 'iam-user-has-policies'
  | AccessKeyFailure;

export const iamUserNotFound = (user: string) => new Failure<IamUserFailure>('iam-user-not-found', { user });

export const iamUserCollection: Collection<IamUser> = {
  name: 'iam-users',
  key: ({ name }) => [name.toLowerCase()],
};

/** Characters of all inline policies together, white space not counted. */
const MAX_INLINE = 2048;

export function createIamUsers({
  records,
  clock,
  account,
}: {
  records: Records;
  clock: Clock;
  account: string;
}) {
  const notFound = iamUserNotFound;

  async function find(name: string): Promise<IamUser | undefined> {
    return (await records.get(iamUserCollection, [name.toLowerCase()]))?.record;
  }

  /** One try; a key or a policy that is added meanwhile makes it fail. */
  async function tryRemove({ id, name }: Pick<IamUser, 'id' | 'name'>): Promise<void> {
    const kept = await records.get(iamUserCollection, [name.toLowerCase()]);
    if (kept?.record.id !== id) throw notFound(name);
    const { accessKeyIds, inline } = kept.record;
    if (accessKeyIds.length > 0) throw new Failure<IamUserFailure>('iam-user-has-keys');
    if (Object.keys(inline).length > 0) throw new Failure<IamUserFailure>('iam-user-has-policies');
    await records.commit(remove(iamUserCollection, [name.toLowerCase()], kept.version));
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

    /**
     * Removes a user who has no keys and no policies any more.
     * @throws Failure `iam-user-not-found`, `iam-user-has-keys`, `iam-user-has-policies`, `changed-meanwhile`
     */
    remove: (user: Pick<IamUser, 'id' | 'name'>): Promise<void> =>
      retrying(() => tryRemove(user), ['changed-meanwhile', 'not-kept']),

    ...createInlinePolicies({
      records,
      collection: iamUserCollection,
      kind: 'user',
      most: MAX_INLINE,
      notFound,
    }),
    ...createAccessKeys({ records, clock, users: iamUserCollection, notFound }),
  };
}
export type IamUsers = ReturnType<typeof createIamUsers>;
