/**
 * The history of a Redis: a name that stays the same as long as the server has surely lost nothing.
 *
 * It is made of a birth mark, which goes when the server is emptied, and of the replication id, which changes when another server takes over or
 * the same one starts again. Read once a connection: a server that changed has broken it.
 */
import { newUuid } from '../../base/ids.ts';
import type { RedisConnection } from './connection.ts';
import { DEFAULT_PREFIX, redisKeys } from './keys.ts';

/**
 * @param again asks the server even where it has been asked before: it may have been emptied meanwhile
 * @returns e.g. `3f0c…/8a61…`; opaque
 * @throws Failure `store-unavailable`
 */
export type History = (again?: { readonly again: boolean }) => Promise<string>;

export function redisHistory(connection: RedisConnection, prefix: string = DEFAULT_PREFIX): History {
  const { birthMark } = redisKeys(prefix);
  let known: Promise<string> | undefined;
  // Said before any command that waited for the connection goes out on it.
  connection.onReady(() => (known = undefined));

  async function read(): Promise<string> {
    const [mark, replication] = await Promise.all([
      markIn(connection, birthMark),
      connection.run((client) => client.info('replication')),
    ]);
    return `${mark}/${/^master_replid:(\S+)/m.exec(replication)?.[1] ?? ''}`;
  }

  return ({ again } = { again: false }) => {
    if (known && !again) return known;
    const reading = read();
    known = reading;
    reading.catch(() => {
      if (known === reading) known = undefined;
    });
    return reading;
  };
}

async function markIn(connection: RedisConnection, key: string): Promise<string> {
  const mark = newUuid();
  // Of all nodes that find none at once, one leaves it, and the rest read that one.
  await connection.run((client) => client.set(key, mark, 'NX'));
  return (await connection.run((client) => client.get(key))) ?? mark;
}
