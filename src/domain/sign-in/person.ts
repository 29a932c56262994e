/**
 * The person of an attempt: which names mean him, and whether he may sign in at all.
 */
import { Failure } from '../../base/failure.ts';
import { nameKeyOf, type User } from '../directory/users.ts';
import type { Attempt, SignInFailure } from './step.ts';

/** True when `login` means the person of the attempt: as typed, by name, by subject, or by an alias. */
export function isOf({ pool, login, user }: Attempt, named: string): boolean {
  const names = [nameKeyOf(pool, login), user?.nameKey, user?.sub, ...Object.values(user?.aliases ?? {})];
  return names.includes(nameKeyOf(pool, named));
}

/** @throws Failure `user-disabled`, `user-not-confirmed`, `password-reset-required` */
export function assertMaySignIn({ isEnabled, status }: User): void {
  if (!isEnabled) throw new Failure<SignInFailure>('user-disabled');
  if (status === 'UNCONFIRMED') throw new Failure<SignInFailure>('user-not-confirmed');
  if (status === 'RESET_REQUIRED') throw new Failure<SignInFailure>('password-reset-required');
  if (status === 'ARCHIVED' || status === 'COMPROMISED') throw new Failure<SignInFailure>('user-disabled');
}
