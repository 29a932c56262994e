/**
 * Part of the contract of every store of records: what becomes of single records, documents and commits.
 */
import assert from 'node:assert/strict';
import { insert, remove, replace, update } from '../../../src/domain/ports/records.ts';
import { failsWith, note, notes, reading, type OpenRecords } from './notes.ts';

export function changesContract(use: OpenRecords): void {
  const { get, titles, versionOf } = reading(use);

  describe('one record', () => {
    it('gives back what was inserted, at a version', async () => {
      await use.records.commit(insert(notes, note({ stamp: 's1', tags: ['x'] })));

      const { record, version } = (await get())!;
      assert.deepEqual(record, note({ stamp: 's1', tags: ['x'] }));
      assert.ok(Number.isSafeInteger(version) && version > 0);
    });

    it('has nothing under a key never used', async () => {
      assert.equal(await get('none'), undefined);
      assert.equal(await use.records.find(notes, 'byStamp', ['none']), undefined);
    });

    it('raises the version by one at each change', async () => {
      await use.records.commit(insert(notes, note()));
      const first = await versionOf();
      await use.records.commit(replace(notes, note({ count: 1 }), first));
      await use.records.commit(replace(notes, note({ count: 2 }), first + 1));

      assert.deepEqual(await get(), { record: note({ count: 2 }), version: first + 2 });
    });

    it('refuses a second record under one key', async () => {
      await use.records.commit(insert(notes, note()));

      const again = use.records.commit(insert(notes, note({ count: 9 })));

      await assert.rejects(again, failsWith('already-kept', { collection: notes.name }));
      assert.equal((await get())?.record.count, 0);
    });

    it('refuses to replace from a stale version', async () => {
      await use.records.commit(insert(notes, note()));
      const stale = await versionOf();
      await use.records.commit(replace(notes, note({ count: 1 }), stale));

      await assert.rejects(
        use.records.commit(replace(notes, note({ count: 2 }), stale)),
        failsWith('changed-meanwhile'),
      );
      assert.equal((await get())?.record.count, 1);
    });

    it('refuses to replace what is not there', async () => {
      await assert.rejects(use.records.commit(replace(notes, note(), 1)), failsWith('not-kept'));
    });

    it('removes once', async () => {
      await use.records.commit(insert(notes, note()));
      await use.records.commit(remove(notes, ['a', 't']));

      assert.equal(await get(), undefined);
      await assert.rejects(use.records.commit(remove(notes, ['a', 't'])), failsWith('not-kept'));
    });

    it('removes at a version only what is still at it', async () => {
      await use.records.commit(insert(notes, note()));
      const first = await versionOf();
      await use.records.commit(replace(notes, note({ count: 1 }), first));
      const removal = (version: number) => use.records.commit(remove(notes, ['a', 't'], version));

      await assert.rejects(removal(first), failsWith('changed-meanwhile'));
      await removal(first + 1);
      await assert.rejects(removal(first + 1), failsWith('changed-meanwhile'));
    });

    it('is not changed by who read the one that had its key before', async () => {
      await use.records.commit(insert(notes, note({ count: 1 })));
      const { version } = (await get())!;
      await use.records.commit(remove(notes, ['a', 't']));
      await use.records.commit(insert(notes, note({ count: 2 })));

      // Whatever was done to the new one meanwhile, it is at no version of the old one.
      for (const raised of [0, 1, 2]) {
        const stale = version + raised;
        const changes = [replace(notes, note({ count: 9 }), stale), remove(notes, ['a', 't'], stale)];
        for (const change of changes)
          await assert.rejects(use.records.commit(change), failsWith('changed-meanwhile'));
      }
      assert.equal((await get())?.record.count, 2);
    });

    it('that is removed and made again while it is changed is changed as it is then', async () => {
      await use.records.commit(insert(notes, note({ count: 1, more: 'old' })));
      let recreating: Promise<void> | undefined;
      const recreate = async () => {
        await use.records.commit(remove(notes, ['a', 't']));
        await use.records.commit(insert(notes, note({ count: 5, more: 'new' })));
      };
      const slow: typeof use.records = {
        ...use.records,
        async get(collection, key) {
          const kept = await use.records.get(collection, key);
          await (recreating ??= recreate());
          return kept;
        },
      };

      await update(slow, notes, ['a', 't'], (each) => ({ ...each, count: each.count + 1 }));

      assert.deepEqual((await get())?.record, note({ count: 6, more: 'new' }));
    });

    it('shares nothing with the object that was handed in or given out', async () => {
      const more = { list: [1] };
      await use.records.commit(insert(notes, note({ more })));
      more.list.push(2);
      const given = (await get())!.record.more as typeof more;
      given.list.push(3);

      assert.deepEqual((await get())?.record.more, { list: [1] });
    });
  });

  describe('documents', () => {
    const odd: Record<string, unknown> = {
      NUL: '\0a\0',
      'lone surrogates': '\ud800 \udfff \udc00\ud800',
      'all of Unicode': '😀\u{10ffff}\uffff\u2028',
      'the largest safe integer': Number.MAX_SAFE_INTEGER,
      '2^53': 2 ** 53,
      'a negative fraction': -0.1,
      nesting: { a: [{ b: [null, true, ''] }] },
      'empty things': { '': '', list: [], map: {} },
      'a member named __proto__': JSON.parse('{"__proto__":{"admin":true},"constructor":1}'),
      'quotes and backslashes': `'"\\\n\u0001`,
    };
    for (const [what, value] of Object.entries(odd)) {
      it(`keeps ${what}`, async () => {
        await use.records.commit(insert(notes, note({ more: value, secret: value })));

        const { more, secret } = (await get())!.record;
        assert.equal(JSON.stringify(more), JSON.stringify(value));
        assert.equal(JSON.stringify(secret), JSON.stringify(value));
      });
    }

    it('keeps members that the collection does not know', async () => {
      const newer = { ...note(), addedByANewerVersion: { yes: 1 } };
      await use.records.commit(insert(notes, newer));

      await update(use.records, notes, ['a', 't'], (each) => ({ ...each, count: 5 }));

      assert.deepEqual((await get())?.record, { ...newer, count: 5 });
    });
  });

  describe('a commit', () => {
    it('makes all of its changes, in their order', async () => {
      await use.records.commit(insert(notes, note({ title: 'old', stamp: 's' })));

      await use.records.commit(
        remove(notes, ['a', 'old']),
        insert(notes, note({ title: 'new', stamp: 's' })),
        remove(notes, ['a', 'new']),
        insert(notes, note({ title: 'new', stamp: 's', count: 1 })),
      );

      assert.equal(await get('old'), undefined);
      assert.equal((await get('new'))?.record.count, 1);
      assert.equal((await use.records.find(notes, 'byStamp', ['s']))?.record.title, 'new');
    });

    it('makes none of its changes when one is refused', async () => {
      await use.records.commit(insert(notes, note({ title: 'there', stamp: 's', tags: ['x'] })));
      const version = await versionOf('there');

      const commit = use.records.commit(
        insert(notes, note({ title: 'new', stamp: 'n', tags: ['x'] })),
        replace(notes, note({ title: 'there', count: 7, stamp: 'moved', tags: ['y'] }), version),
        remove(notes, ['a', 'new']),
        replace(notes, note({ title: 'there' }), version),
      );

      await assert.rejects(commit, failsWith('changed-meanwhile'));
      assert.equal(await get('new'), undefined);
      assert.deepEqual(await get('there'), {
        record: note({ title: 'there', stamp: 's', tags: ['x'] }),
        version,
      });
      assert.equal((await use.records.find(notes, 'byStamp', ['s']))?.record.title, 'there');
      assert.equal(await use.records.find(notes, 'byStamp', ['moved']), undefined);
      assert.deepEqual(await titles({ index: 'byTag', prefix: ['x'] }), ['there']);
      assert.deepEqual(await titles({ index: 'byTag', prefix: ['y'] }), []);
    });

    it('of nothing changes nothing', async () => {
      await use.records.commit();

      assert.deepEqual(await titles({}), []);
    });

    it('takes a hundred changes', async () => {
      await use.records.commit(
        ...Array.from({ length: 100 }, (_, place) => insert(notes, note({ title: `${place}` }))),
      );

      assert.equal((await titles({ limit: 1000 })).length, 100);
    });
  });
}
