/**
 * Date operators: ISO 8601 moments (W3C profile), or seconds since 1970.
 *
 * Read strictly: a date that the calendar does not have is none.
 */
import { orderedOperators } from './ordered.ts';

const ISO = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;
const EPOCH = /^-?\d{1,12}$/;

export const DATE_OPERATORS = orderedOperators('Date', readMoment);

function readMoment(text: string): number | undefined {
  if (EPOCH.test(text)) return Number(text) * 1000;
  const found = ISO.exec(text);
  if (!found) return undefined;
  const [, year, month, day] = found.map(Number);
  const calendar = new Date(Date.UTC(year ?? 0, (month ?? 0) - 1, day ?? 0));
  if (calendar.getUTCMonth() !== (month ?? 0) - 1 || calendar.getUTCDate() !== day) return undefined;
  const moment = Date.parse(text);
  return Number.isNaN(moment) ? undefined : moment;
}
