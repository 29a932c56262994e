/** A server in a thread of its own, so that what blocks it is measured, and not what the test does. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

export interface Reading {
  /** The longest time that the loop stood still since the last reading, in milliseconds. */
  readonly lag: number;
  /** The most bytes that buffers held since then. */
  readonly peak: number;
  /** What is held now, after garbage was collected: in all, and by buffers. */
  readonly all: number;
  readonly bytes: number;
}
export type ProbedServer = Awaited<ReturnType<typeof startProbed>>;

export async function startProbed() {
  const worker = new Worker(new URL('./probed-worker.ts', import.meta.url));
  const [{ url, port }] = (await once(worker, 'message')) as [{ url: string; port: number }];
  return {
    url,
    port,
    /** What was measured since the last call. */
    async read(): Promise<Reading> {
      // oxlint-disable-next-line require-post-message-target-origin -- a thread, not a window
      worker.postMessage('read');
      const [reading] = (await once(worker, 'message')) as [Reading];
      return reading;
    },
    close: () => worker.terminate(),
  };
}
