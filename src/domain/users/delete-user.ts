/**
 * Leaving: a user is removed, with all that hangs on him in the directory, in one commit.
 *
 * What would stay behind, a membership, would be inherited by whoever takes the name next; passkeys and devices would open nothing, and nobody could remove them. Tokens need no sweeping: they name a subject that nobody has any more; what was handed out for one is its giver's to void.
 * Source: Cognito API reference, AdminDeleteUser, DeleteUser.
 */
import { Failure } from '../../base/failure.ts';
import { NOTHING_ENDS, type Endings } from '../ports/endings.ts';
import { remove, retrying, type Kept, type Records, type RecordsFailure } from '../ports/records.ts';
import type { Devices } from './devices.ts';
import type { Groups } from './groups.ts';
import type { Passkeys } from './passkeys.ts';
import type { Pool } from '../pools/pools.ts';
import { userCollection, type User, type UserFailure, type Users } from './users.ts';

export function createLeaving({
  records,
  users,
  groups,
  passkeys,
  devices,
}: {
  records: Records;
  users: Users;
  groups: Groups;
  passkeys: Passkeys;
  devices: Devices;
}) {
  async function tryRemove(
    pool: Pool,
    { username, sub: known }: Pick<User, 'username' | 'sub'>,
    endings: Endings,
  ): Promise<void> {
    const user = await users.get(pool, username);
    const { nameKey, sub } = user;
    // Somebody else may have the name by now.
    if (sub !== known) throw new Failure<UserFailure>('user-not-found');
    const kept = await records.get(userCollection, [pool.id, nameKey]);
    if (kept?.record.sub !== sub) throw new Failure<RecordsFailure>('changed-meanwhile');
    await removeAt(kept, endings);
  }

  /** Removes a user who is still as they were read. @throws Failure `changed-meanwhile`, `not-kept` */
  async function removeAt(
    { record: { poolId, nameKey, sub }, version }: Kept<User>,
    given: Endings,
  ): Promise<void> {
    // Read after the user: one that is added later makes the user's version another.
    const endings = await Promise.all([
      groups.endingOf(poolId, nameKey),
      passkeys.endingOf(poolId, sub),
      devices.endingOf({ poolId, sub }),
    ]);
    await records.commit(remove(userCollection, [poolId, nameKey], version), ...endings.flat(), ...given);
  }

  /** Looks at the user anew at each try: what is removed is what was judged. */
  async function tryExpire(
    { poolId, nameKey, sub }: Pick<User, 'poolId' | 'nameKey' | 'sub'>,
    isDue: (present: User) => boolean,
  ): Promise<boolean> {
    const kept = await records.get(userCollection, [poolId, nameKey]);
    // Somebody else may have the name by now.
    if (kept?.record.sub !== sub || !isDue(kept.record)) return false;
    await removeAt(kept, NOTHING_ENDS);
    return true;
  }

  return {
    /**
     * Removes a user. Somebody else who has the name by now stays.
     * @throws Failure `user-not-found`, `changed-meanwhile`
     */
    async remove(pool: Pool, user: Pick<User, 'username' | 'sub'>, endings: Endings): Promise<void> {
      await retrying(() => tryRemove(pool, user, endings), ['changed-meanwhile', 'not-kept']);
    },

    /**
     * Removes a user whose time is past and who never signed in, if `isDue` says so of the very version that is removed.
     * @returns false when it says no, or they are gone
     * @throws Failure `changed-meanwhile`
     */
    expire(
      user: Pick<User, 'poolId' | 'nameKey' | 'sub'>,
      isDue: (present: User) => boolean,
    ): Promise<boolean> {
      return retrying(() => tryExpire(user, isDue), ['changed-meanwhile', 'not-kept']);
    },
  };
}
export type Leaving = ReturnType<typeof createLeaving>;
