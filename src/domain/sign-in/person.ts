/**
 * The person of an attempt: which names mean him, and whether he may sign in at all.
 */
import { Failure } from '../../base/failure.ts';
import { isEmail, isPhoneNumber } from '../directory/attributes.ts';
import { nameKeyOf, type User } from '../directory/users.ts';
import type { Sealer } from '../ports/sealer.ts';
import type { Attempt, SignInFailure } from './step.ts';

/** True when `login` means the person of the attempt: as typed, by name, by subject, by an alias, or by the name that he was told. */
export function isOf({ pool, login, user, notes }: Attempt, named: string): boolean {
  const told = nameKeyOf(pool, notes.username ?? login);
  const names = [
    nameKeyOf(pool, login),
    told,
    user?.nameKey,
    user?.sub,
    ...Object.values(user?.aliases ?? {}),
  ];
  return names.includes(nameKeyOf(pool, named));
}

/**
 * What a person is called in a challenge. Of nobody it is what was typed, in small letters where they mean the same, unless that could only be another name of somebody: then it is a subject, always the same one, as it would be of most.
 * Source: Cognito developer guide, "Managing user existence error responses", SRP.
 */
export function nameOf(
  { pool, user, login }: Pick<Attempt, 'pool' | 'user' | 'login'>,
  { sealer }: { readonly sealer: Sealer },
): string {
  if (user) return user.username;
  const others: readonly string[] = [...pool.usernameAttributes, ...pool.aliasAttributes];
  const isOther =
    pool.usernameAttributes.length > 0 ||
    (others.includes('email') && isEmail(login)) ||
    (others.includes('phone_number') && isPhoneNumber(login));
  if (!isOther) return nameKeyOf(pool, login);
  const { secret } = sealer.derive(`nobody/${pool.id}/${nameKeyOf(pool, login)}/sub`, 16);
  secret[6] = ((secret[6] ?? 0) & 0x0f) | 0x40;
  secret[8] = ((secret[8] ?? 0) & 0x3f) | 0x80;
  return secret.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** @throws Failure `user-disabled`, `user-not-confirmed`, `password-reset-required` */
export function assertMaySignIn({ isEnabled, status }: User): void {
  if (!isEnabled) throw new Failure<SignInFailure>('user-disabled');
  if (status === 'UNCONFIRMED') throw new Failure<SignInFailure>('user-not-confirmed');
  if (status === 'RESET_REQUIRED') throw new Failure<SignInFailure>('password-reset-required');
  if (status === 'ARCHIVED' || status === 'COMPROMISED') throw new Failure<SignInFailure>('user-disabled');
}
