/**
 * The client_credentials grant: a client speaks for itself, and for no person.
 *
 * Only for clients with a secret that may use it, and only for scopes of resource servers that they name; without a scope parameter for all of these.
 * Source: RFC 6749, section 4.4; Cognito developer guide, "Scopes, M2M, and resource servers".
 */
import { errors, type TokenEndpointGrantContext } from 'oidc-provider';
import type { Clients } from '../../domain/directory/clients.ts';
import type { Pool } from '../../domain/directory/pools.ts';
import type { Tokens } from '../../domain/tokens/tokens.ts';
import { mayUseClientCredentials } from '../clients.ts';
import { forbiddenScope, scopesOf } from '../scopes.ts';

export const CLIENT_CREDENTIALS_PARAMETERS = ['scope'] as const;

interface ClientCredentialsParameters {
  readonly scope?: string;
}
interface GrantParts {
  readonly pool: Pool;
  readonly clients: Pick<Clients, 'get'>;
  readonly tokens: Pick<Tokens, 'grantToClient'>;
}

export function clientCredentialsGrant({ pool, clients, tokens }: GrantParts) {
  return async (context: TokenEndpointGrantContext<ClientCredentialsParameters>): Promise<void> => {
    const client = await clients.get(pool.id, context.oidc.client.clientId);
    if (!mayUseClientCredentials(client))
      throw new errors.UnauthorizedClient('the client may not use the client credentials grant');
    const asked = scopesOf(context.oidc.params.scope);
    const forbidden = forbiddenScope(asked, client.oauth.scopes);
    if (forbidden !== undefined)
      throw new errors.InvalidScope("a scope is unknown or not among the client's", forbidden);
    const scopes = asked.length > 0 ? asked : client.oauth.scopes;
    const { accessToken, expiresInSeconds } = await tokens.grantToClient({ pool, client, scopes });
    context.body = { access_token: accessToken, expires_in: expiresInSeconds, token_type: 'Bearer' };
  };
}
