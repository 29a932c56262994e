/**
 * Rounds of killing a server while commits and claims are on their way to it, and looking at what it has when it is back.
 *
 * The store stays open throughout: it finds its way back by itself. The server is killed when so many commits and claims as the seed says
 * have been acknowledged, while others are at every stage. It ends by SIGKILL: what the machine was handed is kept, what was not is lost.
 */
import { createHash } from 'node:crypto';
import { isFailure } from '../../src/base/failure.ts';
import { replace } from '../../src/domain/ports/records.ts';
import { startPostgres } from '../support/servers/postgres.ts';
import { startRedis } from '../support/servers/redis.ts';
import { openStore, type Address, type KilledStore } from './kept-by.ts';
import { assertThere, assertWhole } from './looked-up.ts';
import { batchOf, beginTally, tallies, WRITERS } from './written.ts';

interface Killed {
  kill(): Promise<void>;
  restart(): Promise<void>;
}

const MOST_LINES = 400;

/** @returns how many acknowledged commits and claims were looked up */
export async function killRedisRounds(rounds: number): Promise<number> {
  const server = await startRedis();
  try {
    return await killServer({ kind: 'redis', at: server.url }, server, rounds);
  } finally {
    await server.stop();
  }
}

/** @returns how many acknowledged commits and claims were looked up */
export async function killPostgresRounds(rounds: number): Promise<number> {
  const server = await startPostgres();
  try {
    const { url } = await server.createDatabase();
    return await killServer(
      { kind: 'postgres', at: url },
      { kill: () => server.kill(), restart: () => server.start() },
      rounds,
    );
  } finally {
    await server.stop();
  }
}

async function killServer(address: Address, server: Killed, rounds: number): Promise<number> {
  const seed = process.env['SEED'] ?? String(Date.now());
  process.stderr.write(`    SEED=${seed}\n`);
  const acknowledged: string[] = [];
  const store = await openStore(address);
  for (let run = 0; run < rounds; run += 1) {
    const told = await writeWhileKilled(store, server, { run, lines: linesOf(seed, run) });
    acknowledged.push(...told);
    await assertThere(store, told);
    await assertWhole(store, run);
  }
  await store.close();
  // Once more, all of it: a later kill must not harm what an earlier one left.
  const again = await openStore(address);
  await assertThere(again, acknowledged);
  await again.close();
  return acknowledged.length;
}

/** @returns what was acknowledged, before and after the server was killed, which was after `lines` of it */
async function writeWhileKilled(
  store: KilledStore,
  server: Killed,
  { run, lines }: { readonly run: number; readonly lines: number },
): Promise<string[]> {
  const told: string[] = [];
  let killing: Promise<void> | undefined;
  const tell = (line: string): void => {
    told.push(line);
    // Not in the turn of an answer, but when the next commits are on their way.
    if (told.length >= lines) killing ??= new Promise(setImmediate).then(() => server.kill());
  };
  const writers = Array.from({ length: WRITERS }, (_, writer) =>
    write(store, `${run}-${writer}`, { tell, isOver: () => killing !== undefined }),
  );
  const ended = Promise.all(writers);
  // Waited for below; a writer that fails sooner is reported by the race.
  ended.catch(() => {});
  // When the first writer has met the kill, or finished what it had begun, the kill is under way.
  await Promise.race(writers);
  await killing;
  await server.restart();
  await ended;
  return told;
}

/** Commits and claims until told to stop, or until one is refused because the server is gone. */
async function write(
  { records, claim }: KilledStore,
  name: string,
  { tell, isOver }: { readonly tell: (line: string) => void; readonly isOver: () => boolean },
): Promise<void> {
  try {
    const first = await beginTally(records, name);
    for (let count = 1; !isOver(); count += 1) {
      const id = `${name}-${count}`;
      await records.commit(replace(tallies, { writer: name, count }, first + count - 1), ...batchOf(id));
      tell(`commit ${id}`);
      if (await claim(id)) tell(`claim ${id}`);
    }
  } catch (error) {
    if (!isOver() || !isFailure(error, 'store-unavailable')) throw error;
  }
}

const linesOf = (seed: string, run: number): number =>
  1 + (createHash('sha256').update(`${seed} ${run}`).digest().readUInt32BE() % MOST_LINES);
