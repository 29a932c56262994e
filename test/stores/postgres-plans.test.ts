/**
 * How PostgreSQL carries out what the store asks: along an index, whatever is there.
 */
import assert from 'node:assert/strict';
import { insert } from '../../src/domain/ports/records.ts';
import { planned } from '../../src/stores/shared/planned.ts';
import { openPostgres, pageQuery } from '../../src/stores/postgres/index.ts';
import { lockQuery } from '../../src/stores/postgres/rows.ts';
import { tablesOf } from '../../src/stores/postgres/schema.ts';
import { contractCollections, note, notes } from '../contracts/records/notes.ts';
import { stillClock } from '../contracts/still-clock.ts';
import { withPostgres, type Database } from '../support/servers/postgres.ts';

withPostgres('the plans of PostgreSQL', (createDatabase) => {
  it('finds every page and every record of a commit along an index, however deep', async () => {
    const database = await createDatabase();
    const parts = { clock: stillClock(), collections: contractCollections };
    const store = await openPostgres(database.url, parts);
    await database.run(`insert into "contract-notes" (key, version, document, indexes, "unique byStamp")
      select ('a' || chr(1) || n || chr(1))::bytea, 1, '{}', '', ('s' || n)::bytea from generate_series(1, 20000) as n`);
    await database.run(
      `insert into "contract-notes/byTag" select ('x' || chr(1) || id)::bytea, id from "contract-notes"`,
    );
    await database.run('analyze');
    const bounds = { from: 'a', last: 'a\u00015000', now: 0 };
    const requests = [{}, { index: 'byStamp' }, { index: 'byTag' }].flatMap((each) => [
      each,
      { ...each, newestFirst: true },
    ]);
    const [tables] = tablesOf([notes]);

    const queries = [
      ...requests.map((request) => pageQuery(notes, { prefix: ['a'], limit: 10, ...request }, bounds)),
      lockQuery(tables!, planned([insert(notes, note({ stamp: 's' }))])),
    ];

    for (const { sql, values } of queries) {
      const plan = await planOf(database, sql, values.length);
      assert.doesNotMatch(plan, /Seq Scan/, sql);
      assert.match(plan, /Index Cond/, sql);
      // Sorted is only what a commit has found; and no index is read without a condition.
      if (!sql.includes('for update')) assert.doesNotMatch(plan, /Sort|Bitmap/, sql);
      else assert.doesNotMatch(plan, /Index Scan using/, sql);
    }
    await store.close();
    await database.drop();
  });
});

/** The plan that holds for any values, under the settings of the store's sessions. */
async function planOf(database: Database, sql: string, parameters: number): Promise<string> {
  const nulls = Array.from({ length: parameters }, () => 'null').join(', ');
  const rows =
    await database.run(`set plan_cache_mode = force_generic_plan; set enable_seqscan = off; set enable_sort = off;
    set enable_hashjoin = off; set enable_mergejoin = off; prepare asked as ${sql}; explain execute asked(${nulls})`);
  return rows.map((row) => String(row['QUERY PLAN'])).join('\n');
}
