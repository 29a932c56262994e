/**
 * The hosted addresses of managed login that have no page yet: each says what is missing, and how the user gets on without it.
 *
 * The answer is 501, never a success that does nothing. A way back to the sign-in page is offered where the request says which, in the
 * parameters that every hosted page of Cognito takes.
 * Source: Cognito developer guide, "User pool endpoints and managed login reference"; RFC 9110, section 15.6.2.
 */
import type { Context } from 'koa';
import { isRegistered } from '../oidc/redirect-uris.ts';
import { clientOf } from '../oidc/requests.ts';
import { poolOf, type Desk } from './desk.ts';
import type { ErrorText } from './pages.ts';

const ASK = 'Ask the application for another way, or whoever runs it.';
const SIGN_UP: ErrorText = {
  heading: 'You cannot sign up on this page yet',
  message: 'This page is planned, but it is not there yet. Applications can let you sign up by themselves.',
  advice: ASK,
};
const FORGOT_PASSWORD: ErrorText = {
  heading: 'You cannot reset your password on this page yet',
  message: 'This page is planned, but it is not there yet. Applications can let you reset it by themselves.',
  advice: ASK,
};
const CONFIRM: ErrorText = {
  heading: 'You cannot enter your code on this page yet',
  message: 'This page is planned, but it is not there yet. Applications can take the code by themselves.',
  advice: ASK,
};
const CHANGE_PASSWORD: ErrorText = {
  heading: 'You cannot change your password on this page yet',
  message: 'This page is planned, but it is not there yet. Applications can let you change it by themselves.',
  advice: ASK,
};
const PASSKEYS: ErrorText = {
  heading: 'You cannot add a passkey on this page yet',
  message: 'This page is planned, but it is not there yet. Applications can let you add one by themselves.',
  advice: ASK,
};
const ERROR: ErrorText = {
  heading: 'Something went wrong',
  message: 'The application sent you here, and this page cannot tell why yet.',
  advice: 'Go back to the application and try again.',
};

/** By path below the pool. A page that is built leaves this list. */
export const TO_COME: Readonly<Record<string, ErrorText>> = {
  '/signup': SIGN_UP,
  '/confirm': CONFIRM,
  '/resendcode': CONFIRM,
  '/forgotPassword': FORGOT_PASSWORD,
  '/confirmForgotPassword': FORGOT_PASSWORD,
  '/changePassword': CHANGE_PASSWORD,
  '/passkeys/add': PASSKEYS,
  '/error': ERROR,
};

/** Tells what is to come. */
export async function showToCome(context: Context, desk: Desk, text: ErrorText): Promise<void> {
  const { id: poolId } = poolOf(context);
  const query = context.URL.searchParams;
  const client = await clientOf(poolId, query, desk);
  const address = query.get('redirect_uri') ?? client?.oauth.defaultRedirectUrl;
  const isKnown = client && address !== undefined && isRegistered(address, client.oauth.callbackUrls);
  const href = `${desk.pages.pathOf(poolId, '/login')}${context.search}`;
  const link = isKnown ? { href, text: 'Back to the sign-in page' } : undefined;
  desk.pages.showError(context, 501, { ...text, link });
}
