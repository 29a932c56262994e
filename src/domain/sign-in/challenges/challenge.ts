/**
 * Steps: the pieces that a sign-in is made of; one file each, all of this form. They never call one another: the dispatcher (sign-in.ts) asks each what it owes, and goes where a step sends it.
 */
import type { CallerContext } from '../../ports/caller-context.ts';
import type { Client } from '../../pools/clients.ts';
import type { Pool } from '../../pools/pools.ts';
import type { Account } from '../../users/decoys.ts';
import type { User } from '../../users/users.ts';
import type { ThrottleFailure } from '../../limits/rate-limits.ts';

export type StepName =
  // Proofs to begin with.
  | 'password'
  | 'srp'
  | 'email-code'
  | 'sms-code'
  | 'passkey'
  | 'custom'
  | 'signed-up'
  // What may be owed after one.
  | 'new-password'
  | 'device-srp'
  | 'device-password'
  | 'sms-mfa'
  | 'email-mfa'
  | 'totp'
  | 'set-up-mfa'
  | 'set-up-email'
  // Choices, which prove nothing.
  | 'choose-first'
  | 'srp-opening'
  | 'choose-mfa';
export type Answer = Readonly<Record<string, string | undefined>>;
export type Notes = Readonly<Record<string, string>>;
/** How a sign-in was begun; `choice` is Cognito's USER_AUTH. */
export type Flow = 'password' | 'srp' | 'choice' | 'custom';

/** A sign-in under way. */
export interface Attempt {
  readonly pool: Pool;
  readonly client: Client;
  readonly flow: Flow;
  /** As the person typed it. */
  readonly login: string;
  /** A decoy, when the name is nobody's; the steps do the same work, and refuse. */
  readonly user: Account;
  /** Steps passed so far, in order. */
  readonly passed: readonly StepName[];
  /** What the step kept when it asked. */
  readonly notes: Notes;
  /** What steps leave to later ones of the same attempt. */
  readonly memory: Notes;
  /** What the client gave for the pool's triggers with this call (ClientMetadata). */
  readonly metadata: Notes;
  readonly caller: CallerContext;
  /** The string under which the attempt is kept. */
  readonly session: string;
}
/** An attempt whose user is known. */
export type OwnAttempt = Attempt & { readonly user: User };

/** A challenge. */
export interface Asked {
  /** What the caller must be told in order to answer. */
  readonly asks: Readonly<Record<string, string>>;
  /** What to keep until he does. */
  readonly notes: Notes;
  /** The steps that he may choose from. */
  readonly choices?: readonly StepName[];
  readonly memory?: Notes;
}
/** Where to go instead of asking, or after passing: to a step with what is already known of its answer; without one, on to what is owed. */
export interface Onward {
  readonly next?: { readonly step: StepName; readonly answer: Answer };
  readonly memory?: Notes;
  /** That the step is over instead of asking, and counts as passed. */
  readonly isPassed?: boolean;
}
interface Passed extends Onward {
  /** The user as changed. */
  readonly user?: User;
}

export interface Step {
  readonly name: StepName;
  /** What wrong answers are counted as, by person and by address; uncounted when absent. */
  readonly guesses?: 'password' | 'code' | 'challenge';
  /** True while this step is still owed after a first proof. */
  owedBy(attempt: OwnAttempt): boolean | Promise<boolean>;
  /** True for an answer that can be judged although nothing was asked: a password that came at once. */
  isComplete?(answer: Answer): boolean;
  /** Challenges, or says that there is nothing to ask. @throws Failure */
  ask(attempt: Attempt, answer: Answer): Asked | Onward | Promise<Asked | Onward>;
  /** A choice: where its answer leads; undefined for one that chooses nothing. An answer that leads on is neither checked nor passed. @throws Failure when there is no such choice */
  leadsTo?(attempt: Attempt, answer: Answer): Onward['next'];
  /** Of challenges that go on whatever an answer is worth: judges it, and says where to go. Such a step is not checked, and passed where `ask` says so. @throws Failure */
  round?(attempt: Attempt, answer: Answer): Promise<Onward & { readonly isRight: boolean }>;
  /** Judges an answer, without effect but that a proof which counts once is used up. @throws Failure when it does not pass */
  check(attempt: Attempt, answer: Answer): void | Promise<void>;
  /** What a passed step changes, after the session is spent. */
  pass?(attempt: OwnAttempt, answer: Answer): Promise<Passed>;
}
export type SignInFailure =
  | 'wrong-username-or-password'
  | 'user-not-found'
  | 'user-not-confirmed'
  | 'user-disabled'
  | 'password-reset-required'
  | 'temporary-password-expired'
  | 'session-expired'
  | 'wrong-step'
  | 'wrong-code'
  | 'wrong-totp'
  | 'totp-gone'
  | 'code-ran-out'
  | 'too-many-letters'
  | ThrottleFailure
  | 'answer-malformed';
