/**
 * Sign-in: proves who somebody is, one step at a time.
 *
 * After each passed step `onward` looks at what is still owed, in the order of the list, and either asks for that or declares the user proven. What a proof is worth, tokens or a browser session,
 * is for the door to decide. A session string is a bearer value, bound to pool and client; a right answer or the fifth wrong one spends it. That a name is known is told only where the client
 * says so, and what is wrong with an account only to who knows its password.
 * Source: Cognito developer guide, "Authentication flows"; API reference, RespondToAuthChallenge.
 */
import { Failure, isFailure } from '../../base/failure.ts';
import type { Clock } from '../../base/clock.ts';
import { randomText } from '../../base/ids.ts';
import type { Client } from '../directory/clients.ts';
import type { Pool } from '../directory/pools.ts';
import { nameKeyOf, type User, type Users } from '../directory/users.ts';
import type { Expiring } from '../ports/expiring.ts';
import type { Sealer } from '../ports/sealer.ts';
import type { Answer, Attempt, Notes, SignInFailure, Step, StepName } from './step.ts';
import { newPasswordStep } from './steps/new-password.ts';
import { passwordStep } from './steps/password.ts';
import { srpStep } from './steps/srp.ts';
import { createThrottle } from './throttle.ts';

export type Outcome =
  | { readonly proven: User; readonly by: readonly StepName[] }
  | { readonly owed: StepName; readonly session: string; readonly asks: Readonly<Record<string, string>> };

/** What is kept of an attempt between two calls. */
interface KeptAttempt {
  readonly poolId: string;
  readonly clientId: string;
  readonly login: string;
  readonly nameKey?: string;
  readonly passed: readonly StepName[];
  readonly awaits: StepName;
  readonly notes: Notes;
}
export interface Start {
  readonly pool: Pool;
  readonly client: Client;
  readonly login: string;
  readonly sourceIp?: string;
}
export interface Continuation {
  readonly pool: Pool;
  readonly client: Client;
  readonly session: string;
  readonly step: StepName;
  readonly answer: Answer;
  readonly sourceIp?: string;
}

const KIND = 'sign-in';
const SESSION_CHARACTERS = 64;
const MAX_ANSWERS = 5;

export interface SignInParts {
  readonly users: Users;
  readonly expiring: Expiring;
  readonly sealer: Sealer;
  readonly clock: Clock;
}
export type SignIn = ReturnType<typeof createSignIn>;

