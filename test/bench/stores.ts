/**
 * Bench of the stores: what grouping commits is worth, as a ratio in one run. `node test/bench/stores.ts`
 *
 * Writers each commit one record after the other; with many at once, the commits of a tick share one wait for the disk.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/base/clock.ts';
import { insert, type Collection } from '../../src/domain/ports/records.ts';
import { openSqlite } from '../../src/stores/sqlite/index.ts';
import { printed, ratio, type Figures } from './measuring.ts';

interface Entry {
  readonly id: string;
  readonly text: string;
}
const entries: Collection<Entry> = {
  name: 'entries',
  key: ({ id }) => [id],
  unique: { byText: ({ text }) => [text] },
};
const SECONDS = 3;
const PAGE = 60;

export async function benchStores(): Promise<Figures> {
  const directory = mkdtempSync(join(tmpdir(), 'cognate-bench-'));
  const store = await openSqlite(join(directory, 'bench.db'), {
    clock: systemClock,
    collections: [entries],
  });
  const { records } = store;
  let next = 0;
  const commit = async () => {
    next += 1;
    const id = String(next).padStart(9, '0');
    await records.commit(insert(entries, { id, text: `${id} ${'x'.repeat(500)}` }));
  };
  const middle = String(1).padStart(9, '0');
  const page = async (after?: string) =>
    records.page(entries, { prefix: [], limit: PAGE, ...(after && { after }) });

  const alone = await rate(1, commit);
  const grouped = await rate(64, commit);
  const get = await rate(1, async () => void (await records.get(entries, [middle])));
  let deep: string | undefined;
  for (let pages = 0; pages < Math.min(500, next / PAGE - 2); pages += 1) deep = (await page(deep)).next;
  const first = await rate(1, async () => void (await page()));
  const last = await rate(1, async () => void (await page(deep)));
  await store.close();
  rmSync(directory, { recursive: true });
  return {
    'commits a second, 1 writer': Math.round(alone),
    'commits a second, 64 writers': Math.round(grouped),
    'grouped to alone': ratio(grouped, alone),
    'gets a second': Math.round(get),
    'first pages a second': Math.round(first),
    'deep page to first page': ratio(last, first),
  };
}

/** How often a second `writers` at once get `work` done. */
async function rate(writers: number, work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  const end = start + (SECONDS * 1000) / 2;
  let done = 0;
  const worker = async () => {
    while (performance.now() < end) {
      await work();
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: writers }, worker));
  return (done * 1000) / (performance.now() - start);
}

if (import.meta.main) printed(await benchStores());
