/** The six operators of everything that has an order: numbers and dates. */
import type { Operator } from './condition.ts';

/**
 * @param kind `Numeric` or `Date`
 * @param read the value's place in the order, or undefined when it is none
 */
export function orderedOperators(
  kind: string,
  read: (text: string) => number | undefined,
): Readonly<Record<string, Operator>> {
  const operator = (holds: (actual: number, expected: number) => boolean, isNegated = false): Operator => ({
    isNegated,
    hasWildcards: false,
    accepts: (text) => read(text) !== undefined,
    compare(actual, { text }) {
      const [one, other] = [read(actual), read(text)];
      return one === undefined || other === undefined ? undefined : holds(one, other);
    },
  });
  return {
    [`${kind}Equals`]: operator((one, other) => one === other),
    [`${kind}NotEquals`]: operator((one, other) => one === other, true),
    [`${kind}LessThan`]: operator((one, other) => one < other),
    [`${kind}LessThanEquals`]: operator((one, other) => one <= other),
    [`${kind}GreaterThan`]: operator((one, other) => one > other),
    [`${kind}GreaterThanEquals`]: operator((one, other) => one >= other),
  };
}
