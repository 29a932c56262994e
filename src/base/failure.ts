/**
 * Failures: the one way this program says "no".
 *
 * A failure carries a kind (a word from a closed list) and the facts behind it. It never carries an HTTP
 * status or an AWS error code: each door keeps one table that translates kinds into its own wire's words.
 */

/** Values worth telling the caller; never secrets. */
export type Facts = Readonly<Record<string, string | number>>;

export class Failure<Kind extends string = string> extends Error {
  override readonly name = 'Failure';
  readonly kind: Kind;
  readonly facts: Facts;
  /** Why, in more words than callers are told: for the log alone, and no answer is made of it. */
  readonly why: string | undefined;

  /**
   * @param kind what went wrong, e.g. `user-not-found`
   * @param facts values worth telling the caller, e.g. `{ group: 'admins' }`; never secrets
   * @param options `why`: what an administrator may read of the reason; never secrets
   */
  constructor(kind: Kind, facts: Facts = {}, options?: { cause?: unknown; why?: string | undefined }) {
    super(kind, options);
    this.kind = kind;
    this.facts = facts;
    this.why = options?.why;
  }
}

/** True when `error` is a Failure of one of `kinds` (of any kind when none is named). */
export function isFailure<Kind extends string = string>(
  error: unknown,
  ...kinds: Kind[]
): error is Failure<Kind> {
  return error instanceof Failure && (kinds.length === 0 || kinds.includes(error.kind as Kind));
}

/** Kinds that say "not now": nothing is wrong with the request, and the same one may do later. */
const UNAVAILABLE = ['store-unavailable', 'revocations-unconfirmed', 'too-busy'];

/** True for what every door answers as unavailable (503), whatever it was asked. */
export const isUnavailable = (error: unknown): boolean => isFailure(error, ...UNAVAILABLE);
