/**
 * Changes of records in PostgreSQL, inside the caller's transaction: lock what they touch, decide, write.
 *
 * Rows are locked and written in the order of collections and keys, whatever the order of the changes, so that two commits never wait for
 * each other's rows. Statements take arrays: a commit of a thousand changes has as many statements as one of two. A row that is no longer
 * as it was locked, or a unique key that was taken meanwhile, makes the transaction start anew; then the decision sees it.
 */
import { rowOf, type PlannedChange } from '../shared/planned.ts';
import { decide, positionsOf, type Decision, type Found, type Kept } from './decision.ts';
import { asPosition, bytesOf, positionOf, textsOf, type Position } from './keys.ts';
import { moved, type Query, type Value } from './pool.ts';
import { covers, listTable, tableOf, uniqueColumn, type Tables } from './schema.ts';

/** What `rowColumns` selects, and the unique columns as `u0`, `u1`, ... in the order of `Tables.unique`. */
export interface StoredRow {
  readonly id: string;
  readonly key: Buffer;
  readonly version: string;
  readonly until: string | null;
  readonly document: string;
  readonly indexes: string;
  readonly [column: `u${number}`]: Buffer | null;
}
/** An entry of a list, and the record it leads to. */
export interface Entry {
  readonly list: string;
  readonly position: Position;
  readonly id: string;
}

export const rowColumns = ({ unique }: Tables): string =>
  [
    'id',
    'key',
    'version',
    'until',
    'document',
    'indexes',
    ...unique.map((each, at) => `${uniqueColumn(each)} as u${at}`),
  ].join(', ');

/**
 * The end of every statement that locks rows. The order is by key, but written so that the index cannot give it: with sorting made dear for
 * all sessions, PostgreSQL would otherwise rather walk the whole index than sort the few rows that it found.
 */
export const LOCKED = `order by key || ''::bytea for update`;

/** @throws Failure `already-kept`, `not-kept`, `changed-meanwhile` */
export async function applyChanges(
  query: Query,
  changes: readonly PlannedChange[],
  parts: { readonly tables: ReadonlyMap<string, Tables>; readonly now: number },
): Promise<void> {
  const names = [...new Set(changes.map(({ collection }) => collection))].toSorted();
  const touched = names.map((name) => {
    const tables = parts.tables.get(name);
    if (!tables) throw new Error(`the store was opened without the collection ${name}`);
    return tables;
  });
  const found = new Map<string, readonly Found[]>();
  for (const tables of touched)
    found.set(
      tables.name,
      await lock(
        query,
        tables,
        changes.filter(({ collection }) => collection === tables.name),
      ),
    );
  const decisions = decide(changes, found, parts.now);
  for (const tables of touched) await write(query, tables, decisions.get(tables.name)!);
}

/** The rows that stand under a key or a unique key which `changes` name. */
async function lock(
  query: Query,
  tables: Tables,
  changes: readonly PlannedChange[],
): Promise<readonly Found[]> {
  const { sql, values } = lockQuery(tables, changes);
  const found: Found[] = [];
  for (const row of await query<StoredRow>(sql, values)) found.push(await settled(query, row, tables));
  return found;
}

/** Exported for the test of its plan. */
export function lockQuery(
  tables: Tables,
  changes: readonly PlannedChange[],
): { sql: string; values: readonly Value[] } {
  const { name, unique } = tables;
  const wanted = unique.map((index) =>
    changes.flatMap((change) => {
      const text = change.act === 'remove' ? null : (change.row.unique[index] ?? null);
      return text === null ? [] : [bytesOf(positionOf(text))];
    }),
  );
  const columns = ['key', ...unique.map(uniqueColumn)].map(
    (column, at) => `${column} = any($${at + 1}::bytea[])`,
  );
  return {
    sql: `select ${rowColumns(tables)} from ${tableOf(name)} where ${columns.join(' or ')} ${LOCKED}`,
    values: [changes.map(({ key }) => bytesOf(positionOf(key))), ...wanted],
  };
}

