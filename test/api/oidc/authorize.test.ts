/**
 * The authorization endpoint: what is asked, where the answer goes, and where it must never go.
 *
 * Sources: RFC 6749, section 4.1; RFC 9207; RFC 9700, section 4.1; Cognito developer guide, "Authorize endpoint".
 */
import assert from 'node:assert/strict';
import { corpusJson, withCorpus } from '../../support/corpora.ts';
import {
  CALLBACK,
  PASSWORD,
  claimsOf,
  createBrowser,
  createWorld,
  SCOPES,
  type TestClient,
  type World,
} from './world.ts';

interface Mutation {
  readonly registered: string;
  readonly presented: string;
  readonly why: string;
}

describe('the authorization endpoint', () => {
  let world: World;
  let client: TestClient;

  const ask = (request: string): Promise<Response> => fetch(request, { redirect: 'manual' });

  /** Where the answer to `request` went, and with which parameters. */
  async function answerTo(request: string): Promise<{ at: string; said: Record<string, string> }> {
    const response = await ask(request);
    assert.equal(response.status, 303);
    const location = new URL(response.headers.get('location')!);
    const said = Object.fromEntries([
      ...location.searchParams,
      ...new URLSearchParams(location.hash.slice(1)),
    ]);
    return { at: `${location.origin}${location.pathname}`, said };
  }

  before(async () => {
    world = await createWorld();
    client = await world.addClient();
  });
  after(() => world.close());

  describe('an authorization request', () => {
    it('comes back with code, state and issuer, and nothing else', async () => {
      const back = await world.signIn(world.authorize(client, { state: 'a state & more' }));

      assert.equal(`${back.origin}${back.pathname}`, CALLBACK);
      assert.deepEqual([...back.searchParams.keys()].toSorted(), ['code', 'iss', 'state']);
      assert.equal(back.searchParams.get('state'), 'a state & more');
      assert.equal(back.searchParams.get('iss'), world.base);
    });

    it('keeps the query of a registered redirect URI', async () => {
      const asking = await world.addClient({ CallbackURLs: ['https://app.example.com/cb?tenant=7'] });

      const back = await world.signIn(
        world.authorize(asking, { redirect_uri: 'https://app.example.com/cb?tenant=7' }),
      );

      assert.equal(back.searchParams.get('tenant'), '7');
      assert.ok(back.searchParams.get('code'));
    });

    it('goes to custom schemes and to loopback, exactly as registered', async () => {
      for (const callback of [
        'myapp://signed-in',
        'http://localhost:3000/cb',
        'http://127.0.0.1:3000/cb',
        'https://localhost:3000/cb',
      ]) {
        const native = await world.addClient({ CallbackURLs: [callback] });

        const back = await world.signIn(world.authorize(native, { redirect_uri: callback }));

        assert.ok(back.href.startsWith(`${callback}?`), callback);
      }
    });

    it('takes a loopback redirect URI on its own port only', async () => {
      const native = await world.addClient({ CallbackURLs: ['http://localhost:3000/cb'] });

      const response = await ask(world.authorize(native, { redirect_uri: 'http://localhost:4000/cb' }));

      assert.equal(response.status, 400);
      assert.equal(response.headers.get('location'), null);
    });

    it("without a scope gets all of the client's", async () => {
      const back = await world.signIn(world.authorize(client, { scope: undefined }));

      const { access_token: accessToken } = await world.redeem(client, back);
      assert.deepEqual(String(claimsOf(accessToken)['scope']).split(' ').toSorted(), SCOPES.toSorted());
    });

    it('gets the scopes it asks for and no others, and no ID token without openid', async () => {
      const scope = 'aws.cognito.signin.user.admin';

      const tokens = await world.redeem(
        client,
        await world.signIn(world.authorize(client, { scope, nonce: 'n' })),
      );

      assert.equal(claimsOf(tokens.access_token)['scope'], scope);
      assert.equal(tokens.id_token, undefined);
      assert.ok(tokens.refresh_token);
    });

    it('carries its nonce into the ID token', async () => {
      const tokens = await world.redeem(
        client,
        await world.signIn(world.authorize(client, { nonce: 'a-nonce' })),
      );

      assert.equal(claimsOf(tokens.id_token)['nonce'], 'a-nonce');
    });

    it('at /login is the same as at /oauth2/authorize', async () => {
      const back = await world.signIn(world.authorize(client).replace('/oauth2/authorize?', '/login?'));

      assert.ok(back.searchParams.get('code'));
    });

    it('as a form is the same, and what comes twice is refused there too', async () => {
      const [endpoint = '', query = ''] = world.authorize(client).split('?');
      const post = (body: string, browser = createBrowser()) =>
        browser.open(endpoint, {
          method: 'POST',
          body,
          headers: { 'content-type': 'application/x-www-form-urlencoded', origin: 'https://app.example.com' },
        });
      const browser = createBrowser();

      const page = await post(query, browser);
      const { location } = await browser.send(page, { username: 'ada', password: PASSWORD });
      const again = await post(query, browser);
      const twice = await post(`${query}&scope=email`);

      assert.ok(location?.searchParams.get('code'));
      assert.equal(location?.searchParams.get('state'), 'a-state');
      assert.ok(again.location?.searchParams.get('code'), 'the session signs in by itself');
      assert.equal(twice.location?.searchParams.get('error'), 'invalid_request');
      assert.equal((await post('response_type=code')).status, 400);
    });

    const prompts: readonly (readonly [string, 'asks' | 'goes on'])[] = [
      ['login', 'asks'],
      ['select_account', 'asks'],
      ['consent', 'goes on'],
      ['login consent', 'asks'],
      ['consent select_account', 'asks'],
      ['select_account login', 'asks'],
    ];
    for (const [prompt, outcome] of prompts)
      it(`${outcome} where somebody is signed in, for prompt=${prompt}`, async () => {
        const browser = createBrowser();
        await world.signIn(world.authorize(client), 'ada', browser);

        const page = await browser.open(world.authorize(client, { prompt }));

        if (outcome === 'goes on') return assert.ok(page.location?.searchParams.get('code'));
        assert.match(page.html, /type="password"/);
        const { location } = await browser.send(page, { username: 'ada', password: PASSWORD });
        assert.ok(location?.searchParams.get('code'));
      });

    it('shows what the person is expected to sign in by', async () => {
      const page = await createBrowser().open(world.authorize(client, { login_hint: 'ada"><b>' }));

      assert.match(page.html, /value="ada&quot;&gt;&lt;b&gt;"/);
    });
  });

  describe('an authorization request that is refused at its redirect URI', () => {
    const challenge = 'x'.repeat(43);
    const rows: readonly [string, Record<string, string | undefined>, string][] = [
      ['an unknown scope', { scope: 'openid evil' }, 'invalid_scope'],
      ["a scope that is not the client's", { scope: 'openid phone' }, 'invalid_scope'],
      [
        'offline_access, which is always given and never asked',
        { scope: 'openid offline_access' },
        'invalid_scope',
      ],
      ['the implicit flow', { response_type: 'token' }, 'unsupported_response_type'],
      ['a hybrid flow', { response_type: 'code id_token' }, 'unsupported_response_type'],
      ['no response type', { response_type: undefined }, 'invalid_request'],
      ['a response mode that needs script', { response_mode: 'form_post' }, 'unsupported_response_mode'],
      [
        'a plain code challenge',
        { code_challenge: challenge, code_challenge_method: 'plain' },
        'invalid_request',
      ],
      ['a code challenge without its method', { code_challenge: challenge }, 'invalid_request'],
      ['a method without a challenge', { code_challenge_method: 'S256' }, 'invalid_request'],
      [
        'a challenge that is too short',
        { code_challenge: 'x'.repeat(42), code_challenge_method: 'S256' },
        'invalid_request',
      ],
      [
        'a challenge that is too long',
        { code_challenge: 'x'.repeat(129), code_challenge_method: 'S256' },
        'invalid_request',
      ],
      ["a provider that is not the client's", { identity_provider: 'Google' }, 'invalid_request'],
      ['an unknown provider identifier', { idp_identifier: 'example.org' }, 'invalid_request'],
      ['an unknown prompt', { prompt: 'create' }, 'invalid_request'],
      ['prompt none together with consent', { prompt: 'none consent' }, 'invalid_request'],
      ['prompt none together with another', { prompt: 'none login' }, 'invalid_request'],
      ['prompt none without a session', { prompt: 'none' }, 'login_required'],
      ['a request object', { request: 'e30.e30.' }, 'request_not_supported'],
      [
        'a request object by reference',
        { request_uri: 'https://app.example.com/r' },
        'request_uri_not_supported',
      ],
      ['an ID token hint that is none', { id_token_hint: 'e30.e30.x' }, 'invalid_request'],
    ];
    for (const [title, parameters, error] of rows) {
      it(`says ${error} for ${title}, with state and issuer`, async () => {
        const { at, said } = await answerTo(world.authorize(client, parameters));

        assert.equal(at, CALLBACK);
        assert.equal(said['error'], error);
        assert.equal(said['state'], 'a-state');
        assert.equal(said['iss'], world.base);
        assert.equal(said['code'], undefined);
      });
    }

    it('says unauthorized_client for a client without the code flow', async () => {
      const machine = await world.addClient({ AllowedOAuthFlowsUserPoolClient: false });

      const { said } = await answerTo(world.authorize(machine));

      assert.equal(said['error'], 'unauthorized_client');
    });

    it('says invalid_request for a parameter that comes twice', async () => {
      const { said } = await answerTo(`${world.authorize(client)}&scope=email`);

      assert.equal(said['error'], 'invalid_request');
    });

    it('cannot speak for the scopes it was judged by', async () => {
      const { said } = await answerTo(
        `${world.authorize(client, { scope: 'openid evil' })}&cognate_asked_scope=openid`,
      );

      assert.equal(said['error'], 'invalid_scope');
    });
  });

  describe('an authorization request that gets a page', () => {
    const rows: readonly [string, Record<string, string | undefined>, string?][] = [
      ['an unknown client', { client_id: 'nobody' }],
      ['no client', { client_id: undefined }],
      ['a client named twice', {}, '&client_id=nobody'],
      ['no redirect URI', { redirect_uri: undefined }],
      ['a redirect URI given twice', {}, '&redirect_uri=https%3A%2F%2Fevil.example'],
      ['a redirect URI given twice, both registered', {}, `&redirect_uri=${encodeURIComponent(CALLBACK)}`],
      ['a bad redirect URI and a bad scope', { redirect_uri: 'https://evil.example', scope: 'evil' }],
      [
        'a bad redirect URI and a bad response type',
        { redirect_uri: 'https://evil.example', response_type: 'token' },
      ],
      ['a bad redirect URI and prompt none', { redirect_uri: 'https://evil.example', prompt: 'none' }],
    ];
    for (const [title, parameters, more = ''] of rows) {
      it(`is sent nowhere: ${title}`, async () => {
        const response = await ask(world.authorize(client, parameters) + more);

        assert.equal(response.status, 400);
        assert.equal(response.headers.get('location'), null);
        assert.match(response.headers.get('content-type') ?? '', /^text\/html/);
        assert.doesNotMatch(await response.text(), /href="https?:/);
      });
    }

    it('is sent nowhere: a client of another pool', async () => {
      const other = await world.addPool('others');
      const stranger = await world.addClient({ UserPoolId: other });

      const response = await ask(world.authorize(stranger));

      assert.equal(response.status, 400);
      assert.equal(response.headers.get('location'), null);
    });
  });

  withCorpus(
    'a redirect URI that is almost the registered one',
    () => corpusJson<Mutation[]>('own/redirect-uri-mutations.json'),
    (mutations) => {
      for (const [index, { registered, presented, why }] of mutations.entries()) {
        it(`is sent nowhere (row ${index + 1}: ${why})`, async () => {
          // A default stands in for an absent address, never for a wrong one.
          const strict = await world.addClient({
            CallbackURLs: [registered],
            DefaultRedirectURI: registered,
          });

          const response = await ask(world.authorize(strict, { redirect_uri: presented }));

          assert.equal(response.status, 400);
          assert.equal(response.headers.get('location'), null);
        });
      }
    },
  );
});
