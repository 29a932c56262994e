/**
 * A process that commits as fast as it can and tells what was acknowledged, until it is killed. Started by commit-kill.ts.
 *
 * Arguments: the kind of store, where it is, the number of the run. Output, a line each: `commit <id>` and `claim <id>` once acknowledged.
 */
import { writeSync } from 'node:fs';
import { replace } from '../../src/domain/ports/records.ts';
import { openStore, type Kind } from './kept-by.ts';
import { batchOf, beginTally, tallies, WRITERS } from './written.ts';

const [kind = '', at = '', run = ''] = process.argv.slice(2);
// It is started by a test only, which names one of the kinds.
const { records, claim } = await openStore({ kind: kind as Kind, at });
/** Synchronously, so that nothing acknowledged is lost on its way to the test. */
const tell = (line: string) => writeSync(1, `${line}\n`);

async function write(writer: number): Promise<void> {
  const name = `${run}-${writer}`;
  const first = await beginTally(records, name);
  for (let count = 1; ; count += 1) {
    const id = `${name}-${count}`;
    await records.commit(replace(tallies, { writer: name, count }, first + count - 1), ...batchOf(id));
    tell(`commit ${id}`);
    if (await claim(id)) tell(`claim ${id}`);
  }
}

await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
