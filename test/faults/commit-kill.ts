/**
 * Rounds of killing a process while it commits, and looking at what is left.
 *
 * After each kill, what was acknowledged is wholly there; what was not is wholly there or wholly absent, its indexes included.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../src/base/clock.ts';
import { openSqlite, type SqliteStore } from '../../src/stores/sqlite.ts';
import { collections, items, ITEMS, tallies, WRITERS } from './written.ts';

const WRITER = fileURLToPath(new URL('./commit-writer.ts', import.meta.url));
const MOST_LINES = 400;

/** @returns how many acknowledged commits and claims were looked up */
export async function killRounds(rounds: number): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'cognate-kill-'));
  const file = join(directory, 'killed.db');
  const acknowledged: string[] = [];
  try {
    for (let run = 0; run < rounds; run += 1) {
      const told = await writeUntilKilled(file, run, 1 + Math.floor(Math.random() * MOST_LINES));
      acknowledged.push(...told);
      await look(file, run, told);
    }
    // Once more, all of it: a later kill must not harm what an earlier one left.
    const store = await openSqlite(file, { clock: systemClock, collections });
    await assertThere(store, acknowledged);
    await store.close();
    return acknowledged.length;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** The lines that the process got out before it was killed, which was after `lines` of them, at any moment of its work. */
async function writeUntilKilled(file: string, run: number, lines: number): Promise<string[]> {
  const child = spawn(process.execPath, [WRITER, file, String(run)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  let told = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    told += text.split('\n').length - 1;
    if (told >= lines) child.kill('SIGKILL');
  });
  const signal = await new Promise((resolve) => child.on('close', (_, by) => resolve(by)));
  assert.equal(signal, 'SIGKILL', 'the writer ended by itself');
  return output.split('\n').slice(0, -1);
}

async function look(file: string, run: number, told: readonly string[]): Promise<void> {
  const store = await openSqlite(file, { clock: systemClock, collections });
  await assertThere(store, told);
  await assertWhole(store, run);
  await store.close();
  const database = new DatabaseSync(file);
  assert.equal(database.prepare('pragma integrity_check').get()!.integrity_check, 'ok');
  database.close();
}

async function assertThere({ records, expiring }: SqliteStore, told: readonly string[]): Promise<void> {
  for (const line of told) {
    const [what, id = ''] = line.split(' ');
    if (what === 'claim') {
      assert.equal(await expiring.get('mark', id), id, `${line} was acknowledged and is lost`);
      continue;
    }
    const { records: found } = await records.page(items, { prefix: [id], limit: 10 });
    assert.equal(found.length, ITEMS, `${line} was acknowledged and is lost`);
  }
}

/** Each writer's batches up to its tally are whole, and there is nothing after them. */
async function assertWhole({ records }: SqliteStore, run: number): Promise<void> {
  for (let writer = 0; writer < WRITERS; writer += 1) {
    const name = `${run}-${writer}`;
    const count = (await records.get(tallies, [name]))?.record.count ?? 0;
    for (let batch = 1; batch <= count + 1; batch += 1) {
      const id = `${name}-${batch}`;
      const expected = batch <= count ? ITEMS : 0;
      const byKey = await records.page(items, { prefix: [id], limit: 10 });
      const byList = await records.page(items, { index: 'byBatch', prefix: [id], limit: 10 });
      const byName = await records.find(items, 'byName', [`0 of ${id}`]);
      assert.deepEqual(
        [byKey.records.length, byList.records.length, Boolean(byName)],
        [expected, expected, expected > 0],
        id,
      );
    }
  }
}
