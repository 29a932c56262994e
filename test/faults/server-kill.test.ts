/**
 * Commits survive `kill -9` of the database. The long variants are test/long/redis-kill.test.ts and postgres-kill.test.ts.
 */
import assert from 'node:assert/strict';
import { withPostgres } from '../support/servers/postgres.ts';
import { withRedis } from '../support/servers/redis.ts';
import { killPostgresRounds, killRedisRounds } from './server-kill.ts';

const ROUNDS = 2;

withRedis('a Redis killed while it is written to', () => {
  it('loses nothing acknowledged and leaves nothing half', async () => {
    assert.ok((await killRedisRounds(ROUNDS)) > 0);
  }).timeout(60_000); // A server is killed and started again.
});

withPostgres('a PostgreSQL killed while it is written to', () => {
  it('loses nothing acknowledged and leaves nothing half', async () => {
    assert.ok((await killPostgresRounds(ROUNDS)) > 0);
  }).timeout(120_000); // A server is made, killed and started again.
});
