/**
 * The door of the hosted pages and of each pool's OpenID Provider: everything under `/{poolId}/`.
 *
 * What OAuth owns goes to the pool's oidc-provider, and only by the exact paths named here; the pages are ours. Addresses come from the
 * configured public URL, never from the request's Host. Whatever else lies under a pool's address, or is left over by every other entry point, is
 * answered 404: by a page to browsers, in JSON to programs.
 * Source: Cognito developer guide, "User pool endpoints and managed login reference".
 */
import { Router, type RouterContext } from '@koa/router';
import type { Context, Middleware } from 'koa';
import { Failure, isFailure, isUnavailable } from '../base/failure.ts';
import { newUuid } from '../base/ids.ts';
import { isQueryTooLarge } from '../base/parameters.ts';
import { logRefusal, toldBy } from '../base/refusal-log.ts';
import { asRequest } from '../base/request-notes.ts';
import type { Pool } from '../domain/pools/pools.ts';
import { withoutEmptySecret } from '../oidc/basic-authentication.ts';
import { discoveryDocument } from '../oidc/discovery.ts';
import { LIBRARY_BYTES, withBody } from '../oidc/internals.ts';
import { createPoolProviders, type PoolProviders } from '../oidc/pool-providers.ts';
import { prepareRequest } from '../oidc/requests.ts';
import { createByDomain } from './by-domain.ts';
import { confirmUser } from './confirm-user.ts';
import { createDesk, poolOf, refusedHere, type Desk, type HostedParts } from './desk.ts';
import { createFederatedPages } from './federated.ts';
import { readFormBytes, readPairs } from './forms.ts';
import { createLoginPages } from './login.ts';
import { confirmLogout, receiveLogout } from './end-session.ts';
import { logOut } from './logout.ts';
import { createNewPasswordPages } from './new-password.ts';
import { createPages, forPrograms, type Pages } from './pages.ts';
import { revoke } from './revocation.ts';
import { showToCome, TO_COME } from './to-come.ts';
import { showUserInfo } from './user-info.ts';
import { createSamlPages } from './saml.ts';
import { NO_POOL, NOT_FOUND, pageFor, UNEXPECTED, wordsForRefused } from './words.ts';

/** `us-east-1_a1B2c3D4e`; what is not of this form is another door's. */
const POOL_ID = /^[a-z]{2}(?:-[a-z]+)+-\d_[0-9A-Za-z]{1,55}$/;
/** What programs keep: keys and discovery change seldom, and a changed key must not be missed for long. */
const PUBLISHED = 'public, max-age=300';
const PREFLIGHT_SECONDS = '3600';

export function poolDoor(parts: HostedParts): Middleware {
  const pages = createPages(parts.publicUrl);
  const poolProviders = createPoolProviders({
    ...parts,
    showRefusal(context, { poolId, error, description, status }) {
      // The library's context is its own.
      context.state['poolId'] = poolId;
      const text = wordsForRefused(error);
      logRefusal(parts.log, { at: 'authorize', kind: error, reason: description, pool: poolId });
      pages.showError(context, status, {
        ...text,
        code: error,
        detail: description,
      });
    },
  });
  const routes = createRoutes(createDesk(parts, pages, poolProviders), poolProviders).routes();

  const byDomain = createByDomain({ ...parts, pages });

  return async (context, next) => {
    if ((await byDomain(context)) === 'answered') return;
    if (pages.asset(context)) return;
    const [, first = ''] = context.path.split('/', 2);
    if (!POOL_ID.test(first)) {
      await next();
      if (context.respond !== false && context.status === 404 && !context.body) notFound(context, pages);
      return;
    }
    pages.armour(context);
    context.state['poolId'] = first;
    const requestId = newUuid();
    context.state['requestId'] = requestId;
    context.set('x-amzn-RequestId', requestId);
    await asRequest(requestId, async () => {
      try {
        context.state['pool'] = await parts.pools.get(first);
        // The router itself puts there what its type of context has more.
        await routes(context as RouterContext, async () => notFound(context, pages));
      } catch (error) {
        answerFailure(context, error, { pages, parts });
      }
    });
  };
}

