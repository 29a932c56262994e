/**
 * A connection to Redis: how long it waits, what it does when the server goes away, how its errors look from outside.
 *
 * While it is down a bounded number of commands wait a moment for it to come back; the rest are refused at once. What was under way when it
 * broke is refused, never sent again: it may have been carried out, and a second `take` or count would be wrong. It comes back by itself.
 * Errors of the driver carry commands and with them documents, so nothing but their words goes out.
 */
import { Redis, type RedisOptions } from 'ioredis';
import { Failure } from '../../base/failure.ts';
import type { Script } from './scripts.ts';

/**
 * `store-unavailable` (fact: reason): Redis cannot be reached, is too slow, or refuses; whether a write that met it was carried out is not
 * known. `store-unreadable` (fact: reason): it is not one that this program can use.
 */
export type RedisFailure = 'store-unavailable' | 'store-unreadable';

interface RedisAddress {
  /** `redis://` or `rediss://` with user, password and database: `rediss://user:secret@host:6380/2`. One server, no Sentinel, no Cluster. */
  readonly url: string;
  /** PEM of the authority to believe in place of the well-known ones; for `rediss://` only. */
  readonly ca?: string;
  /** Milliseconds that a command may take; 5,000 when absent. */
  readonly patience?: number;
}
export interface RedisConnection {
  /** @throws Failure `store-unavailable` */
  run<T>(ask: (client: Redis) => Promise<T>): Promise<T>;
  /** Runs a script on `keys`. @throws Failure `store-unavailable` */
  runScript(script: Script, keys: readonly string[], words: readonly (string | number)[]): Promise<unknown>;
  /** True when it is there and answers within a second. */
  isAnswering(): Promise<boolean>;
  /** Told each time that the connection is there again. */
  onReady(hear: () => void): void;
  /** Breaks the connection, which then comes back as after any loss. */
  renew(): void;
  close(): Promise<void>;
}

const CONNECT_MS = 5000;
const COMMAND_MS = 5000;
const LONGEST_PAUSE_MS = 1000;
const MOST_WAITING = 1000;
const WAIT_MS = 2000;
const ANSWER_MS = 1000;
const CLOSE_MS = 1000;
const LONGEST_REASON = 200;
const DATABASE = /^\/?\d{0,4}$/;

/**
 * Connects, and stays connected until it is closed.
 *
 * @throws Failure `store-unavailable`; RangeError for a URL of another form
 */
export async function connectRedis({
  url,
  ca,
  patience = COMMAND_MS,
}: RedisAddress): Promise<RedisConnection> {
  const client = new Redis(checkedUrl(url), {
    ...OPTIONS,
    commandTimeout: patience,
    // A connection that leaves a command without an answer is not trusted with the next.
    socketTimeout: patience,
    ...(ca !== undefined && url.startsWith('rediss:') && { tls: { ca } }),
  });
  let lastError: unknown;
  // Said again by the command that meets it.
  client.on('error', (error) => (lastError = error));
  try {
    // Together with what a server that loads its data keeps it waiting.
    await within(patience, client.connect());
  } catch (error) {
    client.disconnect();
    throw unavailable(lastError ?? error);
  }
  const ready = createReadiness(client);

  async function run<T>(ask: (client: Redis) => Promise<T>): Promise<T> {
    if (!isReady(client)) await ready.wait(() => lastError);
    try {
      return await ask(client);
    } catch (error) {
      throw unavailable(error);
    }
  }

  return {
    run,
    runScript: ({ text, hash }, keys, words) =>
      run(async () => {
        try {
          return await client.evalsha(hash, keys.length, ...keys, ...words);
        } catch (error) {
          // Redis forgets scripts when it starts. It has not been run, so it may be sent again.
          if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
          return await client.eval(text, keys.length, ...keys, ...words);
        }
      }),
    async isAnswering() {
      if (client.status !== 'ready') return false;
      const answer = client.ping().then(
        () => true,
        () => false,
      );
      return Promise.race([answer, elapsed(ANSWER_MS).then(() => false)]);
    },
    onReady(hear) {
      client.on('ready', hear);
    },
    renew() {
      if (client.status === 'ready') client.disconnect(true);
    },
    async close() {
      if (client.status === 'end') return;
      // Lets what is under way come back, and does not wait for a server that is gone.
      if (isReady(client)) await Promise.race([client.quit().catch(() => {}), elapsed(CLOSE_MS)]);
      client.disconnect();
    },
  };
}

