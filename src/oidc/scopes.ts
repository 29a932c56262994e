/**
 * Scopes that every pool knows, and what a request may ask of a client's.
 *
 * A refresh token comes with every code, asked for or not, so there is no `offline_access`. Scopes of resource servers are not known here.
 * Source: Cognito developer guide, "Authorize endpoint": without a scope parameter the client's scopes all apply.
 */

export const SCOPES = ['openid', 'email', 'phone', 'profile', 'aws.cognito.signin.user.admin'] as const;

/** The words of a scope parameter. */
export const scopesOf = (text: string | undefined): readonly string[] =>
  (text ?? '').split(' ').filter(Boolean);

/** The first of `asked` that is unknown or not among `allowed`. */
export function forbiddenScope(asked: readonly string[], allowed: readonly string[]): string | undefined {
  const known: readonly string[] = SCOPES;
  return asked.find((scope) => !known.includes(scope) || !allowed.includes(scope));
}
