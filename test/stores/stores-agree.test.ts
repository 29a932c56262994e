/**
 * Stores agree: random commands, told to the memory store and to SQLite alike, give the same answers.
 *
 * What a failing run prints (seed and path) repeats it: COGNATE_TEST_SEED=… sets the seed.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { isFailure } from '../../src/base/failure.ts';
import type { Expiring } from '../../src/domain/ports/expiring.ts';
import {
  insert,
  remove,
  replace,
  type Change,
  type PageRequest,
  type Records,
} from '../../src/domain/ports/records.ts';
import { memoryExpiring, memoryRecords } from '../../src/stores/memory.ts';
import { openSqlite } from '../../src/stores/sqlite/index.ts';
import { contractCollections, notes, type Note } from '../contracts/records/notes.ts';
import { stillClock, type StillClock } from '../contracts/still-clock.ts';

const SEED = Number(process.env.COGNATE_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
const RUNS = 40;

interface Store {
  readonly records: Records;
  readonly expiring: Expiring;
}
/** Does one thing and gives all that can be seen of it. */
type Command = (store: Store, clock: StillClock) => Promise<unknown>;

const few = fc.constantFrom('', 'a', 'b', 'a\0', '\ud800', '😀', '\uffff');
const soon = fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined, freq: 2 });
const written = fc.record({
  shelf: few,
  title: few,
  stamp: fc.option(few, { nil: undefined }),
  tags: fc.array(few, { maxLength: 3 }),
  seconds: soon,
});
/** How far from the version that the record is at; what a store begins with is its own. */
const offset = fc.constantFrom(-1, 0, 0, 1);

/** The change, of what is kept in `records` by then. */
type Make = (clock: StillClock, records: Records) => Change | Promise<Change>;
const change: fc.Arbitrary<Make> = fc.oneof(
  written.map((each) => (clock: StillClock) => insert(notes, noteOf(each, clock))),
  fc.tuple(written, offset).map(([each, away]) => async (clock: StillClock, records: Records) => {
    const present = await versionIn(records, [each.shelf, each.title]);
    return replace(notes, noteOf(each, clock), present + away);
  }),
  fc.tuple(fc.tuple(few, few), fc.option(offset, { nil: undefined })).map(
    ([key, away]) =>
      async (_: StillClock, records: Records) =>
        remove(notes, key, away === undefined ? undefined : (await versionIn(records, key)) + away),
  ),
);
const page: fc.Arbitrary<PageRequest> = fc
  .record({
    index: fc.constantFrom(undefined, 'byStamp', 'byTag'),
    prefix: fc.array(few, { maxLength: 2 }),
    startsWith: few,
    limit: fc.integer({ min: 1, max: 4 }),
    newestFirst: fc.boolean(),
  })
  .map(({ index, ...request }) => (index ? { index, ...request } : request));

