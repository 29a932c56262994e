/**
 * What a SQLite file may be when it is opened: in use, somebody else's, damaged, newer, torn.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isFailure } from '../../src/base/failure.ts';
import { insert, type Collection } from '../../src/domain/ports/records.ts';
import { openSqlite, type SqliteStore } from '../../src/stores/sqlite/index.ts';
import { contractCollections, failsWith, note, notes } from '../contracts/records/notes.ts';
import { stillClock, type StillClock } from '../contracts/still-clock.ts';

describe('opening a SQLite store', () => {
  let directory: string;
  let file: string;
  let clock: StillClock;
  let store: SqliteStore;
  const open = (collections = contractCollections) => openSqlite(file, { clock, collections });

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'cognate-sqlite-'));
    file = join(directory, 'test.db');
    clock = stillClock();
    store = await open();
  });
  afterEach(async () => {
    await store.close();
    rmSync(directory, { recursive: true });
  });

  it('refuses a second opening, and says what would allow it', async () => {
    const words = /More than one process needs DATABASE_URL and REDIS_URL/;

    await assert.rejects(
      open(),
      (error) => isFailure(error, 'store-in-use') && words.test(String(error.facts.reason)),
    );
    await store.records.commit(insert(notes, note()));
  });

  it('refuses another process', () => {
    const script = `
      const { openSqlite } = await import(${JSON.stringify(new URL('../../src/stores/sqlite/index.ts', import.meta.url))});
      const clock = { now: () => new Date() };
      await openSqlite(${JSON.stringify(file)}, { clock, collections: [] }).then(
        () => console.log('opened'), (error) => console.log(error.kind));`;

    const said = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
      encoding: 'utf8',
    });

    assert.equal(said.trim(), 'store-in-use');
  });

  it('is readable by its owner alone', async () => {
    await store.records.commit(insert(notes, note()));

    for (const name of ['', '-wal', '-shm', '.lock'])
      assert.equal(statSync(file + name).mode & 0o777, 0o600, name);
  });

  it('refuses a file that is no database, and one that is damaged', async () => {
    const other = join(directory, 'other.db');
    for (const bytes of [
      Buffer.from('not a database at all, but long enough to be looked at'.repeat(99)),
      damaged(),
    ]) {
      writeFileSync(other, bytes);
      await assert.rejects(
        openSqlite(other, { clock, collections: contractCollections }),
        failsWith('store-unreadable', { file: other }),
      );
    }
  });

  it('refuses a file of a newer version', async () => {
    await store.close();
    const database = new DatabaseSync(file);
    database.exec('pragma user_version = 2');
    database.close();

    await assert.rejects(open(), failsWith('store-unreadable'));

    const again = new DatabaseSync(file);
    again.exec('pragma user_version = 1');
    again.close();
    store = await open();
  });

  it('refuses a place that cannot be written', async () => {
    await assert.rejects(
      openSqlite(join(directory, 'none', 'x.db'), { clock, collections: [] }),
      failsWith('store-unreadable'),
    );
  });

  it('refuses names that are no names', async () => {
    const named = (name: string): Collection<object> => ({ name, key: () => ['x'] });
    for (const name of ['', 'Users', 'a b', 'x"; drop table y; --', 'a/b', '-a']) {
      await assert.rejects(
        openSqlite(join(directory, 'names.db'), { clock, collections: [named(name)] }),
        failsWith('store-unreadable'),
      );
    }
  });

  it('refuses two collections of one name, which would share a table', async () => {
    const twice = [notes, { ...notes }];

    const opening = openSqlite(join(directory, 'twice.db'), { clock, collections: twice });

    await assert.rejects(opening, failsWith('store-unreadable', { reason: 'two collections of one name' }));
  });

  it('opens however its files were left', async () => {
    await store.records.commit(insert(notes, note()));
    const [main, wal] = ['', '-wal'].map((name) => readFileSync(file + name)) as [Buffer, Buffer];
    const torn = join(directory, 'torn.db');
    writeFileSync(torn, main);
    writeFileSync(`${torn}-wal`, wal.subarray(0, wal.length - 100));
    chmodSync(torn, 0o600);

    const reopened = await openSqlite(torn, { clock, collections: contractCollections });

    assert.equal(await reopened.records.get(notes, ['a', 't']), undefined);
    await reopened.records.commit(insert(notes, note()));
    await reopened.close();
  });
});

/** A database whose schema page is rubbish. */
function damaged(): Buffer {
  const bytes = Buffer.alloc(4096, 0xff);
  bytes.write('SQLite format 3\0', 'latin1');
  return bytes;
}
