/**
 * First factors: what a person may begin a sign-in with, where pool and client leave the choice (USER_AUTH).
 *
 * Codes go to proven addresses alone. Who needs two factors begins with a password, or with a passkey that is both. A name that nobody has gets what most people of the pool have, so that the answer does not tell it from a known one.
 * Source: Cognito developer guide, "Choice-based authentication"; "Things to know about user pool MFA".
 */
import type { ContactAttribute, FirstFactor, Pool } from '../directory/pools.ts';
import type { User } from '../directory/users.ts';
import { needsTwo, passkeyCountsTwice } from './factors.ts';
import type { StepName } from './step.ts';

/** Whether a person has a passkey; answered by the noun that keeps them. */
export type HasPasskey = (pool: Pool, user: User) => Promise<boolean>;

const ADDRESS_OF = { 'email-code': 'email', 'sms-code': 'phone_number' } as const;

export const isProven = ({ attributes }: User, address: ContactAttribute): boolean =>
  Boolean(attributes[address]) && attributes[`${address}_verified`] === 'true';

/** The first factors that a person has, of those that the pool allows. */
export async function firstFactorsOf(
  pool: Pool,
  user: User,
  hasPasskey: HasPasskey,
): Promise<readonly FirstFactor[]> {
  const mayHave: FirstFactor[] = [];
  for (const factor of pool.firstFactors ?? (['password'] as const)) {
    const isHad =
      factor === 'password'
        ? user.password !== undefined
        : factor === 'passkey'
          ? await hasPasskey(pool, user)
          : isProven(user, ADDRESS_OF[factor]);
    if (isHad) mayHave.push(factor);
  }
  if (!needsTwo(pool, user)) return mayHave;
  return mayHave.filter(
    (factor) => factor === 'password' || (factor === 'passkey' && passkeyCountsTwice(pool, user)),
  );
}

/** The steps that a sign-in may begin with; never none. */
export async function firstStepsOf(
  pool: Pool,
  user: User | undefined,
  hasPasskey: HasPasskey,
): Promise<readonly StepName[]> {
  const factors = user ? await firstFactorsOf(pool, user, hasPasskey) : [];
  return (factors.length > 0 ? factors : usualIn(pool)).flatMap((factor): readonly StepName[] => {
    if (factor !== 'password') return [factor];
    // Pools that keep no verifier cannot speak SRP.
    return pool.passwordStorage === 'argon2id' ? ['password'] : ['password', 'srp-opening'];
  });
}

/** What most people of a pool have: all first factors but passkeys, and codes to addresses that it asks of everybody. */
function usualIn(pool: Pool): readonly FirstFactor[] {
  const factors = pool.firstFactors ?? ['password'];
  const asksFor = (address: ContactAttribute): boolean =>
    pool.autoVerifiedAttributes.includes(address) || pool.usernameAttributes.includes(address);
  const usual = factors.filter(
    (factor) =>
      factor === 'password' ||
      (factor !== 'passkey' && asksFor(ADDRESS_OF[factor]) && pool.mfa?.mode !== 'required'),
  );
  return usual.length > 0 ? usual : ['password'];
}
