/**
 * The logout endpoint: ends the browser's session, and goes where the application wants its people then.
 *
 * Either to a registered sign-out address, or back to the sign-in page. Nothing is ended and nobody is sent anywhere unless the address is one of the client's, to the letter.
 * Source: Cognito developer guide, "Logout endpoint".
 */
import type { Context } from 'koa';
import type { Client } from '../domain/directory/clients.ts';
import { clientOf } from '../oidc/requests.ts';
import { poolOf, type Desk } from './desk.ts';
import { wordsForRefused } from './words.ts';

/** What goes on to the sign-in page. */
const SIGN_IN_PARAMETERS = ['response_type', 'client_id', 'redirect_uri', 'state', 'scope', 'nonce', 'lang'];

export async function logOut(context: Context, desk: Desk): Promise<void> {
  const { id: poolId } = poolOf(context);
  const query = context.URL.searchParams;
  const address = addressAfter(await clientOf(poolId, query, desk), query);
  if (address === undefined) {
    desk.pages.showError(context, 400, wordsForRefused('invalid_redirect_uri'));
    return;
  }
  await desk.sessions.end(context, poolId);
  context.redirect(address === 'sign-in' ? signInAddress(desk, poolId, query) : address);
  context.status = 303;
}

/** Where to go: a sign-out address of the client, or its sign-in page; undefined for an address that is not its own. */
function addressAfter(client: Client | undefined, query: URLSearchParams): string | undefined {
  if (!client) return undefined;
  const [logoutUri, ...others] = query.getAll('logout_uri');
  if (logoutUri !== undefined)
    return others.length === 0 && client.oauth.logoutUrls.includes(logoutUri) ? logoutUri : undefined;
  const [redirectUri, ...more] = query.getAll('redirect_uri');
  if (redirectUri === undefined || more.length > 0 || !client.oauth.callbackUrls.includes(redirectUri))
    return undefined;
  return query.get('response_type') === 'code' ? 'sign-in' : undefined;
}

function signInAddress({ pages }: Desk, poolId: string, query: URLSearchParams): string {
  const asked = new URLSearchParams([...query].filter(([name]) => SIGN_IN_PARAMETERS.includes(name)));
  return `${pages.pathOf(poolId, '/oauth2/authorize')}?${asked.toString()}`;
}
