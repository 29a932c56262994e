/**
 * Part of the contract of every store of records: pages: order, bounds, tokens.
 */
import assert from 'node:assert/strict';
import { insert, remove } from '../../../src/domain/ports/records.ts';
import { failsWith, note, notes, reading, type OpenRecords } from './notes.ts';

const ODD_PARTS = [
  '', '\0', '\u0001', '\u0001\u0001', '\u0002', '\u00020', '\u0003', ' ', '!', '/', '0', 'A', 'a', 'a\0', 'a\u0001', 'a/b', 'ab', 'b', '\u007f', 'ä', 'ü',
  '\ud7ff', '\ud800', '\ud83d', '\udc00', '\udfff', '\ue000', '\ue000d800', '\ue001', '\uffff', '😀', '\u{10ffff}', '\u{10ffff}\u{10ffff}',
]; // prettier-ignore

/** By code points, which is by UTF-8 bytes, lone surrogates in their place. */
function byCodePoints(one: string, other: string): number {
  const [left, right] = [one, other].map((text) => Array.from(text, (point) => point.codePointAt(0)!)) as [
    number[],
    number[],
  ];
  for (let place = 0; place < Math.min(left.length, right.length); place += 1) {
    if (left[place] !== right[place]) return left[place]! - right[place]!;
  }
  return left.length - right.length;
}

export function pagesContract(use: OpenRecords): void {
  const { get, titles } = reading(use);

  describe('a page', () => {
    it('goes through odd keys in the order of their bytes, each once, both ways', async () => {
      for (const title of ODD_PARTS)
        await use.records.commit(insert(notes, note({ title, stamp: title, tags: [title] })));
      const sorted = ODD_PARTS.toSorted(byCodePoints);

      for (const request of [{ prefix: ['a'] }, { index: 'byStamp' }, { index: 'byTag' }]) {
        assert.deepEqual(await titles({ ...request, limit: 3 }), sorted);
        assert.deepEqual(await titles({ ...request, limit: 3, newestFirst: true }), sorted.toReversed());
      }
    });

    it('finds each odd key alone', async () => {
      for (const title of ODD_PARTS)
        await use.records.commit(insert(notes, note({ title, stamp: title, tags: [title] })));

      for (const title of ODD_PARTS) {
        assert.equal((await get(title))?.record.title, title);
        assert.equal((await use.records.find(notes, 'byStamp', [title]))?.record.title, title);
        assert.deepEqual(await titles({ index: 'byTag', prefix: [title] }), [title]);
      }
    });

    it('holds only what is under the whole parts of its prefix', async () => {
      for (const shelf of ['', 'a', 'a\0', 'a/', 'aa', 'b'])
        await use.records.commit(insert(notes, note({ shelf, title: `in ${shelf}` })));

      assert.deepEqual(await titles({ prefix: ['a'] }), ['in a']);
      assert.deepEqual(await titles({ prefix: [''] }), ['in ']);
      assert.deepEqual(await titles({ prefix: ['a', 'in a'] }), ['in a']);
      assert.equal((await titles({ prefix: [] })).length, 6);
    });

    it('holds only what starts as asked', async () => {
      for (const title of ['a', 'ab', 'abc', 'a\u{10ffff}x', 'b', '\u{10ffff}', '\u{10ffff}b']) {
        await use.records.commit(insert(notes, note({ title })));
      }

      assert.deepEqual(await titles({ prefix: ['a'], startsWith: 'ab' }), ['ab', 'abc']);
      assert.deepEqual(await titles({ prefix: ['a'], startsWith: 'ab', newestFirst: true }), ['abc', 'ab']);
      assert.deepEqual(await titles({ prefix: ['a'], startsWith: 'a\u{10ffff}' }), ['a\u{10ffff}x']);
      assert.deepEqual(await titles({ prefix: ['a'], startsWith: '\u{10ffff}' }), [
        '\u{10ffff}',
        '\u{10ffff}b',
      ]);
      assert.deepEqual(await titles({ prefix: ['a'], startsWith: 'B' }), []);
    });

    it('has no next page after its last record', async () => {
      for (const title of ['1', '2', '3', '4']) await use.records.commit(insert(notes, note({ title })));

      const first = await use.records.page(notes, { prefix: ['a'], limit: 2 });
      const last = await use.records.page(notes, { prefix: ['a'], limit: 2, after: first.next! });

      assert.deepEqual(
        last.records.map(({ title }) => title),
        ['3', '4'],
      );
      assert.equal('next' in last, false);
    });

    it('goes on where it was, whatever was added and removed meanwhile', async () => {
      for (const title of ['b', 'd', 'f']) await use.records.commit(insert(notes, note({ title })));

      const { next } = await use.records.page(notes, { prefix: ['a'], limit: 2 });
      await use.records.commit(
        remove(notes, ['a', 'd']),
        insert(notes, note({ title: 'a' })),
        insert(notes, note({ title: 'e' })),
      );

      assert.deepEqual(await titles({ prefix: ['a'], after: next! }), ['e', 'f']);
    });

    for (const limit of [0, -1, 1001, 1.5, Number.NaN]) {
      it(`of ${limit} records is a mistake of the caller`, async () => {
        await assert.rejects(use.records.page(notes, { prefix: [], limit }), RangeError);
      });
    }

    it('of an index that does not exist is a mistake of the caller', async () => {
      await assert.rejects(use.records.page(notes, { index: 'byNothing', prefix: [], limit: 1 }), RangeError);
      await assert.rejects(use.records.find(notes, 'byTag', ['x']), RangeError);
    });

    it('refuses tokens that are not its own', async () => {
      for (const title of ['1', '2', '3'])
        await use.records.commit(insert(notes, note({ title, stamp: title })));
      const request = { prefix: ['a'], limit: 1 };
      const { next } = await use.records.page(notes, request);
      const elsewhere = (await use.records.page(notes, { index: 'byStamp', prefix: [], limit: 1 })).next!;

      for (const after of [
        '',
        'x',
        '????',
        `${next}=`,
        `${next!}A`,
        next!.slice(0, -3),
        `\0${next}`,
        '😀',
        elsewhere,
      ]) {
        await assert.rejects(
          use.records.page(notes, { ...request, after }),
          failsWith('bad-page-token'),
          JSON.stringify(after),
        );
      }
      await assert.rejects(
        use.records.page(notes, { prefix: ['b'], limit: 1, after: next! }),
        failsWith('bad-page-token'),
      );
    });
  });
}
