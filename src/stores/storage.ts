/**
 * Storage: the stores of a whole installation, opened as one.
 *
 * Embedded: one SQLite file for everything, one process. Shared: the directory in PostgreSQL, sessions and sync state in Redis, any number of
 * processes. What the program sees is the same.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { Bus } from '../domain/ports/bus.ts';
import type { Expiring } from '../domain/ports/expiring.ts';
import type { AnyCollection, Records } from '../domain/ports/records.ts';
import { inProcessBus } from './in-process-bus.ts';
import { openPostgres } from './postgres/index.ts';
import { openRedisBus } from './redis/bus.ts';
import { redisHistory, type History } from './redis/history.ts';
import { assertDurable, watchDurability, type DurabilityDemands } from './redis/readiness.ts';
import { openRedis } from './redis/index.ts';
import { routedRecords } from './routed.ts';
import { openSqlite } from './sqlite/index.ts';

export interface Storage {
  readonly records: Records;
  readonly expiring: Expiring;
  readonly bus: Bus;
  /** More than one process may work on it. */
  readonly isShared: boolean;
  /** Another name once what is kept for devices may have been lost. */
  readonly history: History;
  /** Whether all of it answers soon, and keeps what it acknowledges. */
  isHealthy(): Promise<boolean>;
  close(): Promise<void>;
}
interface StorageParts {
  readonly clock: Clock;
  readonly collections: readonly AnyCollection[];
  /** Told of what no caller waits for. */
  readonly onError: (error: unknown) => void;
}
interface SharedAddress {
  /** `postgres://…` */
  readonly databaseUrl: string;
  /** `redis://…` or `rediss://…` */
  readonly redisUrl: string;
  /** Begins every key in Redis. */
  readonly prefix?: string;
  /** `allowed`: a Redis that may lose what it acknowledged is warned of, not refused. */
  readonly volatile?: 'allowed';
  /** Told what makes such a Redis lose. */
  readonly onWarning?: (warning: string) => void;
}

/**
 * The store in the folder `dataDir`, which is made when it is absent.
 *
 * @throws Failure `store-in-use`, `store-unreadable`
 */
export async function openEmbedded(
  dataDir: string,
  { clock, collections }: Omit<StorageParts, 'onError'>,
): Promise<Storage> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const store = await openSqlite(join(dataDir, 'cognate.db'), { clock, collections });
  return {
    records: store.records,
    expiring: store.expiring,
    bus: inProcessBus(),
    isShared: false,
    history: async () => 'embedded',
    isHealthy: async () => true,
    close: () => store.close(),
  };
}

/**
 * PostgreSQL and Redis, as one.
 *
 * @throws Failure `store-unavailable`, `store-unreadable`, `store-not-durable`; RangeError for an address of another form
 */
export async function openShared(
  { databaseUrl, redisUrl, prefix, volatile, onWarning }: SharedAddress,
  { clock, collections, onError }: StorageParts,
): Promise<Storage> {
  const opened: { close(): Promise<void> }[] = [];
  const kept = <Opened extends { close(): Promise<void> }>(each: Opened): Opened => {
    opened.unshift(each);
    return each;
  };
  // The last opened closes first.
  const close = async () => {
    for (const each of opened.splice(0)) await each.close();
  };
  try {
    const inRedis = collections.filter(({ together }) => together !== undefined);
    const inPostgres = collections.filter(({ together }) => together === undefined);
    const redis = kept(await openRedis(redisUrl, { clock, collections: inRedis, prefix }));
    // Sync state is in it, and devices throw away what was acknowledged.
    const demands: DurabilityDemands = { appendfsync: 'always', volatile };
    const warnings = await assertDurable(redis.connection, demands);
    for (const warning of warnings) onWarning?.(warning);
    const postgres = kept(await openPostgres(databaseUrl, { clock, collections: inPostgres, onError }));
    const onMalformed = (reason: string) => onError(new Error(`news that cannot be read: ${reason}`));
    const bus = kept(await openRedisBus(redisUrl, { prefix, onMalformed }));
    const isDurable = watchDurability(redis.connection, demands, onError);
    return {
      records: routedRecords({ directory: postgres.records, sessions: redis.records }),
      expiring: redis.expiring,
      bus,
      isShared: true,
      history: redisHistory(redis.connection, prefix),
      async isHealthy() {
        const answers = await Promise.all([postgres.isHealthy(), redis.isHealthy()]);
        return answers.every(Boolean) && (await isDurable());
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
