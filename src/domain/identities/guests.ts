/**
 * Guests: how many may come from one address, and how long one that nobody uses is kept.
 *
 * Anybody makes guests by asking, so that they are counted before one is made; an address of IPv6 as its /64. A guest's time begins anew when credentials or a token are
 * given, and only then, so that whoever goes on syncing or calling is kept. It is written rarely: a date is left as it is while enough of it is to come.
 * A guest without a date was made before there were any, or while guests were kept for ever; they are kept until they are used next.
 * Sources: Cognito identity API reference, GetId, TooManyRequestsException; the number and the days are ours.
 */
import { plusSeconds, type Clock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import { networkOf } from '../../base/ip.ts';
import type { Expiring } from '../ports/expiring.ts';

const WINDOW_SECONDS = 3600;
const DAY_SECONDS = 86_400;
/** How much longer than asked for a guest is kept, so that not every use has to be written. */
const SPARE = 0.1;

export interface GuestSettings {
  /** Most guests in an hour, of one identity pool and one address. */
  readonly guestsPerAddress: number;
  /** How long a guest is kept at least after they were used last. */
  readonly guestDays: number | 'never';
}
/** Too many guests of one identity pool came from one address within the hour. */
export type GuestFailure = 'too-many-guests';

export function createGuests({
  expiring,
  clock,
  settings: { guestsPerAddress: most, guestDays: days },
}: {
  expiring: Expiring;
  clock: Clock;
  settings: GuestSettings;
}) {
  return {
    /** Counts one more guest, who may be made if this resolves. @throws Failure `too-many-guests` */
    async count(poolId: string, sourceIp: string): Promise<void> {
      const come = await expiring.count('guests:address', `${poolId}/${networkOf(sourceIp)}`, WINDOW_SECONDS);
      if (come > most) throw new Failure<GuestFailure>('too-many-guests');
    },

    /**
     * Until when a guest is kept who is used now, ISO; undefined: for ever.
     * @param present the date so far, which is given back while it is good
     */
    keptUntil(present?: string): string | undefined {
      if (days === 'never') return undefined;
      const now = clock.now();
      const least = plusSeconds(now, days * DAY_SECONDS);
      const most = plusSeconds(now, days * DAY_SECONDS * (1 + SPARE));
      // Later than that it was written under another setting.
      const isGood = present !== undefined && isBetween(Date.parse(present), least, most);
      return isGood ? present : most.toISOString();
    },
  };
}

const isBetween = (at: number, from: Date, to: Date): boolean => at >= from.getTime() && at <= to.getTime();
