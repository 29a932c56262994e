/**
 * RP-Initiated Logout: an application, or anybody, asks that the browser's session at the pool end.
 *
 * It ends at once where the request shows an ID token of the user who is signed in. Otherwise the user is asked first, because any
 * site can send a browser here. A browser goes on to an address only if that is, to the letter, one of the client's LogoutURLs; for any
 * other nothing ends. A hint that is no ID token of the pool counts as none.
 * Source: OpenID Connect RP-Initiated Logout 1.0, sections 2 to 4.
 */
import type { Context } from 'koa';
import { z } from 'zod';
import { newBearer } from '../base/ids.ts';
import { addressOf } from '../base/request-head.ts';
import { networkIn } from '../domain/ports/caller-context.ts';
import type { Client } from '../domain/pools/clients.ts';
import { isRegistered, withState } from '../oidc/redirect-uris.ts';
import { clientOf } from '../oidc/requests.ts';
import type { SignedInBrowser } from '../oidc/sessions.ts';
import { poolOf, type Desk } from './desk.ts';
import { readPairs } from './forms.ts';
import { formTargetOf, type ErrorText } from './pages.ts';
import { wordsForRefused } from './words.ts';

/** Those of the specification that mean something here. */
const PARAMETERS = ['id_token_hint', 'client_id', 'post_logout_redirect_uri', 'state'] as const;
const KIND = 'logout-request';
const SECONDS = 60;
/** Requests by POST from one address that may wait at a time; nobody is known yet who could be counted else. */
const MOST_WAITING = 120;
/** Names a request that came by POST and waits for its GET. */
const REFERENCE = 'ref';
const MAX_STATE = 2048;

type Asked = { readonly [name in (typeof PARAMETERS)[number]]?: string };
/** Where the browser goes when the session is over. */
interface After {
  readonly client?: Client;
  readonly address?: string;
  readonly state?: string;
}

const confirmation = z.object({
  client_id: z.string().max(128).optional(),
  post_logout_redirect_uri: z.string().max(1024).optional(),
  state: z.string().max(MAX_STATE).optional(),
});

/**
 * POST /logout: the same by a form. A form from another site brings no cookie of ours, so what it says waits for the GET that follows;
 * and an ID token stays out of addresses.
 */
export async function receiveLogout(context: Context, desk: Desk): Promise<void> {
  const { pages, expiring } = desk;
  const { id: poolId } = poolOf(context);
  const network = networkIn(poolId, addressOf(context));
  if ((await expiring.count(`${KIND}:by-address`, network, SECONDS)) > MOST_WAITING) {
    desk.refused(context, { at: 'logout', kind: 'too-many-requests' });
    return pages.showError(context, 429, TOO_MANY);
  }
  const asked = (await readPairs(context)).toString();
  const reference = newBearer();
  await expiring.put(KIND, `${poolId}/${reference}`, asked, SECONDS);
  context.redirect(`${pages.pathOf(poolId, '/logout')}?${REFERENCE}=${reference}`);
  context.status = 303;
}

/**
 * What a POST said that this GET follows; else the query itself.
 * @returns undefined for a reference that is over, or was followed already
 */
export async function logoutQuery(
  context: Context,
  { expiring }: Desk,
): Promise<URLSearchParams | undefined> {
  const query = context.URL.searchParams;
  const reference = query.get(REFERENCE);
  if (reference === null) return query;
  const asked = await expiring.take<string>(KIND, `${poolOf(context).id}/${reference}`);
  return asked === undefined ? undefined : new URLSearchParams(asked);
}

/** Ends the session, or asks the user whether to; or tells why not. */
export async function endSession(context: Context, desk: Desk, query: URLSearchParams): Promise<void> {
  const pool = poolOf(context);
  const asked = askedIn(query);
  if (asked === undefined) return refuse(context, desk, 'a parameter stands twice');
  const hint =
    asked.id_token_hint === undefined ? undefined : await desk.tokens.hintOf(asked.id_token_hint, pool);
  if (hint && asked.client_id !== undefined && asked.client_id !== hint.clientId)
    return refuse(context, desk, 'id_token_hint is of another client');
  if (!hint && asked.id_token_hint !== undefined)
    desk.log.info({ event: 'logout-hint-refused', pool: pool.id, client: asked.client_id });
  const after = await afterOf(context, desk, { ...asked, client_id: asked.client_id ?? hint?.clientId });
  if (after === undefined) return;
  const browser = await desk.sessions.find(context, pool.id);
  if (browser && hint?.sub !== browser.sub) return showConfirmation(context, desk, { ...after, browser });
  await goOn(context, desk, after);
}

