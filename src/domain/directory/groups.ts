/**
 * Groups: named sets of a pool's users, with a role and a rank.
 *
 * A membership is a record of its own under group and user, listed by user, so that the groups of a person are one page away. The group of least precedence
 * comes first; names break ties.
 * Source: Cognito developer guide, "Adding groups to a user pool".
 */
import type { Clock } from '../../base/clock.ts';
import { Failure, isFailure } from '../../base/failure.ts';
import {
  insert,
  remove,
  renaming,
  replace,
  retrying,
  type Change,
  type Collection,
  type Page,
  type Records,
} from '../ports/records.ts';
import type { Pools } from './pools.ts';
import { userCollection, type User, type UserFailure } from './users.ts';

export interface Group {
  readonly poolId: string;
  readonly name: string;
  readonly description?: string;
  readonly roleArn?: string;
  /** Lower counts more. */
  readonly precedence?: number;
  readonly createdAt: string;
  readonly modifiedAt: string;
}
export interface Membership {
  readonly poolId: string;
  readonly group: string;
  /** The user's name as it is compared. */
  readonly nameKey: string;
}
/** `too-many-groups` (fact: most). */
export type GroupFailure = 'group-not-found' | 'group-exists' | 'too-many-groups';

/** Cognito's quota of groups a user. */
const MAX_GROUPS_OF_USER = 100;

export const groupCollection: Collection<Group> = {
  name: 'groups',
  key: ({ poolId, name }) => [poolId, name],
};
export const membershipCollection: Collection<Membership> = {
  name: 'group-members',
  key: ({ poolId, group, nameKey }) => [poolId, group, nameKey],
  lists: { byUser: ({ poolId, nameKey }) => [[poolId, nameKey]] },
};

export function createGroups({ records, clock, pools }: { records: Records; clock: Clock; pools: Pools }) {
  /** @throws Failure `group-not-found` */
  async function get(poolId: string, name: string): Promise<Group> {
    const kept = await records.get(groupCollection, [poolId, name]);
    if (!kept) throw new Failure<GroupFailure>('group-not-found', { group: name });
    return kept.record;
  }
  const make = (group: Omit<Group, 'createdAt' | 'modifiedAt'>): Group => {
    const now = clock.now().toISOString();
    return { ...group, createdAt: now, modifiedAt: now };
  };

  async function membershipsOf(poolId: string, nameKey: string): Promise<readonly Membership[]> {
    const page = await records.page(membershipCollection, {
      index: 'byUser',
      prefix: [poolId, nameKey],
      // One more than there may be; the group of a provider's people is among them.
      limit: MAX_GROUPS_OF_USER + 1,
    });
    return page.records;
  }
  async function groupsOf(memberships: readonly Membership[]): Promise<readonly Group[]> {
    const found = await Promise.all(
      memberships.map(({ poolId, group }) => records.get(groupCollection, [poolId, group])),
    );
    return found.flatMap((kept) => (kept ? [kept.record] : []));
  }

  /** The user is written anew with the membership, so that it cannot outlive a user who is removed at the same time. */
  async function tryAdd(poolId: string, group: string, nameKey: string): Promise<void> {
    const [user, memberships] = await Promise.all([
      records.get(userCollection, [poolId, nameKey]),
      membershipsOf(poolId, nameKey),
    ]);
    if (!user) throw new Failure<UserFailure>('user-not-found');
    if (memberships.some((each) => each.group === group)) return;
    if (memberships.length >= MAX_GROUPS_OF_USER)
      throw new Failure<GroupFailure>('too-many-groups', { most: MAX_GROUPS_OF_USER });
    await records.commit(
      replace(userCollection, user.record, user.version),
      insert(membershipCollection, { poolId, group, nameKey }),
    );
  }

  return {
    get,

    /** @throws Failure `pool-not-found`, `group-exists` */
    async create(group: Omit<Group, 'createdAt' | 'modifiedAt'>): Promise<Group> {
      await pools.get(group.poolId);
      const made = make(group);
      await renaming(
        records.commit(insert(groupCollection, made)),
        'already-kept',
        () => new Failure<GroupFailure>('group-exists', { group: group.name }),
      );
      return made;
    },

    /**
     * Makes a member; already being one is no fault.
     * @throws Failure `group-not-found`, `user-not-found`, `too-many-groups`, `changed-meanwhile`
     */
    async add(poolId: string, name: string, user: Pick<User, 'nameKey'>): Promise<void> {
      await get(poolId, name);
      try {
        await retrying(() => tryAdd(poolId, name, user.nameKey), ['changed-meanwhile', 'not-kept']);
      } catch (error) {
        if (!isFailure(error, 'already-kept')) throw error;
      }
    },

    /** What ends the memberships of a user; belongs into the commit that removes him. */
    async endingOf(poolId: string, nameKey: string): Promise<readonly Change[]> {
      const memberships = await membershipsOf(poolId, nameKey);
      return memberships.map((each) => remove(membershipCollection, membershipCollection.key(each)));
    },

    /** The groups of a user by name, a page of them. */
    async pageOfUser(
      poolId: string,
      nameKey: string,
      { limit, after }: { limit: number; after?: string },
    ): Promise<Page<Group>> {
      const page = await records.page(membershipCollection, {
        index: 'byUser',
        prefix: [poolId, nameKey],
        limit,
        after,
      });
      return { records: await groupsOf(page.records), next: page.next };
    },

    /** The group of all that a provider vouches for, made when absent; changes that belong into the user's own commit. */
    async membershipIn(poolId: string, name: string, description: string, nameKey: string): Promise<Change> {
      try {
        await records.commit(insert(groupCollection, make({ poolId, name, description })));
      } catch (error) {
        if (!isFailure(error, 'already-kept')) throw error;
      }
      return insert(membershipCollection, { poolId, group: name, nameKey });
    },

    /** The groups of a user, the most important first. */
    async ofUser(poolId: string, nameKey: string): Promise<readonly Group[]> {
      return (await groupsOf(await membershipsOf(poolId, nameKey))).toSorted(byRank);
    },
  };
}
export type Groups = ReturnType<typeof createGroups>;

function byRank(one: Group, other: Group): number {
  const ranks = [one.precedence ?? Infinity, other.precedence ?? Infinity] as const;
  if (ranks[0] !== ranks[1]) return ranks[0] - ranks[1];
  return one.name < other.name ? -1 : 1;
}
