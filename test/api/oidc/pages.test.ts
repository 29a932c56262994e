/**
 * What every page and cookie carries, whatever it says: headers, flags, and no trace of a request's Host.
 *
 * Sources: OWASP ASVS 5, V3 (3.3 cookies, 3.4 headers); CSP Level 3; RFC 6265bis, section 4.1.3.
 */
import assert from 'node:assert/strict';
import { request, type IncomingHttpHeaders } from 'node:http';
import {
  createBrowser,
  createWorld,
  formOf,
  PASSWORD,
  TEMPORARY,
  type Page,
  type TestClient,
  type World,
} from './world.ts';

const PUBLIC = 'https://id.example.com';
const BAD_HOSTS = [
  'evil.example',
  'evil.example:443',
  'a@evil.example',
  'evil.example/path',
  '[::1]:1',
  '127.0.0.1.nip.io',
];

describe('the hosted pages', () => {
  let world: World;
  let client: TestClient;
  before(async () => {
    world = await createWorld();
    client = await world.addClient();
    await world.addInvited('gerda');
  });
  after(() => world.close());

  /** Every kind of HTML that the door gives, by what it is. */
  async function everyPage(): Promise<readonly (readonly [string, Page])[]> {
    const browser = createBrowser();
    const login = await browser.open(world.authorize(client));
    const wrong = await browser.send(login, { username: 'ada', password: 'Wrong-Password-1' });
    const owed = await browser.send(login, { username: 'gerda', password: TEMPORARY });
    const differing = await browser.send(owed, { new_password: 'Own-Password-1!', repeated: 'x' });
    return [
      ['the sign-in page', login],
      ['the sign-in page with a problem', wrong],
      ['the new-password page', owed],
      ['the new-password page with a problem', differing],
      ['a refused form', await browser.send(login, {}, { origin: 'https://evil.example' })],
      ['an unreadable form', await browser.send(login, { password: 'x'.repeat(20_000) })],
      ['an unknown client', await browser.open(world.authorize(client, { client_id: 'nobody' }))],
      [
        'an unregistered redirect URI',
        await browser.open(world.authorize(client, { redirect_uri: 'https://evil.example' })),
      ],
      ['a login of another browser', await createBrowser().open(login.url)],
      [
        'a way on without its cookie',
        await createBrowser().open(login.url.href.replace('/login/', '/oauth2/authorize/')),
      ],
      ['a provider that is not offered', await browser.open(`${login.url.href}/with/Google`)],
      ['a way back that nobody went', await browser.open(`${world.base}/oauth2/idpresponse?state=x&code=y`)],
    ];
  }

  describe('every page', () => {
    it('does nothing but be read and be sent back to us and to the application', async () => {
      for (const [title, { headers, html }] of await everyPage()) {
        assert.equal(headers.get('content-type'), 'text/html; charset=utf-8', title);
        const policy = new Map(
          (headers.get('content-security-policy') ?? '')
            .split('; ')
            .map((each) => each.split(/ (.*)/) as [string, string]),
        );
        assert.equal(policy.get('default-src'), "'none'", title);
        assert.equal(policy.get('script-src'), "'self'", title);
        assert.equal(policy.get('style-src'), "'self'", title);
        assert.equal(policy.get('img-src'), "'self' data:", title);
        assert.equal(policy.get('frame-ancestors'), "'none'", title);
        assert.equal(policy.get('base-uri'), "'none'", title);
        assert.equal(
          policy.get('form-action'),
          formOf(html).action ? "'self' https://app.example.com" : "'none'",
          title,
        );
        assert.doesNotMatch(html, /<script|<style|style="|\son[a-z]+="|javascript:/i, title);
      }
    });

    it('is kept by nobody, framed by nobody, and tells nobody where it was', async () => {
      for (const [title, { headers, html }] of await everyPage()) {
        assert.equal(headers.get('cache-control'), 'no-store', title);
        assert.equal(headers.get('x-content-type-options'), 'nosniff', title);
        assert.equal(headers.get('x-frame-options'), 'DENY', title);
        assert.equal(headers.get('cross-origin-opener-policy'), 'same-origin', title);
        assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin', title);
        assert.match(headers.get('permissions-policy') ?? '', /camera=\(\)/, title);
        assert.equal(
          headers.get('referrer-policy'),
          formOf(html).action ? 'same-origin' : 'no-referrer',
          title,
        );
      }
    });

    it('names its language, its title and its style, and says problems aloud', async () => {
      for (const [title, { html, status }] of await everyPage()) {
        assert.match(html, /<html lang="en">/, title);
        assert.match(html, /<title>[^<]+<\/title>/, title);
        assert.match(html, /<h1>[^<]+<\/h1>/, title);
        if (status >= 400) assert.match(html, /role="alert"/, title);
        const [, style] = /<link rel="stylesheet" href="([^"]+)">/.exec(html) ?? [];
        const response = await fetch(new URL(style ?? '', world.server.url));
        assert.equal(response.status, 200, title);
        assert.match(response.headers.get('content-type') ?? '', /^text\/css/, title);
        assert.match(response.headers.get('cache-control') ?? '', /immutable/, title);
      }
    });

    it('is armoured where oidc-provider answers too', async () => {
      const redirect = await fetch(world.authorize(client), { redirect: 'manual' });
      const refused = await world.token({ grant_type: 'x', client_id: client.id });
      for (const { headers } of [redirect, refused]) {
        assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'/);
        assert.equal(headers.get('x-content-type-options'), 'nosniff');
        assert.equal(headers.get('cache-control'), 'no-store');
      }
    });

    it('lets the form end at a custom scheme, and at an address that CSP has no word for', async () => {
      for (const [callback, source] of [
        ['myapp://signed-in', 'myapp:'],
        ['http://localhost:3000/cb', 'http://localhost:3000'],
        ['http://[::1]:3000/cb', 'http:'],
      ] as const) {
        const native = await world.addClient({ CallbackURLs: [callback] });

        const page = await createBrowser().open(world.authorize(native, { redirect_uri: callback }));

        assert.match(
          page.headers.get('content-security-policy') ?? '',
          new RegExp(`form-action 'self' ${source};`),
        );
      }
    });
  });

  describe('a request with another Host', () => {
    it('leads to no other address', async () => {
      for (const host of BAD_HOSTS) {
        const headers = {
          host,
          'x-forwarded-host': host,
          'x-forwarded-proto': 'https',
          forwarded: `host=${host};proto=https`,
        };

        const { headers: asked } = await raw(world.authorize(client), headers);
        const { headers: refused } = await raw(world.authorize(client, { scope: 'evil' }), headers);
        const { headers: moved } = await raw(
          world.authorize(client).replace('/oauth2/authorize', '/login'),
          headers,
        );

        assert.ok(asked.location?.startsWith(`${world.base}/login/`), asked.location);
        assert.equal(new URL(refused.location!).searchParams.get('iss'), world.base);
        assert.ok(moved.location?.startsWith(`/${world.poolId}/oauth2/authorize?`), moved.location);
        for (const cookie of asked['set-cookie'] ?? []) assert.doesNotMatch(cookie, /evil|domain=|secure/i);
      }
    });

    it('goes on with a login at our own address', async () => {
      const { headers } = await raw(world.authorize(client), { host: 'evil.example' });
      const cookie = (headers['set-cookie'] ?? []).map((line) => line.split(';')[0]).join('; ');
      const page = await fetch(headers.location!, { headers: { cookie } });
      const { csrf = '' } = formOf(await page.text()).members;

      const posted = await fetch(headers.location!, {
        method: 'POST',
        body: new URLSearchParams({ csrf, username: 'ada', password: PASSWORD }),
        headers: { cookie, origin: world.server.url },
        redirect: 'manual',
      });

      assert.ok(posted.headers.get('location')?.startsWith(`${world.base}/oauth2/authorize/`));
    });

    it('as an absolute target leads to no other address', async () => {
      const path = `http://evil.example${new URL(world.authorize(client)).pathname}${new URL(world.authorize(client)).search}`;

      const { headers } = await raw(world.server.url, {}, path);

      assert.ok(headers.location?.startsWith(`${world.base}/login/`), headers.location);
    });
  });

  describe('cookies over https', () => {
    let secure: World;
    before(async () => {
      secure = await createWorld({ environment: { COGNATE_PUBLIC_URL: PUBLIC } });
    });
    after(() => secure.close());

    it('are prefixed, Secure, HttpOnly, Lax, without a domain, small, and scoped', async () => {
      const app = await secure.addClient();
      const response = await fetch(secure.authorize(app), { redirect: 'manual' });
      const [id = ''] = (response.headers.get('location') ?? '').split('/').slice(-1);
      const lines = response.headers.getSetCookie();

      const login = `${PUBLIC}/${secure.poolId}/login/${id}`;
      assert.equal(response.headers.get('location'), login);
      assert.equal(response.headers.get('strict-transport-security'), 'max-age=31536000');
      assert.deepEqual(
        lines.map((line) => line.split('=')[0]),
        ['login', 'login', 'resume', 'resume'].map(
          (kind, index) => `__Secure-${kind}-${secure.poolId}${index % 2 === 1 ? '.sig' : ''}`,
        ),
      );
      for (const line of lines) assertFlags(line);

      const cookie = lines.map((line) => line.split(';')[0]).join('; ');
      const page = await fetch(`${secure.base}/login/${id}`, { headers: { cookie } });
      const { csrf = '' } = formOf(await page.text()).members;
      const body = new URLSearchParams({ csrf, username: 'ada', password: PASSWORD });
      const posted = await fetch(`${secure.base}/login/${id}`, {
        method: 'POST',
        body,
        headers: { cookie, origin: PUBLIC },
        redirect: 'manual',
      });
      assert.equal(posted.status, 303);
      const done = await fetch(posted.headers.get('location')!.replace(PUBLIC, secure.server.url), {
        headers: { cookie },
        redirect: 'manual',
      });
      const sessions = done.headers.getSetCookie().filter((line) => line.startsWith('__Host-'));
      assert.equal(sessions.length, 2);
      for (const line of sessions) {
        assertFlags(line);
        assert.match(line, /; path=\/;/);
      }
    });
  });
});

function assertFlags(line: string): void {
  assert.match(line, /; secure/i);
  assert.match(line, /; httponly/i);
  assert.match(line, /; samesite=lax/i);
  assert.match(line, /; path=\//i);
  assert.doesNotMatch(line, /domain=/i);
  assert.ok(line.length < 4096);
}

/** `fetch` forbids a Host of one's own, and a target that is a whole address. */
function raw(
  url: string,
  headers: Record<string, string>,
  path?: string,
): Promise<{ status?: number; headers: IncomingHttpHeaders }> {
  return new Promise((resolve, reject) => {
    request(url, { headers, ...(path !== undefined && { path }) }, (response) => {
      response.resume();
      resolve({ status: response.statusCode, headers: response.headers });
    })
      .on('error', reject)
      .end();
  });
}
