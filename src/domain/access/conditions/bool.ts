/** Bool: `true` or `false`, without case. */
import type { Operator } from './condition.ts';

const read = (text: string): boolean | undefined => {
  const lower = text.toLowerCase();
  return lower === 'true' ? true : lower === 'false' ? false : undefined;
};

export const BOOL_OPERATORS: Readonly<Record<string, Operator>> = {
  Bool: {
    isNegated: false,
    hasWildcards: false,
    accepts: (text) => read(text) !== undefined,
    compare(actual, { text }) {
      const value = read(actual);
      return value === undefined ? undefined : value === read(text);
    },
  },
};
