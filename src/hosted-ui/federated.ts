/**
 * Leaving to a provider, and coming back.
 *
 * The way out and back is a journey of domain/federation: its state is good once, and bound to this browser by a cookie that only the way
 * back is sent. The login that waits is named inside the journey, never by the address that the browser comes back with.
 * A sign-in that fails there goes back to its application with an error, and leaves its reason in the log.
 * Source: RFC 9700, sections 2.1 and 4.4 (mix-up, session fixation); RFC 6749, 4.1.2.1.
 */
import type { Context } from 'koa';
import { Failure, isFailure } from '../base/failure.ts';
import { toldBy } from '../base/refusal-log.ts';
import type { Returned } from '../domain/ports/identity-provider.ts';
import { cookieName, isSecure } from '../oidc/cookies.ts';
import { LOGIN_SECONDS } from '../oidc/settings.ts';
import { type Desk, type UnderWay, poolOf, requestIdOf } from './desk.ts';
import { errorFor } from './words.ts';

const RETURN_PATH = '/oauth2/idpresponse';
const STATE = /^[\w-]{8,128}$/;
const STATE_CHARACTERS = 8;

export type FederatedPages = ReturnType<typeof createFederatedPages>;

export function createFederatedPages(desk: Desk) {
  const { journeys, pages, publicUrl } = desk;

  /** By the beginning of the state, so that what two tabs began does not meet. */
  const bindingName = (poolId: string, state: string): string =>
    `${cookieName('journey', poolId, publicUrl)}-${state.slice(0, STATE_CHARACTERS)}`;

  /** @param value empty: the browser shall forget it */
  function setBinding(
    context: Context,
    path: string,
    { name, value }: { name: string; value: string },
  ): void {
    const cookie = [
      `${name}=${value}`,
      `Path=${path}`,
      `Max-Age=${value === '' ? 0 : LOGIN_SECONDS}`,
      'HttpOnly',
      // Lax: the provider sends the browser back by a GET from another site.
      'SameSite=Lax',
      ...(isSecure(publicUrl) ? ['Secure'] : []),
    ];
    context.append('Set-Cookie', cookie.join('; '));
  }

  async function leave(context: Context, underWay: UnderWay, providerName: string): Promise<void> {
    const { login, client } = underWay;
    if (!client.identityProviders.includes(providerName))
      throw new Failure('provider-not-found', { provider: providerName });
    try {
      await depart(context, underWay, providerName);
    } catch (error) {
      if (!isFailure(error, 'provider-refused', 'provider-unreachable')) throw error;
      await turnAway(context, login.id, { failure: error, client: client.id, provider: providerName });
    }
  }

  async function depart(context: Context, { login, client }: UnderWay, providerName: string): Promise<void> {
    const { id: poolId } = poolOf(context);
    const { url, form, state, binding, callback } = await journeys.depart({
      poolId,
      providerName,
      clientId: client.id,
      resume: { login: login.id, provider: providerName, client: client.id },
      hints: login.asked,
    });
    setBinding(context, new URL(callback).pathname, { name: bindingName(poolId, state), value: binding });
    if (form) return pages.showLeaving(context, { address: url, members: form, provider: providerName });
    context.redirect(url);
    context.status = 303;
  }

  /** Tells application and log why nobody came back; the application's address was checked when it asked. */
  async function turnAway(
    context: Context,
    loginId: string,
    { failure, ...who }: { failure: Failure; client: string; provider: string },
  ): Promise<void> {
    desk.refused(context, { at: 'federation', ...toldBy(failure), ...who });
    await desk.turnAway(context, loginId, errorFor(failure, requestIdOf(context)));
  }

  /** Goes on with who is back at `path`. */
  async function land(context: Context, path: string, returned: Returned): Promise<void> {
    const { id: poolId } = poolOf(context);
    const bindingOf = (state: string) => {
      if (!STATE.test(state)) return undefined;
      const name = bindingName(poolId, state);
      const binding = context.cookies.get(name, { signed: false });
      if (binding !== undefined) setBinding(context, pages.pathOf(poolId, path), { name, value: '' });
      return binding;
    };
    const since = desk.clock.now();
    const arrival = await journeys.arrive({ poolId, returned, bindingOf });
    const { login = '', provider = '', client = '' } = arrival.resume;
    if ('failure' in arrival) return turnAway(context, login, { failure: arrival.failure, client, provider });
    const { user } = arrival;
    if (!user.isEnabled) {
      const failure = new Failure('user-disabled', { username: user.username });
      return turnAway(context, login, { failure, client, provider });
    }
    // That this is the browser of the login is checked once more where it goes on, by the cookie that waits there.
    await desk.goOn(context, login, { user, by: provider, since });
  }

  return {
    leave,
    land,

    /** GET /login/{id}/with/{provider} */
    async choose(context: Context, id: string, providerName: string): Promise<void> {
      await leave(context, await desk.loginAt(context, id), providerName);
    },

    /** GET /oauth2/idpresponse */
    async arrive(context: Context): Promise<void> {
      const path = pages.pathOf(poolOf(context).id, RETURN_PATH);
      await land(context, RETURN_PATH, new URL(`${pages.origin}${path}${context.search}`));
    },
  };
}
