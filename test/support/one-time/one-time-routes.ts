/**
 * Routes of the pages that take one-time values. Where a value is not at home, it is shown by a stranger: with a browser of
 * their own.
 */
import { CALLBACK, createBrowser, formOf, PASSWORD } from '../../api/oidc/world.ts';
import type { OneTimeWorld, Value } from './one-time-world.ts';
import { NEW_PASSWORD } from '../pool.ts';

export interface Place {
  /** Of cognito-idp. */
  readonly operation?: string;
  /** As the router has it: `POST /login/:id`. */
  readonly route?: string;
  readonly show: (value: Value, at: OneTimeWorld) => Promise<unknown>;
  /** What is of no use is answered as if it were. Source: RFC 7009, 2.2; RP-Initiated Logout 1.0, 2. */
  readonly isSilent?: true;
}

/** An answer that is none of those which let in. */
export class NotTaken extends Error {
  readonly status: number;
  constructor(status: number, text: string) {
    super(`${status} ${text.slice(0, 300)}`);
    this.status = status;
  }
}

/** A request to a page; what is answered by 2xx, or sends a browser on to the application, is taken. */
async function ask(address: string, init: RequestInit = {}): Promise<void> {
  const response = await fetch(address, { redirect: 'manual', ...init });
  if (response.status >= 400) throw new NotTaken(response.status, await response.text());
}
const post = (address: string, members: Record<string, string>, headers: Record<string, string> = {}) =>
  ask(address, { method: 'POST', body: new URLSearchParams(members), headers });

/** A sign-in page of one's own, for what a form must carry besides. */
async function ownPage({ pool, browser = createBrowser(), page }: Value, at: OneTimeWorld) {
  return { browser, page: page ?? (await browser.open(at.authorize(pool))) };
}
/** Sends a form with these members. @returns where the browser was sent */
async function send(
  browser: ReturnType<typeof createBrowser>,
  address: URL,
  members: Record<string, string>,
): Promise<void> {
  const { status, html } = await browser.open(address, {
    method: 'POST',
    body: new URLSearchParams(members),
    headers: { origin: address.origin },
  });
  if (status >= 400) throw new NotTaken(status, html);
}

const segment = (value: string): string => encodeURIComponent(value).slice(0, 3000);
const loginPlace = (method: 'GET' | 'POST', rest = ''): Place => ({
  route: `${method} /login/:id${rest.replace('Upstream', ':provider')}`,
  show(value, at) {
    const address = `${at.baseOf(value.pool)}/login/${segment(value.value)}${rest}`;
    if (method === 'GET') return ask(address);
    return post(address, { csrf: 'x', username: value.name, password: PASSWORD });
  },
});

