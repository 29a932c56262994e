/**
 * What a Redis store must do beyond the contract: fail clearly and soon when Redis is away or not the right one, and come back by itself.
 */
import assert from 'node:assert/strict';
import { createServer, type AddressInfo } from 'node:net';
import { isFailure } from '../../src/base/failure.ts';
import { insert, replace } from '../../src/domain/ports/records.ts';
import { openRedis, type RedisStore } from '../../src/stores/redis/index.ts';
import { contractCollections, failsWith, note, notes, versionOf } from '../contracts/records/notes.ts';
import { stillClock } from '../contracts/still-clock.ts';
import { startProxy, type Proxy } from '../support/servers/proxy.ts';
import {
  freshPrefix,
  sharedRedis,
  startRedis,
  withRedis,
  type RedisServer,
} from '../support/servers/redis.ts';

const open = (port: number, prefix = freshPrefix(), patience = 300): Promise<RedisStore> =>
  openRedis(`redis://127.0.0.1:${port}`, {
    clock: stillClock(),
    collections: contractCollections,
    prefix,
    patience,
  });

/** One of two records in three indexes. */
const counting = (title: string, count: number) =>
  note({ title, count, stamp: `${title} ${count}`, tags: [`${count}`] });
const insertions = () => ['one', 'two'].map((title) => insert(notes, counting(title, 0)));
/** Changes of both from what they are now. */
const replacements = ({ records }: RedisStore, count: number) =>
  Promise.all(
    ['one', 'two'].map(async (title) =>
      replace(notes, counting(title, count), await versionOf(records, title)),
    ),
  );

/** The count of both records; fails when they, or their indexes, do not agree. */
async function countIn({ records }: RedisStore): Promise<number> {
  const [one, two] = await Promise.all(['one', 'two'].map((title) => records.get(notes, ['a', title])));
  const count = one?.record.count ?? -1;
  assert.equal(two?.record.count, one?.record.count);
  for (const each of [count - 1, count, count + 1]) {
    const { records: listed } = await records.page(notes, { index: 'byTag', prefix: [`${each}`], limit: 9 });
    const found = await records.find(notes, 'byStamp', [`one ${each}`]);
    const expected = each === count && count >= 0 ? [2, true] : [0, false];
    assert.deepEqual([listed.length, found !== undefined], expected, `of ${each} at ${count}`);
  }
  return count;
}

describe('A Redis store', () => {
  it('says that it is unavailable when nobody listens', async () => {
    await assert.rejects(open(1), failsWith('store-unavailable', { store: 'redis' }));
  });

  it('says that it is unavailable when somebody listens and never answers', async () => {
    const proxy = await startProxy(1);
    proxy.hush();

    await assert.rejects(open(proxy.port), failsWith('store-unavailable'));

    await proxy.stop();
  });

  it('says that it is unavailable when Redis has still to load its data', async () => {
    const server = await pretend('redis_version:7.0.0\r\nloading:1\r\nloading_eta_seconds:1000\r\n');

    await assert.rejects(
      open(server.port),
      failsWith('store-unavailable', { reason: 'it does not become ready in time' }),
    );

    await server.stop();
  });

  for (const version of ['2.8.0', '5.0.14', '6.0.16', '6.1.240'])
    it(`refuses version ${version}, which lacks commands`, async () => {
      const server = await pretend(`redis_version:${version}\r\n`);

      await assert.rejects(
        open(server.port),
        failsWith('store-unreadable', {
          reason: `Redis is of version ${version}; 6.2 or a later one is needed`,
        }),
      );

      await server.stop();
    });

  it('refuses what does not say that it is Redis', async () => {
    const server = await pretend('version:9\r\n');

    await assert.rejects(open(server.port), failsWith('store-unreadable'));

    await server.stop();
  });
});

