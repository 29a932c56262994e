/**
 * Sign-in: proves who somebody is, one step at a time.
 *
 * After each passed step `onward` looks at what is still owed, in the order of the list, and either asks for that or declares the user proven. What a proof is worth, tokens or a browser session,
 * is for the door to decide. That a name is known is told only where the client says so, and what is wrong with an account only to who knows its password.
 * Source: Cognito developer guide, "Authentication flows"; API reference, RespondToAuthChallenge.
 */
import { Failure, isFailure } from '../../base/failure.ts';
import { randomText } from '../../base/ids.ts';
import { assertTold, userOf, type Accounts } from '../users/resolve-account.ts';
import { personOf } from '../limits/attempt-limits.ts';
import { SERVER_CALLER } from '../ports/caller-context.ts';
import type { Clients } from '../pools/clients.ts';
import type { Migrations } from '../accounts/user-migration.ts';
import type { Pools } from '../pools/pools.ts';
import type { User } from '../users/users.ts';
import { createAround } from './authentication-triggers.ts';
import { createArrivals } from './resolve-user.ts';
import { createAttempts, type Answered } from './session.ts';
import type { Continuation, Start } from './start.ts';
import type {
  Answer,
  Attempt,
  Notes,
  Onward,
  OwnAttempt,
  SignInFailure,
  Step,
  StepName,
} from './challenges/challenge.ts';
import { createSteps, type StepParts } from './challenges/index.ts';
import { assertMaySignIn } from './session-user.ts';
import { createKnownDevices } from './known-devices.ts';
import { createNamedDevice } from './named-device.ts';
import { createThrottle, type Try } from '../limits/rate-limits.ts';

export type Outcome =
  | { readonly proven: User; readonly by: readonly StepName[]; readonly memory: Notes }
  | {
      readonly owed: StepName;
      readonly session: string;
      readonly asks: Notes;
      readonly choices?: readonly StepName[];
    };

const SESSION_CHARACTERS = 64;

/** A sign-in that waits for something the person does meanwhile. */
export type UnderWay = OwnAttempt & Answered;

interface SignInParts extends StepParts {
  readonly pools: Pools;
  readonly clients: Clients;
  readonly accounts: Accounts;
  readonly migrations: Migrations;
}
const UNCOUNTED: Try = {
  hasWaited: false,
  right: async () => undefined,
  wrong: async () => undefined,
  drop: () => undefined,
};

/** An answer, and the step that it is to. */
interface Turn {
  readonly step: Step;
  readonly attempt: Attempt;
  readonly answer: Answer;
  /** Else it only says what shall be asked next. */
  readonly isJudged?: boolean;
  readonly tried: Try;
}
/** Where an attempt remembers that the try of its next round is counted already. */
const IS_COUNTED = 'roundIsCounted';

/** A step of challenges that go on. */
type RoundStep = Step & Required<Pick<Step, 'round'>>;
const playsRounds = (step: Step): step is RoundStep => step.round !== undefined;

export type SignIn = ReturnType<typeof createSignIn>;

