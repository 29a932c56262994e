/**
 * RP-Initiated Logout: the session ends for who shows whose it is, others are asked first, and nobody is sent where no client wants them.
 *
 * Source: OpenID Connect RP-Initiated Logout 1.0.
 */
import assert from 'node:assert/strict';
import { corpusJson, withCorpus } from '../../support/corpora.ts';
import {
  CALLBACK,
  createBrowser,
  createWorld,
  formOf,
  type Browser,
  type Page,
  type TestClient,
  type World,
} from './world.ts';

const LOGOUT = 'https://app.example.com/bye';
const QUERIED = 'https://app.example.com/bye?from=us';
const FORM = { 'content-type': 'application/x-www-form-urlencoded', origin: 'https://app.example.com' };

interface SignedIn {
  readonly browser: Browser;
  readonly idToken: string;
}

describe('RP-initiated logout', () => {
  let world: World;
  let client: TestClient;
  let other: TestClient;
  before(async () => {
    world = await createWorld();
    client = await world.addClient({ LogoutURLs: [LOGOUT, QUERIED, 'myapp://bye'] });
    other = await world.addClient({ LogoutURLs: ['https://other.example.com/bye'] });
  });
  after(() => world.close());

  async function signIn(username = 'ada'): Promise<SignedIn> {
    const browser = createBrowser();
    const back = await world.signIn(world.authorize(client), username, browser);
    return { browser, idToken: (await world.redeem(client, back)).id_token };
  }
  const isSignedIn = async (browser: Browser) =>
    (await browser.open(world.authorize(client, { prompt: 'none' }))).location?.searchParams.has('code');
  /** As any site can make a browser ask, in both methods. */
  const METHODS = {
    GET: (browser: Browser, asked: Record<string, string>) =>
      browser.open(`${world.base}/logout?${new URLSearchParams(asked).toString()}`),
    POST: (browser: Browser, asked: Record<string, string>) =>
      browser.open(`${world.base}/logout`, {
        method: 'POST',
        body: new URLSearchParams(asked).toString(),
        headers: FORM,
      }),
  };
  const confirm = (browser: Browser, page: Page, headers = {}) => browser.send(page, {}, headers);

  for (const [method, ask] of Object.entries(METHODS))
    describe(`by ${method}`, () => {
      it('with an ID token ends the session, and goes to a registered address with the state', async () => {
        const { browser, idToken } = await signIn();

        const { location } = await ask(browser, {
          id_token_hint: idToken,
          post_logout_redirect_uri: LOGOUT,
          state: 'a state & more',
        });

        assert.equal(location?.href, `${LOGOUT}?state=a+state+%26+more`);
        assert.equal(await isSignedIn(browser), false);
      });

      it('takes an ID token that has expired', async () => {
        const browser = createBrowser();
        const short = await world.addClient({
          IdTokenValidity: 5,
          TokenValidityUnits: { IdToken: 'minutes' },
        });
        const back = await world.signIn(world.authorize(short), 'ada', browser);
        const { id_token: expiring } = await world.redeem(short, back);
        world.server.clock.pass(301);

        const page = await ask(browser, { id_token_hint: expiring });

        assert.match(page.html, /You are signed out/);
        assert.equal(await isSignedIn(browser), false);
      });

      it('without an ID token asks the user first', async () => {
        const { browser } = await signIn();

        const page = await ask(browser, {
          client_id: client.id,
          post_logout_redirect_uri: QUERIED,
          state: 's',
        });
        assert.equal(page.status, 200);
        assert.equal(await isSignedIn(browser), true);
        const { location } = await confirm(browser, page);

        assert.equal(location?.href, 'https://app.example.com/bye?from=us&state=s');
        assert.equal(await isSignedIn(browser), false);
      });

      it('with nothing at all asks too, and then says that it is done', async () => {
        const { browser } = await signIn();

        const page = await ask(browser, {});
        assert.equal(await isSignedIn(browser), true);
        const done = await confirm(browser, page);

        assert.match(done.html, /You are signed out/);
        assert.equal(await isSignedIn(browser), false);
      });

      it('with the ID token of somebody else asks', async () => {
        const { idToken } = await signIn('bob');
        const { browser } = await signIn('ada');

        const page = await ask(browser, { id_token_hint: idToken, post_logout_redirect_uri: LOGOUT });

        assert.ok(formOf(page.html).action.endsWith('/logout/confirm'));
        assert.equal(await isSignedIn(browser), true);
      });

      it('goes on at once where nobody is signed in', async () => {
        const asked = { client_id: client.id, post_logout_redirect_uri: 'myapp://bye', state: 's' };

        assert.equal((await ask(createBrowser(), asked)).location?.href, 'myapp://bye?state=s');
        assert.match((await ask(createBrowser(), {})).html, /You are signed out/);
      });

      it('refuses a client that is not that of the ID token, an unknown one, and what comes twice', async () => {
        const { browser, idToken } = await signIn();
        const rows: readonly Record<string, string>[] = [
          { id_token_hint: idToken, client_id: other.id },
          { client_id: 'nobody' },
          { id_token_hint: idToken, post_logout_redirect_uri: 'https://other.example.com/bye' },
          { id_token_hint: idToken, post_logout_redirect_uri: CALLBACK },
          { post_logout_redirect_uri: LOGOUT },
          { id_token_hint: `${idToken.slice(0, -4)}AAAA`, post_logout_redirect_uri: LOGOUT },
        ];

        for (const asked of rows) {
          const page = await ask(browser, asked);
          assert.equal(page.status, 400, JSON.stringify(asked));
          assert.equal(page.location, undefined);
        }
        assert.equal(await isSignedIn(browser), true);
      });
    });

  it('refuses a parameter that comes twice', async () => {
    const { browser, idToken } = await signIn();
    const query = `id_token_hint=${idToken}&post_logout_redirect_uri=${LOGOUT}&post_logout_redirect_uri=${LOGOUT}`;

    assert.equal((await browser.open(`${world.base}/logout?${query}`)).status, 400);
    assert.equal(await isSignedIn(browser), true);
  });

  it('takes no ID token that is changed, of another use, or of another pool for a hint', async () => {
    const { browser, idToken } = await signIn();
    const back = await browser.open(world.authorize(client));
    const { access_token: accessToken } = await world.redeem(client, back.location);
    const elsewhere = await world.addPool('elsewhere');
    await world.addPerson('ada', elsewhere);
    const { AuthenticationResult } = await world.userPools.adminInitiateAuth({
      UserPoolId: elsewhere,
      ClientId: (
        await world.addClient({
          UserPoolId: elsewhere,
          ExplicitAuthFlows: ['ALLOW_ADMIN_USER_PASSWORD_AUTH'],
        })
      ).id,
      AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: 'ada', PASSWORD: 'Correct-Horse-7' },
    });
    const [head, claims] = idToken.split('.');
    const hints = [
      accessToken,
      AuthenticationResult!.IdToken!,
      `${head}.${claims}.`,
      `${Buffer.from('{"alg":"none"}').toString('base64url')}.${claims}.`,
      'no token',
    ];

    for (const hint of hints) {
      const page = await METHODS.GET(browser, { id_token_hint: hint });
      assert.ok(formOf(page.html).action, hint);
    }
    assert.equal(await isSignedIn(browser), true);
  });

  it('believes a confirmation of this session alone, and of no other site', async () => {
    const ada = await signIn('ada');
    const bob = await signIn('bob');
    const ofBob = await METHODS.GET(bob.browser, {});
    const ofAda = await METHODS.GET(ada.browser, {});
    const send = (csrf: string | undefined, headers: Record<string, string> = {}) =>
      ada.browser.open(`${world.base}/logout/confirm`, {
        method: 'POST',
        body: new URLSearchParams(csrf === undefined ? {} : { csrf }),
        headers,
      });

    assert.equal((await send(formOf(ofBob.html).members['csrf'])).status, 403);
    assert.equal((await send(undefined)).status, 403);
    for (const origin of ['https://evil.example', 'null'])
      assert.equal((await confirm(ada.browser, ofAda, { origin })).status, 403);
    assert.equal(await isSignedIn(ada.browser), true);
    assert.equal((await send(formOf(ofAda.html).members['csrf'])).status, 200);
    assert.equal(await isSignedIn(ada.browser), false);
  });

  it('does not believe an address that was changed in the confirmation', async () => {
    const { browser } = await signIn();
    const page = await METHODS.GET(browser, { client_id: client.id, post_logout_redirect_uri: LOGOUT });

    const sent = await browser.send(page, { post_logout_redirect_uri: 'https://evil.example' });

    assert.equal(sent.status, 400);
    assert.equal(sent.location, undefined);
    assert.equal(await isSignedIn(browser), true);
  });

  it('keeps so many requests by POST of one network, and no more', async () => {
    const post = (state: string) => METHODS.POST(createBrowser(), { client_id: client.id, state });

    const pages = await Promise.all(Array.from({ length: 121 }, (_, turn) => post(`${turn}`)));

    const refused = pages.filter(({ status }) => status === 429);
    assert.equal(refused.length, 1);
    assert.match(refused[0]!.html, /Wait a minute/);
    world.server.clock.pass(60);
    assert.notEqual((await post('later')).status, 429);
  });

  it('keeps an ID token that came by POST out of addresses, and follows it once', async () => {
    const { browser, idToken } = await signIn();
    const response = await fetch(`${world.base}/logout`, {
      method: 'POST',
      body: new URLSearchParams({ id_token_hint: idToken }),
      headers: FORM,
      redirect: 'manual',
    });
    const location = response.headers.get('location')!;

    assert.equal(response.status, 303);
    assert.doesNotMatch(location, new RegExp(idToken.slice(0, 20)));
    assert.match((await browser.open(new URL(location, world.base))).html, /You are signed out/);
    assert.equal((await browser.open(new URL(location, world.base))).status, 400);
  });

  it('ends nothing by HEAD', async () => {
    const { browser, idToken } = await signIn();

    await browser.open(`${world.base}/logout?id_token_hint=${idToken}`, { method: 'HEAD' });

    assert.equal(await isSignedIn(browser), true);
  });

  withCorpus(
    'an address that is almost the registered one',
    () =>
      corpusJson<{ registered: string; presented: string; why: string }[]>('own/redirect-uri-mutations.json'),
    (mutations) => {
      for (const [index, { registered, presented, why }] of mutations.entries())
        it(`is sent nowhere after a logout (row ${index + 1}: ${why})`, async () => {
          const strict = await world.addClient({ LogoutURLs: [registered] });

          for (const name of ['post_logout_redirect_uri', 'logout_uri']) {
            const page = await METHODS.GET(createBrowser(), { client_id: strict.id, [name]: presented });

            assert.equal(page.status, 400, name);
            assert.equal(page.location, undefined);
          }
        });
    },
  );
});
