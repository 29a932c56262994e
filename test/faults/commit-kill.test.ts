/**
 * Commits survive `kill -9`. The long variant is test/long/commit-kill.test.ts.
 */
import assert from 'node:assert/strict';
import { killRounds } from './commit-kill.ts';

const ROUNDS = 5;

describe('a process killed while it commits', () => {
  it('loses nothing acknowledged and leaves nothing half', async () => {
    assert.ok((await killRounds(ROUNDS)) > 0);
  }).timeout(60_000); // Five processes are started and killed.
});
