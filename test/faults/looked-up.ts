/**
 * What must be there after a kill: all that was acknowledged, and of the rest each commit whole or not at all, its indexes included.
 */
import assert from 'node:assert/strict';
import type { KilledStore } from './kept-by.ts';
import { items, ITEMS, tallies, WRITERS } from './written.ts';

const AT_ONCE = 50;

/** @param told lines: `commit <batch>` and `claim <id>` */
export async function assertThere(store: KilledStore, told: readonly string[]): Promise<void> {
  for (let from = 0; from < told.length; from += AT_ONCE)
    await Promise.all(
      told.slice(from, from + AT_ONCE).map(async (line) => {
        assert.ok(await isThere(store, line), `${line} was acknowledged and is lost`);
      }),
    );
}

async function isThere({ records, isClaimed }: KilledStore, line: string): Promise<boolean> {
  const [what, id = ''] = line.split(' ');
  if (what === 'claim') return isClaimed(id);
  const { records: found } = await records.page(items, { prefix: [id], limit: 10 });
  return found.length === ITEMS;
}

/** Each writer's batches up to its tally are whole, and there is nothing after them. */
export async function assertWhole({ records }: KilledStore, run: number): Promise<void> {
  for (let writer = 0; writer < WRITERS; writer += 1) {
    const name = `${run}-${writer}`;
    const count = (await records.get(tallies, [name]))?.record.count ?? 0;
    const batches = Array.from({ length: count + 1 }, (_, place) => place + 1);
    for (let from = 0; from < batches.length; from += AT_ONCE)
      await Promise.all(
        batches
          .slice(from, from + AT_ONCE)
          .map((batch) => assertBatch(records, `${name}-${batch}`, { isThere: batch <= count })),
      );
  }
}

async function assertBatch(
  records: KilledStore['records'],
  id: string,
  { isThere }: { readonly isThere: boolean },
): Promise<void> {
  const places = Array.from({ length: ITEMS }, (_, place) => place);
  const [byKey, byList, ...byName] = await Promise.all([
    records.page(items, { prefix: [id], limit: 10 }),
    records.page(items, { index: 'byBatch', prefix: [id], limit: 10 }),
    ...places.map((place) => records.find(items, 'byName', [`${place} of ${id}`])),
  ]);
  const found = [byKey.records.length, byList.records.length, byName.filter(Boolean).length];
  assert.deepEqual(found, isThere ? [ITEMS, ITEMS, ITEMS] : [0, 0, 0], id);
}
