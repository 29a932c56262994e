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
  /** Signed operations that take a body of more than 256 KiB; what is beyond is read only for who may call them. */
  readonly largeBodies?: Readonly<Record<string, LargeBody>>;
}

interface LargeBody {
  /** The largest body, in bytes. */
  readonly bytes: number;
  /**
   * The members that `on` needs, where all of them stand in the request's head: then the caller is authorized exactly before the body is
   * read. Absent: it is asked beforehand whether any policy of theirs allows the action at all.
   */
  readonly decidedOn?: readonly string[];
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
