/**
 * Commits survive `kill -9` of Redis, twenty times over.
 */
import assert from 'node:assert/strict';
import { killRedisRounds } from '../faults/server-kill.ts';
import { withRedis } from '../support/servers/redis.ts';

const ROUNDS = 20;

withRedis('a Redis killed twenty times while it is written to', () => {
  it('loses nothing acknowledged and leaves nothing half', async () => {
    assert.ok((await killRedisRounds(ROUNDS)) > 1000);
  });
});
