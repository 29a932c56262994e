/**
 * The bus of several machines: news over Redis's publish and subscribe, on one channel, as JSON.
 *
 * The node's own listeners are told by itself, as by the in-process bus, so that they hear even while Redis is away; all others through
 * Redis. Nothing is kept: what is published while a node's connection is down never reaches it, and it is told so (`onGap`) once it hears
 * again, to catch up from the store. What arrives is not believed: too large or of another form, it is passed over and reported.
 */
import { newUuid } from '../../base/ids.ts';
import type { Bus } from '../../domain/ports/bus.ts';
import { inProcessBus } from '../in-process-bus.ts';
import type { Closable } from '../memory.ts';
import { connectRedis, type RedisConnection } from './connection.ts';
import { DEFAULT_PREFIX, redisKeys } from './keys.ts';

type News = Parameters<Bus['publish']>[1];

/** One message of the channel. */
interface Message {
  /** The node that says it. */
  readonly from: string;
  readonly topic: string;
  readonly news: News;
}
interface RedisBusOptions {
  /** As the store's. */
  readonly prefix?: string;
  readonly ca?: string;
  /** Told when news may have been missed; whoever listens must catch up from the store. */
  readonly onGap?: () => void;
  /** Told why a message was passed over, never its text. */
  readonly onMalformed?: (reason: string) => void;
}

const MOST_BYTES = 16 * 1024;
/** A connection on which nothing comes may be a dead one. */
const LOOK_MS = 10_000;

/**
 * Opens the bus at `url` (see redis/connection.ts).
 *
 * `publish` throws Failure `store-unavailable` when only this node's listeners were told; RangeError for more than 16 KiB of news.
 *
 * @throws Failure `store-unavailable`
 */
export async function openRedisBus(url: string, options: RedisBusOptions = {}): Promise<Bus & Closable> {
  const { prefix = DEFAULT_PREFIX, ca, onGap, onMalformed } = options;
  const { channel } = redisKeys(prefix);
  const node = newUuid();
  const local = inProcessBus();
  const address = { url, ...(ca !== undefined && { ca }) };
  const hear = (text: string): void => {
    const message = messageFrom(text);
    if (typeof message === 'string') onMalformed?.(message);
    // An in-process bus refuses nobody.
    else if (message.from !== node) void local.publish(message.topic, message.news);
  };
  const publisher = await connectRedis(address);
  let stop: () => Promise<void>;
  try {
    stop = await listen(await connectRedis(address), channel, { hear, onGap: () => onGap?.() });
  } catch (error) {
    await publisher.close();
    throw error;
  }

  return {
    async publish(topic, news) {
      const text = JSON.stringify({ from: node, topic, news } satisfies Message);
      if (Buffer.byteLength(text) > MOST_BYTES) throw new RangeError(`more than ${MOST_BYTES} bytes of news`);
      await local.publish(topic, news);
      await publisher.run((client) => client.publish(channel, text));
    },
    subscribe: (topic, listener) => local.subscribe(topic, listener),
    async close() {
      await Promise.all([publisher.close(), stop()]);
    },
  };
}

/** Subscribes, and again whenever the connection comes back. @returns ends it */
async function listen(
  connection: RedisConnection,
  channel: string,
  { hear, onGap }: { readonly hear: (text: string) => void; readonly onGap: () => void },
): Promise<() => Promise<void>> {
  const subscribe = () => connection.run((client) => client.subscribe(channel));
  try {
    await connection.run(async (client) => client.on('message', (_, text: string) => hear(text)));
    await subscribe();
  } catch (error) {
    await connection.close();
    throw error;
  }
  // Not before it hears again: what is caught up with now cannot be missed.
  connection.onReady(() => void subscribe().then(onGap, () => connection.renew()));
  const looking = setInterval(() => void connection.isAnswering(), LOOK_MS).unref();
  return async () => {
    clearInterval(looking);
    await connection.close();
  };
}

/** The message, or why it is none. */
function messageFrom(text: string): Message | string {
  if (Buffer.byteLength(text) > MOST_BYTES) return 'too large';
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return 'not JSON';
  }
  if (!isRecord(message)) return 'not an object';
  const { from, topic, news } = message;
  if (typeof from !== 'string' || typeof topic !== 'string') return 'without sender or topic';
  if (!isNews(news)) return 'news of other than texts and numbers';
  return { from, topic, news };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isNews = (value: unknown): value is News =>
  isRecord(value) &&
  Object.values(value).every((each) => typeof each === 'string' || typeof each === 'number');
