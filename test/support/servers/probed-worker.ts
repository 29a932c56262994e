/** A server in a thread of its own, whose event loop and memory are watched; see `probed-server.ts`. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort } from 'node:worker_threads';
import { startServer } from './server.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const TICK_MS = 5;
const held = () => {
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return { all: heapUsed + external, bytes: external + arrayBuffers };
};
/** Milliseconds that this thread has worked: a busy machine does not make them more. */
const worked = () => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};
// The long block is the one that counts: what a timer comes too late by, as far as it was work of this thread.
let [last, done, lag, peak] = [performance.now(), worked(), 0, 0];
setInterval(() => {
  const [now, work] = [performance.now(), worked()];
  lag = Math.max(lag, Math.min(now - last - TICK_MS, work - done));
  [last, done] = [now, work];
  peak = Math.max(peak, held().bytes);
}, TICK_MS);

const server = await startServer({ environment: { COGNATE_LOG_LEVEL: 'silent' } });
parentPort!.on('message', () => {
  collect();
  const { all, bytes } = held();
  // oxlint-disable-next-line require-post-message-target-origin -- a thread, not a window
  parentPort!.postMessage({ lag, peak, all, bytes });
  [last, done, lag, peak] = [performance.now(), worked(), 0, bytes];
});
// oxlint-disable-next-line require-post-message-target-origin -- a thread, not a window
parentPort!.postMessage({ url: server.url, port: server.port });
