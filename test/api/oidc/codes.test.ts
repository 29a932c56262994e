/**
 * Authorization codes at the token endpoint: redeemed once, by whom they were made for.
 *
 * Sources: RFC 6749, section 4.1.3; RFC 7636; RFC 9700, sections 2.1.1 and 4.5.
 */
import assert from 'node:assert/strict';
import { stillClock } from '../../support/servers/server.ts';
import { distantStores } from './distant.ts';
import { assertRefused, createRedeeming, type Redeeming, type TokenSet } from './redeeming.ts';
import {
  CALLBACK,
  challengeOf,
  claimsOf,
  createBrowser,
  createWorld,
  newPkce,
  type TestClient,
  type World,
} from './world.ts';

const ROUNDS = 30;

describe('redeeming codes', () => {
  let world: World;
  let client: TestClient;
  let { newCode, redeem, redeemed, refresh }: Redeeming = {} as Redeeming;

  before(async () => {
    world = await createWorld();
    client = await world.addClient();
    ({ newCode, redeem, redeemed, refresh } = await createRedeeming(world, client));
  });
  after(() => world.close());

  describe('a code', () => {
    it("becomes tokens in Cognito's shape", async () => {
      const response = await redeem(await newCode({ scope: 'openid email' }));

      assert.equal(response.status, 200);
      assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
      assert.equal(response.headers.get('cache-control'), 'no-store');
      const tokens = (await response.json()) as TokenSet;
      assert.deepEqual(Object.keys(tokens).toSorted(), [
        'access_token',
        'expires_in',
        'id_token',
        'refresh_token',
        'token_type',
      ]);
      assert.equal(tokens.token_type, 'Bearer');
      assert.equal(tokens.expires_in, 3600);
      const access = claimsOf(tokens.access_token);
      assert.equal(access['token_use'], 'access');
      assert.equal(access['client_id'], client.id);
      assert.equal(access['scope'], 'openid email');
      assert.equal(access['version'], 2);
      assert.equal(access['iss'], world.base);
      const id = claimsOf(tokens.id_token);
      assert.equal(id['token_use'], 'id');
      assert.equal(id['aud'], client.id);
      assert.equal(id['cognito:username'], 'ada');
      assert.equal(id['sub'], access['sub']);
      assert.equal(id['origin_jti'], access['origin_jti']);
    });

    it('keeps the time of the sign-in, however often the session is used', async () => {
      const fresh = createBrowser();
      await world.signIn(world.authorize(client), 'ada', fresh);
      const signedInAt = Math.floor(world.server.clock.now().getTime() / 1000);
      world.server.clock.pass(30);

      const { location } = await fresh.open(world.authorize(client));

      const tokens = await redeemed(location!.searchParams.get('code')!);
      assert.equal(claimsOf(tokens.id_token)['auth_time'], signedInAt);
      assert.equal(claimsOf(tokens.id_token)['iat'], signedInAt + 30);
    });

    it('is worth nothing a minute later', async () => {
      const code = await newCode();
      world.server.clock.pass(61);

      await assertRefused(await redeem(code));
    });

    it('is worth nothing at another redirect URI', async () => {
      await assertRefused(await redeem(await newCode(), { redirect_uri: `${CALLBACK}/` }));
    });

    it('is worth nothing without its redirect URI', async () => {
      await assertRefused(await redeem(await newCode(), { redirect_uri: undefined }), 'invalid_request');
    });

    it("is worth nothing to another client, and stays its owner's", async () => {
      const stranger = await world.addClient();
      const code = await newCode();

      await assertRefused(await redeem(code, { client_id: stranger.id }));

      assert.equal((await redeem(code)).status, 200);
    });

    it('is worth nothing at another pool', async () => {
      const other = await world.addPool('elsewhere');
      const theirs = await world.addClient({ UserPoolId: other });
      const parameters = { grant_type: 'authorization_code', code: await newCode(), redirect_uri: CALLBACK };

      const there = `${world.server.url}/${other}`;
      await assertRefused(await world.token({ ...parameters, client_id: theirs.id }, {}, there));
      await assertRefused(
        await world.token({ ...parameters, client_id: client.id }, {}, there),
        'invalid_client',
        401,
      );
    });

    it('that was never issued is worth nothing', async () => {
      await assertRefused(await redeem('made-up'));
    });

    it('given back twice kills the tokens that came of it', async () => {
      const code = await newCode();
      const tokens = await redeemed(code);

      await assertRefused(await redeem(code));

      await assertRefused(await refresh(tokens.refresh_token));
    });

    it('given back long after it was used kills them too', async () => {
      const code = await newCode();
      const tokens = await redeemed(code);
      world.server.clock.pass(600);

      await assertRefused(await redeem(code));

      await assertRefused(await refresh(tokens.refresh_token));
    });

    it('that was used kills nothing in the hands of another client', async () => {
      const stranger = await world.addClient();
      const code = await newCode();
      const tokens = await redeemed(code);

      await assertRefused(await redeem(code, { client_id: stranger.id }));

      assert.equal((await refresh(tokens.refresh_token)).status, 200);
    });
  });

  describe('PKCE', () => {
    const verifier43 = 'a'.repeat(43);
    const verifier128 = 'b'.repeat(128);
    const rows: readonly [string, string | undefined, string | undefined, boolean][] = [
      ['a verifier of 43 characters', challengeOf(verifier43), verifier43, true],
      ['a verifier of 128 characters', challengeOf(verifier128), verifier128, true],
      ['a challenge and no verifier', challengeOf(verifier43), undefined, false],
      ['a verifier and no challenge', undefined, verifier43, false],
      ['an empty verifier', challengeOf(verifier43), '', false],
      ['another verifier', challengeOf(verifier43), verifier128, false],
      ['the challenge as its own verifier', challengeOf(verifier43), challengeOf(verifier43), false],
      ['a verifier of 42 characters', challengeOf('a'.repeat(42)), 'a'.repeat(42), false],
      ['a verifier of 129 characters', challengeOf('a'.repeat(129)), 'a'.repeat(129), false],
      ['a verifier of other characters', challengeOf(`${'a'.repeat(42)}+`), `${'a'.repeat(42)}+`, false],
      ['neither', undefined, undefined, true],
    ];
    for (const [title, challenge, verifier, isGood] of rows) {
      it(`${isGood ? 'takes' : 'refuses'} ${title}`, async () => {
        const method = challenge === undefined ? undefined : 'S256';
        const code = await newCode({ code_challenge: challenge, code_challenge_method: method });

        const response = await redeem(code, { code_verifier: verifier });

        if (isGood) assert.equal(response.status, 200);
        else await assertRefused(response);
      });
    }

    it('leaves a code good for who knows the verifier, after somebody did not', async () => {
      const { verifier, challenge } = newPkce();
      const code = await newCode({ code_challenge: challenge, code_challenge_method: 'S256' });
      await assertRefused(await redeem(code, { code_verifier: newPkce().verifier }));

      assert.equal((await redeem(code, { code_verifier: verifier })).status, 200);
    });
  });
});

describe('redeeming one code many times at once', () => {
  let world: World;
  before(async () => {
    const clock = stillClock();
    world = await createWorld({ clock, store: distantStores(clock) });
  });
  after(() => world.close());

  // Two at once, for then the loser may be done before the winner's tokens are there to be killed.
  for (const atOnce of [10, 2]) {
    it(`succeeds once in each of ${ROUNDS} rounds of ${atOnce}, and kills what came of it`, async function race() {
      this.timeout(60_000);
      const client = await world.addClient();
      const { newCode, redeem, refresh } = await createRedeeming(world, client);
      for (let round = 0; round < ROUNDS; round += 1) {
        const code = await newCode();

        const responses = await Promise.all(Array.from({ length: atOnce }, () => redeem(code)));

        const [winner, ...others] = responses.toSorted((one, other) => one.status - other.status);
        assert.equal(winner!.status, 200, `round ${round}`);
        for (const other of others) await assertRefused(other);
        const { refresh_token: refreshToken } = (await winner!.json()) as TokenSet;
        await assertRefused(await refresh(refreshToken));
      }
    });
  }
});
