/**
 * Part of the contract of every store of records: unique indexes and lists: what they find, refuse and follow.
 */
import assert from 'node:assert/strict';
import { insert, remove, replace } from '../../../src/domain/ports/records.ts';
import { failsWith, note, notes, reading, type OpenRecords } from './notes.ts';

export function indexesContract(use: OpenRecords): void {
  const { get, titles, versionOf } = reading(use);

  describe('a unique index', () => {
    it('finds, and follows the record when it changes', async () => {
      await use.records.commit(insert(notes, note({ stamp: 'old' })));
      const first = await versionOf();
      await use.records.commit(replace(notes, note({ stamp: 'new' }), first));

      assert.equal(await use.records.find(notes, 'byStamp', ['old']), undefined);
      assert.equal((await use.records.find(notes, 'byStamp', ['new']))?.version, first + 1);
    });

    it('refuses a second record, names the index, and keeps no trace of it', async () => {
      await use.records.commit(insert(notes, note({ title: 'one', stamp: 's' })));

      const second = use.records.commit(insert(notes, note({ title: 'two', stamp: 's', tags: ['x'] })));

      await assert.rejects(second, failsWith('already-kept', { collection: notes.name, index: 'byStamp' }));
      assert.equal(await get('two'), undefined);
      assert.deepEqual(await titles({ index: 'byTag', prefix: ['x'] }), []);
      assert.equal((await use.records.find(notes, 'byStamp', ['s']))?.record.title, 'one');
    });

    it('refuses a replacement that takes the key of another', async () => {
      await use.records.commit(
        insert(notes, note({ title: 'one', stamp: '1' })),
        insert(notes, note({ title: 'two', stamp: '2' })),
      );

      const clash = use.records.commit(
        replace(notes, note({ title: 'two', stamp: '1' }), await versionOf('two')),
      );

      await assert.rejects(clash, failsWith('already-kept', { index: 'byStamp' }));
      assert.equal((await use.records.find(notes, 'byStamp', ['2']))?.record.title, 'two');
    });

    it('leaves out records that have no such key, and lets go of it', async () => {
      await use.records.commit(
        insert(notes, note({ title: 'one', stamp: 's' })),
        insert(notes, note({ title: 'two' })),
      );
      await use.records.commit(
        insert(notes, note({ title: 'three' })),
        replace(notes, note({ title: 'one' }), await versionOf('one')),
      );

      assert.deepEqual(await titles({ index: 'byStamp' }), []);
      await use.records.commit(replace(notes, note({ title: 'two', stamp: 's' }), await versionOf('two')));
    });

    it('is free again after a removal', async () => {
      await use.records.commit(insert(notes, note({ stamp: 's' })));
      await use.records.commit(remove(notes, ['a', 't']));

      await use.records.commit(insert(notes, note({ title: 'other', stamp: 's' })));
    });

    it('is paged in its own order', async () => {
      for (const [title, stamp] of [
        ['1', 'c'],
        ['2', 'a'],
        ['3', 'b'],
      ] as const) {
        await use.records.commit(insert(notes, note({ title, stamp })));
      }

      assert.deepEqual(await titles({ index: 'byStamp' }), ['2', '3', '1']);
      assert.deepEqual(await titles({ index: 'byStamp', newestFirst: true }), ['1', '3', '2']);
    });
  });

  describe('a list', () => {
    it('gives the records under one key in the order of their own keys', async () => {
      for (const title of ['c', 'a', 'b'])
        await use.records.commit(insert(notes, note({ title, tags: ['x', `own-${title}`] })));
      await use.records.commit(insert(notes, note({ title: 'd', tags: ['y'] })));

      assert.deepEqual(await titles({ index: 'byTag', prefix: ['x'] }), ['a', 'b', 'c']);
      assert.deepEqual(await titles({ index: 'byTag', prefix: ['own-b'] }), ['b']);
    });

    it('gives a record once for a key named twice', async () => {
      await use.records.commit(insert(notes, note({ tags: ['x', 'x'] })));

      assert.deepEqual(await titles({ index: 'byTag', prefix: ['x'] }), ['t']);
    });

    it('follows the record when it changes', async () => {
      await use.records.commit(insert(notes, note({ tags: ['x', 'y'] })));
      await use.records.commit(replace(notes, note({ tags: ['y', 'z'] }), await versionOf()));

      assert.deepEqual(await titles({ index: 'byTag', prefix: ['x'] }), []);
      assert.deepEqual(await titles({ index: 'byTag', prefix: ['y'] }), ['t']);
      assert.deepEqual(await titles({ index: 'byTag', prefix: ['z'] }), ['t']);
    });

    it('loses the record when it is removed', async () => {
      await use.records.commit(insert(notes, note({ tags: ['x'] })));
      await use.records.commit(remove(notes, ['a', 't']));

      assert.deepEqual(await titles({ index: 'byTag' }), []);
    });

    it('goes on into the keys of its records', async () => {
      for (const shelf of ['a', 'b'])
        await use.records.commit(insert(notes, note({ shelf, title: shelf, tags: ['x'] })));

      assert.deepEqual(await titles({ index: 'byTag', prefix: ['x', 'b'] }), ['b']);
      assert.deepEqual(await titles({ index: 'byTag', prefix: ['x'], startsWith: 'a' }), ['a']);
    });
  });
}
