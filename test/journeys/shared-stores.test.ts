/**
 * Processes that share their stores: what they refuse to start with, what they wait for, what one does that the other must know.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onPair, sharedStores, type Pair } from '../support/servers/installation.ts';
import { makePool, makeUser, signIn } from '../support/pool.ts';
import { withPostgres } from '../support/servers/postgres.ts';
import { MAIN, startProcess } from '../support/servers/process.ts';
import { sharedRedis, startRedis, withRedis } from '../support/servers/redis.ts';
import { clientsOf, freePort, ROOT } from '../support/servers/server.ts';
import { systemClock } from '../../src/base/clock.ts';

/** What a start that is refused says, and how it ends. */
function refusedStart(environment: Readonly<Record<string, string>>) {
  const cwd = mkdtempSync(join(tmpdir(), 'cognate-'));
  const env = { PATH: process.env['PATH'], PORT: '0', COGNATE_LOG_LEVEL: 'error', ...environment };
  const { status, stderr } = spawnSync(process.execPath, [MAIN], {
    cwd,
    env,
    encoding: 'utf8',
    timeout: 20_000,
  });
  rmSync(cwd, { recursive: true });
  return { status, stderr };
}
const ROOT_KEY = {
  COGNATE_ROOT_ACCESS_KEY_ID: ROOT.accessKeyId,
  COGNATE_ROOT_SECRET_ACCESS_KEY: ROOT.secretAccessKey,
};

describe('a configuration with shared stores', function () {
  this.timeout(30_000); // Processes are started.
  const BOTH = { DATABASE_URL: 'postgres://u:hunter2@127.0.0.1:1/x', REDIS_URL: 'redis://127.0.0.1:1' };

  const refusals: readonly [string, Record<string, string>, RegExp][] = [
    ['one of the two alone', { DATABASE_URL: BOTH.DATABASE_URL, ...ROOT_KEY }, /redisUrl: give both/],
    [
      'an address of another form',
      { ...BOTH, ...ROOT_KEY, REDIS_URL: 'http://x' },
      /redisUrl: must be redis/,
    ],
    ['a root key that only one process would have', BOTH, /rootAccessKeyId: must be given/],
    ['a keyring that only one process would have', { ...BOTH, ...ROOT_KEY }, /keyring-missing/],
  ];
  for (const [what, environment, words] of refusals)
    it(`is refused with ${what}`, () => {
      const { status, stderr } = refusedStart(environment);

      assert.equal(status, 1);
      assert.match(stderr, words);
      assert.ok(!stderr.includes('hunter2'));
    });
});

