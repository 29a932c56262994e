/**
 * The store of a single machine: Records and Expiring in one SQLite file.
 *
 * Writing waits for the disk and is done by a thread of its own, many commits to one wait (sqlite/worker.ts); what it has acknowledged is
 * durable (write-ahead log, synchronous=FULL). Reading is done here, on a connection that never writes: a few microseconds from the page
 * cache, and always behind no acknowledged write. One process a file; a second one is refused.
 */
import { DatabaseSync, type SQLInputValue, type SQLOutputValue } from 'node:sqlite';
import type { Clock } from '../../base/clock.ts';
import type { Expiring } from '../../domain/ports/expiring.ts';
import type { AnyCollection, Collection, Kept, PageRequest, Records } from '../../domain/ports/records.ts';
import { createAtHand } from './at-hand.ts';
import { moments, noteText } from '../shared/expiry.ts';
import { keyText } from '../shared/key-text.ts';
import { keyringChecks } from '../shared/keyring-check.ts';
import type { Closable } from '../memory.ts';
import { assertUnique, kindOfIndex, pageToken, stretchOf } from '../shared/paging.ts';
import { planned, recordKey } from '../shared/planned.ts';
import { lockFile, makePrivate, unreadable } from './lock.ts';
import { statements } from './rows.ts';
import { COUNTERS, listTable, NOTES, prepareSchema, tableOf, tablesOf, uniqueColumn } from './schema.ts';
import { startWriter, type Writer } from './writer.ts';

export type { SqliteFailure } from './lock.ts';

export interface SqliteStore extends Closable {
  readonly records: Records;
  readonly expiring: Expiring;
}
interface Parts {
  readonly clock: Clock;
  /** All that the store will be asked for. */
  readonly collections: readonly AnyCollection[];
}
type Prepare = ReturnType<typeof statements>;

const BUSY_MS = 5000;

/**
 * Opens the store in `file`, made when it is absent, and brings its tables up to date.
 *
 * @throws Failure `store-in-use` when another process has it open; `store-unreadable` (facts: file, reason)
 */
export async function openSqlite(file: string, { clock, collections }: Parts): Promise<SqliteStore> {
  const release = lockFile(file);
  const all = [...new Set([...collections, keyringChecks])];
  let writer: Writer | undefined;
  try {
    prepareFile(file, all);
    writer = await startWriter({ file, tables: all.map(tablesOf) }, clock);
    const reader = new DatabaseSync(file, { readOnly: true, timeout: BUSY_MS });
    const prepare = statements(reader);
    return {
      records: createRecords(prepare, writer, clock),
      expiring: createExpiring(prepare, writer, clock),
      close: once(async () => {
        await writer?.close();
        reader.close();
        release();
      }),
    };
  } catch (error) {
    await writer?.close();
    release();
    throw unreadable(file, error);
  }
}

function prepareFile(file: string, collections: readonly AnyCollection[]): void {
  makePrivate(file);
  const database = new DatabaseSync(file, { timeout: BUSY_MS });
  try {
    database.exec('pragma journal_mode = wal; pragma synchronous = full');
    prepareSchema(database, collections);
  } finally {
    database.close();
  }
}

function createRecords(prepare: Prepare, writer: Writer, clock: Clock): Records {
  const atHand = createAtHand();
  const now = () => clock.now().getTime();
  const one = <T>(collection: Collection<T>, column: string, text: string): Kept<T> | undefined => {
    return atHand.of(collection, `${column} ${text}`, () => {
      const row = prepare(
        `select version, document from ${tableOf(collection.name)} where ${column} = ? and ${ALIVE}`,
      ).get(text, now());
      return row && { record: thaw(row.document), version: Number(row.version) };
    });
  };

  return {
    async get(collection, key) {
      return one(collection, 'key', recordKey(key));
    },
    async find(collection, index, key) {
      assertUnique(collection, index);
      return one(collection, uniqueColumn(index), keyText(key));
    },
    async page(collection, request) {
      const { sql, values } = pageQuery(collection, request, now());
      const rows = prepare(sql).all(...values);
      const given = rows.slice(0, request.limit);
      const records = given.map(({ document }) => thaw(document));
      return rows.length > given.length
        ? { records, next: pageToken(String(given.at(-1)!.position), request) }
        : { records };
    },
    async commit(...changes) {
      if (changes.length === 0) return;
      try {
        await writer.write({ verb: 'commit', changes: planned(changes) });
      } finally {
        atHand.sweep(changes.map(({ collection }) => collection));
      }
    },
  };
}

