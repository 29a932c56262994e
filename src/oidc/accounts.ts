/**
 * Accounts: how oidc-provider finds the person of a browser session.
 *
 * An account is a user's `sub`. It has no claims here: claims are authored with the tokens, in domain/tokens. Somebody who is gone, may have no tokens, or signed out everywhere since, is
 * not found, so that a session outlives nobody.
 */
import type { FindAccount } from 'oidc-provider';
import { isFailure } from '../base/failure.ts';
import type { Pool } from '../domain/pools/pools.ts';
import type { Users } from '../domain/users/users.ts';
import type { Standing, StandingFailure } from '../domain/tokens/eligibility.ts';
import { providerIn, signedInAt } from './signed-in.ts';

const NOT_NOW = [
  'token-user-disabled',
  'password-reset-required',
  'provider-gone',
] as const satisfies readonly StandingFailure[];

interface AccountParts {
  readonly pool: Pool;
  readonly users: Pick<Users, 'bySub'>;
  readonly standing: Standing;
}

export function accountsOf({ pool, users, standing }: AccountParts): FindAccount {
  return async ({ oidc }, sub) => {
    const user = await users.bySub(pool.id, sub);
    if (!user) return undefined;
    const { loginTs, amr } = oidc.session ?? {};
    const since = loginTs === undefined ? undefined : signedInAt(amr, loginTs);
    if (since && user.signedOutAt !== undefined && since <= new Date(user.signedOutAt)) return undefined;
    try {
      await standing.assert(pool, user, since ?? new Date(user.createdAt), providerIn(amr));
    } catch (error) {
      if (isFailure<StandingFailure>(error, ...NOT_NOW)) return undefined;
      throw error;
    }
    return { accountId: user.sub, claims: () => ({ sub: user.sub }) };
  };
}
