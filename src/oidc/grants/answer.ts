/**
 * The token endpoint's answer, and which failures are the grant's.
 *
 * Source: RFC 6749, sections 5.1 and 5.2; Cognito developer guide, "Token endpoint".
 */
import { errors } from 'oidc-provider';
import { isFailure } from '../../base/failure.ts';
import type { TriggerFailure } from '../../domain/ports/triggers.ts';
import type { TokenFailure, TokenSet } from '../../domain/tokens/tokens.ts';

/** What makes a grant worthless, as the token authority tells it. */
const INVALID_GRANT = [
  'refresh-token-invalid',
  'refresh-token-revoked',
  'refresh-token-reused',
  'token-user-not-found',
  'token-user-disabled',
  'password-reset-required',
  'provider-gone',
  // The pool's own function will not have it.
  'trigger-refused',
] as const satisfies readonly (TokenFailure | TriggerFailure)[];

/** The JSON of a token response. @param withScope says which scopes were granted, for a request that named some */
export function answerOf(
  tokens: TokenSet,
  { withScope }: { readonly withScope: boolean } = { withScope: false },
): object {
  return {
    id_token: tokens.idToken,
    access_token: tokens.accessToken,
    refresh_token: tokens.refreshToken,
    expires_in: tokens.expiresInSeconds,
    token_type: 'Bearer',
    scope: withScope ? tokens.scopes.join(' ') : undefined,
  };
}

/** The outcome of `work`; the client is told that its grant is invalid, and not why. */
export async function refusedAsInvalidGrant<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (isFailure(error, ...INVALID_GRANT)) throw new errors.InvalidGrant(error.kind);
    throw error;
  }
}
