/**
 * Health: whether this process lives, and whether it should be given requests.
 *
 * Live as soon as it can answer at all; ready once it has loaded what every decision needs, as long as its stores answer, until it drains. Says nothing
 * about the inside to whoever asks.
 */
import type { Middleware } from 'koa';

/** @param isReady asked at each request to /health/ready; answers soon, whatever it depends on */
export function health(isReady: () => Promise<boolean>): Middleware {
  return async (ctx, next) => {
    if (ctx.path !== '/health/live' && ctx.path !== '/health/ready') {
      await next();
      return;
    }
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') {
      ctx.status = 405;
      ctx.set('Allow', 'GET, HEAD');
      return;
    }
    const isWell = ctx.path === '/health/live' || (await isReady());
    ctx.set('Cache-Control', 'no-store');
    ctx.status = isWell ? 200 : 503;
    if (!isWell) ctx.set('Retry-After', '1');
    ctx.body = { status: isWell ? 'ok' : 'unavailable' };
  };
}
