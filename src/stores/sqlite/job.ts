/**
 * What the main thread asks of the thread that writes, and what it gets back. Plain data, since it crosses between threads.
 */
import type { Facts } from '../../base/failure.ts';
import type { PlannedChange } from '../shared/planned.ts';
import type { Tables } from './schema.ts';

/** `key` is a key text; `until` is in epoch milliseconds. */
export type Job =
  | { readonly verb: 'commit'; readonly changes: readonly PlannedChange[] }
  | { readonly verb: 'put' | 'claim'; readonly key: string; readonly note: string; readonly until: number }
  | { readonly verb: 'count'; readonly key: string; readonly until: number }
  | { readonly verb: 'take' | 'spend' | 'forget'; readonly key: string };

/** `take`: the note's JSON text; `claim`, `spend`: 1 or 0; `count`: the count; otherwise nothing. */
export type Value = string | number | undefined;

/** What came of a job: its value, a failure, or (in plain words) a fault of the store itself. */
export type Outcome =
  | { readonly value: Value }
  | { readonly failure: { readonly kind: string; readonly facts: Facts } }
  | { readonly fault: string };

/** Jobs that share one transaction, and so one wait for the disk. */
export interface Batch {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly jobs: readonly Job[];
}
export interface WorkerStart {
  readonly file: string;
  readonly tables: readonly Tables[];
}
export type ToWorker = Batch | 'close';
export type FromWorker = readonly Outcome[] | 'ready';
