/**
 * Commits survive `kill -9` of PostgreSQL, twenty times over.
 */
import assert from 'node:assert/strict';
import { killPostgresRounds } from '../faults/server-kill.ts';
import { withPostgres } from '../support/servers/postgres.ts';

const ROUNDS = 20;

withPostgres('a PostgreSQL killed twenty times while it is written to', () => {
  it('loses nothing acknowledged and leaves nothing half', async () => {
    assert.ok((await killPostgresRounds(ROUNDS)) > 1000);
  });
});