const command: fc.Arbitrary<{ told: string; run: Command }> = fc.oneof(
  fc
    .array(change, { minLength: 1, maxLength: 4 })
    .map((changes) =>
      told('commit', async ({ records }, clock) =>
        records.commit(...(await Promise.all(changes.map(async (make) => make(clock, records))))),
      ),
    ),
  fc
    .tuple(few, few)
    .map((key) =>
      told(`get ${JSON.stringify(key)}`, async ({ records }) => (await records.get(notes, key))?.record),
    ),
  few.map((stamp) =>
    told(
      `find ${JSON.stringify(stamp)}`,
      async ({ records }) => (await records.find(notes, 'byStamp', [stamp]))?.record,
    ),
  ),
  page.map((request) =>
    told(`pages ${JSON.stringify(request)}`, async ({ records }) => pagesOf(records, request)),
  ),
  fc
    .integer({ min: 1, max: 8 })
    .map((seconds) => told(`pass ${seconds}`, async (_, clock) => clock.pass(seconds))),
  fc
    .tuple(few, fc.integer({ min: 1, max: 10 }))
    .map(([id, seconds]) =>
      told(`put ${JSON.stringify(id)}`, async ({ expiring }) => expiring.put('k', id, seconds, seconds)),
    ),
  fc
    .tuple(few, fc.integer({ min: 1, max: 10 }))
    .map(([id, seconds]) =>
      told(`claim ${JSON.stringify(id)}`, async ({ expiring }) => expiring.claim('k', id, -seconds, seconds)),
    ),
  fc
    .tuple(few, fc.integer({ min: 1, max: 10 }))
    .map(([id, seconds]) =>
      told(`count ${JSON.stringify(id)}`, async ({ expiring }) => expiring.count('k', id, seconds)),
    ),
  few.map((id) => told(`take ${JSON.stringify(id)}`, async ({ expiring }) => expiring.take('k', id))),
  few.map((id) =>
    told(`look ${JSON.stringify(id)}`, async ({ expiring }) => [
      await expiring.get('k', id),
      await expiring.counted('k', id),
    ]),
  ),
  few.map((id) => told(`forget ${JSON.stringify(id)}`, async ({ expiring }) => expiring.forget('k', id))),
);

describe('stores', () => {
  it(`agree on random commands (seed ${SEED})`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 10, maxLength: 60 }), async (commands) => {
        assert.deepEqual(await trace(commands, openFile), await trace(commands, openMemory));
      }),
      { seed: SEED, numRuns: RUNS },
    );
  }).timeout(60_000); // Each run opens a file and waits for the disk at every command.
});

type Open = (clock: StillClock) => Promise<Store & { close(): Promise<void> }>;

async function trace(commands: readonly { told: string; run: Command }[], open: Open): Promise<unknown[]> {
  const clock = stillClock();
  const store = await open(clock);
  const answers: unknown[] = [];
  try {
    for (const { told, run } of commands) answers.push([told, await run(store, clock).catch(refusal)]);
    for (const index of [undefined, 'byStamp', 'byTag']) {
      answers.push(await pagesOf(store.records, { ...(index && { index }), prefix: [], limit: 1000 }));
    }
    return answers;
  } finally {
    await store.close();
  }
}

const openMemory: Open = async (clock) => ({
  records: memoryRecords(clock),
  expiring: memoryExpiring(clock),
  close: async () => {},
});

const openFile: Open = async (clock) => {
  const directory = mkdtempSync(join(tmpdir(), 'cognate-agree-'));
  const store = await openSqlite(join(directory, 'test.db'), { clock, collections: contractCollections });
  const close = async () => {
    await store.close();
    rmSync(directory, { recursive: true });
  };
  return { ...store, close };
};

/** The version of what is kept under `key`; of nothing one that nothing is at. */
async function versionIn(records: Records, key: readonly string[]): Promise<number> {
  return (await records.get(notes, key))?.version ?? 1;
}

async function pagesOf(records: Records, request: PageRequest): Promise<unknown[]> {
  const pages: unknown[] = [];
  for (let after: string | undefined; ;) {
    const found = await records.page(notes, { ...request, ...(after !== undefined && { after }) });
    pages.push(found);
    if (found.next === undefined) return pages;
    after = found.next;
  }
}

function noteOf(
  {
    seconds,
    ...note
  }: {
    shelf: string;
    title: string;
    stamp?: string | undefined;
    tags: string[];
    seconds?: number | undefined;
  },
  clock: StillClock,
): Note {
  const { stamp, ...rest } = note;
  const until =
    seconds === undefined ? undefined : new Date(clock.now().getTime() + seconds * 1000).toISOString();
  return { ...rest, count: seconds ?? 0, ...(stamp !== undefined && { stamp }), ...(until && { until }) };
}

const told = (words: string, run: Command) => ({ told: words, run });

function refusal(error: unknown): unknown {
  if (!isFailure(error)) throw error;
  return { kind: error.kind, facts: error.facts };
}
