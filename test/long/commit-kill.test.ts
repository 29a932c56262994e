/**
 * Commits survive `kill -9`, two hundred times over.
 */
import assert from 'node:assert/strict';
import { killRounds } from '../faults/commit-kill.ts';

const ROUNDS = 200;

describe('a process killed two hundred times while it commits', () => {
  it('loses nothing acknowledged and leaves nothing half', async () => {
    assert.ok((await killRounds(ROUNDS)) >= 20_000);
  });
});
