/**
 * App clients as oidc-provider knows clients.
 *
 * Translation only: the client's record decides. Every client is `native` to the library, the one type that allows Cognito's mix of callback
 * URLs; that they match exactly is seen to in internals.ts. The extra members carry what our own checks of a request need.
 */
import type { AdapterPayload, Client as LibraryClient } from 'oidc-provider';
import type { Client } from '../domain/pools/clients.ts';
import type { SigningAlgorithm } from '../domain/ports/signer.ts';

/** Members of ours that the library keeps with a client. */
export const CLIENT_EXTRAS = ['allowed_scopes', 'allowed_providers', 'may_use_codes', 'sso_minutes'] as const;

interface ClientExtras {
  readonly allowed_scopes: readonly string[];
  /** `COGNITO` and names of providers. */
  readonly allowed_providers: readonly string[];
  readonly may_use_codes: boolean;
  /** How old a sign-in of the browser may be, where the pool tracks sessions. */
  readonly sso_minutes?: number;
}

/** True when the client may be given authorization codes. */
export const mayUseCodes = ({ oauth }: Client): boolean => oauth.isEnabled && oauth.flows.includes('code');

/** True when the client may be given tokens for itself. */
export const mayUseClientCredentials = ({ oauth, secret }: Client): boolean =>
  oauth.isEnabled && oauth.flows.includes('client_credentials') && secret !== undefined;

/** @param algorithm what the pool's ID tokens are signed with */
export function metadataOf(client: Client, algorithm: SigningAlgorithm): AdapterPayload {
  const redirectUris = [...client.oauth.callbackUrls];
  const extras: ClientExtras = {
    allowed_scopes: client.oauth.scopes,
    allowed_providers: client.identityProviders,
    may_use_codes: mayUseCodes(client),
    sso_minutes: client.ssoMinutes,
  };
  return {
    client_id: client.id,
    client_secret: client.secret,
    // The library takes client_secret_post wherever client_secret_basic is named.
    token_endpoint_auth_method: client.secret === undefined ? 'none' : 'client_secret_basic',
    application_type: 'native',
    redirect_uris: redirectUris,
    // A client without callback URLs can ask for no code, but may still refresh what the API gave it.
    response_types: redirectUris.length > 0 ? ['code'] : [],
    grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
    id_token_signed_response_alg: algorithm,
    ...extras,
  };
}

/** The extra members of a client that the library holds. */
export const extrasOf = (client: LibraryClient): ClientExtras =>
  // They were put there by `metadataOf`, and the library keeps them as they are.
  client as unknown as ClientExtras;