function createExpiring(prepare: Prepare, writer: Writer, clock: Clock): Expiring {
  const { inSeconds } = moments(clock);
  const now = () => clock.now().getTime();

  return {
    async put(kind, id, note, seconds) {
      await writer.write({
        verb: 'put',
        key: keyText([kind, id]),
        note: noteText(note),
        until: inSeconds(seconds),
      });
    },
    async claim(kind, id, note, seconds) {
      const claim = {
        verb: 'claim',
        key: keyText([kind, id]),
        note: noteText(note),
        until: inSeconds(seconds),
      } as const;
      return (await writer.write(claim)) === 1;
    },
    async get(kind, id) {
      const row = prepare(`select note from ${NOTES} where key = ? and until > ?`).get(
        keyText([kind, id]),
        now(),
      );
      return row && thaw(row.note);
    },
    async take(kind, id) {
      const note = await writer.write({ verb: 'take', key: keyText([kind, id]) });
      return note === undefined ? undefined : thaw(note);
    },
    async spend(kind, id) {
      return (await writer.write({ verb: 'spend', key: keyText([kind, id]) })) === 1;
    },
    async count(kind, id, seconds) {
      return Number(
        await writer.write({ verb: 'count', key: keyText([kind, id]), until: inSeconds(seconds) }),
      );
    },
    async counted(kind, id) {
      const row = prepare(`select count from ${COUNTERS} where key = ? and until > ?`).get(
        keyText([kind, id]),
        now(),
      );
      return Number(row?.count ?? 0);
    },
    async forget(kind, id) {
      await writer.write({ verb: 'forget', key: keyText([kind, id]) });
    },
  };
}

const ALIVE = '(until is null or until > ?)';

/** One stretch of an index, a record more than asked for, to know whether there is a next page. Exported for the test of its plan. */
export function pageQuery(
  collection: AnyCollection,
  request: PageRequest,
  now: number,
): { sql: string; values: SQLInputValue[] } {
  const { from, before, after } = stretchOf(request);
  const { tables, position } = indexPlace(collection, request.index);
  const bounds: [string, SQLInputValue][] = [];
  if (after === undefined || request.newestFirst) bounds.push([`${position} >= ?`, from]);
  if (before !== undefined && (after === undefined || !request.newestFirst))
    bounds.push([`${position} < ?`, before]);
  if (after !== undefined) bounds.push([`${position} ${request.newestFirst ? '<' : '>'} ?`, after]);
  const where = [...bounds.map(([condition]) => condition), ALIVE].join(' and ');
  const order = request.newestFirst ? 'desc' : 'asc';
  return {
    // With its plus: SQLite prepares a statement anew each time that a bare limit is bound to it.
    sql: `select ${position} as position, document from ${tables} where ${where} order by ${position} ${order} limit +?`,
    values: [...bounds.map(([, value]) => value), now, request.limit + 1],
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
  // A cross join keeps its order: along the list, never through the whole table.
  return {
    tables: `${listTable(collection.name, index)} cross join ${table} on id = record`,
    position: 'entry',
  };
}

/** JSON that this store wrote for the same collection or kind, whose form the caller knows. */
const thaw = (json: SQLOutputValue | undefined) => JSON.parse(String(json));

function once(close: () => Promise<void>): () => Promise<void> {
  let closing: Promise<void> | undefined;
  return () => (closing ??= close());
}
