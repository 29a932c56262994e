/**
 * What a PostgreSQL store must do beyond the contract: come up with others, race without waiting in circles, keep to its indexes.
 */
import assert from 'node:assert/strict';
import { Client } from 'pg';
import { isFailure } from '../../src/base/failure.ts';
import { insert, remove, replace, type Collection } from '../../src/domain/ports/records.ts';
import { openPostgres, type PostgresStore } from '../../src/stores/postgres/index.ts';
import {
  allPages,
  contractCollections,
  failsWith,
  note,
  notes,
  versionOf,
  type Note,
} from '../contracts/records/notes.ts';
import { stillClock, type StillClock } from '../contracts/still-clock.ts';
import { withPostgres, type Database } from '../support/servers/postgres.ts';

withPostgres('a PostgreSQL store', (createDatabase) => {
  let database: Database;
  let clock: StillClock;
  let store: PostgresStore;
  const open = (collections = contractCollections) => openPostgres(database.url, { clock, collections });
  /** The change of a note from what it is now. */
  const replacement = async (over: Partial<Note> & Pick<Note, 'title'>) =>
    replace(notes, note(over), await versionOf(store.records, over.title));

  beforeEach(async () => {
    database = await createDatabase();
    clock = stillClock();
    store = await open();
  });
  afterEach(async () => {
    await store.close();
    await database.drop();
  });

  it('comes up on an empty database however many do so at once', async () => {
    const empty = await createDatabase();
    const opening = Array.from({ length: 8 }, () =>
      openPostgres(empty.url, { clock, collections: contractCollections }),
    );

    const stores = await Promise.all(opening);

    await stores[0]!.records.commit(insert(notes, note({ stamp: 's' })));
    for (const each of stores) assert.ok(await each.records.find(notes, 'byStamp', ['s']));
    await Promise.all(stores.map((each) => each.close()));
    await empty.drop();
  }).timeout(20_000); // Each store makes its connections.

  it('lets two nodes see what the other has acknowledged', async () => {
    const other = await open();

    await store.records.commit(insert(notes, note({ tags: ['x'] })));
    const first = await versionOf(other.records);
    await other.records.commit(replace(notes, note({ count: 1, tags: ['y'] }), first));

    assert.equal(await versionOf(store.records), first + 1);
    assert.equal(
      (await store.records.page(notes, { index: 'byTag', prefix: ['x'], limit: 1 })).records.length,
      0,
    );
    await other.close();
  });

  it('keeps all of a hundred commits at once, from two nodes', async () => {
    const other = await open();
    const commit = (place: number) =>
      (place % 2 ? store : other).records.commit(
        insert(notes, note({ title: `${place}`, stamp: `${place}`, tags: ['x', `${place % 7}`] })),
        insert(notes, note({ shelf: 'b', title: `${place}` })),
      );

    await Promise.all(Array.from({ length: 100 }, (_, place) => commit(place)));

    assert.equal((await allPages(store.records, notes, { prefix: [], limit: 60 })).length, 200);
    assert.equal(
      (await allPages(store.records, notes, { index: 'byTag', prefix: ['x'], limit: 60 })).length,
      100,
    );
    await other.close();
  });

  it('gives one of two nodes the unique key that both want, and the other a refusal', async () => {
    const other = await open();
    const claim = (place: number) =>
      (place % 2 ? store : other).records.commit(insert(notes, note({ title: `${place}`, stamp: 's' })));

    const settled = await Promise.allSettled(Array.from({ length: 40 }, (_, place) => claim(place)));

    const refusals = settled.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
    assert.equal(refusals.length, 39);
    assert.ok(
      refusals.every((each) => isFailure(each, 'already-kept') && each.facts.index === 'byStamp'),
      String(refusals[0]),
    );
    await other.close();
  });

  it('makes commits that name the same records in opposite orders all succeed', async () => {
    const titles = Array.from({ length: 10 }, (_, place) => `${place}`);
    await store.records.commit(...titles.map((title) => insert(notes, note({ title }))));
    const other = await open();
    const touch = async ({ records }: PostgresStore, order: readonly string[]) => {
      for (;;) {
        const kept = await Promise.all(order.map((title) => records.get(notes, ['a', title])));
        const changes = kept.map((each) =>
          replace(notes, { ...each!.record, count: each!.record.count + 1 }, each!.version),
        );
        try {
          return await records.commit(...changes);
        } catch (error) {
          if (!isFailure(error, 'changed-meanwhile')) throw error;
        }
      }
    };
    const before = await deadlocks(database);

    const writers = Array.from({ length: 12 }, (_, place) =>
      place % 2 ? touch(store, titles) : touch(other, titles.toReversed()),
    );
    await Promise.all(writers);

    for (const title of titles)
      assert.equal((await store.records.get(notes, ['a', title]))?.record.count, 12);
    await other.close();
    assert.equal(await deadlocks(database), before);
  }).timeout(20_000); // A commit may have to try again behind each other one.

  it('makes commits that insert the same keys in opposite orders refuse, and never wait in a circle', async () => {
    const titles = Array.from({ length: 10 }, (_, place) => `${place}`);
    const other = await open();
    const before = await deadlocks(database);
    const add = ({ records }: PostgresStore, order: readonly string[]) =>
      records.commit(...order.map((title) => insert(notes, note({ title }))));

    const settled = await Promise.allSettled(
      Array.from({ length: 20 }, (_, place) =>
        place % 2 ? add(store, titles) : add(other, titles.toReversed()),
      ),
    );

    assert.equal(settled.filter(({ status }) => status === 'fulfilled').length, 1);
    assert.ok(settled.every((each) => each.status === 'fulfilled' || isFailure(each.reason, 'already-kept')));
    await other.close();
    assert.equal(await deadlocks(database), before);
  });

  it('does again what the database took back to end a deadlock', async () => {
    await store.records.commit(insert(notes, note({ title: '1' })), insert(notes, note({ title: '2' })));
    const replacements = await Promise.all(['1', '2'].map((title) => replacement({ title, count: 1 })));
    const stranger = new Client({ connectionString: database.url });
    await stranger.connect();
    const lock = (title: string) =>
      stranger.query(`select id from "contract-notes" where document like '%"title":"${title}"%' for update`);
    // The store is the first to look for a circle, and so the one that is taken back.
    await stranger.query(`set deadlock_timeout = '1h'; begin`);
    await lock('2');
    const commit = store.records.commit(...replacements);
    await waiting(database);

    await lock('1');
    await stranger.query('commit');

    await commit;
    assert.equal((await store.records.get(notes, ['a', '2']))?.record.count, 1);
    assert.equal(Number(await deadlocks(database)) > 0, true);
    await stranger.end();
  }).timeout(20_000); // PostgreSQL looks for deadlocks after a second.

  it('hands unique keys on within a commit', async () => {
    await store.records.commit(
      insert(notes, note({ title: '1', stamp: 'x' })),
      insert(notes, note({ title: '2', stamp: 'y' })),
      insert(notes, note({ title: '3', stamp: 'z' })),
    );

    await store.records.commit(
      await replacement({ title: '2', stamp: 'w' }),
      await replacement({ title: '1', stamp: 'y' }),
      await replacement({ title: '3', stamp: 'x' }),
      insert(notes, note({ title: '0', stamp: 'z' })),
    );

    const titleOf = async (stamp: string) =>
      (await store.records.find(notes, 'byStamp', [stamp]))?.record.title;
    assert.deepEqual(await Promise.all(['w', 'x', 'y', 'z'].map(titleOf)), ['2', '3', '1', '0']);
  });

  it('never says that a record is gone while a commit puts it anew', async () => {
    await store.records.commit(insert(notes, note()));
    const renew = () => store.records.commit(remove(notes, ['a', 't']), insert(notes, note()));

    const settled = await Promise.allSettled(Array.from({ length: 50 }, renew));

    assert.deepEqual(
      settled.filter(({ status }) => status === 'rejected'),
      [],
    );
  });

  it('keeps and finds keys of any length, and pages through them', async () => {
    const long = (end: string) => 'ä€😀'.repeat(1000) + end;
    const titles = [long('1'), long('2'), long('3'), 'short'];
    for (const title of titles)
      await store.records.commit(insert(notes, note({ title, stamp: title, tags: [title, 'x'] })));

    for (const title of titles) {
      assert.equal((await store.records.get(notes, ['a', title]))?.record.title, title);
      assert.equal((await store.records.find(notes, 'byStamp', [title]))?.record.title, title);
      for (const request of [
        { prefix: ['a', title] },
        { index: 'byStamp', prefix: [title] },
        { index: 'byTag', prefix: [title] },
      ]) {
        const found = await allPages(store.records, notes, { ...request, limit: 1 });
        assert.deepEqual(
          found.map(({ title }) => title),
          [title],
        );
      }
    }
    const all = await allPages(store.records, notes, { index: 'byTag', prefix: ['x'], limit: 1 });
    assert.deepEqual(all.map(({ title }) => title).toSorted(), titles.toSorted());
    await assert.rejects(
      store.records.commit(insert(notes, note({ title: 'other', stamp: long('2') }))),
      failsWith('already-kept', { index: 'byStamp' }),
    );
  });

  it('removes what is past its time, with its places in lists', async () => {
    const until = new Date(clock.now().getTime() + 10_000).toISOString();
    await store.records.commit(
      insert(notes, note({ until, tags: ['x'] })),
      insert(notes, note({ title: 'stays', tags: ['x'] })),
    );
    clock.pass(10);

    await store.tend();

    const [counted] = await database.run(
      `select (select count(*) from "contract-notes") as notes, (select count(*) from "contract-notes/byTag") as tags`,
    );
    assert.deepEqual(counted, { notes: '1', tags: '1' });
  });

  it('commits durably though the database would rather not', async () => {
    const lazy = `${database.url}%20-c%20synchronous_commit%3Doff`;
    const other = await openPostgres(lazy, { clock, collections: contractCollections });
    // A trigger runs in the store's own session.
    await database.run(`create table seen (setting text); create function note_setting() returns trigger language plpgsql as
      $$ begin insert into seen values (current_setting('synchronous_commit')); return new; end $$;
      create trigger note_setting before insert on "contract-notes" for each row execute function note_setting()`);

    await other.records.commit(insert(notes, note()));

    assert.deepEqual(await database.run('select setting from seen'), [{ setting: 'on' }]);
    await other.close();
  });

  it('refuses what is asked after closing, and finishes what was asked before', async () => {
    const before = Array.from({ length: 30 }, (_, place) =>
      store.records.commit(insert(notes, note({ title: `${place}` }))),
    );
    const closing = Promise.all([store.close(), store.close()]);

    await assert.rejects(store.records.commit(insert(notes, note({ title: 'late' }))), /closed/);
    await Promise.all(before);
    await closing;

    assert.equal(await store.isHealthy(), false);
    store = await open();
    assert.equal((await allPages(store.records, notes, { prefix: [], limit: 100 })).length, 30);
  });

  it('refuses names that are no names, too long, or twice', async () => {
    const named = (name: string): Collection<object> => ({ name, key: () => ['x'] });
    const indexed = (index: string): Collection<object> => ({
      ...named('short'),
      unique: { [index]: () => ['x'] },
    });
    for (const collection of [
      ...['', 'Users', 'a b', 'x"; drop table y; --', 'x'.repeat(64)].map(named),
      indexed('x"'),
      indexed('y'.repeat(60)),
    ])
      await assert.rejects(open([collection]), failsWith('store-unreadable'));

    await assert.rejects(
      open([notes, { ...notes }]),
      failsWith('store-unreadable', { reason: 'two collections of one name' }),
    );
  });

  it('says that it is unavailable when nobody answers', async () => {
    const nowhere = openPostgres('postgres://cognate@127.0.0.1:1/none', { clock, collections: [] });

    await assert.rejects(nowhere, failsWith('store-unavailable'));
  });
});

const deadlocks = async (database: Database): Promise<unknown> => {
  await database.run('select pg_stat_clear_snapshot()');
  const [row] = await database.run(
    `select deadlocks from pg_stat_database where datname = current_database()`,
  );
  return row?.deadlocks;
};

/** Resolves once somebody waits for a row. */
async function waiting(database: Database): Promise<void> {
  const count = async () => (await database.run('select 1 from pg_locks where not granted')).length;
  while ((await count()) === 0);
}
