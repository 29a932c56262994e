/**
 * The refresh_token grant: tokens anew, from whichever door the family came.
 *
 * The token authority decides everything (rotation, grace, reuse, cut-offs); this file speaks OAuth. As Cognito's, the granted scopes stay
 * as they are whatever the request names; a request that names some is told which it got.
 * Source: RFC 6749, section 6; Cognito developer guide, "Token endpoint".
 */
import { errors, type TokenEndpointGrantContext } from 'oidc-provider';
import type { Clients } from '../../domain/pools/clients.ts';
import type { Pool } from '../../domain/pools/pools.ts';
import type { Tokens } from '../../domain/tokens/tokens.ts';
import { whenceOf } from '../internals.ts';
import { answerOf, refusedAsInvalidGrant } from './answer.ts';

export const REFRESH_PARAMETERS = ['refresh_token', 'scope'] as const;

interface RefreshParameters {
  readonly refresh_token?: string;
}

interface GrantParts {
  readonly pool: Pool;
  readonly clients: Pick<Clients, 'get'>;
  readonly tokens: Pick<Tokens, 'refresh'>;
}

export function refreshGrant({ pool, clients, tokens }: GrantParts) {
  return async (context: TokenEndpointGrantContext<RefreshParameters>): Promise<void> => {
    const { refresh_token: refreshToken, scope } = context.oidc.params;
    if (!refreshToken) throw new errors.InvalidRequest('refresh_token is required');
    const client = await clients.get(pool.id, context.oidc.client.clientId);
    const granted = await refusedAsInvalidGrant(
      tokens.refresh({ pool, client, refreshToken, whence: whenceOf(context) }),
    );
    context.body = answerOf(granted, { withScope: scope !== undefined });
  };
}
