/**
 * The main thread's end of the thread that reads SAML (saml/worker.ts).
 *
 * One document is read at a time. Each relying party (a user pool, or the account's own providers) has a
 * queue of its own, and they take turns, so that whoever floods one delays no other by more than a document.
 * So many may wait and no more, and none longer than its seconds: strangers send them. The thread is started
 * when there is something to read, and ended when it was idle for a while or took too long over one document.
 * It keeps no process alive.
 */
import { Worker } from 'node:worker_threads';
import { Failure } from '../../base/failure.ts';
import type { IdentityProviderFailure } from '../../domain/ports/identity-provider.ts';
import type { Readings, Verb } from './reading.ts';
import type { ReadingJob, ReadingOutcome } from './worker.ts';

const MOST_WAITING = 200;
/** Of one relying party. */
const MOST_OF_ONE = 50;
/** From being asked to being read. */
const LIMIT_MS = 10_000;
const IDLE_MS = 20_000;

interface Waiting {
  readonly job: ReadingJob;
  readonly resolve: (outcome: ReadingOutcome) => void;
  readonly reject: (error: Error) => void;
  isOver: boolean;
}

export type SamlThread = ReturnType<typeof createSamlThread>;

export function createSamlThread() {
  /** By relying party, in the order of their turns. */
  const queues = new Map<string, Waiting[]>();
  let waitingCount = 0;
  let worker: Worker | undefined;
  let atWork: Waiting | undefined;
  let idle: NodeJS.Timeout | undefined;

  function start(): Worker {
    // The compiled program has only .js files.
    const script = import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js';
    // Without the process's own flags: some of them a thread cannot have.
    const started = new Worker(new URL(script, import.meta.url), { execArgv: [] });
    // Whoever waits for it has a connection that keeps the process alive, or is gone.
    started.unref();
    const lose = (cause: unknown) => {
      if (worker !== started) return;
      worker = undefined;
      atWork?.reject(new Error('the thread that reads SAML has ended', { cause }));
      atWork = undefined;
      next();
    };
    started.on('message', (outcome: ReadingOutcome) => {
      if (worker !== started) return;
      atWork?.resolve(outcome);
      atWork = undefined;
      next();
    });
    started.on('error', lose);
    started.on('exit', lose);
    return started;
  }

  function end(): void {
    const ended = worker;
    worker = undefined;
    void ended?.terminate();
  }

  /** The first of whose turn it is; it is the last one's turn next. */
  function take(): Waiting | undefined {
    for (const [of, queue] of queues) {
      const first = queue.shift();
      queues.delete(of);
      if (queue.length > 0) queues.set(of, queue);
      if (!first) continue;
      waitingCount -= 1;
      return first;
    }
    return undefined;
  }

  function next(): void {
    clearTimeout(idle);
    if (atWork) return;
    do atWork = take();
    while (atWork?.isOver);
    if (!atWork) {
      idle = setTimeout(end, IDLE_MS).unref();
      return;
    }
    worker ??= start();
    // oxlint-disable-next-line require-post-message-target-origin -- a thread, not a window
    worker.postMessage(atWork.job);
  }

  /** Its time is over: whoever waits hears so, and a thread that is busy with it is ended. */
  function giveUp(waited: Waiting): void {
    waited.isOver = true;
    waited.reject(new Failure<IdentityProviderFailure>('too-busy'));
    if (atWork !== waited) return;
    atWork = undefined;
    end();
    next();
  }

  return {
    /**
     * @param of the relying party that the document is for
     * @throws Failure `provider-refused`; `too-busy` when too much is to be read before it
     */
    async read<Each extends Verb>(
      verb: Each,
      asked: Readings[Each]['asked'],
      of: string,
    ): Promise<Readings[Each]['read']> {
      const queue = queues.get(of) ?? [];
      if (waitingCount >= MOST_WAITING || queue.length >= MOST_OF_ONE)
        throw new Failure<IdentityProviderFailure>('too-busy');
      const outcome = await new Promise<ReadingOutcome>((resolve, reject) => {
        const waited: Waiting = {
          job: { verb, asked },
          resolve(value) {
            clearTimeout(timer);
            resolve(value);
          },
          reject(error) {
            clearTimeout(timer);
            reject(error);
          },
          isOver: false,
        };
        const timer = setTimeout(() => giveUp(waited), LIMIT_MS).unref();
        queue.push(waited);
        queues.set(of, queue);
        waitingCount += 1;
        next();
      });
      if ('fault' in outcome) throw new Error(`reading SAML has failed: ${outcome.fault}`);
      if ('refused' in outcome) return refuseAs(outcome.refused);
      // The thread answers one job with that job's reading.
      return outcome.read;
    },
  };
}

function refuseAs({ kind, facts, cause }: Extract<ReadingOutcome, { refused: object }>['refused']): never {
  throw new Failure(kind, facts, { cause: cause === '' ? undefined : new Error(cause) });
}
