/**
 * Tending the tables of a PostgreSQL store: indexes that another version's node did not know are written, what is past its time is removed.
 *
 * Done when the store is opened and every half minute after it, by every node; a few rows a transaction, so that nobody waits long. Where
 * an older node has kept two records under what is now one unique key, the second stays without it and is reported.
 */
import { Failure } from '../../base/failure.ts';
import type { RecordsFailure } from '../../domain/ports/records.ts';
import { rowOf } from '../shared/planned.ts';
import { positionsOf } from './decision.ts';
import { positionOf, textsOf, type Position } from './keys.ts';
import type { Pool, Query } from './pool.ts';
import { addEntries, bytesOrNull, dropAll, LOCKED, rowColumns, settled, type StoredRow } from './rows.ts';
import { covers, indexesText, indexNames, tableOf, uniqueColumn, type Tables } from './schema.ts';

interface Parts {
  readonly pool: Pool;
  readonly tables: readonly Tables[];
  readonly onError: (error: unknown) => void;
}
/** A row and the unique keys it is to stand under. */
interface Filling {
  readonly row: StoredRow;
  readonly unique: Record<string, Position | null>;
}

const ROWS = 200;
const MOST_SWEPT = 1000;

/** Writes the indexes that the writers of rows did not know, until there is no such row. */
export async function fillIndexes({ pool, tables, onError }: Parts): Promise<void> {
  for (const each of tables) {
    // From one of the few values to the next, along the index.
    const next = async (last: string) =>
      (
        await pool.read<{ indexes: string }>(
          `select indexes from ${tableOf(each.name)} where indexes > $1 order by indexes limit 1`,
          [last],
        )
      )[0]?.indexes;
    for (let indexes = await next(''); indexes !== undefined; indexes = await next(indexes)) {
      const known = indexes;
      for (let isDone = covers(known, each); !isDone;) {
        const { rows, refused } = await pool.transaction((query) => fillSome(query, each, known));
        for (const failure of refused) onError(failure);
        isDone = rows < ROWS;
      }
    }
  }
}

/** Removes records whose time is past. @param now epoch milliseconds */
export async function sweep({ pool, tables }: Parts, now: number): Promise<void> {
  for (const { name } of tables) {
    const table = tableOf(name);
    const some = (query: Query) =>
      query(
        `delete from ${table} where id in (select id from ${table} where until <= $1::bigint
          order by until limit ${MOST_SWEPT} for update skip locked) returning id`,
        [now],
      );
    for (let swept = MOST_SWEPT; swept === MOST_SWEPT;) swept = (await pool.transaction(some)).length;
  }
}

/** @returns how many rows there were to fill, and what there is to report */
async function fillSome(
  query: Query,
  tables: Tables,
  indexes: string,
): Promise<{ rows: number; refused: readonly Failure[] }> {
  const { name, collection, lists } = tables;
  const table = tableOf(name);
  const rows = await query<StoredRow>(
    `select ${rowColumns(tables)} from ${table}
      where id in (select id from ${table} where indexes = $1 order by id limit ${ROWS}) and indexes = $1 ${LOCKED}`,
    [indexes],
  );
  if (rows.length === 0) return { rows: 0, refused: [] };
  const filled = rows.map((row) => ({ row, record: JSON.parse(row.document) as object }));
  const fillings = filled.map(({ row, record }) => ({
    row,
    unique: positionsOf(rowOf(collection, record).unique),
  }));
  const refused = await leaveTaken(query, tables, fillings);
  await setColumns(
    query,
    tables,
    fillings,
    indexesText([...indexNames(indexes), ...indexNames(tables.indexes)]),
  );
  await dropAll(
    query,
    tables,
    rows.map(({ id }) => id),
  );
  const entries = filled.flatMap(({ row: { id }, record }) =>
    lists.flatMap((list) =>
      textsOf(collection, list, record).map((text) => ({ list, position: positionOf(text), id })),
    ),
  );
  await addEntries(query, tables, entries);
  return { rows: rows.length, refused };
}

/** Leaves those without a unique key whose key another row has. @returns what there is to report */
async function leaveTaken(
  query: Query,
  tables: Tables,
  fillings: readonly Filling[],
): Promise<readonly Failure[]> {
  const { name } = tables;
  const refused: Failure[] = [];
  for (const index of tables.unique) {
    const wanted = fillings.flatMap((each) => bytesOrNull(each.unique[index] ?? null) ?? []);
    const held = await query<StoredRow>(
      `select ${rowColumns(tables)} from ${tableOf(name)} where ${uniqueColumn(index)} = any($1::bytea[]) ${LOCKED}`,
      [wanted],
    );
    const holders = new Map<Position | null | undefined, string>();
    for (const row of held) holders.set((await settled(query, row, tables)).unique[index], row.id);
    for (const { row, unique } of fillings) {
      const position = unique[index] ?? null;
      if (position === null) continue;
      const holder = holders.get(position) ?? row.id;
      holders.set(position, holder);
      if (holder === row.id) continue;
      unique[index] = null;
      refused.push(new Failure<RecordsFailure>('already-kept', { collection: name, index }));
    }
  }
  return refused;
}

async function setColumns(
  query: Query,
  { name, unique }: Tables,
  fillings: readonly Filling[],
  indexes: string,
): Promise<void> {
  const sets = ['indexes = $1', ...unique.map((each, at) => `${uniqueColumn(each)} = n.u${at}`)];
  const arrays = ['$2::bigint[]', ...unique.map((_, at) => `$${at + 3}::bytea[]`)];
  await query(
    `update ${tableOf(name)} as t set ${sets.join(', ')}
      from unnest(${arrays.join(', ')}) as n(${['id', ...unique.map((_, at) => `u${at}`)].join(', ')}) where t.id = n.id`,
    [
      indexes,
      fillings.map(({ row }) => row.id),
      ...unique.map((index) => fillings.map((each) => bytesOrNull(each.unique[index] ?? null))),
    ],
  );
}
