/**
 * Throttling, by the hundred at once: what is counted is counted exactly, on every store.
 *
 * Source: NIST SP 800-63B, 5.2.2.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isFailure } from '../../../src/base/failure.ts';
import type { Expiring } from '../../../src/domain/ports/expiring.ts';
import { createThrottle } from '../../../src/domain/sign-in/throttle.ts';
import { memoryExpiring } from '../../../src/stores/memory.ts';
import { openSqlite } from '../../../src/stores/sqlite.ts';
import { stillClock } from '../../support/server.ts';

const AT_ONCE = 1000;
/** Five are free, and the first after them takes the ticket of its waiting time. */
const MAY = 6;

async function openStore(name: string) {
  const clock = stillClock();
  if (name === 'memory') return { clock, expiring: memoryExpiring(clock), close: async () => undefined };
  const directory = mkdtempSync(join(tmpdir(), 'cognate-throttle-'));
  const store = await openSqlite(join(directory, 'test.db'), { clock, collections: [] });
  return {
    clock,
    expiring: store.expiring,
    async close() {
      await store.close();
      rmSync(directory, { recursive: true });
    },
  };
}

for (const name of ['memory', 'sqlite'])
  describe(`throttling of wrong passwords, on ${name}`, () => {
    let store: Awaited<ReturnType<typeof openStore>>;
    beforeEach(async () => {
      store = await openStore(name);
    });
    afterEach(() => store.close());

    /** How many of `times` tries at once may be made. */
    async function tried(expiring: Expiring, times: number, person = 'pool/ada', sourceIp?: string) {
      const throttle = createThrottle({ expiring });
      const outcomes = await Promise.all(
        Array.from({ length: times }, () =>
          throttle.assertMayTry({ guesses: 'password', person, sourceIp }).then(
            () => true,
            (error: unknown) => {
              if (isFailure(error, 'password-attempts-exceeded')) return false;
              throw error;
            },
          ),
        ),
      );
      return outcomes.filter(Boolean).length;
    }

    it('lets six of a thousand at once through, and counts the thousand', async () => {
      assert.equal(await tried(store.expiring, AT_ONCE), MAY);

      assert.equal(await store.expiring.counted('tries-by-person', 'pool/ada'), AT_ONCE);
    });

    it('makes nobody wait for another', async () => {
      await tried(store.expiring, 20);

      assert.equal(await tried(store.expiring, 1, 'pool/bob'), 1);
    });

    it('doubles the waiting time with every try', async () => {
      await tried(store.expiring, MAY);
      for (const seconds of [1, 2, 4, 8]) {
        store.clock.pass(seconds);
        assert.equal(await tried(store.expiring, 1), 1, `after ${seconds} s`);
      }
      assert.equal(await tried(store.expiring, 1), 0);
    });

    it('counts codes apart from passwords', async () => {
      await tried(store.expiring, 20);
      const throttle = createThrottle({ expiring: store.expiring });

      const guess = { guesses: 'code', person: 'pool/ada', sourceIp: undefined } as const;
      const { right } = await throttle.assertMayTry(guess);
      await right();

      assert.equal(await tried(store.expiring, 1), 0);
    });

    it('forgets a person with the right password', async () => {
      await tried(store.expiring, MAY);

      const throttle = createThrottle({ expiring: store.expiring });
      const guess = { guesses: 'password', person: 'pool/ada', sourceIp: undefined } as const;
      store.clock.pass(1);
      const { right } = await throttle.assertMayTry(guess);
      await right();

      assert.equal(await tried(store.expiring, AT_ONCE), MAY);
    });

    it('stops an address that was wrong a hundred times, with all of its IPv6 network', async () => {
      const throttle = createThrottle({ expiring: store.expiring });
      await Promise.all(
        Array.from({ length: 100 }, (_, index) =>
          throttle.wrong({ guesses: 'password', person: `pool/${index}`, sourceIp: `2001:db8::${index}` }),
        ),
      );

      assert.equal(await tried(store.expiring, 1, 'pool/bob', '2001:db8::ffff'), 0);
      assert.equal(await tried(store.expiring, 1, 'pool/bob', '2001:db8:0:1::1'), 1);
    });
  });
