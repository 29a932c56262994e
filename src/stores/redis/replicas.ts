/**
 * Waiting for replicas: what is acknowledged is on another machine too, where there is one.
 *
 * Whether there are replicas is asked once a second. Writes that come back in one turn share one wait.
 */
import { performance } from 'node:perf_hooks';
import { Failure } from '../../base/failure.ts';
import type { RedisConnection, RedisFailure } from './connection.ts';

const KNOWN_FOR_MS = 1000;
/** Below the time that a command may take. */
const WAIT_MS = 2000;
const ENOUGH = 1;

/**
 * @returns resolves once a replica has all that was written on `connection` before; at once where there is none
 */
export function createReplicaWait(connection: RedisConnection): () => Promise<void> {
  let known: { readonly at: number; readonly hasReplicas: Promise<boolean> } | undefined;
  let next: Promise<void> | undefined;

  async function ask(): Promise<boolean> {
    const info = await connection.run((client) => client.info('replication'));
    return /^slave\d+:.*\bstate=online\b/m.test(info);
  }
  function hasReplicas(): Promise<boolean> {
    const at = performance.now();
    if (known && at - known.at < KNOWN_FOR_MS) return known.hasReplicas;
    const asked = { at, hasReplicas: ask() };
    known = asked;
    asked.hasReplicas.catch(() => {
      if (known === asked) known = undefined;
    });
    return asked.hasReplicas;
  }
  async function wait(): Promise<void> {
    next = undefined;
    const reached = await connection.run((client) => client.wait(ENOUGH, WAIT_MS));
    if (reached < ENOUGH)
      throw new Failure<RedisFailure>('store-unavailable', { store: 'redis', reason: 'no replica has it' });
  }

  return async () => {
    if (!(await hasReplicas())) return;
    await (next ??= Promise.resolve().then(wait));
  };
}