const OPTIONS: RedisOptions = {
  lazyConnect: true,
  connectTimeout: CONNECT_MS,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  // With the first loss of the connection, not at some later one, what was under way is refused.
  maxRetriesPerRequest: 0,
  autoResubscribe: false,
  disableClientInfo: true,
  maxLoadingRetryTime: LONGEST_PAUSE_MS,
  retryStrategy: (times) => Math.min(50 * times, LONGEST_PAUSE_MS),
  // After a failover the name leads to another server.
  reconnectOnError: ({ message }) => message.startsWith('READONLY'),
};

/** The driver learns that a connection is closing from its stream first; what it is handed then it refuses without sending it. */
const isReady = (client: Redis): boolean => client.status === 'ready' && client.stream.writable;

/** Lets commands wait for the connection, not too many and not for long. */
function createReadiness(client: Redis) {
  let waiting = 0;
  // Each that waits listens; Node.js takes more than ten for a leak.
  client.setMaxListeners(2 * MOST_WAITING);
  return {
    async wait(lastError: () => unknown): Promise<void> {
      if (waiting >= MOST_WAITING) throw unavailable(lastError() ?? 'too many wait for the connection');
      if (client.status === 'end') throw unavailable('the connection is closed');
      waiting += 1;
      try {
        const isReady = await new Promise<boolean>((resolve) => {
          const timer = setTimeout(() => settle(false), WAIT_MS);
          const settle = (outcome: boolean) => {
            clearTimeout(timer);
            client.off('ready', onReady).off('end', onEnd);
            resolve(outcome);
          };
          const onReady = () => settle(true);
          const onEnd = () => settle(false);
          client.once('ready', onReady).once('end', onEnd);
        });
        if (!isReady) throw unavailable(lastError() ?? 'no connection');
      } finally {
        waiting -= 1;
      }
    },
  };
}

function checkedUrl(url: string): string {
  const parsed = URL.parse(url);
  if (!parsed || !['redis:', 'rediss:'].includes(parsed.protocol) || parsed.hostname === '')
    throw new RangeError('a Redis URL that does not begin with redis://host or rediss://host');
  if (!DATABASE.test(parsed.pathname)) throw new RangeError('a Redis URL whose path is no database number');
  // The driver would take its options from there.
  if (parsed.search !== '' || parsed.hash !== '') throw new RangeError('a Redis URL with more than a path');
  return url;
}

/** A failure with the driver's words, and without the command that it hangs on its errors. */
export function unavailable(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const said = error instanceof Error ? error.message || error.name : String(error);
  // What follows quotes the command.
  const reason = (said.split(/, with args|\n/)[0] ?? '').slice(0, LONGEST_REASON);
  return new Failure<RedisFailure>(
    'store-unavailable',
    { store: 'redis', reason },
    { cause: new Error(reason) },
  );
}

async function within(ms: number, connecting: Promise<void>): Promise<void> {
  const isThere = await Promise.race([connecting.then(() => true), elapsed(ms).then(() => false)]);
  if (isThere) return;
  // What becomes of it later nobody waits for.
  connecting.catch(() => {});
  throw unavailable('it does not become ready in time');
}

const elapsed = (ms: number) =>
  new Promise<void>((resolve) => {
    setTimeout(resolve, ms).unref();
  });
