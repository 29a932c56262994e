/** Marks of what others issued: of all who show one proof, one is believed, until the proof has ended. */
import assert from 'node:assert/strict';
import { plusSeconds } from '../../../src/base/clock.ts';
import { createClaimOnce } from '../../../src/domain/federation/replay.ts';
import { memoryRecords } from '../../../src/stores/memory.ts';
import { stillClock } from '../../support/servers/server.ts';

describe('a proof that others issued', () => {
  const clock = stillClock();
  const claimOnce = createClaimOnce({ records: memoryRecords(clock) });
  const claim = (id: string, issuedBy = ['pool', 'Corp']) =>
    claimOnce({ issuedBy, id, until: plusSeconds(clock.now(), 300) });

  it('is believed once, of a hundred that are shown at once', async () => {
    const claims = await Promise.all(Array.from({ length: 100 }, () => claim('_a')));

    assert.equal(claims.filter(Boolean).length, 1);
  });

  it('is another one when another issued it', async () => {
    await claim('_b');

    assert.equal(await claim('_b', ['pool', 'Other']), true);
  });

  it('leaves no mark once it has ended', async () => {
    await claim('_c');
    clock.pass(301);

    assert.equal(await claim('_c'), true);
  });
});
