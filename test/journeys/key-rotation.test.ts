/**
 * Rotation of a pool's signing keys on two processes, while users sign in and show their tokens without a pause.
 *
 * Source: SECURITY goal G49.
 */
import assert from 'node:assert/strict';
import { compactVerify, createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet } from 'jose';
import { cognateClient } from '../support/cognate.ts';
import { onPair, type Pair } from '../support/servers/installation.ts';
import { makePool, makeUser, signIn, type MadePool } from '../support/pool.ts';

/** As long as a relying party may keep a key set, by what is published with it; and more than until the next key signs. */
const KEPT_SECONDS = 300;
const MINUTES = 14;
const USERS = 4;
/** Of each user in a minute. */
const SIGN_INS = 3;

describe('signing keys that rotate under load', () =>
  onPair((start) => {
    let server: Pair;
    let pool: MadePool;
    before(async () => {
      server = await start();
      pool = await makePool(server);
      for (let user = 0; user < USERS; user += 1) await makeUser(pool, `user-${user}`);
    });
    after(() => server.close());

    const keySet = async () => {
      const answer = await fetch(`${server.url}/${pool.UserPoolId}/.well-known/jwks.json`);
      return (await answer.json()) as JSONWebKeySet;
    };

    it('void no token, and are published by both processes before they are used', async () => {
      let kept = { keys: await keySet(), at: server.clock.now().getTime() };
      const live: string[] = [];
      const kids = new Set<string>();

      /** Signs in again and again, and shows the newest and the oldest token wherever the next request goes. */
      async function user(at: number): Promise<void> {
        for (let time = 0; time < SIGN_INS; time += 1) {
          const { AccessToken = '', IdToken = '' } = await signIn(pool, `user-${at}`);
          live.push(AccessToken);
          for (const token of [AccessToken, IdToken, live[0]!]) {
            kids.add(decodeProtectedHeader(token).kid!);
            await compactVerify(token, createLocalJWKSet(kept.keys));
          }
          for (const token of [AccessToken, live[0]!]) await pool.idp.getUser({ AccessToken: token });
        }
      }
      /** A minute in which all of them are at it, and `more` happens. */
      const minute = async (more?: Promise<unknown>) => {
        await Promise.all([more, ...Array.from({ length: USERS }, (_, at) => user(at))]);
        server.clock.pass(60);
        if (server.clock.now().getTime() - kept.at >= KEPT_SECONDS * 1000)
          kept = { keys: await keySet(), at: server.clock.now().getTime() };
      };
      const before = kept.keys.keys.map(({ kid }) => kid);
      const { UserPoolId } = pool;
      await minute();
      await minute(cognateClient(server).rotateUserPoolSigningKeys({ UserPoolId }));
      const published = [await keySet(), await keySet()];
      for (let left = MINUTES; left > 0; left -= 1) await minute();

      for (const { keys } of published) assert.equal(keys.length, before.length + 2);
      assert.equal(kids.size, before.length + 2);
    }).timeout(60_000); // Users sign in without a pause for fourteen minutes of the servers' time.
  }));