withRedis('A Redis store whose connection breaks', () => {
  let server: RedisServer;
  let proxy: Proxy;
  let store: RedisStore;
  let through: RedisStore;
  /** The version that one of them began at. */
  let first: number;
  let second: Awaited<ReturnType<typeof replacements>>;

  before(async () => {
    server = await sharedRedis();
  });
  beforeEach(async () => {
    proxy = await startProxy(server.port);
    const prefix = freshPrefix();
    store = await open(server.port, prefix);
    through = await open(proxy.port, prefix);
    await store.records.commit(...insertions());
    first = await versionOf(store.records, 'one');
    // From now on a commit is one message: the script is known, and so is that there are no replicas.
    await through.records.commit(...(await replacements(store, 1)));
    second = await replacements(store, 2);
  });
  afterEach(async () => {
    await Promise.all([store.close(), through.close()]);
    await proxy.stop();
  });

  it('before a commit arrives refuses it, and has nothing of it', async () => {
    proxy.breakAt(1, 'before');

    await assert.rejects(through.records.commit(...second), failsWith('store-unavailable'));

    assert.equal(await countIn(store), 1);
  });

  it('before the answer to a commit arrives refuses it, has all of it, and does not send it again', async () => {
    proxy.breakAt(1, 'after');

    await assert.rejects(through.records.commit(...second), failsWith('store-unavailable'));

    assert.equal(await countIn(store), 2);
    assert.equal(await versionOf(store.records, 'one'), first + 2);
  });

  it('counts and takes once, not again', async () => {
    await store.expiring.put('code', 'id', 'note', 60);
    // So that the script is known.
    await through.expiring.count('other tries', 'id', 60);
    proxy.breakAt(1, 'after');
    await assert.rejects(through.expiring.count('tries', 'id', 60), failsWith('store-unavailable'));
    // It comes back with this one.
    await through.expiring.put('state', 'id', 1, 60);
    proxy.breakAt(1, 'after');
    await assert.rejects(through.expiring.take('code', 'id'), failsWith('store-unavailable'));

    assert.equal(await store.expiring.counted('tries', 'id'), 1);
    assert.equal(await store.expiring.get('code', 'id'), undefined);
  });

  it('goes on by itself', async () => {
    proxy.breakAt(1, 'before');
    await assert.rejects(through.records.commit(...second), failsWith('store-unavailable'));

    await through.records.commit(...second);

    assert.equal(await countIn(through), 2);
    assert.equal(await through.isHealthy(), true);
  });

  it('refuses soon, reads and writes, while nothing comes back, and goes on when it does', async () => {
    proxy.hush();

    const asked = [
      through.records.commit(...second),
      through.records.get(notes, ['a', 'one']),
      through.expiring.take('code', 'id'),
    ];
    for (const each of await Promise.allSettled(asked))
      assert.ok(each.status === 'rejected' && isFailure(each.reason, 'store-unavailable'));
    assert.equal(await through.isHealthy(), false);
    proxy.speak();

    await through.records.commit(...second);
    assert.equal(await countIn(through), 2);
  }).timeout(10_000); // A command has 300 ms, and one that waits for the connection two seconds.

  it('never tells the commands that failed', async () => {
    const secret = 'planted-in-the-document';
    proxy.breakAt(1, 'before');

    const error: unknown = await through.records
      .commit(insert(notes, note({ title: secret, more: secret })))
      .catch((each: unknown) => each);

    assert.ok(isFailure(error, 'store-unavailable'));
    assert.ok(!JSON.stringify([error.facts, error.stack, error.cause, String(error.cause)]).includes(secret));
  });
});

withRedis('A Redis store whose server changes', () => {
  it('does no harm to when it forgets its scripts in the middle of the work', async () => {
    const server = await sharedRedis();
    const store = await open(server.port, freshPrefix(), 5000);
    const work = async (writer: number): Promise<void> => {
      for (let round = 0; round < 20; round += 1) {
        if (writer === 0) await server.ask('SCRIPT', 'FLUSH');
        await store.expiring.count('tries', 'id', 60);
        await store.records.commit(insert(notes, note({ title: `${writer}-${round}`, tags: ['x'] })));
      }
    };

    await Promise.all(Array.from({ length: 8 }, (_, writer) => work(writer)));

    assert.equal(await store.expiring.counted('tries', 'id'), 160);
    const page = await store.records.page(notes, { index: 'byTag', prefix: ['x'], limit: 1000 });
    assert.equal(page.records.length, 160);
    await store.close();
  });

  it('is whole or nothing when the server is killed with a commit on its way, and comes back', async () => {
    const server = await startRedis();
    const store = await open(server.port, freshPrefix(), 5000);
    await store.records.commit(...insertions());
    const change = await replacements(store, 1);
    server.halt();
    const refusal = assert.rejects(store.records.commit(...change), failsWith('store-unavailable'));

    await server.kill();

    await refusal;
    assert.equal(await store.isHealthy(), false);
    await server.restart();
    const count = await countIn(store);
    assert.ok(count === 0 || count === 1);
    await store.records.commit(...(await replacements(store, count + 1)));
    assert.equal(await countIn(store), count + 1);
    await store.close();
    await server.stop();
  });

  it('is empty, and not half so, when the server has lost everything', async () => {
    const server = await startRedis();
    const store = await open(server.port);
    await store.records.commit(...insertions());

    await server.ask('FLUSHALL');

    assert.equal(await countIn(store), -1);
    await store.records.commit(...insertions());
    assert.equal(await countIn(store), 0);
    await store.close();
    await server.stop();
  });

  it('opens with the right password only, and tells none', async () => {
    const server = await startRedis({ requirepass: 'p@ss/word' });
    const at = (userinfo: string) =>
      openRedis(`redis://${userinfo}127.0.0.1:${server.port}`, { clock: stillClock(), collections: [] });

    const store = await at(`:${encodeURIComponent('p@ss/word')}@`);
    await store.expiring.put('state', 'id', 1, 10);
    for (const wrong of ['', ':wrong-one@', 'nobody:wrong-one@'])
      await assert.rejects(
        at(wrong),
        (error) =>
          isFailure(error, 'store-unavailable') &&
          /NOAUTH|WRONGPASS/.test(String(error.facts['reason'])) &&
          !JSON.stringify([error.facts, error.stack]).includes('wrong-one'),
      );

    await store.close();
    await server.stop();
  });
});

/** Somebody who answers INFO so, and everything else with OK. */
async function pretend(info: string) {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', (text) => {
      for (const [, word = ''] of text.toString().matchAll(/\*\d+\r\n\$\d+\r\n(\w+)/g))
        socket.write(word.toLowerCase() === 'info' ? `$${info.length}\r\n${info}\r\n` : '+OK\r\n');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    // It listens on a port.
    port: (server.address() as AddressInfo).port,
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
}
