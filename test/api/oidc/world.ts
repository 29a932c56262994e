/**
 * A world for the OpenID Provider's tests: a started server, a pool with people, clients, and browsers whose cookies lie open.
 *
 * The directory is filled through the API, as anyone would; what is tested is reached by plain HTTP, so that nothing of a client library stands
 * between a test and the bytes.
 */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import {
  CognitoIdentityProvider,
  type CreateUserPoolClientRequest,
  type CreateUserPoolRequest,
} from '@aws-sdk/client-cognito-identity-provider';
import { claimsOf, makeInvited, makeUser, PASSWORD } from '../../support/pool.ts';
import {
  startServer,
  type RunningServer,
  type ServerOptions,
  type TestServer,
} from '../../support/servers/server.ts';

export { claimsOf, PASSWORD, TEMPORARY } from '../../support/pool.ts';

export const CALLBACK = 'https://app.example.com/cb';
export const SCOPES = ['openid', 'email', 'aws.cognito.signin.user.admin'];

export type World = WorldOn<TestServer>;
export type WorldOn<Server extends RunningServer> = Awaited<ReturnType<typeof createWorldOn<Server>>>;

export interface TestClient {
  readonly id: string;
  readonly secret: string | undefined;
}

/** `ada` and `bob` can sign in with PASSWORD. Close it in `after`. */
export const createWorld = async (
  options: ServerOptions = {},
  pool: Partial<CreateUserPoolRequest> = {},
): Promise<World> => createWorldOn(await startServer(options), pool);

/** The same on a server that runs already; the world's `close` ends it. */
export async function createWorldOn<Server extends RunningServer>(
  server: Server,
  pool: Partial<CreateUserPoolRequest> = {},
) {
  // Made anew at each use: it signs by the server's clock as it stands then.
  const userPools = () => new CognitoIdentityProvider(server.client);
  const poolId = await createPool(userPools(), 'people', pool);
  const addPerson = (name: string, pool = poolId) => makeUser({ idp: userPools(), UserPoolId: pool }, name);
  await addPerson('ada');
  await addPerson('bob');
  const base = `${server.url}/${poolId}`;

  return {
    server,
    get userPools() {
      return userPools();
    },
    poolId,
    /** The pool's own address; also its issuer unless told otherwise. */
    base,

    addPool: (name: string) => createPool(userPools(), name),
    addPerson,
    /** Somebody with a temporary password, TEMPORARY. */
    addInvited: (name: string) => makeInvited({ idp: userPools(), UserPoolId: poolId }, name),

    async addClient(more: Partial<CreateUserPoolClientRequest> = {}): Promise<TestClient> {
      const { UserPoolClient } = await userPools().createUserPoolClient({
        UserPoolId: poolId,
        ClientName: 'An application',
        AllowedOAuthFlowsUserPoolClient: true,
        AllowedOAuthFlows: ['code'],
        AllowedOAuthScopes: SCOPES,
        CallbackURLs: [CALLBACK],
        SupportedIdentityProviders: ['COGNITO'],
        ...more,
      });
      return { id: UserPoolClient!.ClientId!, secret: UserPoolClient!.ClientSecret };
    },

    /** An authorization request; a parameter given as undefined is left out. */
    authorize: (client: TestClient, more: Record<string, string | undefined> = {}): string =>
      `${base}/oauth2/authorize?${query({ response_type: 'code', client_id: client.id, redirect_uri: CALLBACK, scope: 'openid', state: 'a-state', ...more })}`,

    token(
      parameters: Record<string, string | undefined>,
      headers: Record<string, string> = {},
      at = base,
    ): Promise<Response> {
      return fetch(`${at}/oauth2/token`, {
        method: 'POST',
        body: new URLSearchParams(query(parameters)),
        headers,
      });
    },

    /** Signs `username` in for `request` with a fresh browser. @returns where the browser was sent in the end */
    async signIn(request: string, username = 'ada', browser = createBrowser()): Promise<URL> {
      const page = await browser.open(request);
      assert.equal(page.status, 200, page.html);
      const { location, status, html } = await browser.send(page, { username, password: PASSWORD });
      assert.ok(location, `the browser was not sent on: ${status} ${html}`);
      return location;
    },

    /** What `client` gets for the code that a browser was sent to `back` with. */
    async redeem(
      client: TestClient,
      back: URL | undefined,
    ): Promise<{ access_token: string; id_token: string; refresh_token: string }> {
      const code = back?.searchParams.get('code') ?? undefined;
      const response = await this.token({
        grant_type: 'authorization_code',
        code,
        redirect_uri: CALLBACK,
        client_id: client.id,
      });
      assert.equal(response.status, 200, back?.href);
      return (await response.json()) as { access_token: string; id_token: string; refresh_token: string };
    },

    /** The name of the person that a browser was signed in as when it was sent to `back`. */
    async personAt(client: TestClient, back: URL | undefined): Promise<unknown> {
      return claimsOf((await this.redeem(client, back)).id_token)['cognito:username'];
    },

    /** The browser's session at the pool. */
    sessionIn: ({ jar }: Browser): string | undefined =>
      jar.find(({ name }) => name === `session-${poolId}`)?.value,

    close: () => server.close(),
  };
}