export const ROUTES_THAT_TAKE: Readonly<Record<string, Place>> = {
  'POST /oauth2/token authorization_code': {
    route: 'POST /oauth2/token',
    show: ({ pool, value: code }, at) =>
      post(`${at.baseOf(pool)}/oauth2/token`, {
        grant_type: 'authorization_code',
        code,
        redirect_uri: CALLBACK,
        client_id: pool.ClientId,
      }),
  },
  'POST /oauth2/token refresh_token': {
    route: 'POST /oauth2/token',
    show: ({ pool, value }, at) =>
      post(`${at.baseOf(pool)}/oauth2/token`, {
        grant_type: 'refresh_token',
        refresh_token: value,
        client_id: pool.ClientId,
      }),
  },
  'POST /oauth2/revoke': {
    route: 'POST /oauth2/revoke',
    isSilent: true,
    show: ({ pool, value: token }, at) =>
      post(`${at.baseOf(pool)}/oauth2/revoke`, { token, client_id: pool.ClientId }),
  },
  ...Object.fromEntries(
    (['GET', 'POST'] as const).map((method) => [
      `${method} /oauth2/userInfo`,
      {
        route: `${method} /oauth2/userInfo`,
        show: ({ pool, value }: Value, at: OneTimeWorld) =>
          ask(`${at.baseOf(pool)}/oauth2/userInfo`, {
            method,
            headers: { authorization: `Bearer ${value.replaceAll(/[^\x21-\x7e]/g, '')}` },
          }),
      },
    ]),
  ),
  'GET /oauth2/authorize/:id': {
    route: 'GET /oauth2/authorize/:id',
    show: ({ pool, value }, at) => ask(`${at.baseOf(pool)}/oauth2/authorize/${segment(value)}`),
  },
  'GET /login/:id': loginPlace('GET'),
  'GET /login/:id/with/:provider': loginPlace('GET', '/with/Upstream'),
  'POST /login/:id/new-password': {
    route: 'POST /login/:id/new-password',
    async show(value, at) {
      const address = new URL(`${at.baseOf(value.pool)}/login/${segment(value.value)}/new-password`);
      const { browser = createBrowser(), page, answers } = value;
      const csrf = page ? (answers?.['csrf'] ?? 'x') : 'x';
      await send(browser, address, { csrf, new_password: NEW_PASSWORD, repeated: NEW_PASSWORD });
    },
  },
  'POST /login/:id': {
    route: 'POST /login/:id',
    async show(value, at) {
      const address = new URL(`${at.baseOf(value.pool)}/login/${segment(value.value)}`);
      const { browser = createBrowser(), page } = value;
      const csrf = page ? formOf(page.html).members['csrf']! : 'x';
      await send(browser, address, { csrf, username: value.name, password: PASSWORD });
    },
  },
  'the token of POST /login/:id': {
    route: 'POST /login/:id',
    async show(value, at) {
      const { browser, page } = await ownPage(value, at);
      await send(browser, page.url, { csrf: value.value, username: value.name, password: PASSWORD });
    },
  },
  'the token of POST /logout/confirm': {
    route: 'POST /logout/confirm',
    async show({ browser, value: csrf }, at) {
      const address = new URL(`${at.world.base}/logout/confirm`);
      await send(browser ?? (await at.signedIn()), address, { csrf });
    },
  },
  'GET /logout ref': {
    route: 'GET /logout',
    show: ({ pool, value }, at) => ask(`${at.baseOf(pool)}/logout?ref=${segment(value)}`),
  },
  'GET /logout id_token_hint': {
    route: 'GET /logout',
    isSilent: true,
    show: ({ pool, value }, at) => ask(`${at.baseOf(pool)}/logout?id_token_hint=${segment(value)}`),
  },
  'GET /confirmUser': {
    route: 'GET /confirmUser',
    show: ({ pool, name, value }, at) =>
      ask(
        `${at.baseOf(pool)}/confirmUser?${new URLSearchParams({ client_id: pool.ClientId, user_name: name, confirmation_code: value })}`,
      ),
  },
  'GET /oauth2/idpresponse': {
    route: 'GET /oauth2/idpresponse',
    async show({ pool, value: state, browser = createBrowser(), answers = { code: 'a-code' } }, at) {
      const query = new URLSearchParams({ state, ...answers });
      const { status, html } = await browser.open(`${at.baseOf(pool)}/oauth2/idpresponse?${query}`);
      if (status >= 400) throw new NotTaken(status, html);
    },
  },
  'POST /saml2/idpresponse': {
    route: 'POST /saml2/idpresponse',
    show: ({ pool, value, answers = {} }, at) =>
      post(`${at.baseOf(pool)}/saml2/idpresponse`, { SAMLResponse: 'PHg+', RelayState: value, ...answers }),
  },
  'GET /saml2/idpresponse': {
    route: 'GET /saml2/idpresponse',
    async show({ pool, value, browser = createBrowser() }, at) {
      const { status, html } = await browser.open(
        `${at.baseOf(pool)}/saml2/idpresponse?ref=${segment(value)}`,
      );
      if (status >= 400) throw new NotTaken(status, html);
    },
  },
};
