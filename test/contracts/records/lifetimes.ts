/**
 * Part of the contract of every store of records: records past their time, records that stay together, and races.
 */
import assert from 'node:assert/strict';
import { isFailure } from '../../../src/base/failure.ts';
import { insert, remove, replace, update } from '../../../src/domain/ports/records.ts';
import { failsWith, note, notes, tickets, reading, type Ticket, type OpenRecords } from './notes.ts';

export function lifetimesContract(use: OpenRecords): void {
  const { get, titles, versionOf } = reading(use);

  describe('a record past its time', () => {
    const inSeconds = (seconds: number) => new Date(use.now().getTime() + seconds * 1000).toISOString();

    it('is there until that very moment', async () => {
      await use.records.commit(insert(notes, note({ until: inSeconds(10), stamp: 's', tags: ['x'] })));

      await use.pass(9);
      assert.ok(await get());
      await use.pass(1);

      assert.equal(await get(), undefined);
      assert.equal(await use.records.find(notes, 'byStamp', ['s']), undefined);
      assert.deepEqual(await titles({}), []);
      assert.deepEqual(await titles({ index: 'byStamp' }), []);
      assert.deepEqual(await titles({ index: 'byTag' }), []);
    });

    it('can be neither replaced nor removed', async () => {
      await use.records.commit(insert(notes, note({ until: inSeconds(10) })));
      const version = await versionOf();
      await use.pass(10);

      await assert.rejects(use.records.commit(replace(notes, note(), version)), failsWith('not-kept'));
      await assert.rejects(use.records.commit(remove(notes, ['a', 't'])), failsWith('not-kept'));
    });

    it('leaves no version that is good for the one that follows it', async () => {
      await use.records.commit(insert(notes, note({ until: inSeconds(10) })));
      const stale = await versionOf();
      await use.pass(10);
      await use.records.commit(insert(notes, note({ count: 2 })));

      for (const change of [replace(notes, note(), stale), remove(notes, ['a', 't'], stale)])
        await assert.rejects(use.records.commit(change), failsWith('changed-meanwhile'));
      assert.equal((await get())?.record.count, 2);
    });

    it('leaves its key and its unique keys to others', async () => {
      await use.records.commit(insert(notes, note({ until: inSeconds(10), stamp: 's', tags: ['x'] })));
      await use.records.commit(
        insert(notes, note({ title: 'other', until: inSeconds(10), stamp: 'o', tags: ['x'] })),
      );
      await use.pass(10);

      await use.records.commit(insert(notes, note({ count: 2 })));
      await use.records.commit(insert(notes, note({ title: 'third', stamp: 'o' })));

      assert.deepEqual((await get())?.record, note({ count: 2 }));
      assert.equal((await use.records.find(notes, 'byStamp', ['o']))?.record.title, 'third');
      assert.deepEqual(await titles({ index: 'byTag' }), []);
    });

    it('does not cut a page short', async () => {
      for (const title of ['1', '2', '3', '4', '5', '6']) {
        await use.records.commit(
          insert(notes, note({ title, ...(Number(title) < 4 && { until: inSeconds(10) }) })),
        );
      }
      await use.pass(10);

      const { records: page, next } = await use.records.page(notes, { prefix: [], limit: 2 });

      assert.deepEqual(
        page.map(({ title }) => title),
        ['4', '5'],
      );
      assert.ok(next);
    });

    it('lives longer when its time is moved in time', async () => {
      await use.records.commit(insert(notes, note({ until: inSeconds(10) })));
      await use.records.commit(replace(notes, note({ until: inSeconds(100) }), await versionOf()));
      await use.pass(50);
      assert.ok(await get());

      await use.records.commit(replace(notes, note(), await versionOf()));
      await use.pass(5000);

      assert.ok(await get());
    });

    it('is refused when its time is no time', async () => {
      await assert.rejects(use.records.commit(insert(notes, note({ until: 'tomorrow' }))), RangeError);
    });
  });

  describe('records that stay together', () => {
    const ticket = (family: string, id: string): Ticket => ({ family, ticket: id, label: 'l' });

    it('are committed at once within one value', async () => {
      await use.records.commit(insert(tickets, ticket('f', '1')), insert(tickets, ticket('f', '2')));

      assert.equal((await use.records.page(tickets, { prefix: ['f'], limit: 10 })).records.length, 2);
    });

    it('are refused in one commit with another value, and nothing is kept', async () => {
      const mixed = use.records.commit(insert(tickets, ticket('f', '1')), insert(tickets, ticket('g', '2')));

      await assert.rejects(mixed, failsWith('not-together'));
      assert.equal(await use.records.get(tickets, ['f', '1']), undefined);
    });

    it('are refused in one commit with records that live elsewhere', async () => {
      const mixed = use.records.commit(insert(tickets, ticket('f', '1')), insert(notes, note()));

      await assert.rejects(mixed, failsWith('not-together'));
    });

    it('have indexes that begin as their keys do', async () => {
      const astray = { ...tickets, lists: { byLabel: ({ label }: Ticket) => [[label]] } };

      await assert.rejects(use.records.commit(insert(astray, ticket('f', '1'))), RangeError);
    });

    it('count removals too', async () => {
      await use.records.commit(insert(tickets, ticket('f', '1')));

      const mixed = use.records.commit(insert(tickets, ticket('g', '2')), remove(tickets, ['f', '1']));

      await assert.rejects(mixed, failsWith('not-together'));
      assert.ok(await use.records.get(tickets, ['f', '1']));
    });
  });

  describe('races', () => {
    const outcomes = async (attempts: readonly Promise<unknown>[]) => {
      const settled = await Promise.allSettled(attempts);
      return settled.map((each) =>
        each.status === 'fulfilled' ? 'won' : isFailure(each.reason) ? each.reason.kind : String(each.reason),
      );
    };
    const hundred = <T>(make: (place: number) => T): T[] =>
      Array.from({ length: 100 }, (_, place) => make(place));

    it('have one winner among a hundred replacements at one version', async () => {
      await use.records.commit(insert(notes, note()));
      const first = await versionOf();

      const results = await outcomes(
        hundred((count) => use.records.commit(replace(notes, note({ count }), first))),
      );

      assert.equal(results.filter((each) => each === 'won').length, 1);
      assert.equal(results.filter((each) => each === 'changed-meanwhile').length, 99);
      assert.deepEqual(await get(), { record: note({ count: results.indexOf('won') }), version: first + 1 });
    });

    it('have one winner among a hundred insertions of one key', async () => {
      const results = await outcomes(hundred((count) => use.records.commit(insert(notes, note({ count })))));

      assert.equal(results.filter((each) => each === 'won').length, 1);
      assert.equal(results.filter((each) => each === 'already-kept').length, 99);
    });

    it('have one winner among a hundred claims of one unique key', async () => {
      const claim = (place: number) =>
        use.records.commit(insert(notes, note({ title: `${place}`, stamp: 's' })));

      const results = await outcomes(hundred(claim));

      assert.equal(results.filter((each) => each === 'won').length, 1);
      assert.equal((await titles({ limit: 1000 })).length, 1);
    });

    it('have one winner among a hundred removals', async () => {
      await use.records.commit(insert(notes, note()));

      const results = await outcomes(hundred(() => use.records.commit(remove(notes, ['a', 't']))));

      assert.equal(results.filter((each) => each === 'won').length, 1);
      assert.equal(results.filter((each) => each === 'not-kept').length, 99);
    });

    it('lose no update', async () => {
      await use.records.commit(insert(notes, note()));
      const grow = () =>
        update(use.records, notes, ['a', 't'], (each) => ({ ...each, count: each.count + 1 }));

      const results = await outcomes(Array.from({ length: 25 }, grow));
      const won = results.filter((each) => each === 'won').length;

      assert.ok(
        results.every((each) => each === 'won' || each === 'changed-meanwhile'),
        results.join(),
      );
      assert.equal((await get())?.record.count, won);
    });

    it('show every write that was acknowledged', async () => {
      const writeAndRead = async (place: number) => {
        const title = `${place}`;
        await use.records.commit(insert(notes, note({ title, stamp: title, tags: ['x'] })));
        const found = await use.records.find(notes, 'byStamp', [title]);
        const listed = await use.records.page(notes, { index: 'byTag', prefix: ['x', 'a', title], limit: 1 });
        return Boolean(await get(title)) && Boolean(found) && listed.records.length === 1;
      };

      const seen = await Promise.all(hundred(writeAndRead));

      assert.ok(seen.every(Boolean));
    });
  });
}