/** POST /logout/confirm: the user wants it. */
export async function confirmLogout(context: Context, desk: Desk): Promise<void> {
  const { id: poolId } = poolOf(context);
  const browser = await desk.sessions.find(context, poolId);
  if (!browser) return goOn(context, desk, {});
  const form = { poolId, id: formIdOf(browser) };
  const after = await afterOf(context, desk, await desk.forms.read(context, confirmation, form));
  if (after) await goOn(context, desk, after);
}

/** Each parameter once; undefined when one stands twice. */
function askedIn(query: URLSearchParams): Asked | undefined {
  if (PARAMETERS.some((name) => query.getAll(name).length > 1)) return undefined;
  return Object.fromEntries(PARAMETERS.map((name) => [name, query.get(name) || undefined]));
}

/** Where to go afterwards; undefined when that was refused, with a page. */
async function afterOf(
  context: Context,
  desk: Desk,
  { client_id: clientId, post_logout_redirect_uri: address, state }: Omit<Asked, 'id_token_hint'>,
): Promise<After | undefined> {
  const named = new URLSearchParams(clientId === undefined ? {} : { client_id: clientId });
  const client = await clientOf(poolOf(context).id, named, desk);
  if (clientId !== undefined && !client) {
    refuse(context, desk, 'client_id is not known');
    return undefined;
  }
  if (address !== undefined && !(client && isRegistered(address, client.oauth.logoutUrls))) {
    desk.refused(context, { at: 'logout', kind: 'invalid_redirect_uri', client: client?.id });
    desk.pages.showError(context, 400, wordsForRefused('invalid_redirect_uri'));
    return undefined;
  }
  return { client, address, state: address === undefined ? undefined : state };
}

function showConfirmation(
  context: Context,
  { pages, forms }: Desk,
  { client, address, state, browser }: After & { readonly browser: SignedInBrowser },
): void {
  const { id: poolId } = poolOf(context);
  const page = {
    title: 'Sign out',
    clientName: client?.name,
    action: pages.pathOf(poolId, '/logout/confirm'),
    csrf: forms.tokenOf(poolId, formIdOf(browser)),
    members: Object.entries({ client_id: client?.id, post_logout_redirect_uri: address, state }).filter(
      ([, value]) => value !== undefined,
    ),
  };
  pages.show(context, 'sign-out', page, {
    formTargets: address === undefined ? [] : [formTargetOf(address)],
  });
}

/** Ends what session there is, and sends the browser on. */
async function goOn(context: Context, desk: Desk, { address, state }: After): Promise<void> {
  await desk.sessions.end(context, poolOf(context).id);
  if (address === undefined) return desk.pages.show(context, 'signed-out', { title: 'You are signed out' });
  context.redirect(withState(address, state));
  context.status = 303;
}

function refuse(context: Context, desk: Desk, detail: string): void {
  desk.refused(context, { at: 'logout', kind: 'invalid_request', reason: detail });
  desk.pages.showError(context, 400, { ...REFUSED, code: 'invalid_request', detail });
}

const TOO_MANY: ErrorText = {
  heading: 'You are not signed out',
  message: 'Too many requests to sign out came from your network just now.',
  advice: 'Wait a minute, and sign out again.',
};
const REFUSED: ErrorText = {
  heading: 'You are not signed out',
  message: 'The application asked for it in a way that we cannot answer.',
  advice: 'Go back to the application. If this happens again, tell whoever runs it.',
};

/** What the form's token is bound to: this browser's session, and no login. */
const formIdOf = ({ uid }: SignedInBrowser): string => `logout/${uid}`;
