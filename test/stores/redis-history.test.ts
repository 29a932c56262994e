/**
 * The name of what Redis has kept without a break: the same for all who ask, and another as soon as something may be missing.
 */
import assert from 'node:assert/strict';
import { connectRedis, type RedisConnection } from '../../src/stores/redis/connection.ts';
import { redisHistory } from '../../src/stores/redis/history.ts';
import { startRedis, startReplica, withRedis, type RedisServer } from '../support/servers/redis.ts';

const AGAIN = { again: true };

withRedis('The history of a Redis', () => {
  let server: RedisServer;
  let connections: RedisConnection[];
  beforeEach(async () => {
    server = await startRedis();
    connections = await Promise.all([1, 2].map(() => connectRedis({ url: server.url })));
  });
  afterEach(async () => {
    await Promise.all(connections.map((each) => each.close()));
    await server.stop();
  });
  const ofEach = () => connections.map((each) => redisHistory(each));

  it('has one name for all processes, also for those that ask first at once', async () => {
    const names = await Promise.all(ofEach().map((history) => history()));

    assert.equal(new Set(names).size, 1);
  });

  it('has another name when the server started again', async () => {
    const [history] = ofEach();
    const before = await history!();
    assert.equal(await history!(), before);
    // The connection is asked whenever it is back.
    const isBack = new Promise<void>((resolve) => connections[0]!.onReady(resolve));

    await server.kill();
    await server.restart();
    await isBack;

    assert.notEqual(await history!(), before);
  });

  it('has another name when the server was emptied, for whoever asks again', async () => {
    const [one, other] = ofEach();
    const before = await one!();
    await server.ask('FLUSHALL');

    const after = await one!(AGAIN);

    assert.notEqual(after, before);
    assert.equal(await other!(AGAIN), after);
    assert.equal(await one!(), after);
  });

  it('has another name when a replica took over', async () => {
    const before = await ofEach()[0]!();
    const replica = await startReplica(server);
    await replica.ask('REPLICAOF', 'NO', 'ONE');
    const there = await connectRedis({ url: replica.url });

    assert.notEqual(await redisHistory(there)(), before);

    await there.close();
    // One that writes its first log would not stop when told to.
    await replica.kill();
    await replica.stop();
  });
});
