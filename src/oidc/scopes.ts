/**
 * Scopes: those that every pool knows, and what a request may ask of a client's.
 *
 * A refresh token comes with every code, asked for or not, so there is no `offline_access`. Those of resource servers are the pool's own, `<identifier>/<name>`.
 * Source: Cognito developer guide, "Authorize endpoint": without a scope parameter the client's scopes all apply.
 */

export const SCOPES = ['openid', 'email', 'phone', 'profile', 'aws.cognito.signin.user.admin'] as const;

/** The words of a scope parameter. */
export const scopesOf = (text: string | undefined): readonly string[] =>
  (text ?? '').split(' ').filter(Boolean);

/** The first of `asked` that is not among `allowed`, a client's scopes, which exist. */
export const forbiddenScope = (asked: readonly string[], allowed: readonly string[]): string | undefined =>
  asked.find((scope) => !allowed.includes(scope));
