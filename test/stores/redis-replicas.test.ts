/**
 * What is acknowledged is on a replica too, where there is one.
 */
import assert from 'node:assert/strict';
import { insert } from '../../src/domain/ports/records.ts';
import { openRedis, type RedisStore } from '../../src/stores/redis/index.ts';
import { contractCollections, failsWith, note, notes } from '../contracts/records/notes.ts';
import { startRedis, startReplica, withRedis, type RedisServer } from '../support/servers/redis.ts';
import { stillClock } from '../support/servers/server.ts';

withRedis('A Redis store with a replica', () => {
  let primary: RedisServer;
  let replica: RedisServer;
  let store: RedisStore;
  beforeEach(async () => {
    primary = await startRedis();
    replica = await startReplica(primary);
    store = await openRedis(primary.url, { clock: stillClock(), collections: contractCollections });
  });
  afterEach(async () => {
    await store.close();
    await Promise.all([primary.stop(), replica.stop()]);
  });
  const keep = (title: string) => store.records.commit(insert(notes, note({ title })));

  // It waits two seconds for the replica.
  it('refuses what the replica does not have, and goes on when it has', async () => {
    await keep('both have it');
    replica.halt();

    const refused = failsWith('store-unavailable', { reason: 'no replica has it' });
    await assert.rejects(keep('one has it'), refused);
    await assert.rejects(store.expiring.put('code', 'id', 'note', 60), refused);
    await assert.rejects(store.expiring.count('tries', 'id', 60), refused);
    replica.go();

    await keep('both have it again');
    assert.equal(await store.expiring.count('tries', 'id', 60), 2);
  }).timeout(30_000);

  // Whether there is one is asked once a second.
  it('goes on alone when no replica is left', async () => {
    await keep('both have it');
    await replica.kill();

    const isKept = (at: number) =>
      keep(`try ${at}`).then(
        () => true,
        () => false,
      );
    for (let tries = 1; !(await isKept(tries)); tries += 1) assert.ok(tries < 20);
  }).timeout(60_000);
});