export function createSignIn({ users, expiring, sealer, clock }: SignInParts) {
  const steps: readonly Step[] = [srpStep({ sealer, clock }), passwordStep(users), newPasswordStep(users)];
  const throttle = createThrottle({ expiring });
  const expired = () => new Failure<SignInFailure>('session-expired');

  function stepOf(name: StepName): Step {
    const step = steps.find((each) => each.name === name);
    if (!step) throw new Failure<SignInFailure>('wrong-step');
    return step;
  }

  const secondsOf = (client: Client): number => client.authSessionMinutes * 60;

  async function ask(step: Step, attempt: Attempt, answer: Answer): Promise<Outcome> {
    const session = randomText(SESSION_CHARACTERS);
    const { asks, notes } = step.ask({ ...attempt, session }, answer);
    const { pool, client, login, user, passed } = attempt;
    const kept: KeptAttempt = {
      poolId: pool.id,
      clientId: client.id,
      login,
      nameKey: user?.nameKey,
      passed,
      awaits: step.name,
      notes,
    };
    await expiring.put(KIND, session, kept, secondsOf(client));
    return { owed: step.name, session, asks };
  }

  async function onward(attempt: Attempt, user: User): Promise<Outcome> {
    assertMaySignIn(user);
    const owed = steps.find((step) => step.owedBy(user, attempt.passed));
    if (!owed) return { proven: user, by: attempt.passed };
    if (owed.name === 'new-password' && isPast(user.temporaryPasswordUntil, clock))
      throw new Failure<SignInFailure>('temporary-password-expired');
    return ask(owed, { ...attempt, user, notes: {} }, {});
  }

  const personOf = ({ pool, user, login }: Attempt): string =>
    `${pool.id}/${user?.nameKey ?? nameKeyOf(pool, login)}`;

  /** Judges a proof of the password; counts it, whoever it is of. */
  async function prove(
    step: Step,
    attempt: Attempt,
    answer: Answer,
    sourceIp: string | undefined,
  ): Promise<void> {
    await throttle.assertMayTry(personOf(attempt), sourceIp);
    try {
      step.check(attempt, answer);
    } catch (error) {
      if (isFailure(error, 'wrong-username-or-password')) await throttle.wrong(sourceIp);
      throw error;
    }
    await throttle.right(personOf(attempt));
  }

  async function resume({ pool, client, session, step: name }: Continuation): Promise<Attempt> {
    const tries = await expiring.count(`${KIND}:answers`, session, secondsOf(client));
    const kept = await expiring.get<KeptAttempt>(KIND, session);
    if (!kept || kept.poolId !== pool.id || kept.clientId !== client.id) throw expired();
    if (tries >= MAX_ANSWERS) await expiring.forget(KIND, session);
    if (tries > MAX_ANSWERS) throw expired();
    if (kept.awaits !== name) throw new Failure<SignInFailure>('wrong-step');
    const user = kept.nameKey === undefined ? undefined : await users.locate(pool, kept.nameKey);
    return { pool, client, login: kept.login, user, passed: kept.passed, notes: kept.notes, session };
  }

  return {
    /**
     * Begins with the user's first proof.
     * @throws Failure of SignInFailure
     */
    async start(
      { pool, client, login, sourceIp }: Start,
      first: 'password' | 'srp',
      answer: Answer,
    ): Promise<Outcome> {
      const user = await users.locate(pool, login);
      if (!user && !client.hidesUserExistence) throw new Failure<SignInFailure>('user-not-found');
      const attempt: Attempt = { pool, client, login, user, passed: [], notes: {}, session: '' };
      const step = stepOf(first);
      if (first === 'srp') return ask(step, attempt, answer);
      await prove(step, attempt, answer, sourceIp);
      if (!user) throw new Failure<SignInFailure>('wrong-username-or-password');
      return onward({ ...attempt, passed: [first] }, user);
    },

    /**
     * Goes on with the answer to what was owed.
     * @throws Failure of SignInFailure, `password-refused`, `attribute-refused`, `attribute-not-writable`
     */
    async answer(continuation: Continuation): Promise<Outcome> {
      const { session, step: name, answer, sourceIp } = continuation;
      const attempt = await resume(continuation);
      const step = stepOf(name);
      if (name === 'srp') await prove(step, attempt, answer, sourceIp);
      else step.check(attempt, answer);
      // Of many right answers at once, one gets on.
      const isFirst = await expiring.claim(`${KIND}:spent`, session, true, secondsOf(continuation.client));
      if (!isFirst) throw expired();
      await expiring.forget(KIND, session);
      if (!attempt.user) throw new Failure<SignInFailure>('wrong-username-or-password');
      const user = step.pass ? await step.pass(attempt, attempt.user, answer) : attempt.user;
      return onward({ ...attempt, passed: [...attempt.passed, name] }, user);
    },
  };
}

/** @throws Failure `user-disabled`, `user-not-confirmed`, `password-reset-required` */
function assertMaySignIn({ isEnabled, status }: User): void {
  if (!isEnabled) throw new Failure<SignInFailure>('user-disabled');
  if (status === 'UNCONFIRMED') throw new Failure<SignInFailure>('user-not-confirmed');
  if (status === 'RESET_REQUIRED') throw new Failure<SignInFailure>('password-reset-required');
  if (status === 'ARCHIVED' || status === 'COMPROMISED') throw new Failure<SignInFailure>('user-disabled');
}

const isPast = (moment: string | undefined, clock: Clock): boolean =>
  moment !== undefined && Date.parse(moment) <= clock.now().getTime();