async function createPool(
  userPools: CognitoIdentityProvider,
  PoolName: string,
  more: Partial<CreateUserPoolRequest> = {},
): Promise<string> {
  const { UserPool } = await userPools.createUserPool({ PoolName, ...more });
  return UserPool!.Id!;
}

const query = (parameters: Record<string, string | undefined>): string =>
  new URLSearchParams(
    Object.entries(parameters).filter((each): each is [string, string] => each[1] !== undefined),
  ).toString();

/** A verifier and its S256 challenge. */
export function newPkce(): { verifier: string; challenge: string } {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: challengeOf(verifier) };
}
export const challengeOf = (verifier: string): string =>
  createHash('sha256').update(verifier).digest('base64url');

export interface Page {
  readonly url: URL;
  readonly status: number;
  readonly html: string;
  readonly headers: Headers;
  /** Set when the browser was sent to another origin, where it does not go. */
  readonly location?: URL;
}

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly path: string;
  /** As it was set, attributes and all. */
  readonly line: string;
}

export type Browser = ReturnType<typeof createBrowser>;

/** Follows redirects within one origin and keeps cookies by path; `jar` may be read, and stuffed, by a test. */
export function createBrowser(jar: Cookie[] = []) {
  function keep(response: Response): void {
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split('; ');
      const [name = '', value = ''] = pair.split(/=(.*)/s);
      const path = attributes.find((each) => each.toLowerCase().startsWith('path='))?.slice(5) ?? '/';
      const at = jar.findIndex((cookie) => cookie.name === name && cookie.path === path);
      if (at >= 0) jar.splice(at, 1);
      if (value !== '') jar.push({ name, value, path, line });
    }
  }

  const cookiesFor = ({ pathname }: URL): string =>
    jar
      .filter(({ path }) => path === '/' || pathname === path || pathname.startsWith(`${path}/`))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');

  async function open(address: string | URL, init: RequestInit = {}): Promise<Page> {
    let url = new URL(address);
    let request = init;
    for (let left = 10; left > 0; left -= 1) {
      const headers = new Headers(request.headers);
      headers.set('cookie', cookiesFor(url));
      const response = await fetch(url, { ...request, headers, redirect: 'manual' });
      keep(response);
      const to = response.headers.get('location');
      const page = { url, status: response.status, html: await response.text(), headers: response.headers };
      if (to === null) return page;
      const location = new URL(to, url);
      if (location.origin !== url.origin) return { ...page, location };
      url = location;
      request = {};
    }
    throw new Error('too many redirects');
  }

  return {
    jar,
    open,

    /** Sends the page's form, hidden members included. */
    send(page: Page, fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Page> {
      const form = formOf(page.html);
      return open(new URL(form.action, page.url), {
        method: 'POST',
        body: new URLSearchParams({ ...form.members, ...fields }),
        headers: { origin: page.url.origin, ...headers },
      });
    },
  };
}

/** The page's only form. */
export function formOf(html: string): { action: string; members: Record<string, string> } {
  const [, action = '', inner = ''] =
    /<form method="post" action="([^"]*)">([\s\S]*)<\/form>/.exec(html) ?? [];
  const members = [...inner.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)];
  return { action, members: Object.fromEntries(members.map(([, name = '', value = '']) => [name, value])) };
}
