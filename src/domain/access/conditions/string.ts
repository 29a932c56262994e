/** String operators: text compared as it is, without case, or with wildcards. */
import { literal, matches } from './matching.ts';
import { pair, type Operator } from './condition.ts';

const plain = { hasWildcards: false, accepts: () => true };

export const STRING_OPERATORS: Readonly<Record<string, Operator>> = {
  ...pair('StringEquals', 'StringNotEquals', {
    ...plain,
    compare: (actual, { pattern }, lookup) => literal(pattern, lookup) === actual,
  }),
  ...pair('StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase', {
    ...plain,
    compare: (actual, { pattern }, lookup) =>
      literal(pattern, lookup)?.toLowerCase() === actual.toLowerCase(),
  }),
  ...pair('StringLike', 'StringNotLike', {
    ...plain,
    hasWildcards: true,
    compare: (actual, { pattern }, lookup) => matches(pattern, actual, lookup),
  }),
};
