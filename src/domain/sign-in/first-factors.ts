/**
 * First factors: what a person may begin a sign-in with, where pool and client leave the choice (USER_AUTH).
 *
 * Codes go to proven addresses alone. Who needs two factors begins with a password, or with a passkey that is both. A name that nobody has gets what most people of the pool have, so that the answer does not tell it from a known one.
 * Source: Cognito developer guide, "Choice-based authentication"; "Things to know about user pool MFA".
 */
import type { ContactAttribute, FirstFactor, Pool } from '../directory/pools.ts';
import { nameKeyOf, type User } from '../directory/users.ts';
import type { Sealer } from '../ports/sealer.ts';
import { needsTwo, passkeyCountsTwice } from './factors.ts';
import type { Attempt, StepName } from './step.ts';

/** Whether a person has a passkey, or of nobody: whether anybody could. Answered by the noun that keeps them. */
export type HasPasskey = (pool: Pool, user: User | undefined) => Promise<boolean>;

const ADDRESS_OF = { 'email-code': 'email', 'sms-code': 'phone_number' } as const;

/** True for an address to which a code may be sent as a first proof. Of who comes from a provider it is the provider's word. */
export const isProven = ({ attributes, status }: User, address: ContactAttribute): boolean =>
  status !== 'EXTERNAL_PROVIDER' &&
  Boolean(attributes[address]) &&
  attributes[`${address}_verified`] === 'true';

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
  { pool, user, login }: Pick<Attempt, 'pool' | 'user' | 'login'>,
  { hasPasskey, sealer }: { hasPasskey: HasPasskey; sealer: Sealer },
): Promise<readonly StepName[]> {
  const own = user ? await firstFactorsOf(pool, user, hasPasskey) : [];
  const withPasskey = seemsToHavePasskey(sealer, pool, login) && (await hasPasskey(pool, undefined));
  const factors = own.length > 0 ? own : usualIn(pool, withPasskey);
  return factors.flatMap((factor): readonly StepName[] => {
    if (factor !== 'password') return [factor];
    // Pools that keep no verifier cannot speak SRP.
    return pool.passwordStorage === 'argon2id' ? ['password'] : ['password', 'srp-opening'];
  });
}

const isMultiFactor = ({ passkeys }: Pool): boolean => passkeys?.isMultiFactor ?? false;

/** Some people have a passkey and some have none, and so it is with those who are not there; always the same for a name. */
const seemsToHavePasskey = (sealer: Sealer, pool: Pool, login: string): boolean =>
  (sealer.derive(`nobody/${pool.id}/${nameKeyOf(pool, login)}/passkey`, 1).secret[0] ?? 0) % 2 === 1;

/** What most people of a pool have: the password, and codes to addresses that it asks of everybody. */
function usualIn(pool: Pool, withPasskey: boolean): readonly FirstFactor[] {
  const factors = pool.firstFactors ?? ['password'];
  const asksFor = (address: ContactAttribute): boolean =>
    pool.autoVerifiedAttributes.includes(address) || pool.usernameAttributes.includes(address);
  const usual = factors.filter((factor) => {
    if (factor === 'password') return true;
    if (pool.mfa?.mode === 'required') return factor === 'passkey' && withPasskey && isMultiFactor(pool);
    return factor === 'passkey' ? withPasskey : asksFor(ADDRESS_OF[factor]);
  });
  return usual.length > 0 ? usual : ['password'];
}
