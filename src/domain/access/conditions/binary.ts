/** BinaryEquals: bytes in base64, byte by byte. */
import type { Operator } from './condition.ts';

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export const BINARY_OPERATORS: Readonly<Record<string, Operator>> = {
  BinaryEquals: {
    isNegated: false,
    hasWildcards: false,
    accepts: (text) => BASE64.test(text),
    compare: (actual, { text }) => (BASE64.test(actual) ? actual === text : undefined),
  },
};
