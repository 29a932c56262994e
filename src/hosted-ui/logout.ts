/**
 * The logout endpoint: ends the browser's session, and goes where the application wants its users then.
 *
 * Two ways lead here. Cognito's own, with `logout_uri` or with what the sign-in page takes: nothing is ended and nobody is sent anywhere
 * unless the address is one of the client's, to the letter. And RP-Initiated Logout, which is everything else: see end-session.ts.
 * Source: Cognito developer guide, "Logout endpoint".
 */
import type { Context } from 'koa';
import type { Client } from '../domain/pools/clients.ts';
import { isRegistered } from '../oidc/redirect-uris.ts';
import { clientOf } from '../oidc/requests.ts';
import { poolOf, type Desk } from './desk.ts';
import { endSession, logoutQuery } from './end-session.ts';
import { wordsForRefused } from './words.ts';

/** What goes on to the sign-in page. */
const SIGN_IN_PARAMETERS = ['response_type', 'client_id', 'redirect_uri', 'state', 'scope', 'nonce', 'lang'];
/** Any of them says that the request is in Cognito's own way. */
const COGNITO_PARAMETERS = ['logout_uri', 'redirect_uri', 'response_type'];

/** GET /logout */
export async function logOut(context: Context, desk: Desk): Promise<void> {
  // Programs that look whether an address leads anywhere ask by HEAD, and end nothing.
  if (context.method === 'HEAD') {
    context.status = 200;
    return;
  }
  const query = await logoutQuery(context, desk);
  if (query === undefined) return refuse(context, desk);
  if (!COGNITO_PARAMETERS.some((name) => query.has(name))) return endSession(context, desk, query);
  const { id: poolId } = poolOf(context);
  const address = addressAfter(await clientOf(poolId, query, desk), query);
  if (address === undefined) return refuse(context, desk);
  await desk.sessions.end(context, poolId);
  context.redirect(address === 'sign-in' ? signInAddress(desk, poolId, query) : address);
  context.status = 303;
}

function refuse(context: Context, desk: Desk): void {
  desk.refused(context, { at: 'logout', kind: 'invalid_redirect_uri' });
  desk.pages.showError(context, 400, wordsForRefused('invalid_redirect_uri'));
}

/** Where to go: a sign-out address of the client, or its sign-in page; undefined for an address that is not its own. */
function addressAfter(client: Client | undefined, query: URLSearchParams): string | undefined {
  // Two addresses in one request: nobody can say which was meant.
  if (!client || query.has('post_logout_redirect_uri')) return undefined;
  const [logoutUri, ...others] = query.getAll('logout_uri');
  if (logoutUri !== undefined)
    return others.length === 0 && isRegistered(logoutUri, client.oauth.logoutUrls) ? logoutUri : undefined;
  const [redirectUri, ...more] = query.getAll('redirect_uri');
  if (redirectUri === undefined || more.length > 0 || !isRegistered(redirectUri, client.oauth.callbackUrls))
    return undefined;
  return query.get('response_type') === 'code' ? 'sign-in' : undefined;
}

function signInAddress({ pages }: Desk, poolId: string, query: URLSearchParams): string {
  const asked = new URLSearchParams([...query].filter(([name]) => SIGN_IN_PARAMETERS.includes(name)));
  return `${pages.pathOf(poolId, '/oauth2/authorize')}?${asked.toString()}`;
}
