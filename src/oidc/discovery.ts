/**
 * Discovery: what a pool's OpenID Provider says of itself.
 *
 * Written here rather than by oidc-provider, whose document takes its addresses from the request. Every address is the configured public
 * one; the issuer may be another (AWS's own form). Nothing is announced that is not answered.
 * Source: OpenID Connect Discovery 1.0, section 3; RFC 8414; RFC 9207, section 3; Cognito developer guide, "OIDC endpoints".
 */
import type { PublicJwk } from '../domain/ports/signer.ts';
import { SCOPES } from './scopes.ts';

/**
 * @param issuer the pool's `iss`
 * @param base the pool's public address without a slash at the end, e.g. `https://id.example.com/eu-west-1_a1b2c3d4e`
 * @param keys the pool's published keys; their algorithms are announced
 */
export function discoveryDocument(issuer: string, base: string, keys: readonly PublicJwk[]) {
  return {
    issuer,
    authorization_endpoint: `${base}/oauth2/authorize`,
    token_endpoint: `${base}/oauth2/token`,
    userinfo_endpoint: `${base}/oauth2/userInfo`,
    revocation_endpoint: `${base}/oauth2/revoke`,
    end_session_endpoint: `${base}/logout`,
    jwks_uri: `${base}/.well-known/jwks.json`,
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [...new Set(keys.map(({ alg }) => alg))],
    scopes_supported: [...SCOPES],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
    code_challenge_methods_supported: ['S256'],
    prompt_values_supported: ['none', 'login', 'consent', 'select_account'],
    authorization_response_iss_parameter_supported: true,
    claims_parameter_supported: false,
    request_parameter_supported: false,
    request_uri_parameter_supported: false,
    claims_supported: [
      'sub',
      'aud',
      'iss',
      'exp',
      'iat',
      'auth_time',
      'nonce',
      'token_use',
      'cognito:username',
      'cognito:groups',
      'email',
      'email_verified',
      'phone_number',
      'phone_number_verified',
      'name',
      'given_name',
      'family_name',
      'preferred_username',
    ],
  };
}
