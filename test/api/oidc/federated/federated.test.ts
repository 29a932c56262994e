// oxlint-disable max-lines -- one fixture (browsers, provider, way back) that all of these tests share
/**
 * Logins through another provider: a second pool plays the upstream, and speaks the same protocol as any.
 *
 * Sources: RFC 9700, sections 2.1 and 4.4; Cognito developer guide, "Authorize endpoint" (identity_provider, idp_identifier).
 */
import assert from 'node:assert/strict';
import { addUpstream, type Upstream } from './upstream.ts';
import { startOpenIdProvider } from '../../../support/hostile-op.ts';
import {
  CALLBACK,
  claimsOf,
  createBrowser,
  createWorld,
  PASSWORD,
  type Page,
  type TestClient,
  type World,
} from '../world.ts';

describe('logins through another provider', () => {
  let world: World;
  const logged: object[] = [];
  /** Offers our own people and the provider. */
  let both: TestClient;
  /** Offers the provider alone. */
  let only: TestClient;
  /** Offers our own people alone. */
  let own: TestClient;
  let upstream: Upstream;

  before(async () => {
    world = await createWorld({ logged });
    upstream = await addUpstream(world);
    await world.addPerson('lovelace', upstream.poolId);
    await upstream.addProvider('Upstream', { IdpIdentifiers: ['example.org'] });
    both = await world.addClient({ SupportedIdentityProviders: ['COGNITO', 'Upstream'] });
    only = await world.addClient({ SupportedIdentityProviders: ['Upstream'] });
    own = await world.addClient();
  });
  after(() => world.close());

  const isUpstream = ({ url }: Page): boolean => !url.href.startsWith(world.base);
  const signInUpstream = (page: Page, browser = createBrowser()): Promise<Page> =>
    browser.send(page, { username: 'lovelace', password: PASSWORD });

  it('are offered beside the password', async () => {
    const browser = createBrowser();
    const page = await browser.open(world.authorize(both));
    const [, way = ''] = /href="([^"]+\/with\/Upstream)"/.exec(page.html) ?? [];
    assert.match(page.html, /Continue with Upstream/);
    assert.match(page.html, /type="password"/);

    const away = await browser.open(new URL(way, page.url));
    assert.ok(isUpstream(away));
    const { location } = await signInUpstream(away, browser);

    assert.match(String(await world.personAt(both, location)), /^Upstream_/);
  });

  for (const [title, client, more] of [
    ['by name', () => both, { identity_provider: 'Upstream' }],
    ['by identifier', () => both, { idp_identifier: 'example.org' }],
    ['by a client that offers nothing else', () => only, {}],
  ] as const) {
    it(`are gone to at once when asked for ${title}`, async () => {
      const browser = createBrowser();
      const away = await browser.open(world.authorize(client(), more));
      assert.ok(isUpstream(away));

      const { location } = await signInUpstream(away, browser);

      assert.equal(location?.searchParams.get('state'), 'a-state');
      assert.match(String(await world.personAt(client(), location)), /^Upstream_/);
    });
  }

  it('are not gone to when our own people are asked for', async () => {
    const page = await createBrowser().open(world.authorize(both, { identity_provider: 'COGNITO' }));

    assert.ok(!isUpstream(page));
    assert.match(page.html, /type="password"/);
  });

  it('keep one user and one subject per person', async () => {
    const subjects = await Promise.all(
      [1, 2].map(async () => {
        const browser = createBrowser();
        const { location } = await signInUpstream(await browser.open(world.authorize(only)), browser);
        return claimsOf((await world.redeem(only, location)).id_token)['sub'];
      }),
    );

    assert.equal(subjects[0], subjects[1]);
  });

  it('stand alone where the client does not offer our own people', async () => {
    await upstream.addProvider('Elsewhere');
    const several = await world.addClient({ SupportedIdentityProviders: ['Upstream', 'Elsewhere'] });

    const { html } = await createBrowser().open(world.authorize(several));

    assert.match(html, /Continue with Upstream/);
    assert.match(html, /Continue with Elsewhere/);
    assert.doesNotMatch(html, /<form/);
  });

  it('are worth nothing when another browser comes back', async () => {
    const thief = createBrowser();
    const away = await thief.open(world.authorize(only));
    const victim = createBrowser();
    const back = await backFrom(await signInUpstreamStoppingAtUs(thief, away));
    const outcome = await victim.open(back);

    assert.equal(outcome.status, 400);
    assert.match(outcome.html, /This sign-in is over/);
    assert.equal(victim.jar.length, 0);
  });

  it('are over once they came back', async () => {
    const browser = createBrowser();
    const away = await browser.open(world.authorize(only));
    const back = await backFrom(await signInUpstreamStoppingAtUs(browser, away));
    const kept = browser.jar.filter(({ name }) => name.startsWith('journey-'));
    assert.ok((await browser.open(back)).location);
    browser.jar.push(...kept);

    const again = await browser.open(back);

    assert.equal(again.status, 400);
    assert.equal(again.location, undefined);
  });

  it('may be under way twice in one browser', async () => {
    const browser = createBrowser();
    const first = await browser.open(world.authorize(only));
    const second = await browser.open(world.authorize(both, { identity_provider: 'Upstream' }));

    const { location } = await signInUpstream(first, browser);
    const { location: other } = await signInUpstream(second, browser);

    assert.match(String(await world.personAt(only, location)), /^Upstream_/);
    assert.match(String(await world.personAt(both, other)), /^Upstream_/);
  });

  it('leave the names of their people to them', async () => {
    await assert.rejects(
      world.userPools.signUp({ ClientId: own.id, Username: 'upstream_123', Password: PASSWORD }),
      { name: 'InvalidParameterException', message: /cannot begin with the name of an identity provider/ },
    );
    await assert.rejects(
      world.userPools.adminCreateUser({ UserPoolId: world.poolId, Username: 'Upstream_123' }),
      { name: 'InvalidParameterException' },
    );
  });

  it('bind the way back by a cookie that nothing else is sent', async () => {
    const browser = createBrowser();
    await browser.open(world.authorize(only));

    const line = browser.jar.find(({ name }) => name.startsWith(`journey-${world.poolId}-`))?.line ?? '';

    assert.match(line, new RegExp(`; Path=/${world.poolId}/oauth2/idpresponse; `));
    assert.match(line, /HttpOnly; SameSite=Lax/);
  });

  it('make a session that serves no client which does not offer the provider', async () => {
    const browser = createBrowser();
    await signInUpstream(await browser.open(world.authorize(only)), browser);

    const silent = await browser.open(world.authorize(both, { prompt: 'none' }));
    const refused = await browser.open(world.authorize(own, { prompt: 'none' }));
    const otherwise = await browser.open(
      world.authorize(both, { prompt: 'none', identity_provider: 'COGNITO' }),
    );

    assert.match(String(await world.personAt(both, silent.location)), /^Upstream_/);
    assert.equal(refused.location?.searchParams.get('error'), 'login_required');
    assert.equal(otherwise.location?.searchParams.get('error'), 'login_required');
  });

  it('are not served by a session of our own people', async () => {
    const browser = createBrowser();
    await world.signIn(world.authorize(own), 'ada', browser);

    const { location } = await browser.open(world.authorize(only, { prompt: 'none' }));

    assert.equal(location?.searchParams.get('error'), 'login_required');
  });

  /** Back from an upstream at which the browser signed in, with other members than it gave. */
  async function backWith(change: (back: URL) => void, more: Record<string, string> = {}) {
    const browser = createBrowser();
    const away = await browser.open(world.authorize(only, more));
    const back = await backFrom(await signInUpstreamStoppingAtUs(browser, away));
    change(back);
    return browser.open(back);
  }
  const refusals = () => logged.filter((line) => 'event' in line && line.event === 'refused');

  for (const [answered, told] of [
    ['access_denied', 'access_denied'],
    ['login_required', 'login_required'],
    ['temporarily_unavailable', 'temporarily_unavailable'],
    ['invalid_scope', 'access_denied'],
  ] as const)
    it(`tell the application when the provider answers ${answered}`, async () => {
      const { location } = await backWith(({ searchParams }) => {
        searchParams.delete('code');
        searchParams.set('error', answered);
      });

      assert.equal(`${location?.origin}${location?.pathname}`, CALLBACK);
      assert.deepEqual(
        [location?.searchParams.get('error'), location?.searchParams.get('state')],
        [told, 'a-state'],
      );
      assert.equal(location?.searchParams.has('code'), false);
    });

  it('leave one line in the log, under the id that the application was told', async () => {
    logged.splice(0);
    const { location } = await backWith(({ searchParams }) =>
      searchParams.set('iss', 'https://evil.example'),
    );

    const description = location?.searchParams.get('error_description') ?? '';
    const [line, ...others] = refusals();
    assert.deepEqual(others, []);
    assert.partialDeepStrictEqual(line, {
      event: 'refused',
      at: 'federation',
      kind: 'provider-refused',
      pool: world.poolId,
      client: only.id,
      provider: 'Upstream',
      sourceIp: '127.0.0.1',
    });
    const { requestId, reason } = line as { requestId: string; reason: string };
    assert.ok(requestId.length > 30 && description.endsWith(`(${requestId})`), description);
    assert.ok(reason.length > 0);
  });

  it('tell the application of a user who is disabled, and the log who it is', async () => {
    const browser = createBrowser();
    const { location: first } = await signInUpstream(await browser.open(world.authorize(only)), browser);
    const { sub, 'cognito:username': Username } = claimsOf((await world.redeem(only, first)).id_token);
    await world.userPools.adminDisableUser({ UserPoolId: world.poolId, Username: String(Username) });
    logged.splice(0);

    const again = createBrowser();
    const { location } = await signInUpstream(await again.open(world.authorize(only)), again);

    await world.userPools.adminEnableUser({ UserPoolId: world.poolId, Username: String(Username) });
    assert.equal(location?.searchParams.get('error'), 'access_denied');
    const [line] = refusals();
    assert.partialDeepStrictEqual(line, { kind: 'user-disabled', user: sub });
  });

  it('tell the application when the provider cannot be reached', async () => {
    const gone = await startOpenIdProvider();
    await upstream.addProvider('Gone', {
      ProviderDetails: {
        client_id: 'id',
        oidc_issuer: gone.issuer,
        authorize_scopes: 'openid',
        attributes_request_method: 'GET',
      },
    });
    gone.close();
    world.server.clock.pass(601);
    const client = await world.addClient({ SupportedIdentityProviders: ['Gone'] });
    logged.splice(0);

    const { location } = await createBrowser().open(world.authorize(client));

    assert.equal(location?.searchParams.get('error'), 'temporarily_unavailable');
    assert.partialDeepStrictEqual(refusals()[0], {
      kind: 'provider-unreachable',
      reason: 'nothing listens there',
      provider: 'Gone',
    });
  });

  it('show a page with an id where it is not known whose way back this is', async () => {
    logged.splice(0);
    const { status, html } = await createBrowser().open(
      `${world.base}/oauth2/idpresponse?code=x&state=unknown-state`,
    );

    const [line] = refusals();
    assert.equal(status, 400);
    assert.partialDeepStrictEqual(line, { at: 'page', kind: 'journey-unknown', pool: world.poolId });
    assert.match(html, new RegExp(`Reference: <code>${(line as { requestId: string }).requestId}<`));
  });

  it('show no application an error of a login that is another browser’s', async () => {
    const thief = createBrowser();
    const back = await backFrom(
      await signInUpstreamStoppingAtUs(thief, await thief.open(world.authorize(only))),
    );
    back.searchParams.delete('code');
    back.searchParams.set('error', 'access_denied');
    const journeyAlone = thief.jar.filter(({ name }) => name.startsWith('journey-'));

    const { location } = await createBrowser(journeyAlone).open(back);

    assert.equal(location, undefined);
  });

  it('hand on what the application asked for', async () => {
    const sent = async (more: Record<string, string>) => {
      const response = await fetch(world.authorize(only, more), { redirect: 'manual' });
      const cookie = response.headers
        .getSetCookie()
        .map((each) => each.split(';', 1)[0])
        .join('; ');
      const login = new URL(response.headers.get('location')!, world.base);
      const away = await fetch(login, { headers: { cookie }, redirect: 'manual' });
      return new URL(away.headers.get('location')!).searchParams;
    };

    const asked = await sent({
      login_hint: 'ada@example.com',
      prompt: 'login',
      max_age: '300',
      ui_locales: 'de fr',
    });
    const [chosen, nothing] = [await sent({ prompt: 'select_account', lang: 'es' }), await sent({})];

    assert.deepEqual(
      ['login_hint', 'prompt', 'max_age', 'ui_locales'].map((name) => asked.get(name)),
      ['ada@example.com', 'login', '300', 'de fr'],
    );
    assert.deepEqual([chosen.get('prompt'), chosen.get('ui_locales')], ['select_account', 'es']);
    for (const name of ['login_hint', 'prompt', 'max_age', 'ui_locales']) assert.ok(!nothing.has(name), name);
  });

  /** Signs in upstream without following the way back to us. @returns where the upstream's page was posted to went on */
  async function signInUpstreamStoppingAtUs(
    browser: ReturnType<typeof createBrowser>,
    page: Page,
  ): Promise<Response> {
    const cookies = (path: string) =>
      browser.jar
        .filter((cookie) => path.startsWith(cookie.path))
        .map(({ name, value }) => `${name}=${value}`)
        .join('; ');
    const [, csrf = ''] = /name="csrf" value="([^"]+)"/.exec(page.html) ?? [];
    const posted = await fetch(page.url, {
      method: 'POST',
      body: new URLSearchParams({ csrf, username: 'lovelace', password: PASSWORD }),
      headers: { origin: page.url.origin, cookie: cookies(page.url.pathname) },
      redirect: 'manual',
    });
    const on = new URL(posted.headers.get('location')!, page.url);
    return fetch(on, { headers: { cookie: cookies(on.pathname) }, redirect: 'manual' });
  }

  async function backFrom(response: Response): Promise<URL> {
    const back = new URL(response.headers.get('location')!);
    assert.equal(back.pathname, `/${world.poolId}/oauth2/idpresponse`);
    return back;
  }
});
