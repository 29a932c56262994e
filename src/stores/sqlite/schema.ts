/**
 * The tables of a SQLite store: a table a collection, a column a unique index, a side table a list.
 *
 * Brought up to date when the store is opened: an index that a collection has gained is filled from the documents, one that it has lost is
 * dropped, so that a later one of that name cannot start from old entries. An index whose meaning changes must change its name.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { AnyCollection } from '../../domain/ports/records.ts';
import { rowOf } from '../shared/planned.ts';

/** What a writer needs to know of a collection; plain data, to be sent to the worker. */
export interface Tables {
  readonly collection: string;
  readonly unique: readonly string[];
  readonly lists: readonly string[];
}

/** Raised when the files of an older version need more than what this file does by itself. */
const SCHEMA_VERSION = 1;
const COLLECTION_NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const INDEX_NAME = /^[A-Za-z][A-Za-z0-9-]*$/;
const UNIQUE_COLUMN = 'unique ';

/** Notes and counters: names that no collection can have. */
export const NOTES = '"expiring notes"';
export const COUNTERS = '"expiring counters"';
export const tableOf = (collection: string): string => `"${collection}"`;
export const listTable = (collection: string, list: string): string => `"${collection}/${list}"`;
export const uniqueColumn = (index: string): string => `"${UNIQUE_COLUMN}${index}"`;

export const tablesOf = ({ name, unique = {}, lists = {} }: AnyCollection): Tables => ({
  collection: name,
  unique: Object.keys(unique),
  lists: Object.keys(lists),
});

/** Makes what is missing, in one transaction. */
export function prepareSchema(database: DatabaseSync, collections: readonly AnyCollection[]): void {
  database.exec('begin immediate');
  const { user_version: version } = database.prepare('pragma user_version').get()!;
  if (Number(version) > SCHEMA_VERSION) throw new Error('it was written by a newer version of this program');
  database.exec(`pragma user_version = ${SCHEMA_VERSION}`);
  for (const table of [NOTES, COUNTERS]) {
    const value = table === NOTES ? 'note text' : 'count integer';
    database.exec(
      `create table if not exists ${table} (key text primary key, ${value} not null, until integer not null) without rowid`,
    );
    database.exec(`create index if not exists ${suffixed(table, 'until')} on ${table} (until)`);
  }
  if (new Set(collections.map(({ name }) => name)).size < collections.length)
    throw new RangeError('two collections of one name');
  for (const collection of collections) prepareCollection(database, collection);
  database.exec('commit');
}

function prepareCollection(database: DatabaseSync, collection: AnyCollection): void {
  const { unique, lists } = tablesOf(collection);
  const { name } = collection;
  if (!COLLECTION_NAME.test(name)) throw new RangeError(`a collection named ${name}`);
  for (const index of [...unique, ...lists])
    if (!INDEX_NAME.test(index)) throw new RangeError(`an index named ${index}`);

  const table = tableOf(name);
  database.exec(`create table if not exists ${table} (id integer primary key, key text not null unique, version integer not null,
    until integer, document text not null, entries text not null)`);
  database.exec(
    `create index if not exists ${suffixed(table, 'until')} on ${table} (until) where until is not null`,
  );
  const newUnique = alignColumns(database, name, unique);
  const newLists = alignLists(database, name, lists);
  if (newUnique.length > 0 || newLists.length > 0) fill(database, collection, newUnique, newLists);
  for (const index of unique) {
    database.exec(
      `create unique index if not exists ${suffixed(table, index)} on ${table} (${uniqueColumn(index)})`,
    );
  }
}

/** @returns the unique indexes whose columns have just been made */
function alignColumns(
  database: DatabaseSync,
  collection: string,
  unique: readonly string[],
): readonly string[] {
  const table = tableOf(collection);
  const present = database
    .prepare(`select name from pragma_table_info(?)`)
    .all(collection)
    .map(({ name }) => String(name))
    .filter((name) => name.startsWith(UNIQUE_COLUMN))
    .map((name) => name.slice(UNIQUE_COLUMN.length));
  for (const index of present.filter((each) => !unique.includes(each))) {
    database.exec(
      `drop index if exists ${suffixed(table, index)}; alter table ${table} drop column ${uniqueColumn(index)}`,
    );
  }
  const missing = unique.filter((index) => !present.includes(index));
  for (const index of missing) database.exec(`alter table ${table} add column ${uniqueColumn(index)} text`);
  return missing;
}

/** @returns the lists whose tables have just been made */
function alignLists(database: DatabaseSync, collection: string, lists: readonly string[]): readonly string[] {
  const present = database
    .prepare(`select substr(name, ?) as list from sqlite_schema where type = 'table' and name glob ?`)
    .all(collection.length + 2, `${collection}/*`)
    .map(({ list }) => String(list));
  for (const list of present.filter((each) => !lists.includes(each))) {
    database.exec(`drop table ${listTable(collection, list)}`);
  }
  const missing = lists.filter((list) => !present.includes(list));
  for (const list of missing) {
    const columns = 'entry text primary key, record integer not null';
    database.exec(`create table ${listTable(collection, list)} (${columns}) without rowid`);
  }
  return missing;
}

/** Writes the indexes that a collection has gained, from what is already kept. */
function fill(
  database: DatabaseSync,
  collection: AnyCollection,
  unique: readonly string[],
  lists: readonly string[],
): void {
  const { name } = collection;
  const next = database.prepare(
    `select id, key, document from ${tableOf(name)} where id > ? order by id limit 1`,
  );
  const setEntries = database.prepare(`update ${tableOf(name)} set entries = ? where id = ?`);
  for (let row = next.get(-1); row; row = next.get(row.id!)) {
    const record: object = JSON.parse(String(row.document));
    const indexes = rowOf(collection, record);
    for (const index of unique) {
      const set = `update ${tableOf(name)} set ${uniqueColumn(index)} = ? where id = ?`;
      database.prepare(set).run(indexes.unique[index] ?? null, row.id!);
    }
    for (const list of lists) {
      const add = database.prepare(`insert into ${listTable(name, list)} values (?, ?)`);
      for (const text of indexes.lists[list] ?? []) add.run(text + String(row.key), row.id!);
    }
    setEntries.run(JSON.stringify(indexes.lists), row.id!);
  }
}

/** The quoted name `table`, extended: `"users"` and `until` give `"users by until"`. */
const suffixed = (table: string, by: string): string => `${table.slice(0, -1)} by ${by}"`;
