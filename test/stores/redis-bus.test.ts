/**
 * What the bus over Redis must do beyond the contract: say when news may have been missed, and believe nothing that arrives.
 */
import assert from 'node:assert/strict';
import type { Bus } from '../../src/domain/ports/bus.ts';
import { openRedisBus } from '../../src/stores/redis/bus.ts';
import { failsWith } from '../contracts/records/notes.ts';
import { freshPrefix, startRedis, withRedis, type RedisServer } from '../support/servers/redis.ts';

type OpenBus = Awaited<ReturnType<typeof openRedisBus>>;

describe('A bus over Redis', () => {
  it('says that it is unavailable when nobody listens', async () => {
    await assert.rejects(openRedisBus('redis://127.0.0.1:1'), failsWith('store-unavailable'));
  });
});

withRedis('A bus over a Redis that comes and goes', () => {
  let server: RedisServer;
  let prefix: string;
  let bus: OpenBus;
  let other: OpenBus;
  let gaps: Waiting<void>;
  let malformed: Waiting<string>;

  before(async () => {
    server = await startRedis();
  });
  after(() => server.stop());
  beforeEach(async () => {
    prefix = freshPrefix();
    gaps = createWaiting();
    malformed = createWaiting();
    bus = await openRedisBus(server.url, { prefix, onGap: gaps.tell, onMalformed: malformed.tell });
    other = await openRedisBus(server.url, { prefix });
  });
  afterEach(async () => {
    await Promise.all([bus.close(), other.close()]);
  });

  it('tells of a gap after a cut connection, once it hears again', async () => {
    const heard = createWaiting<unknown>();
    bus.subscribe('topic', ({ place }) => heard.tell(place));
    await other.publish('topic', { place: 1 });
    await heard.next();

    await server.ask('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await other.publish('topic', { place: 2 });
    await gaps.next();
    await other.publish('topic', { place: 3 });

    assert.equal(await heard.next(), 3);
    assert.equal(gaps.left(), 0);
  });

  it('tells of a gap after the server was killed, and goes on', async () => {
    const heard = createWaiting<unknown>();
    bus.subscribe('topic', ({ place }) => heard.tell(place));

    await server.kill();
    await server.restart();
    await gaps.next();
    await other.publish('topic', { place: 1 });

    assert.equal(await heard.next(), 1);
  });

  it('tells its own listeners though Redis is away, and whoever publishes that the others were not told', async () => {
    const heard = createWaiting<unknown>();
    bus.subscribe('topic', ({ place }) => heard.tell(place));
    await server.kill();

    await assert.rejects(bus.publish('topic', { place: 1 }), failsWith('store-unavailable'));

    assert.equal(await heard.next(), 1);
    await server.restart();
  }).timeout(10_000); // A command waits two seconds for the connection.

  const message = (over: object): string =>
    JSON.stringify({ from: 'somebody', topic: 'topic', news: { place: 1 }, ...over });
  const odd: Readonly<Record<string, string>> = {
    '': 'not JSON',
    undefined: 'not JSON',
    '[]': 'not an object',
    null: 'not an object',
    '"text"': 'not an object',
    '{}': 'without sender or topic',
    [message({ topic: 1 })]: 'without sender or topic',
    [message({ from: null })]: 'without sender or topic',
    [message({ news: [1] })]: 'news of other than texts and numbers',
    [message({ news: { place: { $gt: '' } } })]: 'news of other than texts and numbers',
    [message({ news: { place: true } })]: 'news of other than texts and numbers',
    [message({ news: { place: 'x'.repeat(17_000) } })]: 'too large',
  };
  for (const [text, reason] of Object.entries(odd))
    it(`passes over ${text.slice(0, 60) || 'nothing'}, and reports it as ${reason}`, async () => {
      const heard = createWaiting<unknown>();
      bus.subscribe('topic', ({ place }) => heard.tell(place));

      await server.ask('PUBLISH', `${prefix}news`, text);
      await other.publish('topic', { place: 'good' });

      assert.equal(await malformed.next(), reason);
      assert.equal(await heard.next(), 'good');
      assert.equal(heard.left(), 0);
    });

  it('sends no more news at once than it takes', async () => {
    const news: Parameters<Bus['publish']>[1] = { text: 'x'.repeat(17_000) };

    await assert.rejects(bus.publish('topic', news), RangeError);
  });
});

interface Waiting<T> {
  readonly tell: (value: T) => void;
  /** The oldest value not yet given, once there is one. */
  next(): Promise<T>;
  left(): number;
}

function createWaiting<T>(): Waiting<T> {
  const told: T[] = [];
  let wake = (): void => {};
  return {
    tell: (value) => {
      told.push(value);
      wake();
    },
    async next() {
      while (told.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      // There is one, see above.
      return told.shift()!;
    },
    left: () => told.length,
  };
}