/** `row`, once it has let go of the unique keys that are no longer its own because its writer did not know their indexes. */
export const settled = async (query: Query, row: StoredRow, tables: Tables): Promise<Found> =>
  covers(row.indexes, tables) ? foundOf(row, tables) : cleared(query, row, tables);

const foundOf = (row: StoredRow, { unique }: Tables): Found => ({
  id: row.id,
  key: asPosition(row.key),
  version: Number(row.version),
  until: row.until === null ? null : Number(row.until),
  document: row.document,
  unique: Object.fromEntries(unique.map((index, at) => [index, storedPosition(row, at)])),
  isCurrent: true,
});

async function cleared(query: Query, row: StoredRow, tables: Tables): Promise<Found> {
  const { name, unique, collection } = tables;
  const record: object = JSON.parse(row.document);
  const own = positionsOf(rowOf(collection, record).unique);
  const found = foundOf(row, tables);
  const lost = unique.filter((index) => found.unique[index] !== null && found.unique[index] !== own[index]);
  for (const index of lost)
    await query(`update ${tableOf(name)} set ${uniqueColumn(index)} = null where id = $1::bigint`, [row.id]);
  const left = Object.entries(found.unique).map(([index, position]) => [
    index,
    lost.includes(index) ? null : position,
  ]);
  return { ...found, unique: Object.fromEntries(left), isCurrent: false };
}

async function write(query: Query, tables: Tables, { removed, changed, added }: Decision): Promise<void> {
  const table = tableOf(tables.name);
  if (removed.length > 0)
    await query(`delete from ${table} where id = any($1::bigint[])`, [removed.map(({ id }) => id)]);
  await release(
    query,
    tables,
    changed.filter(({ isTaken }) => isTaken).map(({ found }) => found.id),
  );
  if (changed.length > 0) await rewrite(query, tables, changed);
  const ids = added.length > 0 ? await add(query, tables, added) : new Map<Position, string>();
  await drop(query, tables, changed);
  const fresh = added.flatMap((kept) => entriesOf(tables, kept, ids.get(kept.key)!));
  const more = changed.flatMap(({ found, kept }) => {
    const had = new Set(oldEntries(tables, found).map(({ list, position }) => `${list} ${position}`));
    return entriesOf(tables, kept, found.id).filter(({ list, position }) => !had.has(`${list} ${position}`));
  });
  await addEntries(query, tables, [...more, ...fresh]);
}

/** Takes unique keys off rows, before another row gets them in the same statement. */
async function release(query: Query, { name, unique }: Tables, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const columns = unique.map((each) => `${uniqueColumn(each)} = null`).join(', ');
  await query(`update ${tableOf(name)} set ${columns} where id = any($1::bigint[])`, [ids]);
}

async function rewrite(query: Query, tables: Tables, changed: Decision['changed']): Promise<void> {
  const { name, unique, indexes } = tables;
  const sets = unique.map((each, at) => `${uniqueColumn(each)} = n.u${at}`);
  const arrays = ['bigint', 'bigint', 'bigint', 'bigint', 'text', ...unique.map(() => 'bytea')];
  const rows = await query<{ id: string }>(
    `update ${tableOf(name)} as t set ${['version = n.version', 'until = n.until', 'document = n.document', 'indexes = $1', ...sets].join(', ')}
      from unnest(${arrays.map((type, at) => `$${at + 2}::${type}[]`).join(', ')})
        as n(${['id', 'was', 'version', 'until', 'document', ...unique.map((_, at) => `u${at}`)].join(', ')})
      where t.id = n.id and t.version = n.was returning t.id`,
    [
      indexes,
      changed.map(({ found }) => found.id),
      changed.map(({ found }) => found.version),
      ...columnsOf(
        tables,
        changed.map(({ kept }) => kept),
      ),
    ],
  );
  if (rows.length < changed.length) throw moved();
}

