/**
 * The main thread's end of the thread that writes: gathers the jobs of a tick, and all that come while the disk is busy, into one batch.
 */
import { Worker } from 'node:worker_threads';
import type { Clock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import type { FromWorker, Job, Outcome, ToWorker, Value, WorkerStart } from './job.ts';

/** So that the first of a batch does not wait long for the last. */
const LARGEST_BATCH = 512;

interface Waiting {
  readonly job: Job;
  readonly resolve: (value: Value) => void;
  readonly reject: (error: Error) => void;
}
export interface Writer {
  /** Durable once it resolves. @throws Failure of the verb's own kinds */
  write(job: Job): Promise<Value>;
  /** Ends the thread when all that was asked before is done. */
  close(): Promise<void>;
}

export async function startWriter(start: WorkerStart, clock: Clock): Promise<Writer> {
  // The compiled program has only .js files.
  const script = import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js';
  // Without the process's own flags: some of them a thread cannot have.
  const worker = new Worker(new URL(script, import.meta.url), { workerData: start, execArgv: [] });
  const waiting: Waiting[] = [];
  let atWork: readonly Waiting[] = [];
  let isScheduled = false;
  let isClosing = false;
  let ended: Error | undefined;
  let idle = () => {};
  // oxlint-disable-next-line require-post-message-target-origin -- a thread, not a window
  const post = (message: ToWorker) => worker.postMessage(message);
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));

  await new Promise<void>((resolve, reject) => {
    worker.once('message', () => resolve());
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('the thread that writes the store did not start')));
  });
  worker.on('message', (outcomes: Exclude<FromWorker, 'ready'>) => {
    const done = atWork;
    atWork = [];
    done.forEach((each, place) => settle(each, outcomes[place]!));
    schedule();
  });
  worker.on('error', (error) =>
    end(new Error('the thread that writes the store has failed', { cause: error })),
  );
  worker.on('exit', () => end(closed()));
  worker.unref();

  function schedule(): void {
    if (isScheduled || atWork.length > 0) return;
    if (waiting.length === 0) {
      // Nothing to wait for: an open store alone keeps no process alive.
      worker.unref();
      idle();
      return;
    }
    isScheduled = true;
    setImmediate(flush);
  }

  function flush(): void {
    isScheduled = false;
    if (ended) return;
    atWork = waiting.splice(0, LARGEST_BATCH);
    worker.ref();
    post({ now: clock.now().getTime(), jobs: atWork.map(({ job }) => job) });
  }

  function end(error: Error): void {
    ended ??= error;
    for (const { reject } of [...atWork, ...waiting.splice(0)]) reject(ended);
    atWork = [];
    idle();
  }

  return {
    write(job) {
      return new Promise((resolve, reject) => {
        if (ended || isClosing) {
          reject(ended ?? closed());
          return;
        }
        waiting.push({ job, resolve, reject });
        schedule();
      });
    },
    async close() {
      isClosing = true;
      if (!ended && (waiting.length > 0 || atWork.length > 0))
        await new Promise<void>((resolve) => (idle = resolve));
      if (!ended) {
        ended = closed();
        worker.ref();
        post('close');
      }
      await exited;
    },
  };
}

const closed = () => new Error('the store is closed');

function settle({ resolve, reject }: Waiting, outcome: Outcome): void {
  if ('value' in outcome) resolve(outcome.value);
  else if ('failure' in outcome) reject(new Failure(outcome.failure.kind, outcome.failure.facts));
  else reject(new Error(`the store could not write: ${outcome.fault}`));
}
