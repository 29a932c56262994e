/**
 * Groups: named sets of a pool's users, with a role and a rank.
 *
 * A membership is a record of its own under group and user, listed by user, so that the groups of a person are one page away. The group of least precedence
 * comes first; names break ties. A membership names its group's id too: one of a group that is gone counts for no other that takes the name later, also while a job has not swept it yet.
 * Source: Cognito developer guide, "Adding groups to a user pool".
 */
import type { Clock } from '../../base/clock.ts';
import { Failure, isFailure } from '../../base/failure.ts';
import { newUuidV7 } from '../../base/ids.ts';
import type { Jobs, Work } from '../ports/jobs.ts';
import type { Endings } from '../ports/endings.ts';
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
import type { Pools } from '../pools/pools.ts';
import { userCollection, type User, type UserFailure } from './users.ts';

export interface Group {
  readonly poolId: string;
  readonly name: string;
  /** UUIDv7, never given twice; absent in groups that were made before groups had one. */
  readonly id?: string;
  readonly description?: string;
  readonly roleArn?: string;
  /** Lower counts more. */
  readonly precedence?: number;
  readonly createdAt: string;
  readonly modifiedAt: string;
}
interface Membership {
  readonly poolId: string;
  readonly group: string;
  /** The group's id. */
  readonly groupId?: string;
  /** The user's name as it is compared. */
  readonly nameKey: string;
}
/** `too-many-groups` (fact: most). */
export type GroupFailure = 'group-not-found' | 'group-exists' | 'too-many-groups';

type GroupSettings = Omit<Group, 'id' | 'createdAt' | 'modifiedAt'>;

/** The job that removes the memberships of a group that is gone. */
export const SWEEP_GROUP = 'sweep-group';
const SWEPT_AT_ONCE = 200;

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

interface GroupParts {
  readonly records: Records;
  readonly jobs: Jobs;
  readonly clock: Clock;
  readonly pools: Pools;
}

export function createGroups({ records, jobs, clock, pools }: GroupParts) {
  /** @throws Failure `group-not-found` */
  async function get(poolId: string, name: string): Promise<Group> {
    const kept = await records.get(groupCollection, [poolId, name]);
    if (!kept) throw new Failure<GroupFailure>('group-not-found', { group: name });
    return kept.record;
  }
  const make = (group: GroupSettings): Group => {
    const now = clock.now();
    const at = now.toISOString();
    return { ...group, id: newUuidV7(now), createdAt: at, modifiedAt: at };
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
    return found.flatMap((kept, at) =>
      kept && kept.record.id === memberships[at]?.groupId ? [kept.record] : [],
    );
  }

  /** The user is written anew with the membership, so that it cannot outlive a user who is removed at the same time. */
  async function tryAdd({ poolId, name: group, id: groupId }: Group, nameKey: string): Promise<void> {
    const [user, memberships, present] = await Promise.all([
      records.get(userCollection, [poolId, nameKey]),
      membershipsOf(poolId, nameKey),
      records.get(membershipCollection, [poolId, group, nameKey]),
    ]);
    if (!user) throw new Failure<UserFailure>('user-not-found');
    if (present && present.record.groupId === groupId) return;
    if (!present && memberships.length >= MAX_GROUPS_OF_USER)
      throw new Failure<GroupFailure>('too-many-groups', { most: MAX_GROUPS_OF_USER });
    const membership = { poolId, group, groupId, nameKey };
    await records.commit(
      replace(userCollection, user.record, user.version),
      present
        ? replace(membershipCollection, membership, present.version)
        : insert(membershipCollection, membership),
    );
  }

  /** One try; a group that is made again meanwhile stays. */
  async function tryRemove(poolId: string, name: string, endings: Endings): Promise<void> {
    const kept = await records.get(groupCollection, [poolId, name]);
    if (!kept) throw new Failure<GroupFailure>('group-not-found', { group: name });
    await records.commit(
      remove(groupCollection, [poolId, name], kept.version),
      jobs.add(SWEEP_GROUP, JSON.stringify([poolId, name, kept.record.id ?? null])),
      ...endings,
    );
  }

  return {
    get,

    /** @throws Failure `pool-not-found`, `group-exists` */
    async create(group: GroupSettings): Promise<Group> {
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
      const group = await get(poolId, name);
      try {
        await retrying(() => tryAdd(group, user.nameKey), ['changed-meanwhile', 'not-kept']);
      } catch (error) {
        if (!isFailure(error, 'already-kept')) throw error;
      }
    },

    /**
     * Ends a membership; not being a member is no fault.
     * @throws Failure `group-not-found`
     */
    async removeMember(
      poolId: string,
      name: string,
      { nameKey }: Pick<User, 'nameKey'>,
      endings: Endings,
    ): Promise<void> {
      await get(poolId, name);
      try {
        await records.commit(remove(membershipCollection, [poolId, name, nameKey]), ...endings);
      } catch (error) {
        if (!isFailure(error, 'not-kept')) throw error;
      }
    },

    /**
     * Removes a group, and with it every membership for every reader at once; a job sweeps their records.
     * @throws Failure `pool-not-found`, `group-not-found`, `changed-meanwhile`
     */
    async remove(poolId: string, name: string, endings: Endings): Promise<void> {
      await pools.get(poolId);
      await retrying(() => tryRemove(poolId, name, endings), ['changed-meanwhile', 'not-kept']);
      jobs.wake();
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
      const made = make({ poolId, name, description });
      let groupId = made.id;
      try {
        await records.commit(insert(groupCollection, made));
      } catch (error) {
        if (!isFailure(error, 'already-kept')) throw error;
        groupId = (await get(poolId, name)).id;
      }
      return insert(membershipCollection, { poolId, group: name, groupId, nameKey });
    },

    /** The groups of a user, the most important first. */
    async ofUser(poolId: string, nameKey: string): Promise<readonly Group[]> {
      return (await groupsOf(await membershipsOf(poolId, nameKey))).toSorted(byRank);
    },
  };
}
export type Groups = ReturnType<typeof createGroups>;

/** How the job SWEEP_GROUP is done: memberships of the group's id, and of no group that took its name since. */
export const sweepGroup =
  (records: Records): Work =>
  async (subject, { cursor, keep }) => {
    // As `tryRemove` wrote it.
    const [poolId, group, groupId] = JSON.parse(subject) as [string, string, string | null];
    let after = cursor;
    do {
      const page = await records.page(membershipCollection, {
        prefix: [poolId, group],
        limit: SWEPT_AT_ONCE,
        after,
      });
      const dead = page.records.filter((each) => (each.groupId ?? null) === groupId);
      for (const each of dead) await swept(records, each);
      after = page.next;
      if (after !== undefined) await keep(after);
    } while (after !== undefined);
  };

async function swept(records: Records, dead: Membership): Promise<void> {
  const key = membershipCollection.key(dead);
  const kept = await records.get(membershipCollection, key);
  if (kept?.record.groupId !== dead.groupId) return;
  try {
    await records.commit(remove(membershipCollection, key, kept?.version));
  } catch (error) {
    // Somebody joined the group of that name anew, or the membership is gone.
    if (!isFailure(error, 'not-kept', 'changed-meanwhile')) throw error;
  }
}

function byRank(one: Group, other: Group): number {
  const ranks = [one.precedence ?? Infinity, other.precedence ?? Infinity] as const;
  if (ranks[0] !== ranks[1]) return ranks[0] - ranks[1];
  return one.name < other.name ? -1 : 1;
}
