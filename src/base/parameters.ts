/**
 * Parameters: how many a form or a query string may have, counted before anything reads it.
 *
 * Readers of forms make an entry, or an array, or a walk over all entries of each parameter, so that a few kilobytes of `a&a&…` can take
 * seconds. Counting the separators is one pass that makes nothing. Whoever parses such a text asks here first.
 */

/** Of a query string. The longest that a client of ours sends is AssumeRole in an address, with about 180. */
export const MOST_IN_QUERY = 256;
/** Bytes of a query string; Node takes 16 KiB of request line and headers together. */
export const LONGEST_QUERY = 12 * 1024;
/** Of a form. The largest operation of the query protocol takes fewer than 200. */
export const MOST_IN_FORM = 1000;
const SEPARATOR = '&';

/** True when `text`, a form or a query string without its `?`, has more than `most` parameters. Empty ones count. */
export function hasTooManyParameters(text: string, most: number): boolean {
  let count = text === '' ? 0 : 1;
  let at = text.indexOf(SEPARATOR);
  while (at !== -1 && count <= most) {
    count += 1;
    at = text.indexOf(SEPARATOR, at + 1);
  }
  return count > most;
}

/** The query string of a request target, without its `?`. */
export function queryIn(target: string): string {
  const at = target.indexOf('?');
  return at === -1 ? '' : target.slice(at + 1);
}

/** True when a request target's query string is longer, or has more parameters, than any entry point reads. */
export function isQueryTooLarge(target: string): boolean {
  const query = queryIn(target);
  return query.length > LONGEST_QUERY || hasTooManyParameters(query, MOST_IN_QUERY);
}
