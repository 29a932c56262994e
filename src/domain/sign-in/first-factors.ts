/**
 * First factors: what a person may begin a sign-in with, where pool and client leave the choice (USER_AUTH).
 *
 * Codes go to proven addresses alone. Who needs two factors begins with a password, or with a passkey that is both. A decoy has what most users of the pool have (users/decoys.ts).
 * Source: Cognito developer guide, "Choice-based authentication"; "Things to know about user pool MFA".
 */
import { standInFor } from '../users/resolve-account.ts';
import type { Account, Decoys } from '../users/decoys.ts';
import type { ContactAttribute, FirstFactor, Pool } from '../pools/pools.ts';
import { needsTwo, passkeyCountsTwice } from './second-factors.ts';
import type { Attempt, StepName } from './challenges/challenge.ts';

/** Whether an account has a passkey. Answered by the noun that keeps them. */
export type HasPasskey = (pool: Pool, account: Account) => Promise<boolean>;

const ADDRESS_OF = { 'email-code': 'email', 'sms-code': 'phone_number' } as const;

/** True for an address to which a code may be sent as a first proof. Of who comes from a provider it is the provider's word. */
export const isProven = ({ attributes, status }: Account, address: ContactAttribute): boolean =>
  status !== 'EXTERNAL_PROVIDER' &&
  Boolean(attributes[address]) &&
  attributes[`${address}_verified`] === 'true';

/** The first factors that a person has, of those that the pool allows. */
export async function firstFactorsOf(
  pool: Pool,
  user: Account,
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

/** The steps that a sign-in may begin with; never none. A user without any is offered what a decoy is. */
export async function firstStepsOf(
  { pool, user }: Pick<Attempt, 'pool' | 'user'>,
  { hasPasskey, decoys }: { hasPasskey: HasPasskey; decoys: Decoys },
): Promise<readonly StepName[]> {
  const standIn = standInFor(decoys, pool, user);
  const own = await firstFactorsOf(pool, user, hasPasskey);
  const usual = own.length > 0 ? own : await firstFactorsOf(pool, standIn, hasPasskey);
  const factors: readonly FirstFactor[] = usual.length > 0 ? usual : ['password'];
  return factors.flatMap((factor): readonly StepName[] => {
    if (factor !== 'password') return [factor];
    // Pools that keep no verifier cannot speak SRP.
    return pool.passwordStorage === 'argon2id' ? ['password'] : ['password', 'srp-opening'];
  });
}
