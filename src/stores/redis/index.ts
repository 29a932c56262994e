/**
 * The store of several machines: Records and Expiring in Redis, from version 6.2 on.
 *
 * One server, or one address that leads to the present primary; there is no client of Sentinel or Cluster here, though all keys are laid
 * out for a Cluster (redis/keys.ts). Writing has a connection of its own, so that reading never stands behind a wait for replicas. Whether
 * the server keeps what it acknowledges is redis/readiness.ts's to say.
 */
import type { Clock } from '../../base/clock.ts';
import type { Expiring } from '../../domain/ports/expiring.ts';
import type { AnyCollection, Records } from '../../domain/ports/records.ts';
import { keyringChecks } from '../shared/keyring-check.ts';
import type { Closable } from '../memory.ts';
import { connectRedis, type RedisConnection } from './connection.ts';
import { redisExpiring } from './expiring.ts';
import { DEFAULT_PREFIX, redisKeys } from './keys.ts';
import { assertVersion } from './readiness.ts';
import { redisRecords } from './records.ts';
import { createReplicaWait } from './replicas.ts';

export type { RedisFailure } from './connection.ts';

export interface RedisStore extends Closable {
  readonly records: Records;
  readonly expiring: Expiring;
  /** For `assertDurable`. */
  readonly connection: RedisConnection;
  /** True when it answers within a second. */
  isHealthy(): Promise<boolean>;
}
interface Parts {
  readonly clock: Clock;
  /** All that the store will be asked for. */
  readonly collections: readonly AnyCollection[];
  /** Begins every key; `cognate:` when absent. Two installations in one database need two. */
  readonly prefix?: string;
  /** PEM of the authority to believe, for `rediss://`, in place of the well-known ones. */
  readonly ca?: string;
  /** Milliseconds that a command may take; 5,000 when absent. */
  readonly patience?: number;
}

const COLLECTION_NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/**
 * Opens the store at `url`: `redis://` or `rediss://`, with user, password and database when it has them.
 *
 * @throws Failure `store-unavailable`, `store-unreadable` (fact: reason); RangeError for a URL, prefix or collection's name that will not do
 */
export async function openRedis(
  url: string,
  { clock, collections, prefix = DEFAULT_PREFIX, ca, patience }: Parts,
): Promise<RedisStore> {
  const keys = redisKeys(prefix);
  const all = [...new Set([...collections, keyringChecks])];
  assertNames(all);
  const address = { url, ...(ca !== undefined && { ca }), ...(patience !== undefined && { patience }) };
  const writer = await connectRedis(address);
  let reader: RedisConnection;
  try {
    await assertVersion(writer);
    reader = await connectRedis(address);
  } catch (error) {
    await writer.close();
    throw error;
  }
  const parts = { reader, writer, settled: createReplicaWait(writer), keys, clock };
  return {
    records: redisRecords(parts, all),
    expiring: redisExpiring(parts),
    connection: writer,
    async isHealthy() {
      const answers = await Promise.all([writer, reader].map((each) => each.isAnswering()));
      return answers.every(Boolean);
    },
    async close() {
      await Promise.all([writer.close(), reader.close()]);
    },
  };
}

function assertNames(collections: readonly AnyCollection[]): void {
  const names = collections.map(({ name }) => name);
  if (new Set(names).size < names.length) throw new RangeError('two collections of one name');
  for (const name of names)
    if (!COLLECTION_NAME.test(name)) throw new RangeError(`a collection named ${name}`);
}
