/**
 * The person of an attempt: which names mean him, and whether he may sign in at all.
 */
import { Failure } from '../../base/failure.ts';
import { nameKeyOf, type User } from '../users/users.ts';
import type { Attempt, SignInFailure } from './challenges/challenge.ts';

/**
 * True when `login` means the user of the attempt: as typed, or by the name that was told; by any name once something is proven.
 * Before that, whoever knows two names of a user could ask whether they are one's, and so whether there is such a user.
 */
export function isOf({ pool, client, login, user, notes, passed }: Attempt, named: string): boolean {
  const isHidden = client.hidesUserExistence && passed.length === 0;
  const others = isHidden ? [] : [user.nameKey, user.sub, ...Object.values(user.aliases)];
  const names = [nameKeyOf(pool, login), nameKeyOf(pool, notes.username ?? login), ...others];
  return names.includes(nameKeyOf(pool, named));
}

/** @throws Failure `user-disabled`, `user-not-confirmed`, `password-reset-required` */
export function assertMaySignIn({ isEnabled, status }: User): void {
  if (!isEnabled) throw new Failure<SignInFailure>('user-disabled');
  if (status === 'UNCONFIRMED') throw new Failure<SignInFailure>('user-not-confirmed');
  if (status === 'RESET_REQUIRED') throw new Failure<SignInFailure>('password-reset-required');
  if (status === 'ARCHIVED' || status === 'COMPROMISED') throw new Failure<SignInFailure>('user-disabled');
}
