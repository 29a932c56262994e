/**
 * Rotation of signing keys while everything goes on: no token that lives is refused by anybody, whatever key set they kept, for as long as they may.
 *
 * Source: SECURITY goal G49, R9; aws-jwt-verify stands for the relying parties.
 */
import assert from 'node:assert/strict';
import { CognitoIdentityProvider } from '@aws-sdk/client-cognito-identity-provider';
import { CognitoJwtVerifier } from 'aws-jwt-verify';
import type { Jwks } from 'aws-jwt-verify/jwk';
import { poolCollection } from '../../src/domain/pools/pools.ts';
import type { Records } from '../../src/domain/ports/records.ts';
import { signingKeyCollection } from '../../src/domain/tokens/signing-keys.ts';
import { inProcessBus } from '../../src/stores/in-process-bus.ts';
import { memoryExpiring, memoryRecords } from '../../src/stores/memory.ts';
import { keyringFrom, newKeyringText } from '../../src/token-keys/keyring.ts';
import { cognateClient } from '../support/cognate.ts';
import { makePool, makeUser, signIn, type MadePool } from '../support/pool.ts';
import { startServer, stillClock, type TestServer } from '../support/servers/server.ts';

/** The longest that a relying party may keep a key set, by what is published with it. */
const KEPT_SECONDS = 300;
const DAY = 86_400;

const kidOf = (token: string): string =>
  (JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()) as { kid: string }).kid;

