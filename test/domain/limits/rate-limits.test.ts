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
import { SERVER_CALLER, type CallerContext } from '../../../src/domain/ports/caller-context.ts';
import type { Expiring } from '../../../src/domain/ports/expiring.ts';
import { createThrottle, type Throttle } from '../../../src/domain/limits/rate-limits.ts';
import { memoryExpiring } from '../../../src/stores/memory.ts';
import { openSqlite } from '../../../src/stores/sqlite/index.ts';
import { stillClock } from '../../support/servers/server.ts';

const AT_ONCE = 1000;
/** Five are free, and the first after them takes the ticket of its waiting time. */
const MAY = 6;

const GUESS = {
  guesses: 'password',
  pool: 'pool',
  person: 'pool/ada',
  client: 'app',
  caller: SERVER_CALLER,
  device: 'unknown-device',
} as const;
const callerAt = (ip: string | undefined): CallerContext =>
  ip === undefined ? SERVER_CALLER : { kind: 'user', ip };

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

/** A try of one person's whose judging takes a moment. */
async function judged(throttle: Throttle, outcome: 'right' | 'wrong'): Promise<void> {
  const guess = GUESS;
  const one = await throttle.assertMayTry(guess);
  await turn();
  await one[outcome]();
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

async function tryWrong(
  throttle: Throttle,
  person: string,
  { client, sourceIp }: { client: string; sourceIp: string },
): Promise<void> {
  const one = await throttle.assertMayTry({ ...GUESS, person, client, caller: callerAt(sourceIp) });
  await one.wrong();
}

for (const name of ['memory', 'sqlite'])
  describe(`throttling of wrong passwords, on ${name}`, () => {
    let store: Awaited<ReturnType<typeof openStore>>;
    beforeEach(async () => {
      store = await openStore(name);
    });
    afterEach(() => store.close());

    /** How many of `times` tries at once may be made. */
    async function tried(
      expiring: Expiring,
      times: number,
      person = 'pool/ada',
      { sourceIp, client = 'app' }: { sourceIp?: string; client?: string } = {},
    ) {
      const throttle = createThrottle({ expiring });
      const outcomes = await Promise.all(
        Array.from({ length: times }, () =>
          throttle.assertMayTry({ ...GUESS, person, client, caller: callerAt(sourceIp) }).then(
            (one) => {
              one.drop();
              return true;
            },
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

    it('lets all of a thousand right ones of a person through, at once', async () => {
      const throttle = createThrottle({ expiring: store.expiring });
      const guess = GUESS;
      const signIn = async () => (await throttle.assertMayTry(guess)).right();

      await Promise.all(Array.from({ length: AT_ONCE }, signIn));

      assert.equal(await store.expiring.counted('tries-by-person', 'pool/ada'), 0);
    });

    it('lets all right ones of a person through that come to three processes at once', async () => {
      const processes = Array.from({ length: 3 }, () => createThrottle({ expiring: store.expiring }));

      await Promise.all(Array.from({ length: 90 }, (_, index) => judged(processes[index % 3]!, 'right')));

      assert.equal(await store.expiring.counted('tries-by-person', 'pool/ada'), 0);
    });

    it('refuses right ones of a person beyond six at once, on four processes', async () => {
      const processes = Array.from({ length: 4 }, () => createThrottle({ expiring: store.expiring }));

      const outcomes = await Promise.allSettled(
        Array.from({ length: 8 }, (_, index) => judged(processes[index % 4]!, 'right')),
      );

      assert.ok(outcomes.some(({ status }) => status === 'rejected'));
    });

    it('lets right ones through among a few wrong ones of a stranger', async () => {
      const throttle = createThrottle({ expiring: store.expiring });
      const outcomes = Array.from({ length: 40 }, (_, index) => (index < 3 ? 'wrong' : 'right'));

      await Promise.all(outcomes.map((outcome) => judged(throttle, outcome)));
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

      const guess = { ...GUESS, guesses: 'code' } as const;
      const one = await throttle.assertMayTry(guess);
      await one.right();

      assert.equal(await tried(store.expiring, 1), 0);
    });

    it('forgets a person with the right password', async () => {
      await tried(store.expiring, MAY);

      const throttle = createThrottle({ expiring: store.expiring });
      const guess = GUESS;
      store.clock.pass(1);
      const one = await throttle.assertMayTry(guess);
      await one.right();

      assert.equal(await tried(store.expiring, AT_ONCE), MAY);
    });

    it('stops an address that was wrong a hundred times, with all of its IPv6 network', async () => {
      const throttle = createThrottle({ expiring: store.expiring });
      await Promise.all(
        Array.from({ length: 100 }, (_, index) =>
          tryWrong(throttle, `pool/${index}`, { client: 'app', sourceIp: `2001:db8::${index}` }),
        ),
      );

      assert.equal(await tried(store.expiring, 1, 'pool/bob', { sourceIp: '2001:db8::ffff' }), 0);
      assert.equal(await tried(store.expiring, 1, 'pool/bob', { sourceIp: '2001:db8:0:1::1' }), 1);
    });

    it('gives addresses that are wrong little patience while a client is tried from everywhere', async () => {
      const throttle = createThrottle({ expiring: store.expiring });
      const wrong = (sourceIp: string, client: string) =>
        tryWrong(throttle, `pool/${sourceIp}`, { client, sourceIp });
      for (let time = 0; time < 5; time += 1) await wrong('192.0.2.1', 'quiet');
      await Promise.all(
        Array.from({ length: AT_ONCE }, (_, index) => wrong(`10.0.${index >> 8}.${index & 255}`, 'tried')),
      );

      const from = (sourceIp: string, client: string) =>
        tried(store.expiring, 1, `pool/${sourceIp}/${client}`, { sourceIp, client });
      assert.equal(await from('192.0.2.1', 'tried'), 0);
      assert.equal(await from('192.0.2.1', 'quiet'), 1);
      assert.equal(await from('192.0.2.2', 'tried'), 1);
      assert.equal(await from('10.0.0.7', 'tried'), 1);
    });
  });