export function createSignIn(parts: SignInParts) {
  const { pools, clients } = parts;
  const steps = createSteps(parts);
  const attempts = createAttempts(parts);
  const throttle = createThrottle(parts);
  const around = createAround(parts);
  const arrivals = createArrivals({ ...parts, throttle });
  const namedDevice = createNamedDevice(parts);
  const knownDevices = createKnownDevices(parts);

  function stepOf(name: StepName): Step {
    const step = steps.find((each) => each.name === name);
    if (!step) throw new Failure<SignInFailure>('wrong-step');
    return step;
  }

  async function ask(step: Step, attempt: Attempt, answer: Answer): Promise<Outcome> {
    const session = randomText(SESSION_CHARACTERS);
    const asked = await step.ask({ ...attempt, session }, answer);
    const memory = { ...attempt.memory, ...asked.memory };
    if (!('asks' in asked)) {
      const passed = asked.isPassed ? [...attempt.passed, step.name] : attempt.passed;
      return goOn({ ...attempt, memory, passed }, asked);
    }
    await attempts.keep({ ...attempt, session, memory, notes: asked.notes }, step.name);
    if (step.name === 'device-srp' && attempt.session !== '') await attempts.follow(attempt, session);
    return { owed: step.name, session, asks: asked.asks, choices: asked.choices };
  }

  /** Begins a step: judges what can be judged, else asks. */
  async function begin(step: Step, attempt: Attempt, answer: Answer): Promise<Outcome> {
    if (!step.isComplete?.(answer)) return ask(step, attempt, answer);
    const turn = await takeTurn(step, attempt, answer);
    const right = await judge(turn);
    const [outcome] = await Promise.all([settle(step, turn.attempt, answer), right()]);
    return outcome;
  }

  /** Goes where a step sends, or on to what is owed. */
  async function goOn(attempt: Attempt, { next }: Onward): Promise<Outcome> {
    if (next) return begin(stepOf(next.step), { ...attempt, notes: {} }, next.answer);
    const user = userOf(attempt.user);
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
    const user = userOf(attempt.user);
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

  /**
   * Counts a try, whoever it is of, before it is judged. Whether there is such a device as the answer names is told to who has proven something, and before a proof that counts once is used up.
   * @throws Failure `device-not-found`, `password-attempts-exceeded`
   */
  async function mayTry(step: Step, attempt: Attempt, answer: Answer): Promise<Try> {
    const isRound = playsRounds(step);
    if (!isFirst(attempt) && !isRound) await namedDevice.assertKnown(attempt, answer);
    const { guesses } = step;
    if (guesses === undefined) return UNCOUNTED;
    const { pool, client, caller } = attempt;
    const device = await knownDevices.allowanceOf(attempt);
    const guess = { guesses, pool: pool.id, person: personOf(attempt), client: client.id, caller, device };
    // The try of the round before, whose answer was right, is still counted: of an attempt that guesses once, once.
    const isCounted = isRound && attempt.memory[IS_COUNTED] === 'true';
    return isCounted ? throttle.countedBefore(guess) : throttle.assertMayTry(guess);
  }

  /** Counts a try, and has it judged of the person as he is when its turn comes: who was disabled while he waited, or has another password, is not let in. @throws as above; Failure `session-expired` */
  async function takeTurn(step: Step, attempt: Attempt, answer: Answer): Promise<Turn> {
    const tried = await mayTry(step, attempt, answer);
    try {
      const present = tried.hasWaited ? await attempts.renewed(attempt) : attempt;
      return { step, attempt: present, answer, tried };
    } catch (error) {
      tried.drop();
      throw error;
    }
  }

  /** Judges an answer. @returns what clears the count, to be done beside what follows */
  async function judge({ step, attempt, answer, tried }: Turn): Promise<Try['right']> {
    try {
      await step.check(attempt, answer);
      if (isFirst(attempt)) await namedDevice.assertKnown(attempt, answer);
      return () => tried.right();
    } catch (error) {
      if (isFailure(error, 'wrong-username-or-password', 'wrong-code', 'wrong-totp')) await tried.wrong();
      tried.drop();
      throw error;
    }
  }

  /** Plays a round, of which each answer spends the session: what is asked next comes with a new one. */
  async function play(
    step: RoundStep,
    { attempt, answer, tried, ...answered }: Turn & Answered,
  ): Promise<Outcome> {
    try {
      await attempts.spend(answered);
      const { isRight, ...onward } = await step.round(attempt, answer);
      if (!isRight) await tried.wrong();
      const memory = { ...attempt.memory, ...onward.memory, [IS_COUNTED]: String(isRight) };
      const outcome = await goOn({ ...attempt, memory }, onward);
      // While rounds go on, the try stays counted: an easy one must not make guessing at the next free.
      const isOver = 'proven' in outcome || (outcome.owed !== step.name && outcome.owed !== 'srp');
      if (isRight && isOver) await tried.right();
      return outcome;
    } finally {
      tried.drop();
    }
  }

  /** Which step an answer is to, and of what: its own, or that of the step that a choice leads to. Counts the try, where it is one. */
  async function prepare(kept: Attempt, awaits: StepName, given: Answer): Promise<Turn> {
    const awaited = stepOf(awaits);
    const attempt = namedDevice.noted(kept, given, awaited);
    const chosen = awaited.leadsTo?.(attempt, given);
    const step = chosen ? stepOf(chosen.step) : awaited;
    const answer = chosen?.answer ?? given;
    const isJudged = !chosen || (step.isComplete?.(answer) ?? false);
    if (!isJudged) return { step, attempt, answer, isJudged, tried: UNCOUNTED };
    return { ...(await takeTurn(step, attempt, answer)), isJudged };
  }

  return {
    /**
     * Begins with the user's first proof, or the choice of one.
     * @throws Failure of SignInFailure, of TriggerFailure
     */
    async start(start: Start, first: StepName, answer: Answer): Promise<Outcome> {
      const { pool, client, login, flow, caller, memory = {} } = start;
      const { user, isNobodys } = await arrivals.whoIs(start, answer);
      assertTold(client, user, 'user-not-found');
      const nothing = { passed: [], notes: {}, metadata: {}, session: '' };
      const attempt = { pool, client, flow, login, user, memory, caller, ...nothing };
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
      const session = await attempts.sessionOf(continuation);
      let prepared: Turn | undefined;
      const turn = await attempts
        .resume({ ...continuation, session }, async (kept, awaits) => {
          prepared = await prepare(kept, awaits, continuation.answer);
          return prepared;
        })
        .catch((error: unknown) => {
          prepared?.tried.drop();
          throw error;
        });
      const { step, attempt, answer, isJudged } = turn;
      if (playsRounds(step)) return play(step, turn);
      // A wrong answer leaves the session, also where it came with the choice.
      const right = isJudged ? await judge(turn) : undefined;
      await Promise.all([attempts.spend(turn), right?.()]);
      return isJudged ? settle(step, attempt, answer) : ask(step, { ...attempt, notes: {} }, answer);
    },

    /**
     * The sign-in of a session that waits for a second factor to be set up: for calls that name nothing else. Each counts as an answer.
     * @throws Failure of SignInFailure
     */
    async underWay(session: string): Promise<UnderWay> {
      const { poolId, clientId } = await attempts.placeOf(session);
      const [pool, client] = await Promise.all([pools.get(poolId), clients.get(poolId, clientId)]).catch(
        (error: unknown) => {
          if (!isFailure(error, 'pool-not-found', 'client-not-found')) throw error;
          throw new Failure<SignInFailure>('session-expired');
        },
      );
      // Nothing is guessed or sent here, and so nothing counted by address.
      const caller = SERVER_CALLER;
      const continuation = { pool, client, session, steps: ['set-up-mfa'], answer: {}, caller } as const;
      return attempts.resume(continuation, (attempt) => {
        const user = userOf(attempt.user);
        if (!user) throw new Failure<SignInFailure>('session-expired');
        assertMaySignIn(user);
        return { ...attempt, user };
      });
    },

    /**
     * Spends the session of an attempt that waits for `set-up-mfa`, and has it wait on with other notes.
     * @returns the session that takes its place
     * @throws Failure `session-expired` when somebody else spent it
     */
    async goOnWaiting(underWay: UnderWay, notes: Notes): Promise<string> {
      await attempts.spend(underWay);
      const session = randomText(SESSION_CHARACTERS);
      await attempts.keep({ ...underWay, notes, session }, 'set-up-mfa');
      return session;
    },
  };
}

/** True before anything is proven. */
const isFirst = ({ passed }: Attempt): boolean => passed.length === 0;