function createRoutes(desk: Desk, poolProviders: PoolProviders): Router {
  const router = new Router({ prefix: '/:poolId', strict: true, sensitive: true });
  const federated = createFederatedPages(desk);
  const saml = createSamlPages(desk, federated);
  const newPassword = createNewPasswordPages(desk);
  const login = createLoginPages(desk, { federated, newPassword });

  router.get('/.well-known/openid-configuration', (context) =>
    publish(context, () => discovery(desk, poolOf(context))),
  );
  router.get('/.well-known/jwks.json', (context) =>
    publish(context, () => desk.tokens.jwks(poolOf(context).id)),
  );

  router.get('/oauth2/authorize', async (context) => {
    const prepared = await prepareRequest(poolOf(context).id, context.URL.searchParams, desk);
    await handOver(context, {
      to: poolProviders,
      url: `/oauth2/authorize?${prepared.toString()}`,
      pages: desk.pages,
    });
  });
  // A form from another site brings no cookie of ours; the GET that follows it does.
  router.post('/oauth2/authorize', async (context) => {
    const address = `${desk.pages.pathOf(poolOf(context).id, '/oauth2/authorize')}?${(await readPairs(context)).toString()}`;
    if (isQueryTooLarge(address)) throw new Failure('form-unreadable', { reason: 'size' });
    context.redirect(address);
    context.status = 303;
  });
  router.get('/oauth2/authorize/:id', (context) =>
    handOver(context, {
      to: poolProviders,
      url: `/oauth2/authorize/${context.params['id']}`,
      pages: desk.pages,
    }),
  );
  router.options('/oauth2/token', preflight);
  router.post('/oauth2/token', async (context) => {
    allowAnyOrigin(context);
    try {
      await handOver(context, { to: poolProviders, url: '/oauth2/token', pages: desk.pages });
    } catch (error) {
      if (!isFailure(error, 'form-unreadable')) throw error;
      desk.refused(context, { at: 'token', ...toldBy(error) });
      context.set({ 'Cache-Control': 'no-store', Connection: 'close' });
      context.status = 400;
      context.body = {
        error: 'invalid_request',
        error_description: `the form cannot be read: ${error.facts['reason']}`,
      };
    }
  });
  router.options('/oauth2/userInfo', preflight);
  for (const method of ['get', 'post'] as const)
    router[method]('/oauth2/userInfo', async (context) => {
      allowAnyOrigin(context);
      await showUserInfo(context, desk);
    });
  router.options('/oauth2/revoke', preflight);
  router.post('/oauth2/revoke', async (context) => {
    allowAnyOrigin(context);
    await revoke(context, desk);
  });
  router.get('/logout', (context) => logOut(context, desk));
  router.post('/logout', (context) => receiveLogout(context, desk));
  router.post('/logout/confirm', (context) => confirmLogout(context, desk));
  router.get('/confirmUser', (context) => confirmUser(context, desk));
  router.get('/oauth2/idpresponse', (context) => federated.arrive(context));
  for (const [path, text] of Object.entries(TO_COME))
    for (const method of ['get', 'post'] as const)
      router[method](path, (context) => showToCome(context, desk, text));
  router.get('/saml2/metadata', (context) => saml.metadata(context));
  router.post('/saml2/idpresponse', (context) => saml.receive(context));
  router.get('/saml2/idpresponse', (context) => saml.arrive(context));

  // Cognito's /login takes what /oauth2/authorize takes.
  router.get('/login', (context) => {
    context.redirect(`${desk.pages.pathOf(poolOf(context).id, '/oauth2/authorize')}${context.search}`);
  });
  router.get('/login/:id', (context) => login.show(context, context.params['id']!));
  router.post('/login/:id', (context) => login.submit(context, context.params['id']!));
  router.get('/login/:id/with/:provider', (context) =>
    federated.choose(context, context.params['id']!, context.params['provider']!),
  );
  router.post('/login/:id/new-password', (context) => newPassword.submit(context, context.params['id']!));
  return router;
}

async function discovery(desk: Desk, pool: Pool): Promise<object> {
  const { keys } = await desk.tokens.jwks(pool.id);
  return discoveryDocument(desk.issuerOf(pool), `${desk.publicUrl}/${pool.id}`, keys);
}

/** JSON for every origin. */
async function publish(context: Context, make: () => Promise<object>): Promise<void> {
  allowAnyOrigin(context);
  context.set('Cache-Control', PUBLISHED);
  context.body = await make();
}

/** For what programs call, from wherever: nothing there is known by a cookie. */
function allowAnyOrigin(context: Context): void {
  forPrograms(context);
  context.set('Access-Control-Allow-Origin', '*');
}

function preflight(context: Context): void {
  allowAnyOrigin(context);
  context.set({
    'Access-Control-Allow-Methods': 'GET, POST',
    'Access-Control-Allow-Headers': 'Authorization, Content-Type, X-Amz-User-Agent',
    'Access-Control-Max-Age': PREFLIGHT_SECONDS,
  });
  context.status = 204;
}

/**
 * Gives request and response to the pool's oidc-provider, which reads `url` in place of the request's own.
 * @throws Failure `form-unreadable`, so that the library never parses a form without bounds
 */
async function handOver(
  context: Context,
  { to, url, pages }: { to: PoolProviders; url: string; pages: Pages },
): Promise<void> {
  const { id: poolId } = poolOf(context);
  const answer = await to.callback(poolId);
  if (context.method === 'POST') {
    const form = await readFormBytes(context.req, LIBRARY_BYTES);
    withBody(context.req, withoutEmptySecret(context.req, form));
  }
  context.respond = false;
  const request = Object.assign(context.req, { originalUrl: pages.pathOf(poolId, url), url });
  await answer(request, context.res);
}

function notFound(context: Context, pages: Pages): void {
  pages.armour(context);
  pages.showNotFound(context, NOT_FOUND);
}

function answerFailure(
  context: Context,
  error: unknown,
  { pages, parts }: { pages: Pages; parts: HostedParts },
): void {
  if (isFailure(error, 'pool-not-found')) return pages.showNotFound(context, NO_POOL);
  const text = isFailure(error) ? pageFor(error) : undefined;
  if (!text || isUnavailable(error))
    parts.log.error({ event: 'failed', pool: context.state['poolId'], err: error });
  else if (isFailure(error)) refusedHere(parts.log, context, { at: 'page', ...toldBy(error) });
  if (isUnavailable(error)) context.set('Retry-After', '1');
  // What is left of a refused body is not worth reading.
  if (isFailure(error, 'form-unreadable')) context.set('Connection', 'close');
  pages.showError(context, text?.status ?? 500, text ?? UNEXPECTED);
}
