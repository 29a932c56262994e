/**
 * Throttling of wrong passwords, codes and answers to a pool's own challenges, by person, by address and by client.
 *
 * Each of these is counted apart, so that who knows one of a person's cannot clear the tries of another by it. Every try is counted before it is judged, and of one person's a few are judged at a time: so his right ones, however many come at once to up to three processes, find the count cleared. From the sixth on a try needs the waiting time's only ticket, and the waiting time doubles with every try, refused ones included; a right
 * password clears the person's count. An address (of IPv6 its /64) may be wrong a hundred times in a quarter of an hour.
 * A device that the user signed in on before has tries of its own, which neither strangers nor their address use up: they cannot lock
 * the user out there. Once these are used up it is counted as everybody else.
 * Addresses are counted in each pool apart, and servers that speak for many users not at all.
 * A client that met a thousand wrong tries in that time is being tried with many names from many addresses: then an address may be wrong only five times. Its people are not locked out by that,
 * since a network that was not wrong is served as ever; a limit of the client itself would let one attacker shut out all of them.
 * Source: Cognito developer guide, "Lockout behavior for failed sign-in attempts"; NIST SP 800-63B, 5.2.2.
 */
import { Failure, isFailure } from '../../base/failure.ts';
import { callerNetwork, type CallerContext } from '../ports/caller-context.ts';
import type { Expiring } from '../ports/expiring.ts';
import { createLanes } from './concurrency.ts';

const FREE_TRIES = 5;
/** Of one person's tries, in each process: so few that right ones in three processes find a free try or the ticket, and in one that leaves room for a few wrong ones of strangers. */
const AT_ONCE = 2;
/** Of one person's tries; those beyond are judged as they come. */
const MOST_WAITING = 1000;
/** Longer than a try is judged. */
const MOST_SECONDS = 10;
const LONGEST_WAIT_SECONDS = 900;
const WINDOW_SECONDS = 900;
const MOST_OF_ADDRESS = 100;
const MANY_OF_CLIENT = 1000;
const MOST_OF_ADDRESS_THEN = 5;

/** Under which kinds a person's tries are counted, and the ticket of his waiting time is kept. */
const KINDS = {
  password: { tries: 'tries-by-person', waiting: 'waiting-person' },
  code: { tries: 'code-tries-by-person', waiting: 'code-waiting-person' },
  challenge: { tries: 'challenge-tries-by-person', waiting: 'challenge-waiting-person' },
} as const satisfies Record<Guess['guesses'], object>;

/** Too many wrong tries came before. */
export type ThrottleFailure = 'password-attempts-exceeded';

/** A try: what is guessed, whose it is, and where it came from. */
interface Guess {
  readonly guesses: 'password' | 'code' | 'challenge';
  /** The pool's id: what one pool's users do wrong is no other pool's matter. */
  readonly pool: string;
  readonly person: string;
  /** The app client's id; absent where the call names none. */
  readonly client?: string;
  readonly caller: CallerContext;
  readonly device: DeviceAllowance;
}
/** Whose tries a guess uses up: those of a device that the user signed in on before, or those that all others share. */
export type DeviceAllowance = 'unknown-device' | { readonly knownDevice: string };

/** A try that was counted. It ends in one of these ways; more are without effect. */
export interface Try {
  /** Others were judged first: what was read of the person before may be true no more. */
  readonly hasWaited: boolean;
  /** Clears the person's count. */
  right(): Promise<void>;
  /** Counts it for the address and the client too. */
  wrong(): Promise<void>;
  /** It was not judged. */
  drop(): void;
}

export function createThrottle({ expiring }: { expiring: Expiring }) {
  const lanes = createLanes({ width: AT_ONCE, mostWaiting: MOST_WAITING, seconds: MOST_SECONDS });
  const exceeded = () => new Failure<ThrottleFailure>('password-attempts-exceeded');

  async function isAddressSpent({ pool, caller, client }: Guess): Promise<boolean> {
    const network = callerNetwork(pool, caller);
    if (network === undefined) return false;
    const wrong = await expiring.counted('wrong-by-address', network);
    if (wrong >= MOST_OF_ADDRESS) return true;
    if (wrong < MOST_OF_ADDRESS_THEN || client === undefined) return false;
    return (await expiring.counted('wrong-by-client', client)) >= MANY_OF_CLIENT;
  }

  /** Counts a try of `person`, or of one of their devices. @returns what a right one clears @throws Failure `password-attempts-exceeded` */
  async function counted(guess: Counted): Promise<() => Promise<void>> {
    const { person } = guess;
    const kinds = KINDS[guess.guesses];
    const tries = await expiring.count(kinds.tries, person, WINDOW_SECONDS);
    if (tries <= FREE_TRIES) return () => expiring.forget(kinds.tries, person);
    const wait = Math.min(2 ** Math.min(tries - FREE_TRIES - 1, 20), LONGEST_WAIT_SECONDS);
    if (!(await expiring.claim(kinds.waiting, person, true, wait))) throw exceeded();
    return () => clear(guess);
  }

  async function clear({ guesses, person }: Counted): Promise<void> {
    const kinds = KINDS[guesses];
    await Promise.all([expiring.forget(kinds.tries, person), expiring.forget(kinds.waiting, person)]);
  }

  async function countWrong({ pool, caller, client }: Guess): Promise<void> {
    const network = callerNetwork(pool, caller);
    if (network === undefined) return;
    await Promise.all([
      expiring.count('wrong-by-address', network, WINDOW_SECONDS),
      client !== undefined && expiring.count('wrong-by-client', client, WINDOW_SECONDS),
    ]);
  }

  /** Counts a try under `person`, when it is its turn. @throws Failure `password-attempts-exceeded` */
  async function tryAs(person: string, guess: Guess): Promise<Try> {
    const { leave, hasWaited } = await lanes.enter(`${guess.guesses} ${person}`);
    try {
      const clearCount = await counted({ ...guess, person });
      return {
        hasWaited,
        right: () => clearCount().finally(leave),
        wrong: () => countWrong(guess).finally(leave),
        drop: leave,
      };
    } catch (error) {
      leave();
      throw error;
    }
  }

  return {
    /**
     * Counts a try, when it is its turn.
     * @throws Failure `password-attempts-exceeded` when it may not be made now
     */
    async assertMayTry(guess: Guess): Promise<Try> {
      const { person, device } = guess;
      if (device !== 'unknown-device') {
        const own = await tryAs(onDevice(person, device), guess).catch((error: unknown) => {
          if (isFailure<ThrottleFailure>(error, 'password-attempts-exceeded')) return undefined;
          throw error;
        });
        if (own) return own;
      }
      if (await isAddressSpent(guess)) throw exceeded();
      return tryAs(person, guess);
    },

    /** The same try once more, which stays counted as it was. */
    countedBefore: (guess: Guess): Try => ({
      hasWaited: false,
      async right() {
        const { person, device } = guess;
        await clear(guess);
        if (device !== 'unknown-device') await clear({ ...guess, person: onDevice(person, device) });
      },
      wrong: () => countWrong(guess),
      drop: () => undefined,
    }),

    /** Forgets a person's tries, because what was guessed is another from now on. */
    clear,
  };
}
type Counted = Pick<Guess, 'guesses' | 'person'>;

/** What the tries on a known device are counted under. A device is one user's, and so is its count. */
const onDevice = (person: string, { knownDevice }: Exclude<DeviceAllowance, string>): string =>
  `${person} on ${knownDevice}`;

export type Throttle = ReturnType<typeof createThrottle>;