describe('signing keys', function () {
  this.timeout(60_000); // Keys are made, and a rotation is walked through by steps of a minute.
  let clock: ReturnType<typeof stillClock>;
  let servers: TestServer[];
  let records: Records;
  let pool: MadePool;
  let cognate: ReturnType<typeof cognateClient>;

  /** Two processes on the same stores, each with news of the other or with none. */
  async function start(environment: Record<string, string> = {}, { hasNews = true } = {}) {
    clock = stillClock();
    const [sealer, bus] = [keyringFrom(newKeyringText(clock)), inProcessBus()];
    records = memoryRecords(clock);
    const store = { records, expiring: memoryExpiring(clock) };
    const one = () =>
      startServer({
        clock,
        sealer,
        store: { ...store, bus: hasNews ? bus : inProcessBus() },
        environment: { COGNATE_ISSUER: 'aws', ...environment },
      });
    servers = [await one(), await one()];
    pool = await makePool(servers[0]!);
    await makeUser(pool, 'ada');
    cognate = cognateClient(servers[0]!);
  }
  afterEach(() => Promise.all(servers.map((server) => server.close())));

  /** Made anew for each call: a client takes the clock of the machine from the first answer. */
  const at = (server: TestServer) => ({ ...pool, idp: new CognitoIdentityProvider(server.client) });
  const tokensAt = async (server: TestServer) => {
    const { AccessToken, IdToken } = await signIn(at(server), 'ada');
    return { access: AccessToken!, id: IdToken! };
  };
  const jwksAt = async (server: TestServer): Promise<Jwks> =>
    (await fetch(`${server.url}/${pool.UserPoolId}/.well-known/jwks.json`)).json() as Promise<Jwks>;

  /** Asserts that a relying party with that key set believes the tokens. */
  function assertBelieved(jwks: Jwks, tokens: { access: string; id: string }): void {
    for (const tokenUse of ['access', 'id'] as const) {
      const { UserPoolId: userPoolId, ClientId: clientId } = pool;
      const verifier = CognitoJwtVerifier.create({ userPoolId, clientId, tokenUse });
      verifier.cacheJwks(jwks);
      verifier.verifySync(tokens[tokenUse]);
    }
  }

  it('RotateUserPoolSigningKeys: goes through its phases while no token that lives is refused', async () => {
    await start();
    const { UserPoolId } = pool;
    const first = await tokensAt(servers[0]!);
    let cached = { jwks: await jwksAt(servers[1]!), at: clock.now().getTime() };
    const { SigningKeys: begun } = await cognate.rotateUserPoolSigningKeys({ UserPoolId });
    assert.deepEqual(
      begun.map(({ Use, State }) => `${Use} ${State}`),
      ['ID CURRENT', 'ID NEXT', 'ACCESS CURRENT', 'ACCESS NEXT'],
    );

    const live = [first];
    const kids = new Set<string>();
    for (let minute = 0; minute < 20; minute += 1) {
      if (clock.now().getTime() - cached.at >= KEPT_SECONDS * 1000)
        cached = { jwks: await jwksAt(servers[minute % 2]!), at: clock.now().getTime() };
      const made = await tokensAt(servers[minute % 2]!);
      live.push(made);
      kids.add(kidOf(made.access)).add(kidOf(made.id));
      for (const tokens of live) assertBelieved(cached.jwks, tokens);
      for (const { access } of live)
        await at(servers[(minute + 1) % 2]!).idp.getUser({ AccessToken: access });
      clock.pass(60);
    }

    assert.equal(kids.size, 4);
    const { SigningKeys: switched } = await cognate.listUserPoolSigningKeys({ UserPoolId });
    assert.deepEqual(
      switched.map(({ Use, State }) => `${Use} ${State}`),
      ['ID CURRENT', 'ID FORMER', 'ACCESS CURRENT', 'ACCESS FORMER'],
    );
    assert.equal(kidOf(live.at(-1)!.access), switched.find(({ Use }) => Use === 'ACCESS')!.KeyId);
  });

  it('ListUserPoolSigningKeys: shows the key of before until its last token has ended, as it is published', async () => {
    await start();
    const { UserPoolId } = pool;
    const before = kidOf((await tokensAt(servers[0]!)).access);
    await cognate.rotateUserPoolSigningKeys({ UserPoolId });
    const again = await cognate.rotateUserPoolSigningKeys({ UserPoolId });
    assert.equal(again.SigningKeys.filter(({ State }) => State === 'NEXT').length, 2);
    const isThere = async () => {
      const { SigningKeys } = await cognate.listUserPoolSigningKeys({ UserPoolId });
      const published = (await jwksAt(servers[1]!)).keys.map(({ kid }) => kid);
      assert.deepEqual(new Set(published), new Set(SigningKeys.map(({ KeyId }) => KeyId)));
      return published.includes(before);
    };

    clock.pass(601 + DAY);
    assert.ok(await isThere());

    clock.pass(120);
    assert.ok(!(await isThere()));
  });

  it('are followed by a process that no news reach', async () => {
    await start({}, { hasNews: false });
    await tokensAt(servers[1]!);
    await cognate.rotateUserPoolSigningKeys({ UserPoolId: pool.UserPoolId });

    clock.pass(31);
    assert.equal((await jwksAt(servers[1]!)).keys.length, 4);
    clock.pass(600);
    const [one, other] = [await tokensAt(servers[0]!), await tokensAt(servers[1]!)];

    assert.equal(kidOf(one.access), kidOf(other.access));
    await at(servers[0]!).idp.getUser({ AccessToken: other.access });
  });

  it('rotate by themselves once they are older than the setting says, and not before', async () => {
    await start({ COGNATE_ROTATE_KEYS_AFTER_DAYS: '90' });
    const states = async () =>
      (await cognate.listUserPoolSigningKeys({ UserPoolId: pool.UserPoolId })).SigningKeys.map(
        ({ State }) => State,
      );
    await tokensAt(servers[0]!);
    clock.pass(89 * DAY);
    await tokensAt(servers[0]!);
    assert.ok(!(await states()).includes('NEXT'));

    clock.pass(DAY);
    await tokensAt(servers[0]!);
    await servers[0]!.settled();

    assert.equal((await states()).filter((state) => state === 'NEXT').length, 2);
  });

  it('go with their pool, the private ones too', async () => {
    await start();
    const { UserPoolId, idp } = pool;
    await tokensAt(servers[0]!);
    await cognate.rotateUserPoolSigningKeys({ UserPoolId });
    const keys = async () =>
      (await records.page(signingKeyCollection, { prefix: [UserPoolId], limit: 9 })).records;
    assert.equal((await keys()).length, 2);

    await idp.deleteUserPool({ UserPoolId });

    // The pool's own record is the last that is swept.
    for (let left = 500; left > 0 && (await records.get(poolCollection, [UserPoolId])); left -= 1)
      await idp.listUserPools({ MaxResults: 1 });
    assert.deepEqual(await keys(), []);
  });
});
