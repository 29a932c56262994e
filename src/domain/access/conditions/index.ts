/**
 * Conditions of a statement: all operators, and what they have in common.
 *
 * Operators and keys are ANDed, the values of one key ORed; a negated operator asks that none of them match. A missing key makes an operator false and a negated one true; `IfExists` makes
 * both true; `ForAllValues` is true of nothing, `ForAnyValue` false. `Null` asks for the absence itself. A value of the wrong type can be compared with nothing: then an Allow does not
 * apply and a Deny does, because who sends garbage shall gain nothing.
 * Source: IAM user guide, "IAM JSON policy elements: Condition operators", "Multivalued context keys".
 */
import { compile, literal, type Lookup } from './matching.ts';
import { ARN_OPERATORS } from './arn.ts';
import { BINARY_OPERATORS } from './binary.ts';
import { BOOL_OPERATORS } from './bool.ts';
import type { Expected, Operator } from './condition.ts';
import { DATE_OPERATORS } from './date.ts';
import { IP_OPERATORS } from './ip.ts';
import { NUMERIC_OPERATORS } from './numeric.ts';
import { STRING_OPERATORS } from './string.ts';

const OPERATORS: Readonly<Record<string, Operator>> = {
  ...STRING_OPERATORS,
  ...NUMERIC_OPERATORS,
  ...DATE_OPERATORS,
  ...BOOL_OPERATORS,
  ...BINARY_OPERATORS,
  ...IP_OPERATORS,
  ...ARN_OPERATORS,
};

type Quantifier = 'all' | 'any' | undefined;

/** One key under one operator, ready to be judged. */
export interface Condition {
  /** As written, for explanations: `ForAnyValue:StringLike`. */
  readonly operatorName: string;
  /** As written. */
  readonly key: string;
  readonly operator: Operator | 'Null';
  readonly quantifier: Quantifier;
  readonly ifExists: boolean;
  readonly expected: readonly Expected[];
}
/** `cannot-tell`: the request's value is not of the operator's type. */
export type Outcome = 'holds' | 'fails' | 'cannot-tell';
/** All values of a key; undefined when it is absent. Keys are looked up without case. */
export type Values = (key: string) => readonly string[] | undefined;

const NAME = /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/;
/** Which keys there are, ../condition-keys.ts decides; those of issuers have a path before the last colon. */
const KEY = /^[^\s*?]{1,256}:[^\s*?]{1,256}$/;

/** A condition as written, made ready; undefined when the operator, the key or a value is not one. */
export function readCondition(
  operatorName: string,
  key: string,
  values: readonly string[],
  hasVariables: boolean,
): Condition | undefined {
  const [, prefix, name = '', suffix] = NAME.exec(operatorName) ?? [];
  const operator = name === 'Null' ? 'Null' : Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : undefined;
  const ifExists = suffix !== undefined;
  if (!operator || !KEY.test(key) || (operator === 'Null' && (ifExists || prefix))) return undefined;
  const accepts =
    operator === 'Null'
      ? (text: string) => /^(true|false)$/i.test(text)
      : (text: string) => operator.accepts(text);
  if (!values.every(accepts)) return undefined;
  const isLiteral = operator === 'Null' || !operator.hasWildcards;
  const expected = values.map((text) => {
    const pattern = compile(text, { hasVariables, isLiteral });
    return { text, pattern, isVariable: pattern.hasVariables };
  });
  const quantifier: Quantifier =
    prefix === 'ForAllValues' ? 'all' : prefix === 'ForAnyValue' ? 'any' : undefined;
  return { operatorName, key, operator, quantifier, ifExists, expected };
}

export function judge(condition: Condition, values: Values): Outcome {
  const { operator, quantifier, ifExists, expected } = condition;
  const present = values(condition.key);
  if (operator === 'Null') {
    const isAbsent = present === undefined || present.length === 0;
    return of(expected.some(({ text }) => (text.toLowerCase() === 'true') === isAbsent));
  }
  if (present === undefined || present.length === 0) {
    if (ifExists || quantifier === 'all') return 'holds';
    return of(operator.isNegated && quantifier === undefined);
  }
  const lookup = lookupIn(values);
  const each = present.map((actual) => compareOne(operator, actual, expected, lookup));
  if (each.includes('cannot-tell')) return 'cannot-tell';
  // Without a quantifier several values of the request count as any of them for a plain operator, and as all of them for a negated one.
  const asksAll = quantifier === 'all' || (quantifier === undefined && operator.isNegated);
  return of(asksAll ? each.every((outcome) => outcome === 'holds') : each.includes('holds'));
}

/** One value of the request against all values of the policy, negation included. */
function compareOne(
  operator: Operator,
  actual: string,
  expected: readonly Expected[],
  lookup: Lookup,
): Outcome {
  let isMatch = false;
  for (const each of expected) {
    const isKnown = !each.isVariable || literal(each.pattern, lookup) !== undefined;
    const answer = isKnown ? operator.compare(actual, each, lookup) : undefined;
    if (answer === undefined) return 'cannot-tell';
    isMatch ||= answer;
  }
  return of(isMatch !== operator.isNegated);
}

/** The one value of a key, for variables. */
export const lookupIn =
  (values: Values): Lookup =>
  (key) => {
    const found = values(key);
    return found?.length === 1 ? found[0] : undefined;
  };

const of = (holds: boolean): Outcome => (holds ? 'holds' : 'fails');