/** @returns the new rows' ids by their keys */
async function add(
  query: Query,
  tables: Tables,
  added: readonly Kept[],
): Promise<ReadonlyMap<Position, string>> {
  const { name, unique, indexes } = tables;
  const columns = ['version', 'until', 'document', ...unique.map(uniqueColumn), 'key', 'indexes'];
  const arrays = ['bigint', 'bigint', 'text', ...unique.map(() => 'bytea'), 'bytea'];
  const rows = await query<{ id: string; key: Buffer }>(
    `insert into ${tableOf(name)} (${columns.join(', ')})
      select n.*, $1::text from unnest(${arrays.map((type, at) => `$${at + 2}::${type}[]`).join(', ')}) as n returning id, key`,
    [indexes, ...columnsOf(tables, added), added.map(({ key }) => bytesOf(key))],
  );
  return new Map(rows.map(({ id, key }) => [asPosition(key), id]));
}

/** Arrays of versions, moments, documents, and of each unique column. */
const columnsOf = ({ unique }: Tables, rows: readonly Kept[]) => [
  rows.map(({ version }) => version),
  rows.map(({ row }) => row.until),
  rows.map(({ row }) => row.document),
  ...unique.map((index) => rows.map((each) => bytesOrNull(each.unique[index] ?? null))),
];

/** Takes changed records off the lists where they no longer stand. */
async function drop(query: Query, tables: Tables, changed: Decision['changed']): Promise<void> {
  const stale = changed.filter(({ found }) => !found.isCurrent).map(({ found }) => found.id);
  await dropAll(query, tables, stale);
  const gone = changed.flatMap(({ found, kept }) => {
    const has = new Set(entriesOf(tables, kept, found.id).map(({ list, position }) => `${list} ${position}`));
    return oldEntries(tables, found).filter(({ list, position }) => !has.has(`${list} ${position}`));
  });
  for (const list of tables.lists) {
    const entries = gone.filter((each) => each.list === list).map(({ position }) => bytesOf(position));
    if (entries.length > 0)
      await query(`delete from ${listTable(tables.name, list)} where entry = any($1::bytea[])`, [entries]);
  }
}

/** Takes these records off every list. */
export async function dropAll(query: Query, { name, lists }: Tables, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  for (const list of lists)
    await query(`delete from ${listTable(name, list)} where record = any($1::bigint[])`, [ids]);
}

export async function addEntries(
  query: Query,
  { name, lists }: Tables,
  entries: readonly Entry[],
): Promise<void> {
  for (const list of lists) {
    const own = entries.filter((each) => each.list === list);
    if (own.length === 0) continue;
    await query(
      `insert into ${listTable(name, list)} (entry, record) select * from unnest($1::bytea[], $2::bigint[])`,
      [own.map(({ position }) => bytesOf(position)), own.map(({ id }) => id)],
    );
  }
}

const entriesOf = ({ lists }: Tables, { row, text }: Kept, id: string): Entry[] =>
  lists.flatMap((list) =>
    (row.lists[list] ?? []).map((each) => ({ list, position: positionOf(each + text), id })),
  );

/** Where a row stands that was written with our indexes; another one has been taken off every list. */
function oldEntries({ collection, lists }: Tables, { document, id, isCurrent }: Found): Entry[] {
  if (!isCurrent || lists.length === 0) return [];
  const record: object = JSON.parse(document);
  return lists.flatMap((list) =>
    textsOf(collection, list, record).map((text) => ({ list, position: positionOf(text), id })),
  );
}

const storedPosition = (row: StoredRow, at: number): Position | null => {
  const bytes = row[`u${at}`] ?? null;
  return bytes && asPosition(bytes);
};

export const bytesOrNull = (position: Position | null): Buffer | null =>
  position === null ? null : bytesOf(position);
