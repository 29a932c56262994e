/**
 * The token endpoint: how clients prove themselves, how tokens are renewed, and what is refused.
 *
 * Sources: RFC 6749, sections 2.3, 5 and 6; RFC 9700, section 4.14; Cognito developer guide, "Token endpoint".
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { assertRefused, createRedeeming, type Redeeming, type TokenSet } from './redeeming.ts';
import { CALLBACK, claimsOf, createWorld, PASSWORD, type TestClient, type World } from './world.ts';

describe('the token endpoint', () => {
  let world: World;
  let client: TestClient;
  let { newCode, redeem, redeemed, refresh }: Redeeming = {} as Redeeming;

  before(async () => {
    world = await createWorld();
    client = await world.addClient();
    ({ newCode, redeem, redeemed, refresh } = await createRedeeming(world, client));
  });
  after(() => world.close());

  describe('a client with a secret', () => {
    let confidential: TestClient;
    const basic = (id: string, secret: string) => ({
      authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
    });
    before(async () => {
      confidential = await world.addClient({ GenerateSecret: true });
    });

    it('may show it in the header', async () => {
      const code = await newCode({}, confidential);

      const response = await redeem(
        code,
        { client_id: undefined },
        basic(confidential.id, confidential.secret!),
      );

      assert.equal(response.status, 200);
    });

    it('may show it in the form', async () => {
      const response = await redeem(await newCode({}, confidential), {
        client_id: confidential.id,
        client_secret: confidential.secret,
      });

      assert.equal(response.status, 200);
    });

    it('is refused without it, with a wrong one, with it in both places', async () => {
      const code = await newCode({}, confidential);
      const { id, secret } = confidential;

      await assertRefused(await redeem(code, { client_id: id }), 'invalid_client', 401);
      await assertRefused(
        await redeem(code, { client_id: id, client_secret: 'wrong' }),
        'invalid_client',
        401,
      );
      await assertRefused(
        await redeem(code, { client_id: undefined }, basic(id, 'wrong')),
        'invalid_client',
        401,
      );
      await assertRefused(
        await redeem(code, { client_id: id, client_secret: secret }, basic(id, secret!)),
        'invalid_request',
      );
      assert.equal((await redeem(code, { client_id: id, client_secret: secret })).status, 200);
    });

    it('is told the same whether it does not exist or its secret is wrong', async () => {
      const wrong = await redeem('c', { client_id: confidential.id, client_secret: 'wrong' });
      const unknown = await redeem('c', { client_id: 'nobody', client_secret: 'wrong' });

      assert.deepEqual(await wrong.json(), await unknown.json());
      assert.equal(wrong.status, unknown.status);
    });
  });

  describe('a refresh token', () => {
    it("gives new tokens with the first sign-in's time and family, and none of its own kind", async () => {
      const first = await redeemed(await newCode());
      world.server.clock.pass(100);

      const response = await refresh(first.refresh_token);

      assert.equal(response.status, 200);
      const tokens = (await response.json()) as TokenSet;
      assert.deepEqual(Object.keys(tokens).toSorted(), [
        'access_token',
        'expires_in',
        'id_token',
        'token_type',
      ]);
      assert.equal(claimsOf(tokens.id_token)['auth_time'], claimsOf(first.id_token)['auth_time']);
      assert.equal(claimsOf(tokens.access_token)['origin_jti'], claimsOf(first.access_token)['origin_jti']);
      assert.notEqual(claimsOf(tokens.access_token)['jti'], claimsOf(first.access_token)['jti']);
    });

    it('comes with an ID token that names its access token, as the code did', async () => {
      const first = await redeemed(await newCode());
      const next = (await (await refresh(first.refresh_token)).json()) as TokenSet;
      const hashOf = (token: string) =>
        createHash('sha256').update(token).digest().subarray(0, 16).toString('base64url');

      for (const { id_token: idToken, access_token: accessToken } of [first, next])
        assert.equal(claimsOf(idToken)['at_hash'], hashOf(accessToken));
    });

    it('of the API is good here too', async () => {
      const own = await world.addClient({
        ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
      });
      const { AuthenticationResult } = await world.userPools.initiateAuth({
        ClientId: own.id,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: 'ada', PASSWORD },
      });

      const response = await refresh(AuthenticationResult!.RefreshToken!, { client_id: own.id });

      assert.equal(response.status, 200);
    });

    it('rotates where its client says so', async () => {
      const rotating = await world.addClient({
        ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH'],
        RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 },
      });
      const { refresh_token: first } = await redeemed(await newCode({}, rotating), {
        client_id: rotating.id,
      });

      const second = ((await (await refresh(first, { client_id: rotating.id })).json()) as TokenSet)
        .refresh_token;

      assert.ok(second);
      assert.notEqual(second, first);
      await assertRefused(await refresh(first, { client_id: rotating.id }));
      await assertRefused(await refresh(second, { client_id: rotating.id }));
    });

    it('says which scopes it got to who names some', async () => {
      const { refresh_token: refreshToken } = await redeemed(await newCode({ scope: 'openid email' }));

      const response = await refresh(refreshToken, { scope: 'openid' });

      assert.equal(((await response.json()) as TokenSet).scope, 'openid email');
    });

    it('is worth nothing to another client, and nothing when made up', async () => {
      const stranger = await world.addClient();
      const { refresh_token: refreshToken } = await redeemed(await newCode());

      await assertRefused(await refresh(refreshToken, { client_id: stranger.id }));
      await assertRefused(await refresh(`${refreshToken}x`));
      await assertRefused(await refresh('made.up'));
    });
  });

  describe('a token request', () => {
    const rows: readonly [string, Record<string, string>, string][] = [
      ['no grant type', {}, 'invalid_request'],
      [
        'an unknown grant type',
        { grant_type: 'password', username: 'ada', password: PASSWORD },
        'unsupported_grant_type',
      ],
      ['the implicit grant type', { grant_type: 'implicit' }, 'unsupported_grant_type'],
      [
        'client credentials for a client that may not use them',
        { grant_type: 'client_credentials' },
        'unauthorized_client',
      ],
      [
        'a device code',
        { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: 'x' },
        'unsupported_grant_type',
      ],
      ['no code', { grant_type: 'authorization_code', redirect_uri: CALLBACK }, 'invalid_request'],
      ['no refresh token', { grant_type: 'refresh_token' }, 'invalid_request'],
    ];
    for (const [title, parameters, error] of rows) {
      it(`is refused with ${error}: ${title}`, async () => {
        await assertRefused(await world.token({ client_id: client.id, ...parameters }), error);
      });
    }

    it('is refused in JSON', async () => {
      const response = await fetch(`${world.base}/oauth2/token`, {
        method: 'POST',
        body: JSON.stringify({ grant_type: 'refresh_token' }),
        headers: { 'content-type': 'application/json' },
      });

      await assertRefused(response, 'invalid_request');
    });

    it('is refused when a parameter comes twice', async () => {
      const code = await newCode();
      const body = new URLSearchParams({
        grant_type: 'authorization_code',
        code,
        redirect_uri: CALLBACK,
        client_id: client.id,
      });
      body.append('code', code);

      await assertRefused(
        await fetch(`${world.base}/oauth2/token`, { method: 'POST', body }),
        'invalid_request',
      );
    });

    it('is refused when it is too large', async () => {
      await assertRefused(await redeem('x'.repeat(60_000)), 'invalid_request');
    });

    it('is refused by another method', async () => {
      assert.equal((await fetch(`${world.base}/oauth2/token`)).status, 404);
    });

    it('may come from any origin', async () => {
      const response = await redeem(await newCode(), {}, { origin: 'https://spa.example' });

      assert.equal(response.status, 200);
      assert.equal(response.headers.get('access-control-allow-origin'), '*');
      assert.equal(response.headers.get('access-control-allow-credentials'), null);
    });

    it('is announced to a browser that asks first', async () => {
      const response = await fetch(`${world.base}/oauth2/token`, {
        method: 'OPTIONS',
        headers: {
          origin: 'https://spa.example',
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization',
        },
      });

      assert.equal(response.status, 204);
      assert.equal(response.headers.get('access-control-allow-origin'), '*');
      assert.match(response.headers.get('access-control-allow-headers') ?? '', /Authorization/);
    });
  });
});
