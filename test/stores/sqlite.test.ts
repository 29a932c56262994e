/**
 * What a SQLite store must do beyond the contract: last, keep its indexes true, stay small, wait for the disk seldom, fail whole.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { insert, remove, replace, update, type Collection } from '../../src/domain/ports/records.ts';
import { openSqlite, pageQuery, type SqliteStore } from '../../src/stores/sqlite/index.ts';
import { contractCollections, note, notes } from '../contracts/records/notes.ts';
import { stillClock, type StillClock } from '../contracts/still-clock.ts';

describe('a SQLite store', () => {
  let directory: string;
  let file: string;
  let clock: StillClock;
  let store: SqliteStore;
  const open = (collections = contractCollections) => openSqlite(file, { clock, collections });
  const countRows = (table: string) => {
    const database = new DatabaseSync(file);
    try {
      return Number(database.prepare(`select count(*) as rows from "${table}"`).get()!.rows);
    } finally {
      database.close();
    }
  };

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

  it('keeps everything from one opening to the next', async () => {
    await store.records.commit(insert(notes, note({ stamp: 's', tags: ['x'] })));
    await store.expiring.put('state', 'id', { step: 1 }, 100);
    await store.expiring.count('tries', 'u', 100);
    await store.close();

    store = await open();

    assert.deepEqual(
      (await store.records.find(notes, 'byStamp', ['s']))?.record,
      note({ stamp: 's', tags: ['x'] }),
    );
    assert.deepEqual(await store.expiring.take('state', 'id'), { step: 1 });
    assert.equal(await store.expiring.count('tries', 'u', 100), 2);
  });

  it('is free for the next once it is closed, and closing twice does no harm', async () => {
    await Promise.all([store.close(), store.close()]);

    store = await open();

    assert.equal(await store.records.get(notes, ['a', 't']), undefined);
  });

  it('refuses what is written after closing, and finishes what was written before', async () => {
    const before = store.records.commit(insert(notes, note()));
    const closing = store.close();

    await assert.rejects(store.records.commit(insert(notes, note({ title: 'late' }))), /closed/);
    await before;
    await closing;

    store = await open();
    assert.ok(await store.records.get(notes, ['a', 't']));
    assert.equal(await store.records.get(notes, ['a', 'late']), undefined);
  });

  it('lets the process end by itself', (done) => {
    const script = `
      const { openSqlite } = await import(${JSON.stringify(new URL('../../src/stores/sqlite/index.ts', import.meta.url))});
      const clock = { now: () => new Date() };
      const store = await openSqlite(${JSON.stringify(join(directory, 'other.db'))}, { clock, collections: [] });
      await store.expiring.put('kind', 'id', 1, 100);`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: 'inherit' });

    child.on('exit', (code) => done(code === 0 ? undefined : new Error(`exit code ${code}`)));
  });

  it('does not let the write-ahead log grow without end while it is read', async () => {
    const grow = async (count: number) => {
      await update(store.records, notes, ['a', 't'], (each) => ({
        ...each,
        count,
        more: 'x'.repeat(100_000),
      }));
      await store.records.page(notes, { index: 'byTag', prefix: [], limit: 1 });
    };
    await store.records.commit(
      insert(notes, note({ tags: ['x'] })),
      insert(notes, note({ title: 'u', tags: ['x'] })),
    );

    for (let count = 0; count < 150; count += 1) await grow(count);

    // 15 MB were written; SQLite carries the log over into the file at every 1,000 pages.
    assert.ok(statSync(`${file}-wal`).size < 6_000_000);
  });

  it('fills an index that a collection has gained, and drops one that it has lost', async () => {
    await store.close();
    const plain: Collection<{ id: string; mail: string }> = { name: 'people', key: ({ id }) => [id] };
    const indexed: typeof plain = {
      ...plain,
      unique: { byMail: ({ mail }) => [mail] },
      lists: { byHost: ({ mail }) => [[mail.split('@')[1]!]] },
    };
    store = await open([plain]);
    for (const id of ['1', '2', '3']) await store.records.commit(insert(plain, { id, mail: `${id}@host` }));
    await store.close();

    store = await open([indexed]);
    assert.equal((await store.records.find(indexed, 'byMail', ['2@host']))?.record.id, '2');
    assert.equal(
      (await store.records.page(indexed, { index: 'byHost', prefix: ['host'], limit: 9 })).records.length,
      3,
    );
    await store.close();
    store = await open([plain]);
    await update(store.records, plain, ['2'], (each) => ({ ...each, mail: '2@elsewhere' }));
    await store.close();

    store = await open([indexed]);
    assert.equal(await store.records.find(indexed, 'byMail', ['2@host']), undefined);
    assert.deepEqual(
      (await store.records.page(indexed, { index: 'byHost', prefix: [], limit: 9 })).records.map(
        ({ id }) => id,
      ),
      ['2', '1', '3'],
    );
    await update(store.records, indexed, ['2'], (each) => ({ ...each, mail: '2@host' }));
  });

  it('sweeps what is past its time, a little now and then', async () => {
    const until = new Date(clock.now().getTime() + 10_000).toISOString();
    for (let place = 0; place < 20; place += 1) {
      await store.records.commit(insert(notes, note({ title: `${place}`, tags: ['x'], until })));
      await store.expiring.put('state', `${place}`, 1, 10);
      await store.expiring.count('tries', `${place}`, 10);
    }
    await store.expiring.put('state', 'later', 1, 1000);
    clock.pass(10);

    for (let place = 0; place < 200; place += 1) await store.expiring.put('state', 'later', place, 1000);
    await store.close();

    assert.equal(countRows(notes.name), 0);
    assert.equal(countRows(`${notes.name}/byTag`), 0);
    assert.equal(countRows('expiring notes'), 1);
    assert.equal(countRows('expiring counters'), 0);
    store = await open();
  });

  it('keeps what is read often at hand, and never for longer than it is true', async () => {
    const settings: Collection<{ id: string; host: string; list: string[] }> = {
      name: 'settings',
      key: ({ id }) => [id],
      unique: { byHost: ({ host }) => [host] },
      isReadOften: true,
    };
    await store.close();
    store = await open([...contractCollections, settings]);
    const { records } = store;
    const [one, other] = ['a', 'b'].map((host) => ({ id: '1', host, list: [host] }));
    await records.commit(insert(settings, one!));

    const first = await records.get(settings, ['1']);
    assert.equal(await records.get(settings, ['1']), first);
    assert.throws(() => first!.record.list.push('c'), TypeError);
    assert.deepEqual((await records.find(settings, 'byHost', ['a']))?.record, one);
    await records.commit(replace(settings, other!, first!.version));
    assert.deepEqual(await records.get(settings, ['1']), { record: other, version: first!.version + 1 });
    assert.equal(await records.find(settings, 'byHost', ['a']), undefined);
    await records.commit(remove(settings, ['1']));
    assert.equal(await records.get(settings, ['1']), undefined);
    await records.commit(insert(settings, one!));
    assert.deepEqual((await records.get(settings, ['1']))?.record, one);
  });

  it('waits for the disk once for all commits of a tick', async () => {
    const before = commitsIn(`${file}-wal`);

    await Promise.all(
      Array.from({ length: 64 }, (_, place) =>
        store.records.commit(insert(notes, note({ title: `${place}` }))),
      ),
    );

    assert.equal(commitsIn(`${file}-wal`) - before, 1);
  });

  it('keeps the rest of a batch when one job fails for a reason of the disk', async () => {
    const other = new DatabaseSync(file);
    other.exec('drop table "contract-tickets"');
    other.close();
    const ticket = { name: 'contract-tickets', key: () => ['x'], together: 1 } satisfies Collection<object>;

    const results = await Promise.allSettled([
      store.records.commit(insert(notes, note())),
      store.records.commit(insert(ticket, {})),
      store.expiring.claim('mark', 'id', 1, 10),
    ]);

    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    assert.ok(await store.records.get(notes, ['a', 't']));
  });

  it('tells every writer of a batch when the disk gives up in the middle, and keeps nothing', async () => {
    // SQLite takes back the whole transaction, as it does when the disk is full.
    const other = new DatabaseSync(file);
    other.exec(`create trigger full before insert on "${notes.name}" when new.key like '%poison%'
      begin select raise(rollback, 'disk full'); end`);
    other.close();
    const titles = ['before', 'poison', 'after'];

    const results = await Promise.allSettled(
      titles.map((title) => store.records.commit(insert(notes, note({ title })))),
    );

    assert.deepEqual(
      results.map(
        (each) => each.status === 'rejected' && /could not write: disk full/.test(String(each.reason)),
      ),
      [true, true, true],
    );
    for (const title of titles) assert.equal(await store.records.get(notes, ['a', title]), undefined);
    await store.records.commit(insert(notes, note()));
  });

  it('finds every page along an index, never through the whole table', () => {
    const database = new DatabaseSync(file);
    const requests = [{}, { index: 'byStamp' }, { index: 'byTag' }];
    try {
      for (const request of requests.flatMap((each) => [each, { ...each, newestFirst: true }])) {
        const { sql, values } = pageQuery(notes, { prefix: ['a'], limit: 10, ...request }, 0);
        const plan = database
          .prepare(`explain query plan ${sql}`)
          .all(...values)
          .map(({ detail }) => String(detail));
        assert.ok(
          plan.every((step) => step.startsWith('SEARCH')),
          plan.join('\n'),
        );
      }
    } finally {
      database.close();
    }
  });
});

/** How many transactions a write-ahead log holds: its frames that carry a database size (SQLite file format, section 4.1). */
function commitsIn(file: string): number {
  const bytes = readFileSync(file);
  if (bytes.length === 0) return 0;
  const pageSize = bytes.readUInt32BE(8);
  let commits = 0;
  for (let frame = 32; frame + 24 <= bytes.length; frame += 24 + pageSize)
    if (bytes.readUInt32BE(frame + 4) > 0) commits += 1;
  return commits;
}
