/**
 * Rounds of killing a process while it commits, and looking at what is left: in a file, or at servers that go on.
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
import type { Database } from '../support/servers/postgres.ts';
import type { RedisServer } from '../support/servers/redis.ts';
import { openStore, type Address } from './kept-by.ts';
import { assertThere, assertWhole } from './looked-up.ts';

const WRITER = fileURLToPath(new URL('./commit-writer.ts', import.meta.url));
const MOST_LINES = 400;

/** @returns how many acknowledged commits and claims were looked up */
export async function killRounds(rounds: number): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'cognate-kill-'));
  const file = join(directory, 'killed.db');
  const assertSound = async () => {
    const database = new DatabaseSync(file);
    assert.equal(database.prepare('pragma integrity_check').get()!.integrity_check, 'ok');
    database.close();
  };
  try {
    return await killWriters({ kind: 'sqlite', at: file }, { rounds, seen: assertSound });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** As `killRounds`, of a process whose records are in PostgreSQL and whose claims are in Redis. */
export function killRoundsAtServers(
  rounds: number,
  { database, redis }: { database: Database; redis: RedisServer },
): Promise<number> {
  const address: Address = { kind: 'servers', at: `${database.url} ${redis.url}` };
  // A server carries out what it was sent before it sees that the sender is gone.
  const ended = async () => {
    const sessions = `select 1 from pg_stat_activity where application_name = 'cognate'`;
    while ((await database.run(sessions)).length > 0);
    const clients = async () =>
      String(await redis.ask('CLIENT', 'LIST'))
        .trim()
        .split('\n');
    while ((await clients()).length > 1);
  };
  return killWriters(address, { rounds, ended });
}

interface Rounds {
  readonly rounds: number;
  /** Resolves once what the dead process had sent is carried out. */
  readonly ended?: () => Promise<void>;
  /** Looks at it once more, when it is closed. */
  readonly seen?: () => Promise<void>;
}

async function killWriters(address: Address, { rounds, ended, seen }: Rounds): Promise<number> {
  const acknowledged: string[] = [];
  for (let run = 0; run < rounds; run += 1) {
    const told = await writeUntilKilled(address, run, 1 + Math.floor(Math.random() * MOST_LINES));
    acknowledged.push(...told);
    await ended?.();
    const store = await openStore(address);
    await assertThere(store, told);
    await assertWhole(store, run);
    await store.close();
    await seen?.();
  }
  // Once more, all of it: a later kill must not harm what an earlier one left.
  const store = await openStore(address);
  await assertThere(store, acknowledged);
  await store.close();
  return acknowledged.length;
}

/** The lines that the process got out before it was killed, which was after `lines` of them, at any moment of its work. */
async function writeUntilKilled({ kind, at }: Address, run: number, lines: number): Promise<string[]> {
  const child = spawn(process.execPath, [WRITER, kind, at, String(run)], {
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
