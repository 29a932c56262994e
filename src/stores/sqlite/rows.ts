/**
 * Changes of records in SQLite: carries out what was planned, inside the caller's transaction.
 *
 * There is one writer, so what is looked up before a change still holds when it is written; the unique constraints are the second fence.
 * A replace touches the document and those indexes that changed, nothing else. What is past its time counts as absent and makes way.
 */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { Failure } from '../../base/failure.ts';
import type { RecordsFailure } from '../../domain/ports/records.ts';
import { assertFits, type PlannedChange, type Row } from '../shared/planned.ts';
import { listTable, tableOf, uniqueColumn, type Tables } from './schema.ts';

type Prepare = (sql: string) => StatementSync;
type Found = NonNullable<ReturnType<StatementSync['get']>>;
type Lists = Row['lists'];
type Put = Extract<PlannedChange, { row: Row }>;

/** Prepares each statement once. */
export function statements(database: DatabaseSync): Prepare {
  const prepared = new Map<string, StatementSync>();
  return (sql) => {
    const statement = prepared.get(sql) ?? database.prepare(sql);
    prepared.set(sql, statement);
    return statement;
  };
}

export function createRows(prepare: Prepare, tables: readonly Tables[]) {
  const byName = new Map(tables.map((each) => [each.collection, each]));

  return {
    /** @throws Failure `already-kept`, `not-kept`, `changed-meanwhile` */
    apply(change: PlannedChange, now: number): void {
      const of = byName.get(change.collection);
      if (!of) throw new Error(`the store was opened without the collection ${change.collection}`);
      const found = prepare(`select * from ${tableOf(of.collection)} where key = ?`).get(change.key);
      const old = found && !isPast(found, now) ? found : undefined;
      assertFits(change, old && Number(old.version));
      if (found && change.act !== 'replace') drop(of, found);
      if (change.act === 'remove') return;
      makeWay(of, change, found?.id, now);
      // `assertFits` has seen to it that there is an old row to replace.
      if (change.act === 'replace') rewrite(of, change, old!);
      else write(of, change);
    },
    /** Removes at most `most` records of one collection whose time is past. */
    sweep(collection: string, now: number, most: number): void {
      const of = byName.get(collection)!;
      const past = `select * from ${tableOf(collection)} where until is not null and until <= ? limit +?`;
      for (const found of prepare(past).all(now, most)) drop(of, found);
    },
  };

  function write({ collection, unique, lists }: Tables, { key, version, row }: Put): void {
    const columns = ['key', 'version', 'until', 'document', 'entries', ...unique.map(uniqueColumn)];
    const marks = columns.map(() => '?').join(', ');
    const values = [
      key,
      version,
      row.until,
      row.document,
      JSON.stringify(row.lists),
      ...unique.map((each) => row.unique[each] ?? null),
    ];
    const insert = prepare(`insert into ${tableOf(collection)} (${columns.join(', ')}) values (${marks})`);
    const { lastInsertRowid: id } = insert.run(...values);
    for (const list of lists)
      for (const text of row.lists[list] ?? []) addEntry(collection, list, text + key, id);
  }

  function rewrite({ collection, unique, lists }: Tables, { key, row }: Put, old: Found): void {
    const table = tableOf(collection);
    const id = old.id!;
    prepare(`update ${table} set document = ?, version = version + 1 where id = ?`).run(row.document, id);
    if (row.until !== old.until) prepare(`update ${table} set until = ? where id = ?`).run(row.until, id);
    for (const index of unique) {
      const column = uniqueColumn(index);
      const value = row.unique[index] ?? null;
      if (value !== old[column.slice(1, -1)])
        prepare(`update ${table} set ${column} = ? where id = ?`).run(value, id);
    }
    const entries = JSON.stringify(row.lists);
    if (entries === old.entries) return;
    prepare(`update ${table} set entries = ? where id = ?`).run(entries, id);
    const before = entriesOf(old);
    for (const list of lists) {
      const had = new Set(before[list]);
      const has = new Set(row.lists[list]);
      for (const text of had) if (!has.has(text)) dropEntry(collection, list, text + key);
      for (const text of has) if (!had.has(text)) addEntry(collection, list, text + key, id);
    }
  }

  /** Frees the change's unique keys of records whose time is past. @throws Failure `already-kept` for one that is not */
  function makeWay(of: Tables, { row }: Put, own: SQLInputValue | undefined, now: number): void {
    for (const index of of.unique) {
      const text = row.unique[index] ?? null;
      if (text === null) continue;
      const { collection } = of;
      const holder = prepare(`select * from ${tableOf(collection)} where ${uniqueColumn(index)} = ?`).get(
        text,
      );
      if (!holder || holder.id === own) continue;
      if (!isPast(holder, now)) throw new Failure<RecordsFailure>('already-kept', { collection, index });
      drop(of, holder);
    }
  }

  function drop({ collection, lists }: Tables, found: Found): void {
    const entries = entriesOf(found);
    for (const list of lists)
      for (const text of entries[list] ?? []) dropEntry(collection, list, text + String(found.key));
    prepare(`delete from ${tableOf(collection)} where id = ?`).run(found.id!);
  }

  function addEntry(collection: string, list: string, entry: string, record: SQLInputValue): void {
    prepare(`insert into ${listTable(collection, list)} values (?, ?)`).run(entry, record);
  }

  function dropEntry(collection: string, list: string, entry: string): void {
    prepare(`delete from ${listTable(collection, list)} where entry = ?`).run(entry);
  }
}

const isPast = ({ until }: Found, now: number): boolean => until !== null && Number(until) <= now;

/** The lists' key texts as they were last written by `write` or `rewrite`. */
const entriesOf = ({ entries }: Found): Lists => JSON.parse(String(entries)) as Lists;
