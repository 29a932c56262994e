/**
 * The store of several nodes: Records in a PostgreSQL database.
 *
 * What it acknowledges is durable (synchronous_commit on, whatever the database's default). `until` is compared with the clock it was given,
 * never with the database's. What an index leads to is believed only when the record itself says so: a node of the version before may have
 * changed the record without knowing the index.
 */
import type { Clock } from '../../base/clock.ts';
import { Failure, isFailure } from '../../base/failure.ts';
import type { AnyCollection, Collection, Kept, PageRequest, Records } from '../../domain/ports/records.ts';
import { keyText } from '../shared/key-text.ts';
import { keyringChecks } from '../shared/keyring-check.ts';
import { assertUnique, kindOfIndex, pageToken, stretchOf } from '../shared/paging.ts';
import { planned, recordKey } from '../shared/planned.ts';
import { asPosition, bytesOf, endOf, positionOf, startOf, textsOf, type Position } from './keys.ts';
import { createPool, type Pool, type PostgresFailure, type Value } from './pool.ts';
import { applyChanges } from './rows.ts';
import { listTable, prepareSchema, tableOf, tablesOf, uniqueColumn, type Tables } from './schema.ts';
import { fillIndexes, sweep } from './tend.ts';

export type { PostgresFailure } from './pool.ts';

export interface PostgresStore {
  readonly records: Records;
  /** Finishes what has begun; closing twice does no harm. */
  close(): Promise<void>;
  /** Whether the database answers soon, and takes writes. */
  isHealthy(): Promise<boolean>;
  /** Writes indexes that an older node did not know, and removes what is past its time. Done every half minute anyway. */
  tend(): Promise<void>;
}
interface Parts {
  readonly clock: Clock;
  /** All that the store will be asked for. */
  readonly collections: readonly AnyCollection[];
  /** Told of what no caller waits for: connections that break while idle, tending that fails. */
  readonly onError?: (error: unknown) => void;
  /** Milliseconds that a call may take; 10,000 when absent. */
  readonly patience?: number;
}

const PATIENCE_MS = 10_000;
const TEND_MS = 30_000;
const ALIVE = (at: number) => `(until is null or until > $${at}::bigint)`;

/**
 * Opens the store in the database at `url`, and brings its tables up to date. Any number of nodes may do so at once.
 *
 * @param url `postgres://user:password@host:port/database`; `sslmode` and what else PostgreSQL's URLs may say
 * @throws Failure `store-unavailable`, `store-unreadable` (fact: reason)
 */
export async function openPostgres(
  url: string,
  { clock, collections, onError = () => {}, patience = PATIENCE_MS }: Parts,
): Promise<PostgresStore> {
  const tables = readableTables([...new Set([...collections, keyringChecks])]);
  const pool = createPool(url, { onError, patience });
  const now = () => clock.now().getTime();
  const parts = { pool, tables, onError };
  try {
    await pool.transaction((query) => prepareSchema(query, tables), { patient: true });
    await fillIndexes(parts);
  } catch (error) {
    await pool.end();
    if (isFailure(error, 'store-unavailable', 'store-unreadable')) throw error;
    throw unreadable(error);
  }

  const work = createWork();
  const tend = () =>
    work.run(async () => {
      await fillIndexes(parts);
      await sweep(parts, now());
    });
  const timer = setInterval(() => void tend().catch(onError), TEND_MS).unref();
  return {
    records: guarded(createRecords(pool, tables, now), work.run),
    isHealthy: () => pool.isHealthy(),
    tend,
    close: once(async () => {
      clearInterval(timer);
      await work.end();
      await pool.end();
    }),
  };
}

