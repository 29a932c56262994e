/**
 * What the main thread asks of the threads that calculate, and what it gets back. Plain data, since it crosses between threads.
 */
import type { SrpChallenge, SrpExchange, SrpRegistration } from '../domain/ports/password-hash.ts';

export type Job =
  | ({ readonly verb: 'srp-verifier' } & SrpRegistration)
  | ({ readonly verb: 'srp-challenge' } & Pick<SrpExchange, 'verifier' | 'publicA'>)
  | ({ readonly verb: 'srp-key' } & SrpExchange);

export type Value = string | SrpChallenge | undefined;

/** What came of a job: its value, or a fault in plain words. */
export type Outcome = { readonly value: Value } | { readonly fault: string };

export type ToWorker = readonly Job[] | 'close';
export type FromWorker = readonly Outcome[];
