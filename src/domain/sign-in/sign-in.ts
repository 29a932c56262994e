/**
 * Sign-in: proves who somebody is, one step at a time.
 *
 * After each passed step `onward` looks at what is still owed, in the order of the list, and either asks for that or declares the user proven. What a proof is worth, tokens or a browser session,
 * is for the door to decide. A session string is a bearer value, bound to pool, client and user; a right answer or the fifth wrong one spends it. That a name is known is told only where the client
 * says so, and what is wrong with an account only to who knows its password.
 * Source: Cognito developer guide, "Authentication flows"; API reference, RespondToAuthChallenge.
 */
import { Failure, isFailure } from '../../base/failure.ts';
import { randomText } from '../../base/ids.ts';
import type { Client, Clients } from '../directory/clients.ts';
import type { Migrations } from '../directory/migrations.ts';
import type { Pool, Pools } from '../directory/pools.ts';
import { nameKeyOf, type User } from '../directory/users.ts';
import { createAround } from './around.ts';
import { createArrivals } from './arrivals.ts';
import type { Continuation, Start } from './begun.ts';
import type {
  Answer,
  Attempt,
  Flow,
  Notes,
  Onward,
  OwnAttempt,
  SignInFailure,
  Step,
  StepName,
} from './step.ts';
import { createSteps, type StepParts } from './all-steps.ts';
import { assertMaySignIn, isOf } from './person.ts';
import { createNamedDevice } from './named-device.ts';
import { createThrottle, type Guess } from './throttle.ts';

export type Outcome =
  | { readonly proven: User; readonly by: readonly StepName[]; readonly memory: Notes }
  | {
      readonly owed: StepName;
      readonly session: string;
      readonly asks: Notes;
      readonly choices?: readonly StepName[];
    };

/** What is kept of an attempt between two calls. */
interface KeptAttempt {
  readonly poolId: string;
  readonly clientId: string;
  readonly flow: Flow;
  readonly login: string;
  /** Whose attempt it is; absent when nobody has that name. */
  readonly owner?: { readonly nameKey: string; readonly sub: string };
  readonly passed: readonly StepName[];
  readonly awaits: StepName;
  readonly notes: Notes;
  readonly memory: Notes;
}
const KIND = 'sign-in';
const NEXT = `${KIND}:next`;
const SESSION_CHARACTERS = 64;
const MAX_ANSWERS = 5;

/** An attempt taken up again. */
interface Resumed {
  readonly attempt: Attempt;
  readonly awaited: Step;
  /** Its session is good for nothing more. */
  readonly isSpent: boolean;
}
/** A sign-in that waits for something the person does meanwhile. */
export type UnderWay = OwnAttempt & Pick<Resumed, 'isSpent'>;

export interface SignInParts extends StepParts {
  readonly pools: Pools;
  readonly clients: Clients;
  readonly migrations: Migrations;
}
/** A step of challenges that go on. */
type RoundStep = Step & Required<Pick<Step, 'round'>>;
const playsRounds = (step: Step): step is RoundStep => step.round !== undefined;

export type SignIn = ReturnType<typeof createSignIn>;

