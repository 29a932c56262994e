/**
 * The tables of a PostgreSQL store: a table a collection, a column a unique index, a side table a list.
 *
 * Made by whichever node comes first, the others wait on one lock. Only what is missing is made, and nothing is ever dropped or changed, so
 * that nodes of the version before and the version after work on the same tables: each row says which indexes its writer knew
 * (`indexes`), and postgres/tend.ts writes the others. An index whose meaning changes must change its name.
 */
import { Failure } from '../../base/failure.ts';
import type { AnyCollection } from '../../domain/ports/records.ts';
import type { PostgresFailure, Query } from './pool.ts';

/** What the statements need to know of a collection. */
export interface Tables {
  readonly collection: AnyCollection;
  readonly name: string;
  readonly unique: readonly string[];
  readonly lists: readonly string[];
  /** The names of both, as a row's `indexes` gives them. */
  readonly indexes: string;
}

const COLLECTION_NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const INDEX_NAME = /^[A-Za-z][A-Za-z0-9-]*$/;
/** PostgreSQL cuts longer names short without a word (NAMEDATALEN). */
const LONGEST_NAME = 63;
/** Any number that nobody else locks: 'cognate' in ASCII. Exported for the test of opening at once. */
export const LOCK = '27988512718550117';

export const tableOf = (collection: string): string => quoted(collection);
export const listTable = (collection: string, list: string): string => quoted(`${collection}/${list}`);
export const uniqueColumn = (index: string): string => quoted(`unique ${index}`);

/** What a row's `indexes` says of these names, e.g. `[byEmail bySub]`; never empty. */
export const indexesText = (names: Iterable<string>): string =>
  `[${[...new Set(names)].toSorted().join(' ')}]`;
export const indexNames = (indexes: string): string[] => indexes.slice(1, -1).split(' ').filter(Boolean);
/** True when a row that says `indexes` stands in each index of `tables`. */
export function covers(indexes: string, tables: Tables): boolean {
  if (indexes === tables.indexes) return true;
  const known = new Set(indexNames(indexes));
  return indexNames(tables.indexes).every((each) => known.has(each));
}

/** @throws RangeError for names that are no names, or appear twice */
export function tablesOf(collections: readonly AnyCollection[]): readonly Tables[] {
  if (new Set(collections.map(({ name }) => name)).size < collections.length)
    throw new RangeError('two collections of one name');
  return collections.map((collection) => {
    const { name, unique = {}, lists = {} } = collection;
    const [uniques, listed] = [Object.keys(unique), Object.keys(lists)];
    if (!COLLECTION_NAME.test(name)) throw new RangeError(`a collection named ${name}`);
    for (const index of [...uniques, ...listed])
      if (!INDEX_NAME.test(index)) throw new RangeError(`an index named ${index}`);
    return {
      collection,
      name,
      unique: uniques,
      lists: listed,
      indexes: indexesText([...uniques, ...listed]),
    };
  });
}

/**
 * Makes what is missing.
 *
 * @param query of a transaction
 * @throws Failure `store-unreadable` (fact: reason)
 */
export async function prepareSchema(query: Query, tables: readonly Tables[]): Promise<void> {
  await query(`select pg_advisory_xact_lock(${LOCK})`);
  const [place] = await query<{ encoding: string; schema: string | null }>(
    `select current_setting('server_encoding') as encoding, current_schema() as schema`,
  );
  if (place?.encoding !== 'UTF8') throw unusable(`its encoding is ${place?.encoding}, and must be UTF8`);
  if (place.schema === null) throw unusable('it has no schema to make tables in');
  const present = new Set(await namesIn(query));
  const make = async (name: string, statement: (name: string) => string) => {
    if (!present.has(name)) await query(statement(quoted(name)));
  };
  for (const each of tables) await prepareCollection(make, each);
}

type Make = (name: string, statement: (quotedName: string) => string) => Promise<void>;

async function prepareCollection(make: Make, { name, unique, lists }: Tables): Promise<void> {
  const table = tableOf(name);
  await make(
    name,
    () => `create table ${table} (id bigint generated always as identity primary key, key bytea not null,
      version bigint not null, until bigint, document text not null, indexes text not null) with (fillfactor = 90)`,
  );
  await make(`${name} by key`, (index) => `create unique index ${index} on ${table} (key)`);
  await make(
    `${name} by until`,
    (index) => `create index ${index} on ${table} (until) where until is not null`,
  );
  await make(`${name} by indexes`, (index) => `create index ${index} on ${table} (indexes)`);
  for (const each of unique) {
    const column = uniqueColumn(each);
    // Nullable, and unique from the first: an older node writes none, and no two rows are ever filled alike.
    await make(`${name}.unique ${each}`, () => `alter table ${table} add column ${column} bytea`);
    await make(
      `${name} unique ${each}`,
      (index) => `create unique index ${index} on ${table} (${column}) where ${column} is not null`,
    );
  }
  for (const each of lists) {
    const list = listTable(name, each);
    // An older node that removes a record does not know of this list: the reference takes the entries along.
    await make(
      `${name}/${each}`,
      () => `create table ${list} (entry bytea primary key,
        record bigint not null references ${table} (id) on delete cascade)`,
    );
    await make(`${name}/${each} by record`, (index) => `create index ${index} on ${list} (record)`);
  }
}

/** Tables, indexes, and columns as `table.column`, of the schema we are in. */
async function namesIn(query: Query): Promise<string[]> {
  const rows = await query<{ name: string }>(`
    with ours as (select c.oid, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = current_schema())
    select relname::text as name from ours
    union all
    select relname || '.' || attname from ours join pg_attribute on attrelid = oid where attnum > 0 and not attisdropped`);
  return rows.map(({ name }) => name);
}

function quoted(name: string): string {
  if (Buffer.byteLength(name) > LONGEST_NAME)
    throw new RangeError(`the name ${name} is longer than ${LONGEST_NAME} bytes`);
  return `"${name}"`;
}

const unusable = (reason: string) => new Failure<PostgresFailure>('store-unreadable', { reason });
