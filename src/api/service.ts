/**
 * Services: an AWS API as data; its protocol, its operations, its words for failures.
 *
 * A service's table of failures names every kind its operations can meet: a missing row does not compile.
 */
import type { Facts } from '../base/failure.ts';
import type { Operation } from '../wire/operation.ts';
import type { Protocol, WireFailure } from '../wire/protocol.ts';

export interface Service {
  /** Its name in signatures and actions, e.g. `cognito-idp`. */
  readonly name: string;
  readonly protocol: Protocol;
  readonly operations: Readonly<Record<string, Operation>>;
  /** Domain failure kinds in this service's words. */
  readonly failures: Readonly<Record<string, FailureWords>>;
  /** Code for input that breaks its schema, e.g. `InvalidParameterException`. */
  readonly invalidInput: string;
  /** Largest body in bytes for an operation that takes more than 256 KiB. */
  readonly largeBodies?: Readonly<Record<string, number>>;
}

/** A service and the part of the domain that its handlers see. */
export interface Mounted {
  readonly service: Service;
  readonly nouns: object;
}

export interface FailureWords {
  readonly code: string;
  /** 400 unless said. */
  readonly status?: number;
  /** `{name}` stands for the failure's fact of that name. */
  readonly message: string;
}

/** Fills a message's `{name}` places from `facts`. */
export function inWords(words: FailureWords, facts: Facts): WireFailure {
  return {
    code: words.code,
    status: words.status ?? 400,
    message: words.message.replace(/\{(\w+)\}/g, (_, name: string) => String(facts[name] ?? '')),
  };
}
