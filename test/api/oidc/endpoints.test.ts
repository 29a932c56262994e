/**
 * The endpoints beside authorization and tokens: UserInfo, revocation, logout, and tokens of clients that speak for themselves.
 *
 * Sources: OpenID Connect Core 1.0, section 5.3; RFC 6750; RFC 7009; RFC 6749, section 4.4; Cognito developer guide, "User pool endpoints".
 */
import assert from 'node:assert/strict';
import { makeUser } from '../../support/pool.ts';
import { CALLBACK, claimsOf, createBrowser, createWorld, type TestClient, type World } from './world.ts';

const LOGOUT = 'https://app.example.com/bye';

describe('the endpoints beside the token endpoint', () => {
  let world: World;
  let client: TestClient;

  before(async () => {
    world = await createWorld();
    client = await world.addClient({ LogoutURLs: [LOGOUT] });
    await makeUser({ idp: world.userPools, UserPoolId: world.poolId }, 'grace', {
      email: 'grace@example.com',
      email_verified: 'true',
      name: 'Grace',
    });
  });
  after(() => world.close());

  const tokensFor = async (scope: string) =>
    world.redeem(client, await world.signIn(world.authorize(client, { scope }), 'grace'));

  describe('UserInfo', () => {
    const ask = (headers: Record<string, string>, method = 'GET') =>
      fetch(`${world.base}/oauth2/userInfo`, { headers, method });
    const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

    it('tells what the scopes open, truth values as text', async () => {
      const { access_token: token, id_token: idToken } = await tokensFor(
        'openid email aws.cognito.signin.user.admin',
      );

      const response = await ask(bearer(token));

      assert.equal(response.status, 200);
      assert.equal(response.headers.get('cache-control'), 'no-store');
      assert.deepEqual(await response.json(), {
        sub: claimsOf(idToken)['sub'],
        email: 'grace@example.com',
        email_verified: 'true',
        username: 'grace',
      });
    });

    it('tells the same by POST, and all that the client may read for openid alone', async () => {
      const { access_token: token } = await tokensFor('openid');

      const told = (await (await ask(bearer(token), 'POST')).json()) as object;

      assert.deepEqual(Object.keys(told).toSorted(), ['email', 'email_verified', 'name', 'sub', 'username']);
    });

    it('refuses tokens that it cannot believe, with the reason where a client looks for it', async () => {
      const { access_token: token, id_token: idToken } = await tokensFor('openid');
      const rows: readonly [string, Record<string, string>][] = [
        ['an ID token', bearer(idToken)],
        ['a changed token', bearer(`${token.slice(0, -2)}xx`)],
        ['what cannot be a token', { authorization: 'Bearer a b' }],
        ['nothing behind the scheme', { authorization: 'Bearer' }],
      ];

      for (const [title, headers] of rows) {
        const response = await ask(headers);
        assert.equal(response.status, 401, title);
        assert.equal(response.headers.get('www-authenticate'), 'Bearer error="invalid_token"', title);
      }
    });

    it('asks for a token without naming an error where none was sent', async () => {
      for (const headers of [{}, { authorization: 'Basic YTpi' }] as Record<string, string>[]) {
        const response = await ask(headers);

        assert.equal(response.status, 401);
        assert.equal(response.headers.get('www-authenticate'), 'Bearer');
        assert.equal(await response.text(), '');
      }
    });

    it('takes several spaces behind the scheme', async () => {
      const { access_token: token } = await tokensFor('openid');

      assert.equal((await ask({ authorization: `bearer   ${token}` })).status, 200);
    });

    it('refuses a token without openid, and one of another pool', async () => {
      const { access_token: narrow } = await tokensFor('aws.cognito.signin.user.admin');
      const { access_token: token } = await tokensFor('openid');
      const otherPool = await world.addPool('other');

      assert.equal((await ask(bearer(narrow))).status, 403);
      const elsewhere = await fetch(`${world.server.url}/${otherPool}/oauth2/userInfo`, {
        headers: bearer(token),
      });
      assert.equal(elsewhere.status, 401);
    });
  });

  describe('revocation', () => {
    const revoke = (form: Record<string, string>, headers: Record<string, string> = {}) =>
      fetch(`${world.base}/oauth2/revoke`, { method: 'POST', body: new URLSearchParams(form), headers });
    const renew = (refreshToken: string, of = client) =>
      world.token({ grant_type: 'refresh_token', client_id: of.id, refresh_token: refreshToken });

    it('ends the sign-in, and answers twice alike', async () => {
      const { refresh_token: token, access_token: accessToken } = await tokensFor('openid');

      const responses = [
        await revoke({ token, client_id: client.id }),
        await revoke({ token, client_id: client.id }),
        await revoke({ token: 'made.up', client_id: client.id }),
      ];

      for (const response of responses) assert.deepEqual([response.status, await response.text()], [200, '']);
      assert.equal((await renew(token)).status, 400);
      const info = await fetch(`${world.base}/oauth2/userInfo`, {
        headers: { authorization: `Bearer ${accessToken}` },
      });
      assert.equal(info.status, 401);
    });

    it('asks a client for its secret, in the header or in the form', async () => {
      const confidential = await world.addClient({ GenerateSecret: true });
      const { id, secret } = confidential;
      const basic = (text: string) => ({
        authorization: `Basic ${Buffer.from(text).toString('base64')}`,
      });
      const refused: readonly [Record<string, string>, Record<string, string>][] = [
        [{ token: 'x', client_id: id }, {}],
        [{ token: 'x', client_id: id, client_secret: 'wrong' }, {}],
        [{ token: 'x' }, basic(`${id}:wrong`)],
        [{ token: 'x' }, { authorization: 'Basic ***' }],
        [{ token: 'x', client_id: client.id }, basic(`${id}:${secret}`)],
        [{ token: 'x', client_secret: secret! }, basic(`${id}:${secret}`)],
        [{ token: 'x' }, {}],
      ];

      for (const [form, headers] of refused) {
        const response = await revoke(form, headers);
        assert.deepEqual([response.status, await response.json()], [401, { error: 'invalid_client' }]);
      }
      assert.equal((await revoke({ token: 'x' }, basic(`${id}:${secret}`))).status, 200);
      assert.equal((await revoke({ token: 'x', client_id: id, client_secret: secret! })).status, 200);
    });

    it('refuses what it does not revoke, in words of the protocol', async () => {
      const { access_token: token, refresh_token: refreshToken } = await tokensFor('openid');
      const other = await world.addClient();
      const rows: readonly [Record<string, string>, string][] = [
        [{ token, client_id: client.id }, 'unsupported_token_type'],
        [{ client_id: client.id }, 'invalid_request'],
        [{ token: refreshToken, client_id: other.id }, 'invalid_request'],
      ];

      for (const [form, error] of rows) {
        const response = await revoke(form);
        assert.deepEqual([response.status, await response.json()], [400, { error }]);
      }
      assert.equal((await renew(refreshToken)).status, 200);
    });
  });

  describe('logout', () => {
    const logout = (parameters: Record<string, string>) =>
      `${world.base}/logout?${new URLSearchParams(parameters).toString()}`;

    it('ends the session, and goes to a registered address', async () => {
      const browser = createBrowser();
      await world.signIn(world.authorize(client), 'ada', browser);
      const session = world.sessionIn(browser);

      const out = await browser.open(logout({ client_id: client.id, logout_uri: LOGOUT }));

      assert.equal(out.location?.href, LOGOUT);
      const silent = await browser.open(world.authorize(client, { prompt: 'none' }));
      assert.equal(silent.location?.searchParams.get('error'), 'login_required');
      // The cookie of before, put back, opens nothing either: the session is gone, not only forgotten.
      assert.ok(session);
      assert.notEqual(world.sessionIn(browser), session);
    });

    it('goes back to the sign-in page for who wants to sign in again', async () => {
      const browser = createBrowser();
      await world.signIn(world.authorize(client), 'ada', browser);

      const page = await browser.open(
        logout({
          client_id: client.id,
          redirect_uri: CALLBACK,
          response_type: 'code',
          state: 's',
          scope: 'openid',
        }),
      );

      assert.match(page.html, /type="password"/);
    });

    it('sends nobody to an address that is not registered, and ends nothing then', async () => {
      const browser = createBrowser();
      await world.signIn(world.authorize(client), 'ada', browser);

      const rows: readonly Record<string, string>[] = [
        { client_id: client.id, logout_uri: `${LOGOUT}/` },
        { client_id: client.id, logout_uri: 'https://evil.example' },
        { client_id: client.id, logout_uri: CALLBACK },
        { client_id: client.id, redirect_uri: LOGOUT, response_type: 'code' },
        { client_id: client.id, redirect_uri: CALLBACK },
        { client_id: 'nobody', logout_uri: LOGOUT },
        { logout_uri: LOGOUT },
        { client_id: client.id, response_type: 'code' },
        { client_id: client.id, logout_uri: LOGOUT, post_logout_redirect_uri: LOGOUT },
      ];
      for (const parameters of rows) {
        const page = await browser.open(logout(parameters));
        assert.equal(page.status, 400, JSON.stringify(parameters));
        assert.equal(page.location, undefined);
      }
      const silent = await browser.open(world.authorize(client, { prompt: 'none' }));
      assert.ok(silent.location?.searchParams.get('code'));
    });

    it('leaves the session of another alone: an unsigned cookie ends nothing', async () => {
      const browser = createBrowser();
      await world.signIn(world.authorize(client), 'ada', browser);
      const thief = createBrowser(browser.jar.filter(({ name }) => !name.endsWith('.sig')));

      await thief.open(logout({ client_id: client.id, logout_uri: LOGOUT }));

      const silent = await browser.open(world.authorize(client, { prompt: 'none' }));
      assert.ok(silent.location?.searchParams.get('code'));
    });
  });

  describe('a client that speaks for itself', () => {
    let machine: TestClient;
    before(async () => {
      // So that the pool is seen to have changed.
      world.server.clock.pass(1);
      await world.userPools.createResourceServer({
        UserPoolId: world.poolId,
        Identifier: 'https://api.example.com',
        Name: 'api',
        Scopes: [
          { ScopeName: 'read', ScopeDescription: 'Read' },
          { ScopeName: 'write', ScopeDescription: 'Write' },
        ],
      });
      machine = await world.addClient({
        GenerateSecret: true,
        AllowedOAuthFlows: ['client_credentials'],
        AllowedOAuthScopes: ['https://api.example.com/read', 'https://api.example.com/write'],
        CallbackURLs: [],
      });
    });
    const ask = (more: Record<string, string | undefined> = {}) =>
      world.token({
        grant_type: 'client_credentials',
        client_id: machine.id,
        client_secret: machine.secret,
        ...more,
      });

    it('gets an access token of its own, and nothing else', async () => {
      const response = await ask({ scope: 'https://api.example.com/read' });

      const answer = (await response.json()) as { access_token: string };
      assert.deepEqual(Object.keys(answer).toSorted(), ['access_token', 'expires_in', 'token_type']);
      const claims = claimsOf(answer.access_token);
      assert.equal(claims['sub'], machine.id);
      assert.equal(claims['client_id'], machine.id);
      assert.equal(claims['scope'], 'https://api.example.com/read');
      assert.equal(claims['token_use'], 'access');
      assert.equal(claims['username'], undefined);
    });

    it('gets all of its scopes when it names none', async () => {
      const { access_token: token } = (await (await ask()).json()) as { access_token: string };

      assert.equal(claimsOf(token)['scope'], 'https://api.example.com/read https://api.example.com/write');
    });

    it('is refused scopes that it does not have, a wrong secret, and the affairs of people', async () => {
      const rows: readonly [Record<string, string | undefined>, number, string][] = [
        [{ scope: 'openid' }, 400, 'invalid_scope'],
        [{ scope: 'https://api.example.com/delete' }, 400, 'invalid_scope'],
        [{ client_secret: 'wrong' }, 401, 'invalid_client'],
        [{ client_secret: undefined }, 401, 'invalid_client'],
      ];
      for (const [more, status, error] of rows) {
        const response = await ask(more);
        assert.deepEqual(
          [response.status, ((await response.json()) as { error: string }).error],
          [status, error],
        );
      }
      const { access_token: token } = (await (await ask()).json()) as { access_token: string };
      await assert.rejects(world.userPools.getUser({ AccessToken: token }), {
        name: 'NotAuthorizedException',
      });
    });

    it('is made with a secret, with scopes of resource servers, and with this flow alone', async () => {
      for (const [name, more] of [
        ['InvalidOAuthFlowException', { GenerateSecret: false }],
        ['InvalidOAuthFlowException', { AllowedOAuthScopes: ['openid'] }],
        ['ScopeDoesNotExistException', { AllowedOAuthScopes: ['https://api.example.com/unknown'] }],
        [
          'InvalidOAuthFlowException',
          { AllowedOAuthFlows: ['client_credentials' as const, 'code' as const] },
        ],
      ] as const)
        await assert.rejects(
          world.addClient({
            GenerateSecret: true,
            ...more,
            AllowedOAuthFlows:
              'AllowedOAuthFlows' in more ? [...more.AllowedOAuthFlows] : ['client_credentials'],
            AllowedOAuthScopes:
              'AllowedOAuthScopes' in more ? [...more.AllowedOAuthScopes] : ['https://api.example.com/read'],
          }),
          { name },
        );
    });

    it('shares its scopes with people who sign in', async () => {
      const app = await world.addClient({ AllowedOAuthScopes: ['openid', 'https://api.example.com/read'] });

      const { access_token: token } = await world.redeem(
        app,
        await world.signIn(world.authorize(app, { scope: 'openid https://api.example.com/read' })),
      );

      assert.equal(claimsOf(token)['scope'], 'openid https://api.example.com/read');
    });
  });
});
