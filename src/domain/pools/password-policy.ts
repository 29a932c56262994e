/**
 * The rules of a pool for passwords, as far as a password alone can break them.
 *
 * Nothing is truncated and no character refused; length counts code points (NIST SP 800-63B, 5.1.1.2).
 * Source: Cognito developer guide, "Adding user pool password requirements".
 */
import { randomInt } from 'node:crypto';
import { Failure } from '../../base/failure.ts';
import { randomText } from '../../base/ids.ts';

export interface PasswordPolicy {
  readonly minimumLength: number;
  readonly requiresUppercase: boolean;
  readonly requiresLowercase: boolean;
  readonly requiresNumbers: boolean;
  readonly requiresSymbols: boolean;
  readonly temporaryDays: number;
  /** How many passwords a person may not take again, the present one counted; none when absent. */
  readonly historySize?: number;
}
/** `password-refused` (fact: reason, in Cognito's words); `password-used-before` by the same person. */
export type PasswordFailure = 'password-refused' | 'password-used-before';

const SYMBOLS = '^$*.[]{}()?"!@#%&/\\,><\':;|_~`=+-';
const UPPER = 'ABCDEFGHJKLMNPQRSTUVWXYZ';
const LOWER = 'abcdefghijkmnopqrstuvwxyz';
const DIGITS = '23456789';

/** @throws Failure `password-refused` */
export function assertConforms(policy: PasswordPolicy, password: string): void {
  if ([...password].length < policy.minimumLength) refuse('Password not long enough');
  if (policy.requiresUppercase && !/\p{Lu}/u.test(password))
    refuse('Password must have uppercase characters');
  if (policy.requiresLowercase && !/\p{Ll}/u.test(password))
    refuse('Password must have lowercase characters');
  if (policy.requiresNumbers && !/\p{Nd}/u.test(password)) refuse('Password must have numeric characters');
  const hasSymbol = [...password].some((character) => SYMBOLS.includes(character)) || /\S \S/.test(password);
  if (policy.requiresSymbols && !hasSymbol) refuse('Password must have symbol characters');
}

/** @param reason in Cognito's words, or like them */
export function refuse(reason: string): never {
  throw new Failure<PasswordFailure>('password-refused', {
    reason: `Password did not conform with policy: ${reason}`,
  });
}

/** A random password that the policy accepts: for invitations. */
export function newTemporaryPassword(policy: PasswordPolicy): string {
  const length = Math.max(policy.minimumLength, 12);
  const must = [UPPER, LOWER, DIGITS, '!#%+-=?'].map((alphabet) => randomText(1, alphabet));
  const rest = randomText(length - must.length, UPPER + LOWER + DIGITS);
  return shuffled([...must, ...rest]).join('');
}

function shuffled(characters: readonly string[]): string[] {
  const result = [...characters];
  for (let last = result.length - 1; last > 0; last -= 1) {
    const other = randomInt(last + 1);
    [result[last], result[other]] = [result[other]!, result[last]!];
  }
  return result;
}
