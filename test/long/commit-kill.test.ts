/**
 * Commits survive `kill -9` of the process that makes them: two hundred times over in a file, twenty times at servers.
 */
import assert from 'node:assert/strict';
import { killRounds, killRoundsAtServers } from '../faults/commit-kill.ts';
import { startPostgres, withPostgres } from '../support/servers/postgres.ts';
import { startRedis, withRedis } from '../support/servers/redis.ts';

const ROUNDS = 200;
const ROUNDS_AT_SERVERS = 20;

describe('a process killed two hundred times while it commits', () => {
  it('loses nothing acknowledged and leaves nothing half', async () => {
    assert.ok((await killRounds(ROUNDS)) >= 20_000);
  });
});

withPostgres('a process with its records in PostgreSQL', () => {
  withRedis('and its claims in Redis, killed twenty times while it commits', () => {
    it('loses nothing acknowledged and leaves nothing half', async () => {
      const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
      const database = await postgres.createDatabase();

      const lookedUp = await killRoundsAtServers(ROUNDS_AT_SERVERS, { database, redis });

      assert.ok(lookedUp > 1000);
      await Promise.all([postgres.stop(), redis.stop()]);
    });
  });
});
