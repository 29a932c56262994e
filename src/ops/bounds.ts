/**
 * Bounds of a request target: refuses a query string that nobody may parse, before anything has.
 *
 * It stands before every entry point, because each reads the query by a reader of its own, and some of those take time by the square of the
 * number of parameters. So a new entry point, or a library behind one, need not think of it.
 */
import type { Middleware } from 'koa';
import type { Log } from '../base/log.ts';
import { isQueryTooLarge, LONGEST_QUERY, MOST_IN_QUERY } from '../base/parameters.ts';
import { addressOf } from '../base/request-head.ts';

const MESSAGE = `The query string has more than ${LONGEST_QUERY} bytes or ${MOST_IN_QUERY} parameters.`;

/** Koa middleware; must be the first. */
export function boundedQuery(log: Log): Middleware {
  return async (context, next) => {
    if (!isQueryTooLarge(context.req.url ?? '')) {
      await next();
      return;
    }
    log.info({ event: 'request-refused', reason: 'query-too-large', sourceIp: addressOf(context) });
    context.status = 414;
    // What is left of a body must not be taken for the next request.
    context.set({ Connection: 'close', 'Cache-Control': 'no-store' });
    context.body = { error: 'invalid_request', message: MESSAGE };
  };
}
