/** ARN operators: six parts compared apart, wildcards within a part. ArnEquals and ArnLike are the same. */
import { parseArn } from '../../../base/arn.ts';
import { arnPattern, matchesArn } from './matching.ts';
import { pair, type Operator } from './condition.ts';

const operator: Omit<Operator, 'isNegated'> = {
  hasWildcards: true,
  accepts: (text) => text.length > 0,
  compare(actual, { pattern }, lookup) {
    if (!parseArn(actual)) return undefined;
    const wanted = arnPattern(pattern);
    return wanted !== undefined && matchesArn(wanted, actual, lookup);
  },
};

export const ARN_OPERATORS: Readonly<Record<string, Operator>> = {
  ...pair('ArnEquals', 'ArnNotEquals', operator),
  ...pair('ArnLike', 'ArnNotLike', operator),
};
