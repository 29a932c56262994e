/**
 * Ready for a Redis Cluster: the contracts once more, on a server that refuses what a cluster refuses, with every command watched.
 *
 * The server is a cluster of one node that has all slots. It answers CROSSSLOT to a command, and to a script, that mixes slots; what it lets
 * pass because all slots are its own (keys that a script did not declare) the calculator of test/support/servers/redis-slots.ts sees.
 */
import assert from 'node:assert/strict';
import { insert } from '../../src/domain/ports/records.ts';
import { openRedisBus } from '../../src/stores/redis/bus.ts';
import { openRedis } from '../../src/stores/redis/index.ts';
import { busContract } from '../contracts/bus.contract.ts';
import { expiringContract } from '../contracts/expiring.contract.ts';
import { recordsContract } from '../contracts/records.contract.ts';
import { contractCollections, note, notes } from '../contracts/records/notes.ts';
import { stillClock } from '../contracts/still-clock.ts';
import { createJudge, crc16, slotOf, watchSlots } from '../support/servers/redis-slots.ts';
import { freshPrefix, startClusterNode, withRedis, type RedisServer } from '../support/servers/redis.ts';

describe('The calculator of slots', () => {
  it('knows the values of the specification', () => {
    assert.equal(crc16(Buffer.from('123456789')), 0x31c3);
    assert.equal(slotOf('foo'), 12182);
    assert.equal(slotOf('{user1000}.following'), slotOf('user1000'));
    assert.equal(slotOf('foo{}{bar}'), crc16(Buffer.from('foo{}{bar}')) % 16384);
    assert.equal(slotOf('foo{{bar}}zap'), slotOf('{bar'));
    assert.equal(slotOf('foo{bar}{zap}'), slotOf('bar'));
  });

  it('sees a command, and a script, that mixes slots, and a key that a script did not declare', () => {
    const faultsOf = (...commands: [string, ...string[]][]): number => {
      const judging = createJudge();
      for (const [source, ...words] of commands) judging.judge(words, source);
      return judging.faults.length;
    };

    assert.equal(faultsOf(['client', 'mget', '{a}1', '{a}2'], ['client', 'get', 'b']), 0);
    assert.equal(faultsOf(['client', 'mget', '{a}1', '{b}2']), 1);
    assert.equal(faultsOf(['client', 'EVALSHA', 'hash', '2', '{a}1', '{b}2', 'word']), 1);
    assert.equal(faultsOf(['client', 'eval', 'text', '1', '{a}1', '{b}2'], ['lua', 'GET', '{a}1']), 0);
    assert.equal(faultsOf(['client', 'eval', 'text', '1', '{a}1'], ['lua', 'GET', '{a}2']), 1);
    assert.equal(faultsOf(['client', 'keys', '*']), 1);
  });
});

withRedis('A Redis Cluster', () => {
  let node: RedisServer;
  before(async () => {
    node = await startClusterNode();
  });
  after(() => node.stop());

  it('agrees with the calculator', async () => {
    const keys = ['', 'foo', '{}x', 'a{b}c', 'a{{b}}', '}{', '{t.%7B}:ä😀', 'x'.repeat(300)];
    for (const key of keys) assert.equal(await node.ask('CLUSTER', 'KEYSLOT', key), slotOf(key), key);
  });

  it('refuses what mixes slots', async () => {
    await assert.rejects(node.ask('MGET', 'a', 'b'), /CROSSSLOT/);
    await assert.rejects(node.ask('EVAL', 'return 1', 2, 'a', 'b'), /CROSSSLOT/);
  });

  const openStore = async () => {
    const clock = stillClock();
    const own = await watchSlots(node.port);
    const parts = { clock, collections: contractCollections, prefix: freshPrefix() };
    const store = await openRedis(node.url, parts);
    const close = async () => {
      await store.close();
      const faults = await own.faults();
      own.end();
      assert.deepEqual(faults, []);
    };
    return { ...clock, ...store, close };
  };

  recordsContract('a cluster', openStore);
  expiringContract('a cluster', openStore);
  busContract('a cluster', async () => {
    const prefix = freshPrefix();
    const [here, there] = await Promise.all([
      openRedisBus(node.url, { prefix }),
      openRedisBus(node.url, { prefix }),
    ]);
    const close = async () => {
      await Promise.all([here.close(), there.close()]);
    };
    return { here, there, close };
  });

  it('is asked by every command and script of the store, and seen to be', async () => {
    const own = await watchSlots(node.port);
    const store = await openStore();
    await store.expiring.put('kind', 'id', 1, 10);
    await store.expiring.claim('kind', 'id', 1, 10);
    await store.expiring.count('kind', 'id', 10);
    await store.expiring.take('kind', 'id');
    await store.expiring.forget('kind', 'id');
    await store.records.commit(insert(notes, note({ stamp: 's' })));
    await store.close();

    await own.faults();

    for (const each of ['set', 'getdel', 'del', 'lua get', 'lua set', 'lua zadd'])
      assert.ok((own.seen.get(each) ?? 0) > 0, each);
    own.end();
  });
});
