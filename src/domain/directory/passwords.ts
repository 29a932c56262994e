/**
 * Passwords: the pool's policy, and the SRP verifier that is kept instead of the password.
 *
 * Nothing is truncated and no character refused; length counts characters as people see them written. The verifier is as good as a fast hash to whoever
 * reads it, therefore it is sealed in the store.
 * Source: Cognito developer guide, "Adding user pool password requirements".
 */
import { randomBytes, randomInt } from 'node:crypto';
import { Failure } from '../../base/failure.ts';
import { randomText } from '../../base/ids.ts';
import { equal } from '../../base/secret.ts';
import { poolNameOf, verifierOf } from './srp-group.ts';

export interface PasswordPolicy {
  readonly minimumLength: number;
  readonly requiresUppercase: boolean;
  readonly requiresLowercase: boolean;
  readonly requiresNumbers: boolean;
  readonly requiresSymbols: boolean;
  readonly temporaryDays: number;
  /** How many passwords before the present one may not come again; none when absent. */
  readonly historySize?: number;
}
/** What is kept of a password. Both hexadecimal. */
export interface PasswordVerifier {
  readonly salt: string;
  readonly verifier: string;
}
/** `password-refused` (fact: reason, in Cognito's words). */
export type PasswordFailure = 'password-refused';

const SALT_BYTES = 16;
const SYMBOLS = '^$*.[]{}()?"!@#%&/\\,><\':;|_~`=+-';
const UPPER = 'ABCDEFGHJKLMNPQRSTUVWXYZ';
const LOWER = 'abcdefghijkmnopqrstuvwxyz';
const DIGITS = '23456789';

/** @throws Failure `password-refused` */
export function assertAcceptable(policy: PasswordPolicy, password: string): void {
  const refuse = (reason: string) => {
    throw new Failure<PasswordFailure>('password-refused', {
      reason: `Password did not conform with policy: ${reason}`,
    });
  };
  if ([...password].length < policy.minimumLength) refuse('Password not long enough');
  if (policy.requiresUppercase && !/\p{Lu}/u.test(password))
    refuse('Password must have uppercase characters');
  if (policy.requiresLowercase && !/\p{Ll}/u.test(password))
    refuse('Password must have lowercase characters');
  if (policy.requiresNumbers && !/\p{Nd}/u.test(password)) refuse('Password must have numeric characters');
  const hasSymbol = [...password].some((character) => SYMBOLS.includes(character)) || /\S \S/.test(password);
  if (policy.requiresSymbols && !hasSymbol) refuse('Password must have symbol characters');
}

/** A random password that the policy accepts: for invitations. */
export function newTemporaryPassword(policy: PasswordPolicy): string {
  const length = Math.max(policy.minimumLength, 12);
  const must = [UPPER, LOWER, DIGITS, '!#%+-=?'].map((alphabet) => randomText(1, alphabet));
  const rest = randomText(length - must.length, UPPER + LOWER + DIGITS);
  return shuffled([...must, ...rest]).join('');
}

/** What to keep of `password`. */
export function newVerifier(poolId: string, username: string, password: string): PasswordVerifier {
  const salt = randomBytes(SALT_BYTES).toString('hex');
  return { salt, verifier: verifierOf({ poolName: poolNameOf(poolId), username, password, salt }) };
}

/** True when `password` is the one that `kept` was made from. */
export function matches(kept: PasswordVerifier, poolId: string, username: string, password: string): boolean {
  return equal(
    verifierOf({ poolName: poolNameOf(poolId), username, password, salt: kept.salt }),
    kept.verifier,
  );
}

function shuffled(characters: readonly string[]): string[] {
  const result = [...characters];
  for (let last = result.length - 1; last > 0; last -= 1) {
    const other = randomInt(last + 1);
    [result[last], result[other]] = [result[other]!, result[last]!];
  }
  return result;
}
