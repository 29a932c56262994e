/**
 * The thread that writes: carries out batches of jobs, each batch in one transaction and so with one wait for the disk.
 *
 * Each job has a savepoint of its own, unless it is alone: one that fails leaves no trace and does not harm the others. Nothing is answered before the whole
 * batch is on the disk. Now and then a few records and notes whose time is past are swept with a batch, twice as many as could have come since, so that
 * sweeping keeps up and never takes long. Reading happens on the main thread, see sqlite/index.ts.
 */
import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { isFailure } from '../../base/failure.ts';
import type { Batch, FromWorker, Job, Outcome, ToWorker, Value, WorkerStart } from './job.ts';
import { createNotes } from './notes.ts';
import { createRows, statements } from './rows.ts';

const BUSY_MS = 5000;
/** After so many jobs it is time to sweep. */
const SWEEP_AFTER = 32;

// What `startWriter` hands over.
const { file, tables } = workerData as WorkerStart;
const port = parentPort!;
const database = new DatabaseSync(file, { timeout: BUSY_MS });
database.exec('pragma journal_mode = wal; pragma synchronous = full');
const prepare = statements(database);
const rows = createRows(prepare, tables);
const notes = createNotes(prepare);
let sweeps = 0;
let sinceSweep = 0;

const answer = (message: FromWorker) => port.postMessage(message);

port.on('message', (message: ToWorker) => {
  if (message !== 'close') {
    answer(carryOut(message));
    return;
  }
  database.close();
  port.close();
});
answer('ready');

function carryOut({ now, jobs }: Batch): Outcome[] {
  try {
    prepare('begin immediate').run();
    const [only, ...more] = jobs;
    // The transaction is savepoint enough for one.
    const outcomes =
      only && more.length === 0 ? [{ value: perform(only, now) }] : jobs.map((job) => attempt(job, now));
    sweep(now, jobs.length);
    prepare('commit').run();
    return outcomes;
  } catch (error) {
    // Nothing of the batch is kept, so nobody may hear of success, nor of a refusal that rested on another's success.
    if (database.isTransaction) prepare('rollback').run();
    return jobs.length === 1 ? [outcomeOf(error)] : jobs.map(() => ({ fault: wordsOf(error) }));
  }
}

const outcomeOf = (error: unknown): Outcome =>
  isFailure(error) ? { failure: { kind: error.kind, facts: error.facts } } : { fault: wordsOf(error) };

function attempt(job: Job, now: number): Outcome {
  prepare('savepoint job').run();
  try {
    const value = perform(job, now);
    prepare('release job').run();
    return { value };
  } catch (error) {
    undo(error);
    return outcomeOf(error);
  }
}

/** Takes back what was done since the savepoint. @throws `error` when SQLite has given up the whole transaction because of it */
function undo(error: unknown): void {
  if (!database.isTransaction) throw error;
  prepare('rollback to job').run();
  prepare('release job').run();
}

function perform(job: Job, now: number): Value {
  if (job.verb !== 'commit') return notes.apply(job, now);
  for (const change of job.changes) rows.apply(change, now);
  return undefined;
}

function sweep(now: number, jobs: number): void {
  sinceSweep += jobs;
  if (sinceSweep < SWEEP_AFTER) return;
  const most = sinceSweep * 2;
  sinceSweep = 0;
  const next = tables[sweeps % tables.length];
  sweeps += 1;
  notes.sweep(now, most);
  if (next) rows.sweep(next.collection, now, most);
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
