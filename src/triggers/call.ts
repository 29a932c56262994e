/**
 * A call: one try at asking a function, in the form that all bridges have, and what it may come to.
 *
 * What a function answers is text until `read` has judged it; also a module's answer passes through JSON, so that no bridge lets pass what another would refuse.
 */
import { Failure } from '../base/failure.ts';
import { NotStrictJson, parseStrictJson } from '../base/strict-json.ts';
import type { TriggerEvent, TriggerFailure } from '../domain/ports/triggers.ts';
import type { Named } from './functions.ts';

export interface Call {
  readonly named: Named;
  readonly event: TriggerEvent;
  /** Of the question; the same at each try. */
  readonly id: string;
  /** How long this try may take. */
  readonly limitMs: number;
}
/** Tries once. @returns the JSON that the function answered @throws Failure of TriggerFailure, Unanswered when another try may do better */
export type Bridge = (call: Call) => Promise<string | Uint8Array>;

/** The function could not be reached, did not answer in time, or is out of order. */
export class Unanswered extends Error {
  override readonly name = 'Unanswered';
}

const MAX_ANSWER_BYTES = 1024 * 1024;
const MAX_REASON = 1024;

/** The function said no, in its own words. */
export const refusedWith = (reason: string): Failure<TriggerFailure> =>
  new Failure('trigger-refused', { reason: [...reason].slice(0, MAX_REASON).join('') });

export const malformed = (cause?: unknown): Failure<TriggerFailure> =>
  new Failure('trigger-answer-malformed', {}, { cause });

/** @param reason for the log, not for callers of the API */
export const failed = (reason: string, cause?: unknown): Failure<TriggerFailure> =>
  new Failure('trigger-failed', { reason }, { cause });

/** The answer as a value. @throws Failure `trigger-answer-malformed` */
export function parsed(answer: string | Uint8Array): unknown {
  if (Buffer.byteLength(answer) > MAX_ANSWER_BYTES) throw malformed();
  try {
    return parseStrictJson(answer);
  } catch (error) {
    throw error instanceof NotStrictJson ? malformed(error) : error;
  }
}

/** What a function tells of an error of its own (`errorMessage`), as Lambda does. */
export const errorMessageIn = (value: unknown): string | undefined =>
  isMapping(value) && typeof value['errorMessage'] === 'string' ? value['errorMessage'] : undefined;

/**
 * The member `response` of an answer.
 * @throws Failure `trigger-refused` when it tells of an error instead, `trigger-answer-malformed`
 */
export function responseIn(answer: string | Uint8Array): Readonly<Record<string, unknown>> {
  const value = parsed(answer);
  if (isMapping(value) && isMapping(value['response'])) return value['response'];
  const message = errorMessageIn(value);
  throw message === undefined ? malformed() : refusedWith(message);
}

const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
