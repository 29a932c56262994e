/**
 * Conditions: the form that every operator has.
 *
 * An operator compares one value of the request with one value of the policy and says yes, no, or that the two cannot be compared. What follows from several values, from a missing key, from
 * negation and from the prefixes is the same for all and decided in index.ts.
 */
import type { Lookup, Pattern } from './matching.ts';

/** A policy's value, checked and made ready when the policy is written. */
export interface Expected {
  readonly text: string;
  /** For operators that compare text: variables and wildcards are compiled. */
  readonly pattern: Pattern;
  /** Some of the text comes from the request. */
  readonly isVariable: boolean;
}

export interface Operator {
  /** Its answer is turned round: StringNotEquals and its kin. */
  readonly isNegated: boolean;
  /** How stars in the policy's value are read. */
  readonly hasWildcards: boolean;
  /** Whether a policy may be written with this value. */
  accepts(text: string): boolean;
  /** Undefined: the request's value is not of the operator's type. */
  compare(actual: string, expected: Expected, lookup: Lookup): boolean | undefined;
}

/** An operator and the one that answers the opposite. */
export function pair(
  name: string,
  negated: string,
  operator: Omit<Operator, 'isNegated'>,
): Readonly<Record<string, Operator>> {
  return { [name]: { ...operator, isNegated: false }, [negated]: { ...operator, isNegated: true } };
}
