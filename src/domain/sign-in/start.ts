/**
 * What a door says when it begins a sign-in, and when it goes on with one.
 */
import type { CallerContext } from '../ports/caller-context.ts';
import type { Client } from '../pools/clients.ts';
import type { Pool } from '../pools/pools.ts';
import type { Answer, Flow, Notes, StepName } from './challenges/challenge.ts';

export interface Start {
  readonly pool: Pool;
  readonly client: Client;
  readonly login: string;
  readonly flow: Flow;
  readonly caller: CallerContext;
  /** What the client gave for the functions that are asked before; no other hears of it. */
  readonly metadata?: Notes;
  /** What is known beforehand, for the steps: the key of the device. */
  readonly memory?: Notes;
}
export interface Continuation {
  readonly pool: Pool;
  readonly client: Client;
  readonly session: string;
  /** Whose sign-in the caller takes it for; not compared when absent. */
  readonly login?: string;
  /** What it may be the answer to: one name on a wire may stand for several steps. */
  readonly steps: readonly StepName[];
  readonly answer: Answer;
  readonly caller: CallerContext;
  readonly metadata?: Notes;
}
