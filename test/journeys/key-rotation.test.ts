/**
 * Rotation of a pool's signing keys on two processes, while users sign in and show their tokens without a pause.
 *
 * Source: SECURITY goal G49.
 */
import assert from 'node:assert/strict';
import { compactVerify, createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet } from 'jose';
import { cognateClient } from '../support/cognate.ts';
import { onPair, type Pair } from '../support/installation.ts';
import { makePool, makeUser, signIn, type MadePool } from '../support/pool.ts';

/** As long as a relying party may keep a key set, by what is published with it; and more than until the next key signs. */
const KEPT_SECONDS = 300;
const MINUTES = 14;
const USERS = 4;

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
      const users = new AbortController();

      /** Signs in, and shows the newest and the oldest token wherever the next request goes. */
      async function user(at: number): Promise<void> {
        while (!users.signal.aborted) {
          const { AccessToken = '', IdToken = '' } = await signIn(pool, `user-${at}`);
          live.push(AccessToken);
          for (const token of [AccessToken, IdToken, live[0]!]) {
            kids.add(decodeProtectedHeader(token).kid!);
            await compactVerify(token, createLocalJWKSet(kept.keys));
          }
          for (const token of [AccessToken, live[0]!]) await pool.idp.getUser({ AccessToken: token });
        }
      }
      const underWay = Array.from({ length: USERS }, (_, at) => user(at));
      const before = kept.keys.keys.map(({ kid }) => kid);
      const { UserPoolId } = pool;
      await cognateClient(server).rotateUserPoolSigningKeys({ UserPoolId });
      const published = [await keySet(), await keySet()];
      for (let minute = 0; minute < MINUTES; minute += 1) {
        const known = live.length;
        // Until each user has signed in anew at this minute.
        while (live.length < known + USERS)
          await Promise.race([...underWay, new Promise((resolve) => setImmediate(resolve))]);
        server.clock.pass(60);
        if (server.clock.now().getTime() - kept.at >= KEPT_SECONDS * 1000)
          kept = { keys: await keySet(), at: server.clock.now().getTime() };
      }
      users.abort();
      await Promise.all(underWay);

      for (const { keys } of published) assert.equal(keys.length, before.length + 2);
      assert.equal(kids.size, before.length + 2);
    }).timeout(60_000); // Users sign in without a pause for fourteen minutes of the servers' time.
  }));
