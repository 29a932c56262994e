/**
 * The UserInfo endpoint: what an access token opens of its person.
 *
 * The token comes in the Authorization header and nowhere else, is of this very pool, and carries `openid`.
 * Source: OpenID Connect Core 1.0, section 5.3; RFC 6750, section 3; Cognito developer guide, "UserInfo endpoint".
 */
import type { Context } from 'koa';
import { Failure, isFailure } from '../base/failure.ts';
import { credentialsIn } from '../base/http-credentials.ts';
import { toldBy } from '../base/refusal-log.ts';
import { userInfoClaims } from '../domain/tokens/claims.ts';
import type { TokenFailure } from '../domain/tokens/tokens.ts';
import { poolOf, type Desk } from './desk.ts';

/** What makes a token worthless, whatever it may not do. */
const WORTHLESS = [
  'access-token-invalid',
  'access-token-expired',
  'access-token-revoked',
  'token-user-not-found',
  'token-user-disabled',
  'password-reset-required',
  'provider-gone',
] as const satisfies readonly TokenFailure[];

export async function showUserInfo(context: Context, desk: Desk): Promise<void> {
  const { tokens, clients } = desk;
  const token = credentialsIn(context.get('Authorization'), 'Bearer');
  if (token === undefined) {
    desk.refused(context, { at: 'userinfo', kind: 'token-missing' });
    return challenge(context);
  }
  try {
    const { pool, user, clientId, scopes } = await tokens.bearerOf(token, { scope: 'openid' });
    // A token of another pool is as good as none.
    if (pool.id !== poolOf(context).id) throw new Failure<TokenFailure>('access-token-invalid');
    context.set('Cache-Control', 'no-store');
    context.body = userInfoClaims({ client: await clients.get(pool.id, clientId), user, scopes });
  } catch (error) {
    if (isFailure(error, 'scope-missing', ...WORTHLESS))
      desk.refused(context, { at: 'userinfo', ...toldBy(error) });
    if (isFailure(error, 'scope-missing')) return refuse(context, 403, 'insufficient_scope');
    if (isFailure(error, ...WORTHLESS)) return refuse(context, 401, 'invalid_token');
    throw error;
  }
}

/** What is wanted, and nothing of an error: the request made none (RFC 6750, section 3.1). */
function challenge(context: Context): void {
  context.status = 401;
  context.set('WWW-Authenticate', 'Bearer');
  context.body = '';
}

function refuse(context: Context, status: number, error: string): void {
  context.status = status;
  context.set('WWW-Authenticate', `Bearer error="${error}"`);
  context.body = { error };
}
