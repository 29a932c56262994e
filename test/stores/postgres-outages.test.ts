/**
 * What a PostgreSQL store does while the database, or the way to it, is away: it fails clearly and soon, and comes back by itself.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { isFailure } from '../../src/base/failure.ts';
import { insert } from '../../src/domain/ports/records.ts';
import { LOCK } from '../../src/stores/postgres/schema.ts';
import { openPostgres, type PostgresStore } from '../../src/stores/postgres/index.ts';
import { allPages, contractCollections, failsWith, note, notes } from '../contracts/records/notes.ts';
import { stillClock } from '../contracts/still-clock.ts';
import { startPostgres, withPostgres, type Database } from '../support/servers/postgres.ts';
import { startProxy, type Break, type Proxy } from '../support/servers/proxy.ts';

const WRITER = fileURLToPath(new URL('../faults/commit-writer.ts', import.meta.url));

const MOST_TRIES = 1000;

const open = (url: string, patience?: number): Promise<PostgresStore> =>
  openPostgres(url, {
    clock: stillClock(),
    collections: contractCollections,
    ...(patience !== undefined && { patience }),
  });

/** Two records in two indexes. */
const changesOf = (shelf: string) =>
  ['one', 'two'].map((title) =>
    insert(notes, note({ shelf, title, stamp: `${title} ${shelf}`, tags: [shelf] })),
  );

