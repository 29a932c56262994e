/**
 * Steps: the pieces that a sign-in is made of; one file each, all of this form. They never call one another.
 */
import type { Client } from '../directory/clients.ts';
import type { Pool } from '../directory/pools.ts';
import type { User } from '../directory/users.ts';

export type StepName = 'password' | 'srp' | 'new-password';
export type Answer = Readonly<Record<string, string | undefined>>;
export type Notes = Readonly<Record<string, string>>;

/** A sign-in under way. */
export interface Attempt {
  readonly pool: Pool;
  readonly client: Client;
  /** As the person typed it. */
  readonly login: string;
  /** Nobody, when the name is not known; the steps then do the same work and refuse. */
  readonly user: User | undefined;
  /** Steps passed so far, in order. */
  readonly passed: readonly StepName[];
  /** What the step kept when it asked. */
  readonly notes: Notes;
  /** The string under which the attempt is kept. */
  readonly session: string;
}
export interface Step {
  readonly name: StepName;
  /** True while this user still owes this step. */
  owedBy(user: User, passed: readonly StepName[]): boolean;
  /** What the caller must be told in order to answer, and what to keep until he does. */
  ask(
    attempt: Attempt,
    answer: Answer,
  ): { readonly asks: Readonly<Record<string, string>>; readonly notes: Notes };
  /** Judges an answer, without effect. @throws Failure when it does not pass */
  check(attempt: Attempt, answer: Answer): void;
  /** What a passed step changes. */
  pass?(attempt: Attempt, user: User, answer: Answer): Promise<User>;
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
  | 'password-attempts-exceeded'
  | 'answer-malformed';
