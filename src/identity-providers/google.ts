/**
 * Google: an OpenID Provider with settings that are always the same.
 *
 * Source: Google Identity, "OpenID Connect"; Cognito developer guide, "Google".
 */
import type { IdentityProvider, ProviderSettings } from '../domain/ports/identity-provider.ts';
import type { OidcTraits } from './oidc.ts';

/** @param issuer Google's, unless a test stands in for it; never from a pool's settings */
export function googleProvider(
  settings: ProviderSettings,
  {
    oidc,
    issuer = 'https://accounts.google.com',
  }: { oidc: (settings: ProviderSettings, traits: OidcTraits) => IdentityProvider; issuer?: string },
): IdentityProvider {
  const { client_id: id = '', client_secret: secret = '', authorize_scopes: scopes = '' } = settings.details;
  // Cognito's scopes for Google may come without openid, and an ID token must.
  const asked = scopes.split(/\s+/).filter(Boolean);
  const authorize_scopes = [...new Set(['openid', ...asked])].join(' ');
  return oidc(
    { details: { client_id: id, client_secret: secret, authorize_scopes } },
    { issuer, scopes: authorize_scopes },
  );
}