withPostgres('A PostgreSQL store whose connection breaks', (createDatabase) => {
  let database: Database;
  let proxy: Proxy;
  let store: PostgresStore;
  /** The way to the database that breaks. */
  let way: string;

  beforeEach(async () => {
    database = await createDatabase();
    store = await open(database.url);
    const url = new URL(database.url);
    proxy = await startProxy(Number(url.port));
    url.port = String(proxy.port);
    way = url.href;
  });
  afterEach(async () => {
    await store.close();
    await proxy.stop();
    await database.drop();
  });

  /** Breaks the way at each message of a commit in turn; gives what each caller was told, and how many records are there. */
  async function outcomesOf(place: Break): Promise<readonly string[]> {
    const through = await open(way);
    const outcomes: string[] = [];
    for (let message = 1; ; message += 1) {
      const shelf = `${message}`;
      // So that there is a connection.
      await through.records.get(notes, ['none']);
      proxy.breakAt(message, place);
      const told = await through.records.commit(...changesOf(shelf)).then(
        () => 'made',
        (error: unknown) => {
          assert.ok(isFailure(error, 'store-unavailable'), String(error));
          return String(error.facts['outcome']);
        },
      );
      if (proxy.isWhole()) break;
      const byKey = await store.records.page(notes, { prefix: [shelf], limit: 9 });
      const byTag = await store.records.page(notes, { index: 'byTag', prefix: [shelf], limit: 9 });
      assert.equal(byTag.records.length, byKey.records.length);
      outcomes.push(`${told}, ${byKey.records.length}`);
    }
    // The last message was never sent.
    proxy.breakAt(0, place);
    await through.close();
    return outcomes;
  }

  it('before a message arrives makes the commit anew, or says that the outcome is unknown', async () => {
    const outcomes = await outcomesOf('before');

    assert.deepEqual([...new Set(outcomes)].toSorted(), ['made, 2', 'unknown, 0']);
    assert.equal(outcomes.filter((each) => each === 'unknown, 0').length, 1);
  });

  it('before an answer arrives makes the commit anew, or says that the outcome is unknown', async () => {
    const outcomes = await outcomesOf('after');

    assert.deepEqual([...new Set(outcomes)].toSorted(), ['made, 2', 'unknown, 2']);
    assert.equal(outcomes.filter((each) => each === 'unknown, 2').length, 1);
  });

  it('while nobody uses it is not noticed by whoever asks next', async () => {
    const ask = () => Promise.all(Array.from({ length: 20 }, () => store.records.get(notes, ['none'])));
    await ask();

    await database.run(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'cognate'`,
    );

    await ask();
    await store.records.commit(...changesOf('x'));
  });

  it('does not open when nothing comes back', async () => {
    proxy.hush();

    await assert.rejects(open(way, 300), failsWith('store-unavailable'));
  });

  it('refuses soon, reads and writes, while nothing comes back, and goes on when it does', async () => {
    const through = await open(way, 500);
    proxy.hush();

    const asked = [
      ...Array.from({ length: 15 }, (_, place) => through.records.commit(...changesOf(`${place}`))),
      through.records.get(notes, ['a', 'one']),
    ];
    for (const each of await Promise.allSettled(asked))
      assert.ok(each.status === 'rejected' && isFailure(each.reason, 'store-unavailable'));
    assert.equal(await through.isHealthy(), false);
    proxy.speak();

    await through.records.commit(...changesOf('x'));
    assert.equal(await through.isHealthy(), true);
    await through.close();
  }).timeout(10_000); // Half a second for the calls, two for the question of health.

  it('closes though nothing comes back', async () => {
    const through = await open(way, 500);
    await through.records.get(notes, ['none']);
    proxy.hush();
    const before = openSockets();

    await through.close();

    // The proxy has not let go of its own.
    assert.equal(openSockets(), before - 1);
  }).timeout(10_000); // It waits two seconds for a goodbye.
});

withPostgres('A PostgreSQL store whose server changes', (createDatabase) => {
  it('goes on when the server, killed while ten connections were open, is back', async () => {
    const server = await startPostgres();
    const { url } = await server.createDatabase();
    const errors: unknown[] = [];
    const store = await openPostgres(url, {
      clock: stillClock(),
      collections: contractCollections,
      onError: (error) => errors.push(error),
    });
    await Promise.all(
      Array.from({ length: 30 }, (_, place) => store.records.commit(...changesOf(`${place}`))),
    );

    await server.kill();
    await assert.rejects(store.records.commit(...changesOf('away')), failsWith('store-unavailable'));
    await assert.rejects(store.records.get(notes, ['0', 'one']), failsWith('store-unavailable'));
    assert.equal(await store.isHealthy(), false);
    await server.start();

    await store.records.commit(...changesOf('back'));
    assert.equal(await store.isHealthy(), true);
    assert.equal((await allPages(store.records, notes, { prefix: [], limit: 60 })).length, 62);
    assert.ok(errors.length > 0);
    await store.close();
    await server.stop();
  }).timeout(60_000); // A server is made, killed and started again.

  it('comes up on an empty database when ten processes open it at once', async () => {
    const database = await createDatabase();
    const holder = new Client({ connectionString: database.url });
    await holder.connect();
    await holder.query(`select pg_advisory_lock(${LOCK})`);
    const children = Array.from({ length: 10 }, (_, run) =>
      spawn(process.execPath, [WRITER, 'postgres', database.url, String(run)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    );

    // None makes a table before all have come.
    const waiting = `select 1 from pg_locks where locktype = 'advisory' and not granted`;
    for (let tries = 0; (await database.run(waiting)).length < children.length; tries += 1)
      assert.ok(tries < MOST_TRIES, 'they do not wait for the lock');
    await holder.end();
    // Each tells its first commit.
    const told = await Promise.all(
      children.map(async (child) => {
        const first = await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
        const gone = once(child, 'close');
        child.kill('SIGKILL');
        await gone;
        return String(first[0]).split('-')[0];
      }),
    );

    assert.deepEqual(
      told,
      children.map((_, run) => `commit ${run}`),
    );
    const writing = `select 1 from pg_stat_activity where application_name = 'cognate' and state <> 'idle'`;
    while ((await database.run(writing)).length > 0);
    await database.drop();
  }).timeout(60_000); // Ten processes are started.
});

const openSockets = (): number =>
  process.getActiveResourcesInfo().filter((each) => each === 'TCPSocketWrap').length;
