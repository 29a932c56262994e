/**
 * Google: an OpenID Provider with settings that are always the same.
 *
 * Its ID tokens name their issuer with the scheme or without it; both are Google.
 * Source: Google Identity, "OpenID Connect", "Verify the Google ID token on your server side"; Cognito developer guide, "Google".
 */
import type { IdentityProvider, ProviderSettings } from '../domain/ports/identity-provider.ts';
import type { OidcTraits } from './oidc.ts';

export const GOOGLE = 'https://accounts.google.com';

/** @param issuer Google's, unless a test stands in for it; never from a pool's settings */
export function googleProvider(
  settings: ProviderSettings,
  {
    oidc,
    issuer = GOOGLE,
  }: { oidc: (settings: ProviderSettings, traits: OidcTraits) => IdentityProvider; issuer?: string },
): IdentityProvider {
  const { authorize_scopes: scopes = '', client_id, client_secret } = settings.details;
  // Cognito's scopes for Google may come without openid, and an ID token must.
  const asked = scopes.split(/\s+/).filter(Boolean);
  const authorize_scopes = [...new Set(['openid', ...asked])].join(' ');
  const details = {
    authorize_scopes,
    ...(client_id !== undefined && { client_id }),
    ...(client_secret !== undefined && { client_secret }),
  };
  return oidc(
    { details },
    { issuer, scopes: authorize_scopes, alsoCalled: issuer.replace(/^https?:\/\//, '') },
  );
}

/** The details as they are kept, completed as Cognito completes them. */
export const googleDetails = (details: ProviderSettings['details']): ProviderSettings['details'] => ({
  ...details,
  attributes_url: 'https://people.googleapis.com/v1/people/me?personFields=',
  attributes_url_add_attributes: 'true',
  authorize_url: 'https://accounts.google.com/o/oauth2/v2/auth',
  oidc_issuer: GOOGLE,
  token_request_method: 'POST',
  token_url: 'https://www.googleapis.com/oauth2/v4/token',
});
