/** States of an account in which its owner may not see to it. */
import { Failure } from '../../../base/failure.ts';
import type { User } from '../../../domain/users/users.ts';
import type { SignInFailure } from '../../../domain/sign-in/challenges/challenge.ts';

/** @throws Failure `user-not-confirmed` */
export function assertConfirmed({ status }: User): void {
  if (status === 'UNCONFIRMED') throw new Failure<SignInFailure>('user-not-confirmed');
}

/** @throws Failure `user-not-confirmed`, `password-reset-required` */
export function assertUsable(user: User): void {
  assertConfirmed(user);
  if (user.status === 'RESET_REQUIRED') throw new Failure<SignInFailure>('password-reset-required');
}
