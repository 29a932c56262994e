/**
 * Datasets: how long a device may write on what it has listed.
 */
import assert from 'node:assert/strict';
import { createDatasets } from '../../../src/domain/sync/datasets.ts';
import { createEpochs } from '../../../src/domain/sync/epochs.ts';
import { memoryRecords } from '../../../src/stores/memory.ts';
import { keyringFrom, newKeyringText } from '../../../src/token-keys/keyring.ts';
import { failsWith } from '../../contracts/records/notes.ts';
import { stillClock } from '../../support/servers/server.ts';

const PLACE = { identityId: 'us-east-1:1', dataset: 'scores' };
const DAY = 24 * 3600;

describe('a session of sync', () => {
  it('is good for a day, and not a second longer', async () => {
    const clock = stillClock();
    const records = memoryRecords(clock);
    const datasets = createDatasets({
      records,
      epochs: createEpochs({ records, history: async () => 'first' }),
      sealer: keyringFrom(newKeyringText(clock)),
      clock,
    });
    const { session } = await datasets.list(PLACE, { since: 0, limit: 1 });
    const write = (key: string) =>
      datasets.update(PLACE, { session, patches: [{ key, value: 'x', syncCount: 0 }], by: 'test' });

    clock.pass(DAY - 1);
    await write('in time');
    clock.pass(1);

    await assert.rejects(write('too late'), failsWith('sync-session-invalid'));
  });
});
