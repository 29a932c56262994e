/**
 * The client_credentials grant: a client speaks for itself, and for no person.
 *
 * Only for clients with a secret that may use it, and only for scopes of resource servers that they name; without a scope parameter for all of these.
 * Source: RFC 6749, section 4.4; Cognito developer guide, "Scopes, M2M, and resource servers".
 */
import { errors, type TokenEndpointGrantContext } from 'oidc-provider';
import { isFailure } from '../../base/failure.ts';
import { NotStrictJson, parseStrictJson } from '../../base/strict-json.ts';
import type { Clients } from '../../domain/pools/clients.ts';
import type { Pool } from '../../domain/pools/pools.ts';
import type { Tokens } from '../../domain/tokens/tokens.ts';
import { mayUseClientCredentials } from '../clients.ts';
import { forbiddenScope, scopesOf } from '../scopes.ts';

export const CLIENT_CREDENTIALS_PARAMETERS = ['scope', 'aws_client_metadata'] as const;

/** As much as the wire's ClientMetadata holds. */
const MAX_METADATA = 131_072;

interface ClientCredentialsParameters {
  readonly scope?: string;
  /** JSON, for the pool's function. */
  readonly aws_client_metadata?: string;
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
    const metadata = metadataIn(context.oidc.params.aws_client_metadata);
    const { accessToken, expiresInSeconds } = await tokens
      .grantToClient({ pool, client, scopes, metadata })
      .catch((error: unknown) => {
        // The pool's own function will not have it.
        throw isFailure(error, 'trigger-refused') ? new errors.UnauthorizedClient(error.kind) : error;
      });
    context.body = { access_token: accessToken, expires_in: expiresInSeconds, token_type: 'Bearer' };
  };
}

/** @throws InvalidRequest unless it is an object of texts */
function metadataIn(text: string | undefined): Readonly<Record<string, string>> | undefined {
  if (!text) return undefined;
  const refused = new errors.InvalidRequest('aws_client_metadata is no JSON object of texts');
  if (text.length > MAX_METADATA) throw refused;
  try {
    const value = parseStrictJson(text);
    if (isTexts(value)) return value;
  } catch (error) {
    if (!(error instanceof NotStrictJson)) throw error;
  }
  throw refused;
}

const isTexts = (value: unknown): value is Readonly<Record<string, string>> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).every((each) => typeof each === 'string');