withPostgres('a process that shares a database', (createDatabase) =>
  withRedis('and Redis', () => {
    /** An environment with stores of its own, and what clears it up. */
    async function stores(redisUrl?: string) {
      const folder = mkdtempSync(join(tmpdir(), 'cognate-'));
      const database = await createDatabase();
      const url = redisUrl ?? (await sharedRedis()).url;
      return {
        folder,
        environment: sharedStores(folder, { databaseUrl: database.url, redisUrl: url }),
        remove: async () => {
          await database.drop();
          rmSync(folder, { recursive: true, force: true });
        },
      };
    }

    it('refuses a Redis that may forget what it acknowledged, and says what to change', async () => {
      const redis = await startRedis({ appendfsync: 'everysec', 'maxmemory-policy': 'allkeys-lru' });
      const { environment, remove } = await stores(redis.url);

      const { status, stderr } = refusedStart({ ...environment, ...ROOT_KEY });

      assert.equal(status, 1);
      assert.match(stderr, /maxmemory-policy is allkeys-lru, set it to noeviction/);
      assert.match(stderr, /appendfsync is everysec, set it to always/);
      await redis.stop();
      await remove();
    }).timeout(30_000);

    it('takes such a Redis when told to', async () => {
      const redis = await startRedis({ appendonly: 'no' });
      const { folder, environment, remove } = await stores(redis.url);

      const cognate = await startProcess({ ...environment, COGNATE_VOLATILE: 'allowed' }, { folder });

      assert.equal((await fetch(`${cognate.url}/health/ready`)).status, 200);
      await cognate.stop();
      await redis.stop();
      await remove();
    }).timeout(30_000);

    it('is not ready while such a Redis has come into the place of a better one', async () => {
      const redis = await startRedis();
      const { folder, environment, remove } = await stores(redis.url);
      const cognate = await startProcess({ ...environment, COGNATE_LOG_LEVEL: 'silent' }, { folder });
      const statusWhen = async (appendfsync: string) => {
        await redis.ask('CONFIG', 'SET', 'appendfsync', appendfsync);
        return (await fetch(`${cognate.url}/health/ready`)).status;
      };

      const statuses = [await statusWhen('always'), await statusWhen('everysec'), await statusWhen('always')];

      await cognate.stop();
      await redis.stop();
      await remove();
      assert.deepEqual(statuses, [200, 503, 200]);
    }).timeout(30_000);

    it('refuses a keyring that does not open what the others have sealed', async () => {
      const { folder, environment, remove } = await stores();
      const cognate = await startProcess(environment, { folder });
      const other = mkdtempSync(join(tmpdir(), 'cognate-'));
      const { COGNATE_KEYRING_FILE } = sharedStores(other, { databaseUrl: '', redisUrl: '' });

      const { status, stderr } = refusedStart({
        ...environment,
        ...ROOT_KEY,
        COGNATE_KEYRING_FILE: COGNATE_KEYRING_FILE!,
      });

      assert.equal(status, 1);
      assert.match(stderr, /keyring-does-not-open/);
      await cognate.stop();
      rmSync(other, { recursive: true });
      await remove();
    }).timeout(30_000);

    it('waits for stores that are not there yet: it lives, and is not ready', async () => {
      const redis = await startRedis();
      const { folder, environment, remove } = await stores(redis.url);
      await redis.kill();
      const port = await freePort();
      const at = `http://127.0.0.1:${port}`;
      const starting = startProcess({ ...environment, PORT: String(port) }, { folder });
      await untilAnswers(at);

      const [live, ready, other] = await Promise.all(
        ['/health/live', '/health/ready', '/'].map((path) => fetch(at + path)),
      );
      await redis.restart();
      const cognate = await starting;

      assert.deepEqual([live!.status, ready!.status, other!.status], [200, 503, 503]);
      assert.equal(other!.headers.get('retry-after'), '1');
      assert.equal((await fetch(`${at}/health/ready`)).status, 200);
      await cognate.stop();
      await redis.stop();
      await remove();
    }).timeout(30_000);

    it('answers 503 while Redis is away, says it is not ready, and comes back by itself', async () => {
      const redis = await startRedis();
      const { folder, environment, remove } = await stores(redis.url);
      const cognate = await startProcess({ ...environment, COGNATE_LOG_LEVEL: 'silent' }, { folder });
      const pool = await makePool(clientsOf(cognate.url, systemClock));
      await makeUser(pool, 'ada');
      const { AccessToken } = await signIn(pool, 'ada');
      await redis.kill();

      await assert.rejects(signIn(pool, 'ada'), (error: { $metadata: { httpStatusCode: number } }) => {
        assert.equal(error.$metadata.httpStatusCode, 503);
        return true;
      });
      assert.equal((await fetch(`${cognate.url}/health/ready`)).status, 503);
      // A sign-out that it could not hear of may have made the token worthless.
      await refusedOf(() => pool.idp.getUser({ AccessToken }), 'ServiceUnavailableException');
      await redis.restart();
      while ((await fetch(`${cognate.url}/health/ready`)).status !== 200) await soon();
      const { Username } = await settled(() => pool.idp.getUser({ AccessToken }));

      assert.equal(Username, 'ada');
      await cognate.stop();
      await redis.stop();
      await remove();
    }).timeout(60_000);
  }),
);

describe('what one of two processes did', () =>
  onPair((start) => {
    let pair: Pair;
    before(async () => (pair = await start()));
    after(() => pair.close());

    it('is known to the other after a sign-out, at once', async () => {
      const pool = await makePool(pair);
      await makeUser(pool, 'bob');
      for (let round = 0; round < 10; round += 1) {
        const { AccessToken } = await signIn(pool, 'bob');
        await pool.idp.globalSignOut({ AccessToken });
        await assert.rejects(pool.idp.getUser({ AccessToken }), { name: 'NotAuthorizedException' });
      }
    });
  }));

const soon = () => new Promise((resolve) => setTimeout(resolve, 20));

async function untilAnswers(at: string): Promise<void> {
  for (;;) {
    try {
      await fetch(`${at}/health/live`);
      return;
    } catch {
      await soon();
    }
  }
}

/** Asks until it is refused so. */
async function refusedOf(ask: () => Promise<unknown>, name: string): Promise<void> {
  for (;;) {
    try {
      await ask();
    } catch (error) {
      assert.equal((error as Error).name, name);
      return;
    }
    await soon();
  }
}

/** Asks until it is answered. */
async function settled<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch {
      await soon();
    }
  }
}
