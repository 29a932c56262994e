/**
 * The thread that reads SAML: one document after the other, each answered by what was read or by why it
 * is refused.
 */
import { parentPort } from 'node:worker_threads';
import { isFailure, type Facts } from '../../base/failure.ts';
import { readSaml, type Readings, type Verb } from './reading.ts';

/** What the main thread asks. */
export interface ReadingJob<Each extends Verb = Verb> {
  readonly verb: Each;
  readonly asked: Readings[Each]['asked'];
}
/** What it gets: what was read, a Failure taken apart, or a fault of ours. */
export type ReadingOutcome =
  | { readonly read: Readings[Verb]['read'] }
  | { readonly refused: { readonly kind: string; readonly facts: Facts; readonly cause: string } }
  | { readonly fault: string };

const port = parentPort;
if (!port) throw new Error('saml/worker.ts is the program of a thread');

port.on('message', ({ verb, asked }: ReadingJob) => {
  // oxlint-disable-next-line require-post-message-target-origin -- a thread, not a window
  void outcomeOf(verb, asked).then((outcome) => port.postMessage(outcome));
});

async function outcomeOf(verb: Verb, asked: Readings[Verb]['asked']): Promise<ReadingOutcome> {
  try {
    return { read: await readSaml(verb, asked) };
  } catch (error) {
    if (!isFailure(error)) return { fault: error instanceof Error ? (error.stack ?? error.message) : '' };
    const { kind, facts, cause } = error;
    return { refused: { kind, facts, cause: cause instanceof Error ? cause.message : '' } };
  }
}
