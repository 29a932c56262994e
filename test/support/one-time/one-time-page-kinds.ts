/** Kinds of one-time values that the hosted pages give: logins, tokens of forms, what goes out to providers and comes back. */
import { createBrowser, formOf, PASSWORD, type Browser } from '../../api/oidc/world.ts';
import type { OneTimeWorld, Value } from './one-time-world.ts';
import { answer as samlAnswer, readRequest } from '../saml/saml-idp.ts';

/** Who shows a value that is somebody else's: at another client, in another pool, in another browser, as another user. */
export type Stranger = 'client' | 'pool' | 'browser' | 'user';

export interface Kind {
  readonly make: (at: OneTimeWorld) => Promise<Value>;
  /** The first is where it is shown at last; the others take it too. */
  readonly own: readonly [string, ...string[]];
  /** It may be shown again where it belongs. */
  readonly isReusable?: true;
  /** Who must not have it taken, where the place tells who shows it. */
  readonly notOf: readonly Stranger[];
}
export const KINDS_OF_PAGES: Readonly<Record<string, Kind>> = {
  'a login at the pages': {
    async make(at) {
      const name = await at.somebody();
      const browser = createBrowser();
      const page = await browser.open(at.authorize(at.pool));
      return { name, pool: at.pool, value: page.url.pathname.split('/').at(-1)!, browser, page };
    },
    own: ['POST /login/:id'],
    notOf: ['pool', 'browser'],
  },
  'the token of a sign-in form': {
    async make(at) {
      const name = await at.somebody();
      const browser = createBrowser();
      const page = await browser.open(at.authorize(at.pool));
      return { name, pool: at.pool, value: formOf(page.html).members['csrf']!, browser, page };
    },
    own: ['the token of POST /login/:id'],
    notOf: ['browser'],
  },
  'the token of a sign-out form': {
    async make(at) {
      const { name, browser } = await signedIn(at);
      const page = await browser.open(`${at.world.base}/logout`);
      return { name, pool: at.pool, value: formOf(page.html).members['csrf']!, browser, page };
    },
    own: ['the token of POST /logout/confirm'],
    // Without a session there is nothing that a form could end.
    isReusable: true,
    notOf: ['browser'],
  },
  'a sign-out that was posted': {
    async make(at) {
      const { name, browser } = await signedIn(at);
      const response = await fetch(`${at.world.base}/logout`, {
        method: 'POST',
        body: new URLSearchParams({ client_id: at.pool.ClientId }),
        redirect: 'manual',
      });
      const value = new URL(response.headers.get('location')!, at.world.base).searchParams.get('ref')!;
      return { name, pool: at.pool, value, browser };
    },
    own: ['GET /logout ref'],
    notOf: ['pool'],
  },
  'the state of a provider’s sign-in': {
    async make(at) {
      const browser = createBrowser();
      const away = await browser.open(at.authorize(at.pool, { identity_provider: 'Upstream' }));
      const back = await upstreamBack(browser, away.url, formOf(away.html).members['csrf']!);
      const { searchParams } = back;
      const answers = { code: searchParams.get('code')!, iss: searchParams.get('iss') ?? '' };
      return { name: 'lovelace', pool: at.pool, value: searchParams.get('state')!, browser, answers };
    },
    own: ['GET /oauth2/idpresponse'],
    notOf: ['pool', 'browser'],
  },
  'the RelayState of a SAML sign-in': {
    async make(at) {
      const { asked, browser } = await samlAsked(at);
      return { name: 'ada', pool: at.pool, value: asked.state, browser, answers: respond(at, asked) };
    },
    own: ['POST /saml2/idpresponse'],
    // It is spent where the browser comes back; until then a few responses may be posted.
    isReusable: true,
    notOf: ['pool'],
  },
  'a SAML response that was posted': {
    async make(at) {
      const { asked, browser } = await samlAsked(at);
      const response = await fetch(`${at.world.base}/saml2/idpresponse`, {
        method: 'POST',
        body: new URLSearchParams(respond(at, asked)),
        redirect: 'manual',
      });
      const value = new URL(response.headers.get('location')!, at.world.base).searchParams.get('ref')!;
      return { name: 'ada', pool: at.pool, value, browser };
    },
    own: ['GET /saml2/idpresponse'],
    notOf: ['pool', 'browser'],
  },
};
type SamlAsked = ReturnType<typeof readRequest>;
const respond = ({ server }: OneTimeWorld, asked: SamlAsked) => samlAnswer(asked, server.clock, {});

async function samlAsked(at: OneTimeWorld): Promise<{ asked: SamlAsked; browser: Browser }> {
  const browser = createBrowser();
  const { location } = await browser.open(at.authorize(at.pool, { identity_provider: 'Corp' }));
  return { asked: readRequest(location!), browser };
}
async function signedIn(at: OneTimeWorld): Promise<{ name: string; browser: Browser }> {
  const name = await at.somebody();
  const browser = createBrowser();
  await at.world.signIn(at.authorize(at.pool), name, browser);
  return { name, browser };
}
/** Signs in at the upstream and stops where it sends the browser back to us. */
async function upstreamBack({ jar }: Browser, login: URL, csrf: string): Promise<URL> {
  const cookie = jar.map(({ name, value }) => `${name}=${value}`).join('; ');
  const headers = { cookie, origin: login.origin };
  const body = new URLSearchParams({ csrf, username: 'lovelace', password: PASSWORD });
  let response = await fetch(login, { method: 'POST', body, headers, redirect: 'manual' });
  for (let left = 3; left > 0; left -= 1) {
    const location = new URL(response.headers.get('location')!, login);
    if (location.pathname.endsWith('/oauth2/idpresponse')) return location;
    response = await fetch(location, { headers, redirect: 'manual' });
  }
  throw new Error('the upstream did not send the browser back');
}