export function createSignIn(parts: SignInParts) {
  const { users, pools, clients, expiring } = parts;
  const steps = createSteps(parts);
  const throttle = createThrottle({ expiring });
  const around = createAround(parts);
  const arrivals = createArrivals({ ...parts, throttle });
  const namedDevice = createNamedDevice(parts);
  const expired = () => new Failure<SignInFailure>('session-expired');

  function stepOf(name: StepName): Step {
    const step = steps.find((each) => each.name === name);
    if (!step) throw new Failure<SignInFailure>('wrong-step');
    return step;
  }

  const secondsOf = (client: Client): number => client.authSessionMinutes * 60;

  async function ask(step: Step, attempt: Attempt, answer: Answer): Promise<Outcome> {
    const session = randomText(SESSION_CHARACTERS);
    const asked = await step.ask({ ...attempt, session }, answer);
    const memory = { ...attempt.memory, ...asked.memory };
    if (!('asks' in asked)) return goOn({ ...attempt, memory }, asked);
    await keep({ ...attempt, session, memory, notes: asked.notes }, step.name);
    if (step.name === 'device-srp' && attempt.session !== '')
      await expiring.put(NEXT, attempt.session, session, secondsOf(attempt.client));
    return { owed: step.name, session, asks: asked.asks, choices: asked.choices };
  }

  /** The session that an answer is of. Clients answer DEVICE_SRP_AUTH with the session of the second factor before it. */
  async function sessionOf({ session, steps: meant }: Continuation): Promise<string> {
    const next = meant.includes('device-srp') ? await expiring.get<string>(NEXT, session) : undefined;
    return next ?? session;
  }

  /** Keeps an attempt under its session, until the answer comes. */
  async function keep(attempt: Attempt, awaits: StepName): Promise<void> {
    const { pool, client, flow, login, user, passed, notes, memory, session } = attempt;
    const owner = user && { nameKey: user.nameKey, sub: user.sub };
    const ids = { poolId: pool.id, clientId: client.id };
    const kept: KeptAttempt = { ...ids, flow, login, owner, passed, awaits, notes, memory };
    await expiring.put(KIND, session, kept, secondsOf(client));
  }

  /** Begins a step: judges what can be judged, else asks. */
  async function begin(step: Step, attempt: Attempt, answer: Answer): Promise<Outcome> {
    if (!step.isComplete?.(answer)) return ask(step, attempt, answer);
    const right = await judge(step, attempt, answer);
    const [outcome] = await Promise.all([settle(step, attempt, answer), right()]);
    return outcome;
  }

  /** Goes where a step sends, or on to what is owed. */
  async function goOn(attempt: Attempt, { next }: Onward): Promise<Outcome> {
    if (next) return begin(stepOf(next.step), { ...attempt, notes: {} }, next.answer);
    const { user } = attempt;
    if (!user) throw new Failure<SignInFailure>('wrong-username-or-password');
    return onward({ ...attempt, user, notes: {} });
  }

  async function onward(attempt: OwnAttempt): Promise<Outcome> {
    assertMaySignIn(attempt.user);
    for (const step of steps) if (await step.owedBy(attempt)) return ask(step, attempt, {});
    await around.after(attempt);
    return { proven: attempt.user, by: attempt.passed, memory: attempt.memory };
  }

  /** What a judged answer changes. */
  async function settle(step: Step, attempt: Attempt, answer: Answer): Promise<Outcome> {
    const { user } = attempt;
    if (!user) throw new Failure<SignInFailure>('wrong-username-or-password');
    const passed = (await step.pass?.({ ...attempt, user }, answer)) ?? {};
    const moved: OwnAttempt = {
      ...attempt,
      user: passed.user ?? user,
      passed: [...attempt.passed, step.name],
      memory: { ...attempt.memory, ...passed.memory },
    };
    return goOn(moved, passed);
  }

  const personOf = ({ pool, user, login }: Attempt): string =>
    `${pool.id}/${user?.nameKey ?? nameKeyOf(pool, login)}`;

  const guessOf = ({ guesses = 'code' }: Step, attempt: Attempt): Guess => ({
    guesses,
    person: personOf(attempt),
    client: attempt.client.id,
    sourceIp: attempt.sourceIp,
  });

  /**
   * Judges an answer. Whether there is such a device as it names is told to who has proven something, and before a proof that counts once is used up.
   * @returns what clears the count, to be done beside what follows
   */
  async function judge(step: Step, attempt: Attempt, answer: Answer): Promise<() => Promise<void>> {
    const isFirst = attempt.passed.length === 0;
    if (!isFirst) await namedDevice.assertKnown(attempt, answer);
    const clear = await judgeProof(step, attempt, answer);
    if (isFirst) await namedDevice.assertKnown(attempt, answer);
    return clear;
  }

  /** Judges a proof; counts it, whoever it is of. @returns as `judge` */
  async function judgeProof(step: Step, attempt: Attempt, answer: Answer): Promise<() => Promise<void>> {
    if (step.guesses === undefined) {
      await step.check(attempt, answer);
      return async () => undefined;
    }
    const guess = guessOf(step, attempt);
    const { right } = await throttle.assertMayTry(guess);
    try {
      await step.check(attempt, answer);
    } catch (error) {
      if (isFailure(error, 'wrong-username-or-password', 'wrong-code', 'wrong-totp'))
        await throttle.wrong(guess);
      throw error;
    }
    return right;
  }

  /** Plays a round, of which each answer spends the session: what is asked next comes with a new one. */
  async function play(
    step: RoundStep,
    { attempt, isSpent }: Omit<Resumed, 'awaited'>,
    answer: Answer,
  ): Promise<Outcome> {
    const guess = guessOf(step, attempt);
    const { right } = await throttle.assertMayTry(guess);
    await spend({ session: attempt.session, isSpent });
    const { isRight, ...onward } = await step.round(attempt, answer);
    if (!isRight) await throttle.wrong(guess);
    const outcome = await goOn({ ...attempt, memory: { ...attempt.memory, ...onward.memory } }, onward);
    // While rounds go on, the tries stay counted: an easy one must not make guessing at the next free.
    const isOver = 'proven' in outcome || (outcome.owed !== step.name && outcome.owed !== 'srp');
    if (isRight && isOver) await right();
    return outcome;
  }

  async function resume(continuation: Continuation): Promise<Resumed> {
    const { pool, client, session, steps: meant, metadata = {}, sourceIp } = continuation;
    const tries = await expiring.count(`${KIND}:answers`, session, secondsOf(client));
    // The last answer spends the session, right or wrong.
    const isSpent = tries >= MAX_ANSWERS;
    const kept = await (isSpent
      ? expiring.take<KeptAttempt>(KIND, session)
      : expiring.get<KeptAttempt>(KIND, session));
    if (!kept || kept.poolId !== pool.id || kept.clientId !== client.id) throw expired();
    if (tries > MAX_ANSWERS) throw expired();
    if (!meant.includes(kept.awaits)) throw new Failure<SignInFailure>('wrong-step');
    const user = await ownerOf(pool, kept);
    const { flow, login, passed, notes, memory } = kept;
    const attempt = { pool, client, flow, login, user, passed, notes, memory, metadata, sourceIp, session };
    if (continuation.login !== undefined && !isOf(attempt, continuation.login))
      throw new Failure<SignInFailure>('wrong-step');
    return { attempt, awaited: stepOf(kept.awaits), isSpent };
  }

  async function ownerOf(pool: Pool, { owner, login }: KeptAttempt): Promise<User | undefined> {
    // For nobody too, so that the time is the same.
    const user = await users.byNameKey(pool.id, owner?.nameKey ?? nameKeyOf(pool, login));
    if (!owner) return undefined;
    // Somebody else may have the name by now.
    if (user?.sub !== owner.sub) throw expired();
    return user;
  }

  /** Of many right answers at once, one gets on. */
  async function spend({ session, isSpent }: { session: string; isSpent: boolean }): Promise<void> {
    if (!isSpent && (await expiring.take(KIND, session)) === undefined) throw expired();
  }

  return {
    /**
     * Begins with the user's first proof, or the choice of one.
     * @throws Failure of SignInFailure, of TriggerFailure
     */
    async start(start: Start, first: StepName, answer: Answer): Promise<Outcome> {
      const { pool, client, login, flow, sourceIp, memory = {} } = start;
      const { user, isNobodys } = await arrivals.whoIs(start, answer);
      if (!user && !client.hidesUserExistence) throw new Failure<SignInFailure>('user-not-found');
      const nothing = { passed: [], notes: {}, metadata: {}, session: '' };
      const attempt = { pool, client, flow, login, user, memory, sourceIp, ...nothing };
      await around.before(attempt, start.metadata ?? {});
      // The pool's function looked at the password, and it is nobody's there either.
      if (isNobodys) throw new Failure<SignInFailure>('wrong-username-or-password');
      return begin(stepOf(first), namedDevice.noted(attempt, answer), answer);
    },

    /**
     * Goes on with the answer to what was owed.
     * @throws Failure of SignInFailure, `password-refused`, `attribute-refused`, `attribute-not-writable`; of TriggerFailure
     */
    async answer(continuation: Continuation): Promise<Outcome> {
      const session = await sessionOf(continuation);
      const { attempt: kept, awaited, isSpent } = await resume({ ...continuation, session });
      const attempt = namedDevice.noted(kept, continuation.answer, awaited);
      if (playsRounds(awaited)) return play(awaited, { attempt, isSpent }, continuation.answer);
      const chosen = awaited.leadsTo?.(attempt, continuation.answer);
      const step = chosen ? stepOf(chosen.step) : awaited;
      const answer = chosen?.answer ?? continuation.answer;
      const isJudged = !chosen || (step.isComplete?.(answer) ?? false);
      // A wrong answer leaves the session, also where it came with the choice.
      const right = isJudged ? await judge(step, attempt, answer) : undefined;
      await Promise.all([spend({ session, isSpent }), right?.()]);
      return isJudged ? settle(step, attempt, answer) : ask(step, { ...attempt, notes: {} }, answer);
    },

    /**
     * The sign-in of a session that waits for a second factor to be set up: for calls that name nothing else. Each counts as an answer.
     * @throws Failure of SignInFailure
     */
    async underWay(session: string): Promise<UnderWay> {
      const kept = await expiring.get<KeptAttempt>(KIND, session);
      if (!kept) throw expired();
      const [pool, client] = await Promise.all([
        pools.get(kept.poolId),
        clients.get(kept.poolId, kept.clientId),
      ]).catch((error: unknown) => {
        throw isFailure(error, 'pool-not-found', 'client-not-found') ? expired() : error;
      });
      const { attempt, isSpent } = await resume({ pool, client, session, steps: ['set-up-mfa'], answer: {} });
      const { user } = attempt;
      if (!user) throw expired();
      assertMaySignIn(user);
      return { ...attempt, user, isSpent };
    },

    /**
     * Spends the session of an attempt that waits for `set-up-mfa`, and has it wait on with other notes.
     * @returns the session that takes its place
     * @throws Failure `session-expired` when somebody else spent it
     */
    async goOnWaiting(underWay: UnderWay, notes: Notes): Promise<string> {
      await spend(underWay);
      const session = randomText(SESSION_CHARACTERS);
      await keep({ ...underWay, notes, session }, 'set-up-mfa');
      return session;
    },
  };
}
