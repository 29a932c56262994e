/**
 * A thread that calculates: works off batches of jobs, one after the other, and answers a batch at once.
 */
import { parentPort } from 'node:worker_threads';
import type { FromWorker, Job, Outcome, ToWorker, Value } from './job.ts';
import { challengeOf, keyOf, verifierOf } from './srp.ts';

const port = parentPort!;

port.on('message', (message: ToWorker) => {
  if (message === 'close') port.close();
  else port.postMessage(message.map(attempt) satisfies FromWorker);
});

function attempt(job: Job): Outcome {
  try {
    return { value: perform(job) };
  } catch (error) {
    return { fault: error instanceof Error ? error.message : String(error) };
  }
}

function perform(job: Job): Value {
  if (job.verb === 'srp-verifier') return verifierOf(job);
  return job.verb === 'srp-challenge' ? challengeOf(job) : keyOf(job);
}
