/**
 * What a change writes in SQLite: as little as it can.
 */
import assert from 'node:assert/strict';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { insert, replace } from '../../src/domain/ports/records.ts';
import { planned } from '../../src/stores/shared/planned.ts';
import { createRows, statements } from '../../src/stores/sqlite/rows.ts';
import { prepareSchema, tablesOf } from '../../src/stores/sqlite/schema.ts';
import { note, notes } from '../contracts/records/notes.ts';

describe('a replacement in SQLite', () => {
  function written(change: (record: ReturnType<typeof note>) => ReturnType<typeof note>): string[] {
    const database = new DatabaseSync(':memory:');
    prepareSchema(database, [notes]);
    const prepare = statements(database);
    const said: string[] = [];
    const listening = (sql: string): StatementSync => {
      said.push(sql);
      return prepare(sql);
    };
    const rows = createRows(listening, [tablesOf(notes)]);
    const record = note({ stamp: 's', tags: ['x', 'y'] });
    const [insertion] = planned([insert(notes, record)]);
    rows.apply(insertion!, 0);
    said.length = 0;
    for (const each of planned([replace(notes, change(record), Number(insertion!.version))]))
      rows.apply(each, 0);
    database.close();
    return said.filter((sql) => !sql.startsWith('select'));
  }

  it('writes the document alone when no index has changed', () => {
    const said = written((record) => ({ ...record, count: 1 }));

    assert.deepEqual(said, ['update "contract-notes" set document = ?, version = version + 1 where id = ?']);
  });

  it('writes those indexes that have changed, and no other', () => {
    const said = written((record) => ({ ...record, tags: ['y', 'z'] }));

    assert.ok(said.some((sql) => sql.startsWith('delete from "contract-notes/byTag"')));
    assert.equal(said.filter((sql) => sql.startsWith('insert into "contract-notes/byTag"')).length, 1);
    assert.ok(said.every((sql) => !sql.includes('byStamp')));
  });
});
