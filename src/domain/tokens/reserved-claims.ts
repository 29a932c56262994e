/**
 * Reserved claims: what a pool's function may not say, change or take away, because verifiers of tokens rely on it.
 *
 * The table holds for both tokens: where a claim does not stand in one of them by itself, a function that put it there could pass one token off as the other.
 * Source: Cognito developer guide, "Pre token generation Lambda trigger", "Claims and scopes reference".
 */

const RESERVED = new Set([
  'acr',
  'amr',
  'at_hash',
  'aud',
  'auth_time',
  'azp',
  'client_id',
  'cognito:groups',
  'cognito:preferred_role',
  'cognito:roles',
  'cognito:username',
  'device_key',
  'event_id',
  'exp',
  'iat',
  'identities',
  'iss',
  'jti',
  'nbf',
  'nonce',
  'origin_jti',
  'scope',
  'sub',
  'token_use',
  'username',
  'version',
]);
/** Cognito's own, and attributes that are for developers alone. */
const RESERVED_PREFIXES = ['cognito:', 'dev:'];
/** Taken away together: roles are those of groups. */
const GROUPS = ['cognito:groups', 'cognito:roles', 'cognito:preferred_role'];

const isReserved = (claim: string): boolean =>
  RESERVED.has(claim) || RESERVED_PREFIXES.some((prefix) => claim.startsWith(prefix));

/**
 * True when a function may add the claim or give it another value.
 *
 * Groups and roles have a way of their own, scopes too. An access token may say whom it is for, as long as that is the client it is given to.
 */
export function maySay(
  claim: string,
  { value, token, clientId }: { value: unknown; token: 'id' | 'access'; clientId: string },
): boolean {
  if (claim === 'aud') return token === 'access' && value === clientId;
  return !isReserved(claim);
}

/** The claims that a function takes away by naming one. */
export function suppressedBy(claim: string): readonly string[] {
  if (claim === 'cognito:groups') return GROUPS;
  return isReserved(claim) ? [] : [claim];
}
