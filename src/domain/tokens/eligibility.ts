/**
 * Standing: whether a person may have tokens, asked anew each time that one is given or shown.
 *
 * Who is disabled, whose password an administrator reset, and who came through a provider that is gone, may not. A provider of the same name that was made later is another one.
 * Source: Cognito API reference, AdminDisableUser, AdminResetUserPassword, DeleteIdentityProvider.
 */
import { Failure, isFailure } from '../../base/failure.ts';
import type { Pool } from '../pools/pools.ts';
import type { Providers } from '../pools/providers.ts';
import type { User } from '../users/users.ts';

export type StandingFailure = 'token-user-disabled' | 'password-reset-required' | 'provider-gone';

export function createStanding({ providers }: { providers: Pick<Providers, 'get'> }) {
  async function isProviderThere(poolId: string, name: string, since: Date): Promise<boolean> {
    try {
      return Date.parse((await providers.get(poolId, name)).createdAt) <= since.getTime();
    } catch (error) {
      if (isFailure(error, 'provider-not-found')) return false;
      throw error;
    }
  }

  return {
    /**
     * @param since when the person got what they show
     * @param by the provider that they came through to get it, where it is known; `undefined` otherwise
     * @throws Failure of StandingFailure, when he may not have tokens
     */
    async assert(
      pool: Pool,
      { isEnabled, status, identities = [] }: User,
      since: Date,
      by?: string,
    ): Promise<void> {
      if (!isEnabled || status === 'ARCHIVED' || status === 'COMPROMISED')
        throw new Failure<StandingFailure>('token-user-disabled');
      if (status === 'RESET_REQUIRED') throw new Failure<StandingFailure>('password-reset-required');
      // With a password of their own they are more than the provider's; what came through it is the provider's all the same.
      const only = status === 'EXTERNAL_PROVIDER' ? identities.find(({ isPrimary }) => isPrimary) : undefined;
      for (const name of new Set([by, only?.providerName]))
        if (name !== undefined && !(await isProviderThere(pool.id, name, since)))
          throw new Failure<StandingFailure>('provider-gone');
    },
  };
}
export type Standing = ReturnType<typeof createStanding>;
