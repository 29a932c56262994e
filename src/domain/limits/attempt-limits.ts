/**
 * Attempt limits: how often in an hour one may ask for codes, try them, and change what is one's own; counted before anything else is done, whether there is such a person or not.
 *
 * A person is counted under one name, however he is called; an address of IPv6 as its /64. Where a server speaks for many people its address says nothing and is not counted.
 * Source: Cognito developer guide, "Quotas in Amazon Cognito" (per person; where it says 5 to 20 a number between them is ours). The limits by address are ours.
 */
import { Failure } from '../../base/failure.ts';
import type { Expiring } from '../ports/expiring.ts';
import { callerNetwork, type CallerContext } from '../ports/caller-context.ts';

const WINDOW_SECONDS = 3600;

/** Most in an hour, by what is asked: of one person, and from one address. */
const MOST = {
  // Cognito names no number for one name or address.
  'sign-up': { person: 200, address: 500 },
  'resend-confirmation-code': { person: 5, address: 100 },
  'confirm-sign-up': { person: 15, address: 300 },
  'forgot-password': { person: 5, address: 100 },
  'confirm-forgot-password': { person: 10, address: 200 },
  'change-password': { person: 5, address: 100 },
  'send-attribute-code': { person: 5, address: 100 },
  'verify-attribute': { person: 15, address: 300 },
  // Changes that have a code sent; Cognito names no number.
  'change-address': { person: 10, address: 200 },
} as const;
type Limited = keyof typeof MOST;

/** One asked too often. */
export type AttemptFailure = 'too-many-attempts';

/** Who asks, as whom, and from where. */
export interface Asking {
  readonly pool: { readonly id: string };
  readonly user: { readonly nameKey: string };
  readonly caller: CallerContext;
}

export type AttemptLimits = ReturnType<typeof createAttemptLimits>;

export function createAttemptLimits({ expiring }: { expiring: Expiring }) {
  const exceeded = () => new Failure<AttemptFailure>('too-many-attempts');
  const kindOf = (what: Limited, of: 'person' | 'address') => `attempts:${what}:${of}`;

  return {
    /** @throws Failure `too-many-attempts` */
    async count(what: Limited, asking: Asking): Promise<void> {
      // The address first: who is stopped there uses up nothing of the person's.
      const network = callerNetwork(asking.pool.id, asking.caller);
      if (network !== undefined) {
        const fromThere = await expiring.count(kindOf(what, 'address'), network, WINDOW_SECONDS);
        if (fromThere > MOST[what].address) throw exceeded();
      }
      const ofPerson = await expiring.count(kindOf(what, 'person'), personOf(asking), WINDOW_SECONDS);
      if (ofPerson > MOST[what].person) throw exceeded();
    },

    /** Forgets what a person has used up, because he proved who he is. */
    async clear(what: Limited, asking: Omit<Asking, 'caller'>): Promise<void> {
      await expiring.forget(kindOf(what, 'person'), personOf(asking));
    },
  };
}

/** What a person's tries are counted under, everywhere. */
export const personOf = ({ pool, user }: Pick<Asking, 'pool' | 'user'>): string =>
  `${pool.id}/${user.nameKey}`;
