/**
 * Which settings of Redis are not trusted, and what the operator is told of each.
 */
import assert from 'node:assert/strict';
import { isFailure } from '../../src/base/failure.ts';
import { connectRedis, type RedisConnection } from '../../src/stores/redis/connection.ts';
import { assertDurable, watchDurability, type DurabilityDemands } from '../../src/stores/redis/readiness.ts';
import { failsWith } from '../contracts/records/notes.ts';
import { startRedis, withRedis, type RedisServer } from '../support/servers/redis.ts';

const SAFE = { 'maxmemory-policy': 'noeviction', appendonly: 'yes', appendfsync: 'always' };

withRedis('The durability of a Redis', () => {
  let server: RedisServer;
  let redis: RedisConnection;
  before(async () => {
    server = await startRedis();
    redis = await connectRedis({ url: server.url });
  });
  after(async () => {
    await redis.close();
    await server.stop();
  });
  const set = async (settings: Readonly<Record<string, string>>): Promise<void> => {
    for (const [name, value] of Object.entries({ ...SAFE, ...settings }))
      await server.ask('CONFIG', 'SET', name, value);
  };
  const faultsUnder = async (demands: DurabilityDemands): Promise<string> => {
    try {
      assert.deepEqual(await assertDurable(redis, demands), []);
      return '';
    } catch (error) {
      assert.ok(isFailure(error, 'store-not-durable'), String(error));
      return String(error.facts['faults']);
    }
  };

  it('is believed when all is written before it is acknowledged and nothing evicted', async () => {
    await set({});

    assert.equal(await faultsUnder({ appendfsync: 'always' }), '');
    assert.equal(await faultsUnder({}), '');
  });

  it('is believed with a second of delay, but not where every write counts', async () => {
    await set({ appendfsync: 'everysec' });

    assert.equal(await faultsUnder({}), '');
    assert.match(
      await faultsUnder({ appendfsync: 'always' }),
      /^Redis .*appendfsync is everysec, set it to always\.$/,
    );
  });

  const unsafe: readonly [string, string, RegExp][] = [
    ['maxmemory-policy', 'allkeys-lru', /maxmemory-policy is allkeys-lru, set it to noeviction\./],
    ['maxmemory-policy', 'volatile-ttl', /maxmemory-policy is volatile-ttl, set it to noeviction\./],
    ['appendonly', 'no', /appendonly is no, set it to yes\./],
    ['appendfsync', 'no', /appendfsync is no, set it to everysec or always\./],
  ];
  for (const [name, value, words] of unsafe)
    it(`is not believed with ${name} ${value}, and how to mend it is told`, async () => {
      await set({ [name]: value });

      const faults = await faultsUnder({});

      assert.match(faults, words);
      assert.equal(faults.split('.').length, 2, 'one sentence');
    });

  it('is doubted for all faults at once', async () => {
    await set({ 'maxmemory-policy': 'allkeys-random', appendonly: 'no', appendfsync: 'no' });

    assert.match(
      await faultsUnder({ appendfsync: 'always' }),
      /noeviction\. .*appendonly is no.* appendfsync is no, set it to always\.$/,
    );
  });

  it('is not demanded of one that may forget, and each fault is a warning', async () => {
    await set({ 'maxmemory-policy': 'allkeys-random', appendonly: 'no', appendfsync: 'no' });

    const warnings = await assertDurable(redis, { volatile: 'allowed' });

    assert.equal(warnings.length, 3);
    await set({});
    assert.deepEqual(await assertDurable(redis, { volatile: 'allowed' }), []);
  });

  it('is unknown, and so not believed, when the settings may not be asked for', async () => {
    await set({});
    await server.ask('ACL', 'SETUSER', 'guest', 'on', '>word', '~*', '&*', '+@all', '-config');
    const guest = await connectRedis({ url: `redis://guest:word@127.0.0.1:${server.port}` });

    await assert.rejects(assertDurable(guest), failsWith('store-not-durable'));
    assert.match(String(await assertDurable(guest, { volatile: 'allowed' })), /does not tell its settings/);

    await guest.close();
  });

  it('is asked for again, and its loss is told once', async () => {
    await set({});
    const told: unknown[] = [];
    const isDurable = watchDurability(redis, { appendfsync: 'always' }, (fault) => told.push(fault.kind));
    const answers: boolean[] = [];

    for (const appendfsync of ['always', 'everysec', 'everysec', 'always', 'no']) {
      await set({ appendfsync });
      answers.push(await isDurable());
    }

    assert.deepEqual(answers, [true, false, false, true, false]);
    assert.deepEqual(told, ['store-not-durable', 'store-not-durable']);
  });

  it('is not judged of one that is away', async () => {
    const away = await startRedis();
    const connection = await connectRedis({ url: away.url });
    await away.stop();

    await assert.rejects(
      assertDurable(connection, { volatile: 'allowed' }),
      failsWith('store-unavailable', { store: 'redis' }),
    );

    await connection.close();
  }).timeout(10_000); // A command waits two seconds for the connection.
});
