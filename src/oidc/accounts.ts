/**
 * Accounts: how oidc-provider finds the person of a browser session.
 *
 * An account is a user's `sub`. It has no claims here: claims are authored with the tokens, in domain/tokens. Somebody disabled or deleted is
 * not found, so that a session outlives nobody.
 */
import type { FindAccount } from 'oidc-provider';
import type { Users } from '../domain/directory/users.ts';

export function accountsOf(users: Pick<Users, 'bySub'>, poolId: string): FindAccount {
  return async (_context, sub) => {
    const user = await users.bySub(poolId, sub);
    if (!user?.isEnabled) return undefined;
    return { accountId: user.sub, claims: () => ({ sub: user.sub }) };
  };
}
