/**
 * The door before the program is there: it lives, is not ready, and asks everybody to come again.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

/** A listener that can be given to a server at once, and to which the program is added when it is ready. */
export function createWaitingDoor(): { readonly answer: RequestListener; open(to: RequestListener): void } {
  let behind: RequestListener = comeAgain;
  return {
    answer: (request, response) => behind(request, response),
    open(to) {
      behind = to;
    },
  };
}

function comeAgain(request: IncomingMessage, response: ServerResponse): void {
  const lives = request.url === '/health/live' && (request.method === 'GET' || request.method === 'HEAD');
  response.writeHead(lives ? 200 : 503, {
    'Content-Type': 'application/json; charset=utf-8',
    'Cache-Control': 'no-store',
    ...(!lives && { 'Retry-After': '1' }),
  });
  response.end(JSON.stringify({ status: lives ? 'ok' : 'unavailable' }));
}
