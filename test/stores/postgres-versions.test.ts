/**
 * Nodes of two versions on one PostgreSQL database: the newer one knows an index, a list and a member that the older one does not.
 */
import assert from 'node:assert/strict';
import { isFailure } from '../../src/base/failure.ts';
import { insert, remove, update, type Collection } from '../../src/domain/ports/records.ts';
import { openPostgres, type PostgresStore } from '../../src/stores/postgres/index.ts';
import { failsWith } from '../contracts/records/notes.ts';
import { stillClock } from '../contracts/still-clock.ts';
import { withPostgres, type Database } from '../support/servers/postgres.ts';

interface Old {
  readonly name: string;
  readonly email: string;
  readonly count: number;
}
interface New extends Old {
  readonly locale?: string;
}
const older: Collection<Old> = { name: 'people', key: ({ name }) => [name] };
const newer: Collection<New> = {
  ...older,
  unique: { byEmail: ({ email }) => [email] },
  lists: { byLocale: ({ locale }) => (locale === undefined ? [] : [[locale]]) },
};
const person = (over: Partial<New> = {}): New => ({ name: 'ann', email: 'a@x', count: 0, ...over });

withPostgres('Two versions on one database', (createDatabase) => {
  let database: Database;
  let before: PostgresStore;
  let after: PostgresStore;
  let reported: unknown[];

  beforeEach(async () => {
    database = await createDatabase();
    reported = [];
    const open = (collection: Collection<Old>) =>
      openPostgres(database.url, {
        clock: stillClock(),
        collections: [collection],
        onError: (error) => reported.push(error),
      });
    before = await open(older);
    await before.records.commit(insert(older, person({ name: 'first', email: 'f@x' })));
    after = await open(newer);
  });
  afterEach(async () => {
    await Promise.all([before.close(), after.close()]);
    await database.drop();
  });

  const nameOf = async (email: string) => (await after.records.find(newer, 'byEmail', [email]))?.record.name;
  const namesIn = async (locale: string) => {
    const request = { index: 'byLocale', prefix: [locale], limit: 9 };
    return (await after.records.page(newer, request)).records.map(({ name }) => name);
  };

  it('find by the new index what was there before it', async () => {
    assert.equal(await nameOf('f@x'), 'first');
    assert.deepEqual(reported, []);
  });

  it('both open again, in any order', async () => {
    const parts = { clock: stillClock(), onError: (error: unknown) => reported.push(error) };
    const again = await openPostgres(database.url, { ...parts, collections: [older] });

    assert.equal((await again.records.get(older, ['first']))?.record.email, 'f@x');

    await again.close();
    assert.deepEqual(reported, []);
  });

  it('see what the other writes, by key at once and by the new index after tending', async () => {
    await before.records.commit(insert(older, person()));
    assert.ok(await after.records.get(newer, ['ann']));

    await after.tend();

    assert.equal(await nameOf('a@x'), 'ann');
    assert.deepEqual(reported, []);
  });

  it('keep members and lists of the newer one when the older one reads, changes and writes', async () => {
    await after.records.commit(insert(newer, person({ locale: 'de' })));

    await update(before.records, older, ['ann'], (each) => ({ ...each, count: 1 }));

    assert.deepEqual((await after.records.get(newer, ['ann']))?.record, person({ locale: 'de', count: 1 }));
    assert.deepEqual(await namesIn('de'), ['ann']);
    assert.equal(await nameOf('a@x'), 'ann');
    await update(after.records, newer, ['ann'], (each) => ({ ...each, locale: 'fr' }));
    assert.deepEqual([await namesIn('de'), await namesIn('fr')], [[], ['ann']]);
  });

  it('do not believe an entry of the new index that the older one has made stale', async () => {
    await after.records.commit(insert(newer, person({ email: 'old@x' })));
    await update(before.records, older, ['ann'], (each) => ({ ...each, email: 'new@x' }));

    assert.equal(await nameOf('old@x'), undefined);
    await after.records.commit(insert(newer, person({ name: 'eve', email: 'old@x' })));
    assert.equal(await nameOf('old@x'), 'eve');
    await after.tend();

    assert.equal(await nameOf('new@x'), 'ann');
    assert.equal(await nameOf('old@x'), 'eve');
    assert.deepEqual(reported, []);
  });

  it('take a record that the older one removes off the new lists', async () => {
    await after.records.commit(insert(newer, person({ locale: 'de' })));

    await before.records.commit(remove(older, ['ann']));

    assert.deepEqual(await namesIn('de'), []);
    await after.records.commit(insert(newer, person({ name: 'eve' })));
    assert.equal(await nameOf('a@x'), 'eve');
  });

  it('leave two of one unique key, which the older one let in, both there and say so', async () => {
    await before.records.commit(insert(older, person()), insert(older, person({ name: 'eve' })));

    await after.tend();

    assert.equal(await nameOf('a@x'), 'ann');
    assert.equal((await after.records.get(newer, ['eve']))?.record.email, 'a@x');
    assert.ok(reported.length === 1 && isFailure(reported[0], 'already-kept'));
    await assert.rejects(
      after.records.commit(insert(newer, person({ name: 'third' }))),
      failsWith('already-kept', { index: 'byEmail' }),
    );
  });

  it('race for one record without losing a change', async () => {
    await after.records.commit(insert(newer, person({ locale: 'de' })));
    const raise = (each: PostgresStore, collection: Collection<Old>) =>
      update(each.records, collection, ['ann'], (record) => ({ ...record, count: record.count + 1 }));

    for (let round = 0; round < 10; round += 1)
      await Promise.all([raise(before, older), raise(after, newer), raise(before, older)]);

    assert.deepEqual((await after.records.get(newer, ['ann']))?.record, person({ locale: 'de', count: 30 }));
    await after.tend();
    assert.deepEqual([await namesIn('de'), await nameOf('a@x')], [['ann'], 'ann']);
  });
});
