/**
 * Epochs: a count that was given out never comes again, even when the store behind it lost what it kept.
 */
import assert from 'node:assert/strict';
import { createDatasets } from '../../../src/domain/sync/datasets.ts';
import { createEpochs } from '../../../src/domain/sync/epochs.ts';
import { memoryRecords } from '../../../src/stores/memory.ts';
import { keyringFrom, newKeyringText } from '../../../src/token-keys/keyring.ts';
import { stillClock } from '../../support/servers/server.ts';

const PLACE = { identityId: 'us-east-1:1', dataset: 'scores' };

describe('the counts of sync', () => {
  function world() {
    const clock = stillClock();
    const directory = memoryRecords(clock);
    const server = { records: memoryRecords(clock), history: 'first', asked: 0 };
    const sealer = keyringFrom(newKeyringText(clock));
    const process = () => {
      const epochs = createEpochs({
        records: directory,
        history: async () => {
          server.asked += 1;
          return server.history;
        },
      });
      return createDatasets({ records: server.records, epochs, sealer, clock });
    };
    const write = async (datasets: ReturnType<typeof process>, known: number, value = 'x') => {
      const { session } = await datasets.list(PLACE, { since: 0, limit: 10 });
      const patches = [{ key: 'best', value, syncCount: known }];
      const [written] = await datasets.update(PLACE, { session, patches, by: 'test' });
      return written!.syncCount;
    };
    return { server, clock, process, write, renew: () => (server.records = memoryRecords(clock)) };
  }

  it('begin at one in the first epoch', async () => {
    const { process, write } = world();
    const datasets = process();

    assert.deepEqual([await write(datasets, 0), await write(datasets, 1)], [1, 2]);
  });

  it('go on in a new epoch when another server took over', async () => {
    const { server, process, write } = world();
    const datasets = process();
    await write(datasets, 0);
    server.history = 'second';

    const next = await write(datasets, 1);

    assert.equal(next, 2 ** 32 + 1);
    assert.equal(await write(datasets, next), 2 ** 32 + 2);
  });

  it('rise once for a loss that three processes notice at once', async () => {
    const { server, process, write } = world();
    await write(process(), 0);
    server.history = 'second';

    const others = Array.from({ length: 3 }, process);
    await Promise.all(
      others.map((each, at) =>
        each
          .list({ ...PLACE, dataset: `other ${at}` }, { since: 0, limit: 1 })
          .then(({ session }) =>
            each.update(
              { ...PLACE, dataset: `other ${at}` },
              { session, patches: [{ key: 'k', value: 'v', syncCount: 0 }], by: 'test' },
            ),
          ),
      ),
    );

    assert.equal(await write(process(), 1), 2 ** 32 + 1);
  });

  it('of an emptied store are larger than all that it ever gave out', async () => {
    const { server, process, write, renew } = world();
    const before = await write(process(), 0);
    renew();
    server.history = 'second';

    const datasets = process();
    const after = await write(datasets, 0);
    const { records } = await datasets.list(PLACE, { since: before, limit: 10 });

    assert.ok(after > before);
    assert.equal(records.length, 1);
  });
});