function createRecords(pool: Pool, all: readonly Tables[], now: () => number): Records {
  const tables = new Map(all.map((each) => [each.name, each]));

  async function one<T extends object>(
    collection: Collection<T>,
    column: string,
    text: string,
  ): Promise<Kept<T> | undefined> {
    const [row] = await pool.read<{ version: string; document: string }>(
      `select version, document from ${tableOf(collection.name)} where ${column} = $1 and ${ALIVE(2)}`,
      [bytesOf(positionOf(text)), now()],
    );
    return row && { record: thaw(row.document), version: Number(row.version) };
  }

  return {
    async get(collection, key) {
      return one(collection, 'key', recordKey(key));
    },
    async find(collection, index, key) {
      assertUnique(collection, index);
      const text = keyText(key);
      const kept = await one(collection, uniqueColumn(index), text);
      return kept && textsOf(collection, index, kept.record).includes(text) ? kept : undefined;
    },
    async page<T extends object>(collection: Collection<T>, request: PageRequest) {
      const { from, after } = stretchOf(request);
      const found: { text: string; record: T }[] = [];
      let last = after === undefined ? undefined : positionOf(after);
      // Seldom more than once: when rows are not what their entry says, see above.
      for (let isMore = true; isMore && found.length <= request.limit;) {
        const { sql, values } = pageQuery(collection, request, { from, last, now: now() });
        const rows = await pool.read<{ position: Buffer; document: string }>(sql, values);
        for (const row of rows) {
          const record: T = thaw(row.document);
          last = asPosition(row.position);
          const text = textsOf(collection, request.index, record).find((each) => positionOf(each) === last);
          if (text?.startsWith(from)) found.push({ text, record });
        }
        isMore = rows.length > request.limit;
      }
      const given = found.slice(0, request.limit);
      const records = given.map(({ record }) => record);
      return found.length > given.length
        ? { records, next: pageToken(given.at(-1)!.text, request) }
        : { records };
    },
    async commit(...changes) {
      if (changes.length === 0) return;
      const plan = planned(changes);
      await pool.transaction((query) => applyChanges(query, plan, { tables, now: now() }));
    },
  };
}

interface Bounds {
  /** The key text that all on the page begin with. */
  readonly from: string;
  /** The last position that has been read: exclusive. */
  readonly last: Position | undefined;
  readonly now: number;
}

/** One stretch of an index, a record more than asked for, to know whether there is a next page. Exported for the test of its plan. */
export function pageQuery(
  collection: AnyCollection,
  request: PageRequest,
  { from, last, now }: Bounds,
): { sql: string; values: readonly Value[] } {
  const { tables, position } = indexPlace(collection, request.index);
  const values: Value[] = [now, request.limit + 1];
  const bound = (operator: string, place: Position) => {
    values.push(bytesOf(place));
    return `${position} ${operator} $${values.length}::bytea`;
  };
  const start = startOf(from);
  const conditions = [
    bound('>=', start),
    ...(start === '' ? [] : [bound('<', endOf(start))]),
    ...(last === undefined ? [] : [bound(request.newestFirst ? '<' : '>', last)]),
  ];
  const order = request.newestFirst ? 'desc' : 'asc';
  return {
    sql: `select ${position} as position, document from ${tables} where ${conditions.join(' and ')} and ${ALIVE(1)}
      order by ${position} ${order} limit $2::bigint`,
    values,
  };
}

function indexPlace(
  collection: AnyCollection,
  index: string | undefined,
): { tables: string; position: string } {
  const table = tableOf(collection.name);
  const kind = kindOfIndex(collection, index);
  if (kind === 'key' || index === undefined) return { tables: table, position: 'key' };
  if (kind === 'unique') return { tables: table, position: uniqueColumn(index) };
  return { tables: `${listTable(collection.name, index)} join ${table} on id = record`, position: 'entry' };
}

type Run = <T>(work: () => Promise<T>) => Promise<T>;

/** What is under way, so that closing can wait for it and refuse what comes later. */
function createWork(): { run: Run; end(): Promise<void> } {
  const underWay = new Set<Promise<unknown>>();
  let isClosed = false;
  return {
    async run(work) {
      if (isClosed) throw new Error('the store is closed');
      const promise = work();
      underWay.add(promise);
      try {
        return await promise;
      } finally {
        underWay.delete(promise);
      }
    },
    async end() {
      isClosed = true;
      await Promise.allSettled(underWay);
    },
  };
}

const guarded = (records: Records, run: Run): Records => ({
  get: (collection, key) => run(() => records.get(collection, key)),
  find: (collection, index, key) => run(() => records.find(collection, index, key)),
  page: (collection, request) => run(() => records.page(collection, request)),
  commit: (...changes) => run(() => records.commit(...changes)),
});

function readableTables(collections: readonly AnyCollection[]): readonly Tables[] {
  try {
    return tablesOf(collections);
  } catch (error) {
    throw unreadable(error);
  }
}

function unreadable(cause: unknown): Failure<PostgresFailure> {
  const reason = cause instanceof Error ? cause.message : 'it cannot be opened';
  return new Failure<PostgresFailure>('store-unreadable', { reason }, { cause });
}

/** JSON that this store wrote for the same collection, whose form the caller knows. */
const thaw = (json: string) => JSON.parse(json);

function once(close: () => Promise<void>): () => Promise<void> {
  let closing: Promise<void> | undefined;
  return () => (closing ??= close());
}
