/**
 * Unconfirmed accounts: who signed up and never showed that they read what was sent to them is removed after some days.
 *
 * Else whoever signs up in the names of others keeps these for ever, and the store grows by every try. Looked for from time to time in every process, along an index by
 * age: what is due is written nowhere else, so that a killed process leaves nothing behind, and a changed setting holds for all at once. Two processes at the same user are
 * told apart by the user's version. Removed as by an administrator (users/delete-user.ts), because what stays behind would be the next owner's of the name.
 * Who is not confirmed was given no tokens, so that there are none to void. Cognito keeps such accounts; the days are ours.
 */
import { plusSeconds, type Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Records } from '../ports/records.ts';
import type { Leaving } from '../users/delete-user.ts';
import { userCollection, type User } from '../users/users.ts';

const DAY_SECONDS = 86_400;
const PAGE = 100;
/** At one time; the next time goes on. */
const MOST_PAGES = 20;

interface UnconfirmedParts {
  readonly records: Records;
  readonly leaving: Leaving;
  readonly clock: Clock;
  /** How long an account may be unconfirmed. */
  readonly days: number | 'never';
  /** Hears of each account that is gone, and of each that could not be removed this time. */
  readonly log: Pick<Log, 'info' | 'error'>;
}

export function createUnconfirmed({ records, leaving, clock, days, log }: UnconfirmedParts) {
  async function expireOne(user: User, isDue: (present: User) => boolean): Promise<void> {
    const { poolId, sub } = user;
    try {
      if (await leaving.expire(user, isDue))
        log.info({ event: 'unconfirmed-user-expired', pool: poolId, user: sub });
    } catch (error) {
      // One that cannot be removed must not keep the others.
      log.error({ event: 'expiry-failed', pool: poolId, user: sub, err: error });
    }
  }

  return {
    /** Removes the accounts whose time is past, the oldest first, up to two thousand of them. */
    async expire(): Promise<void> {
      if (days === 'never') return;
      const latest = plusSeconds(clock.now(), -days * DAY_SECONDS).getTime();
      const isDue = ({ status, createdAt }: User) =>
        status === 'UNCONFIRMED' && Date.parse(createdAt) <= latest;
      let after: string | undefined;
      for (let pages = 0; pages < MOST_PAGES; pages += 1) {
        const index = 'byUnconfirmedSince';
        const page = await records.page(userCollection, { index, prefix: [], limit: PAGE, after });
        const due = page.records.filter(isDue);
        for (const user of due) await expireOne(user, isDue);
        after = page.next;
        if (due.length < PAGE || after === undefined) return;
      }
    },
  };
}
