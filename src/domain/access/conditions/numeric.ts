/** Numeric operators: integers and decimals, written out. */
import { orderedOperators } from './ordered.ts';

const NUMBER = /^[+-]?\d{1,30}(\.\d{1,30})?$/;

export const NUMERIC_OPERATORS = orderedOperators('Numeric', (text) =>
  NUMBER.test(text) ? Number(text) : undefined,
);
