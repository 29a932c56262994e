/**
 * Attempts: what is kept of a sign-in between two calls, under the session string that the client answers with.
 *
 * A session is a bearer value, bound to pool, client and user, and to the password that was proven: it ends when that is replaced. Each answer to it is counted; a right one or the fifth spends it.
 */
import { Failure } from '../../base/failure.ts';
import { sha256Hex } from '../../base/secret.ts';
import type { Client } from '../pools/clients.ts';
import type { Pool } from '../pools/pools.ts';
import { isDecoy, type Account, type Decoys } from '../users/decoys.ts';
import type { Users } from '../users/users.ts';
import type { Expiring } from '../ports/expiring.ts';
import type { Continuation } from './start.ts';
import { isOf } from './session-user.ts';
import type { Attempt, Flow, Notes, SignInFailure, StepName } from './challenges/challenge.ts';

type Owner = NonNullable<KeptAttempt['owner']>;
interface KeptAttempt {
  readonly poolId: string;
  readonly clientId: string;
  readonly flow: Flow;
  readonly login: string;
  /** Whose attempt it is; absent in what an older version kept of nobody. */
  readonly owner?: {
    readonly nameKey: string;
    readonly sub: string;
    readonly isDecoy: boolean;
    /** A digest of what was kept of the password when it was proven; absent when it was not. */
    readonly password?: string;
  };
  readonly passed: readonly StepName[];
  readonly awaits: StepName;
  readonly notes: Notes;
  readonly memory: Notes;
}
/** A session that an answer came to. */
export interface Answered {
  readonly session: string;
  /** It is good for nothing more. */
  readonly isSpent: boolean;
}

const KIND = 'sign-in';
const ANSWERS = `${KIND}:answers`;
const NEXT = `${KIND}:next`;
const MAX_ANSWERS = 5;
/** As long as a session of any client may live. By the time of the client that answers, another's would have the count forgotten while the session lasts. */
const ANSWERS_SECONDS = 900;

const provesPassword = (step: StepName): boolean =>
  step === 'password' || step === 'srp' || step === 'new-password';
const digestOf = ({ password }: Account): string => sha256Hex(JSON.stringify(password ?? null));

function ownedBy({ user, passed }: Attempt): Owner {
  const password = passed.some(provesPassword) ? digestOf(user) : undefined;
  return { nameKey: user.nameKey, sub: user.sub, isDecoy: isDecoy(user), password };
}

export function createAttempts({
  users,
  decoys,
  expiring,
}: {
  users: Users;
  decoys: Decoys;
  expiring: Expiring;
}) {
  const expired = () => new Failure<SignInFailure>('session-expired');
  const secondsOf = (client: Client): number => client.authSessionMinutes * 60;

  /** What an answer to a session is about, and which step it answers. @throws Failure `session-expired`, `wrong-step` */
  async function read(continuation: Continuation): Promise<{ attempt: Attempt; awaits: StepName }> {
    const { pool, client, session, steps: meant, metadata = {}, caller } = continuation;
    const kept = await expiring.get<KeptAttempt>(KIND, session);
    if (!kept || kept.poolId !== pool.id || kept.clientId !== client.id) throw expired();
    const { flow, login, owner, passed, awaits, notes, memory } = kept;
    if (!owner) throw expired();
    if (!meant.includes(awaits)) throw new Failure<SignInFailure>('wrong-step');
    const user = await ownerOf(pool, owner);
    const attempt = { pool, client, flow, login, user, passed, notes, memory, metadata, caller, session };
    if (continuation.login !== undefined && !isOf(attempt, continuation.login))
      throw new Failure<SignInFailure>('wrong-step');
    return { attempt, awaits };
  }

  async function ownerOf(pool: Pool, owner: Owner): Promise<Account> {
    // For decoys too, so that the time is the same.
    const user = await users.byNameKey(pool.id, owner.nameKey);
    // What a user's decoy costs here is no work for them, and is known from the step before, as a decoy's own is.
    const decoy = owner.isDecoy ? decoys.again(pool, owner) : decoys.of(pool, owner.nameKey);
    if (owner.isDecoy) return decoy;
    // Somebody else may have the name by now.
    if (user?.sub !== owner.sub) throw expired();
    // Who knows only the password of before would take the account over as its new owner.
    if (owner.password !== undefined && owner.password !== digestOf(user)) throw expired();
    return user;
  }

  /** Of many right answers at once, one gets on. @throws Failure `session-expired` for the others */
  async function spend({ session, isSpent }: Answered): Promise<void> {
    if (!isSpent && !(await expiring.spend(KIND, session))) throw expired();
  }

  return {
    spend,

    /** Keeps an attempt under its session, until the answer comes. */
    async keep(attempt: Attempt, awaits: StepName): Promise<void> {
      const { pool, client, flow, login, passed, notes, memory, session } = attempt;
      const owner = ownedBy(attempt);
      const ids = { poolId: pool.id, clientId: client.id };
      const kept: KeptAttempt = { ...ids, flow, login, owner, passed, awaits, notes, memory };
      await expiring.put(KIND, session, kept, secondsOf(client));
    },

    /** The attempt with its person as he is now. @throws Failure `session-expired` when he is gone, or the password that was proven is replaced */
    async renewed(attempt: Attempt): Promise<Attempt> {
      return { ...attempt, user: await ownerOf(attempt.pool, ownedBy(attempt)) };
    },

    /** Has answers to the session before taken for answers to the one that follows, while they are to device SRP. */
    async follow({ client, session }: Attempt, next: string): Promise<void> {
      await expiring.put(NEXT, session, next, secondsOf(client));
    },

    /** The session that an answer is of. Clients answer DEVICE_SRP_AUTH with the session of the second factor before it. */
    async sessionOf({ session, steps: meant }: Pick<Continuation, 'session' | 'steps'>): Promise<string> {
      const next = meant.includes('device-srp') ? await expiring.get<string>(NEXT, session) : undefined;
      return next ?? session;
    },

    /** In which pool, and for which client, a session waits. @throws Failure `session-expired` */
    async placeOf(session: string): Promise<{ readonly poolId: string; readonly clientId: string }> {
      const kept = await expiring.get<KeptAttempt>(KIND, session);
      if (!kept) throw expired();
      return kept;
    },

    /**
     * Takes an attempt up again, to judge an answer. Counts the answer, whatever becomes of it.
     *
     * @param prepare what must be known before it is judged, done while the count is written
     * @throws Failure `session-expired`, `wrong-step`, and what `prepare` throws
     */
    async resume<Prepared>(
      continuation: Continuation,
      prepare: (attempt: Attempt, awaits: StepName) => Prepared | Promise<Prepared>,
    ): Promise<Answered & Prepared> {
      const { session } = continuation;
      const counting = expiring.count(ANSWERS, session, ANSWERS_SECONDS);
      const preparing = read(continuation).then(({ attempt, awaits }) => prepare(attempt, awaits));
      // Neither is left under way when the other fails.
      await Promise.allSettled([counting, preparing]);
      const tries = await counting;
      if (tries > MAX_ANSWERS) throw expired();
      // The last answer spends the session, right or wrong.
      const isSpent = tries === MAX_ANSWERS;
      if (isSpent) await spend({ session, isSpent: false });
      return { ...(await preparing), session, isSpent };
    },
  };
}
