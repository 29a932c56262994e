/**
 * The main thread's end of the threads that calculate: hands them jobs in batches, and refuses what would wait too long.
 *
 * Threads are started when there is work for them, at most as many as there are; an idle one keeps no process alive. One that ends by itself
 * takes its batch with it, and is started again for the next.
 */
import { Worker } from 'node:worker_threads';
import { Failure } from '../base/failure.ts';
import type { PasswordHashFailure } from '../domain/ports/password-hash.ts';
import type { FromWorker, Job, Outcome, ToWorker, Value } from './job.ts';

/** A hop costs little beside a job, so that a few share one; many would make the first wait for the last. */
const LARGEST_BATCH = 8;
/** About two seconds of work for one thread; whoever waits longer has given up. */
const MOST_WAITING_PER_THREAD = 2048;

interface Waiting {
  readonly job: Job;
  readonly resolve: (value: Value) => void;
  readonly reject: (error: Error) => void;
}
interface Thread {
  readonly worker: Worker;
  atWork: readonly Waiting[];
}
interface Threads {
  /** @throws Failure `too-busy` */
  run(job: Job): Promise<Value>;
  /** How many jobs wait or are at work: for tests. */
  load(): number;
  close(): Promise<void>;
}

export function createThreads(most: number): Threads {
  const threads: Thread[] = [];
  const waiting: Waiting[] = [];
  let isScheduled = false;
  let isClosed = false;

  function start(): Thread {
    // The compiled program has only .js files.
    const script = import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js';
    // Without the process's own flags: some of them a thread cannot have.
    const worker = new Worker(new URL(script, import.meta.url), { execArgv: [] });
    const thread: Thread = { worker, atWork: [] };
    worker.on('message', (outcomes: FromWorker) => {
      const done = thread.atWork;
      thread.atWork = [];
      worker.unref();
      done.forEach((each, place) => settle(each, outcomes[place]!));
      schedule();
    });
    const lose = (cause: unknown) => {
      const place = threads.indexOf(thread);
      if (place >= 0) threads.splice(place, 1);
      for (const { reject } of thread.atWork)
        reject(new Error('a thread that calculates has ended', { cause }));
      thread.atWork = [];
      schedule();
    };
    worker.on('error', lose);
    worker.on('exit', lose);
    worker.unref();
    threads.push(thread);
    return thread;
  }

  /** After the present turn, so that jobs of one turn share a batch. */
  function schedule(): void {
    if (isScheduled || waiting.length === 0) return;
    isScheduled = true;
    setImmediate(flush);
  }

  function flush(): void {
    isScheduled = false;
    while (waiting.length > 0) {
      const idle = threads.find(({ atWork }) => atWork.length === 0) ?? (threads.length < most && start());
      if (!idle) return;
      // Shared out evenly, so that no thread idles while another has a long batch.
      const share = Math.ceil(waiting.length / most);
      idle.atWork = waiting.splice(0, Math.min(share, LARGEST_BATCH));
      idle.worker.ref();
      // oxlint-disable-next-line require-post-message-target-origin -- a thread, not a window
      idle.worker.postMessage(idle.atWork.map(({ job }) => job) satisfies ToWorker);
    }
  }

  return {
    run(job) {
      return new Promise((resolve, reject) => {
        if (isClosed) reject(closed());
        else if (waiting.length >= most * MOST_WAITING_PER_THREAD)
          reject(new Failure<PasswordHashFailure>('too-busy'));
        else {
          waiting.push({ job, resolve, reject });
          schedule();
        }
      });
    },
    load: () => waiting.length + threads.reduce((sum, { atWork }) => sum + atWork.length, 0),
    async close() {
      isClosed = true;
      for (const { reject } of waiting.splice(0)) reject(closed());
      await Promise.all(
        threads.map(({ worker }) => {
          const exited = new Promise((resolve) => worker.once('exit', resolve));
          worker.ref();
          // oxlint-disable-next-line require-post-message-target-origin -- a thread, not a window
          worker.postMessage('close' satisfies ToWorker);
          return exited;
        }),
      );
    },
  };
}

const closed = () => new Error('the threads that calculate are closed');

function settle({ resolve, reject }: Waiting, outcome: Outcome): void {
  if ('value' in outcome) resolve(outcome.value);
  else reject(new Error(`a calculation has failed: ${outcome.fault}`));
}
