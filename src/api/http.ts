/**
 * The HTTP door of the AWS APIs: reads a request within its limits, hands it to dispatch, writes the answer.
 *
 * Most of it stands at `/`, and what speaks REST at paths of its own; what is not an API call goes on to the next door. Browsers may call from anywhere (CORS): nothing here is
 * authenticated by a cookie, so another site's page can do no more than any other client. Raw target and header lines are handed on as they
 * came, because signatures are over them. Source: what the browser SDKs send; Fetch standard, "CORS protocol".
 */
import type { IncomingMessage } from 'node:http';
import type Koa from 'koa';
import { readHead } from '../base/request-head.ts';
import { speaksAwsQuery } from '../wire/aws-query.ts';
import type { WireResponse } from '../wire/protocol.ts';
import type { Dispatch } from './dispatch.ts';

export interface DoorOptions {
  /** How long a body may take to arrive, in seconds; 20 unless said. */
  readonly bodySeconds?: number;
}

const BODY_SECONDS = 20;
/** A body beyond its limit is still read up to here, so that the client sees the answer before the connection ends. */
const DRAINED_BYTES = 4 * 1024 * 1024;
const PREFLIGHT_SECONDS = 172_800;
const METHODS = 'GET, POST, DELETE, OPTIONS';
const EXPOSED =
  'x-amzn-requestid, x-amzn-errortype, x-amzn-errormessage, x-amz-request-id, x-amz-id-2, x-amz-crc32, Date';
/** Headers that a browser may send: what the SDKs send, and any x-amz-… or amz-sdk-… */
const ALLOWED =
  /^(authorization|cache-control|content-type|user-agent|x-amz-[a-z0-9-]{1,64}|amz-sdk-[a-z0-9-]{1,64})$/;
const SDK_HEADERS =
  'Authorization, Cache-Control, Content-Type, X-Amz-Content-Sha256, X-Amz-Date, X-Amz-Security-Token, X-Amz-Target, X-Amz-User-Agent, ' +
  'amz-sdk-invocation-id, amz-sdk-request';

/** Koa middleware; `ctx.ip` and `ctx.secure` say who calls, after trusted proxies. */
export function awsDoor(
  dispatch: Dispatch,
  { bodySeconds = BODY_SECONDS }: DoorOptions = {},
): Koa.Middleware {
  return async (ctx, next) => {
    const isPlaced = dispatch.takesPath(targetOf(ctx).split('?', 1)[0] ?? '');
    if (!isPlaced && (ctx.path !== '/' || !isCall(ctx))) {
      await next();
      return;
    }
    ctx.set({ 'access-control-allow-origin': '*', 'access-control-expose-headers': EXPOSED });
    if (ctx.method === 'OPTIONS') preflight(ctx);
    else await answer(ctx, dispatch, bodySeconds * 1000);
  };
}

async function answer(ctx: Koa.Context, dispatch: Dispatch, bodyMs: number): Promise<void> {
  const head = readHead(ctx);
  const body = await readBody(ctx.req, dispatch.bodyLimit(head), bodyMs);
  if (typeof body !== 'string') {
    send(ctx, await dispatch({ ...head, body }));
  } else if (body === 'gone') {
    ctx.respond = false;
  } else {
    // What is left of the body must not be taken for the next request.
    ctx.set('connection', 'close');
    send(ctx, dispatch.refuse(head, body));
  }
}

/** True for what speaks one of the protocols, or tries to. */
function isCall(ctx: Koa.Context): boolean {
  if (ctx.method === 'POST' || 'x-amz-target' in ctx.headers) return true;
  if (ctx.method === 'OPTIONS') return 'access-control-request-method' in ctx.headers;
  return speaksAwsQuery({ method: ctx.method, target: targetOf(ctx), headers: [] });
}

const targetOf = (ctx: Koa.Context): string => ctx.originalUrl;

function send(ctx: Koa.Context, { status, headers, body }: WireResponse): void {
  ctx.status = status;
  ctx.body = body;
  ctx.set({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', ...headers });
  if (status === 503) ctx.set('retry-after', '1');
}

function preflight(ctx: Koa.Context): void {
  const asked = ctx.get('access-control-request-headers');
  const names = asked.split(',').map((name) => name.trim().toLowerCase());
  const allowed = asked === '' ? SDK_HEADERS : names.filter((name) => ALLOWED.test(name)).join(', ');
  ctx.status = 200;
  ctx.body = '';
  ctx.set({
    'access-control-allow-methods': METHODS,
    'access-control-allow-headers': allowed,
    'access-control-max-age': String(PREFLIGHT_SECONDS),
    vary: 'Access-Control-Request-Headers',
  });
}

/** The whole body; or why there is none: it is beyond `limit`, it took longer than `ms`, the client went away. */
function readBody(
  request: IncomingMessage,
  limit: number,
  ms: number,
): Promise<Uint8Array | 'body-too-large' | 'body-too-slow' | 'gone'> {
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > limit + DRAINED_BYTES) return Promise.resolve('body-too-large');
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const finish = (outcome: Uint8Array | 'body-too-large' | 'body-too-slow' | 'gone') => {
      clearTimeout(timer);
      request.removeAllListeners('data');
      resolve(outcome);
    };
    const timer = setTimeout(() => finish('body-too-slow'), ms);
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else if (size > limit + DRAINED_BYTES) finish('body-too-large');
    });
    request.on('end', () => finish(size > limit ? 'body-too-large' : Buffer.concat(chunks)));
    request.on('error', () => finish('gone'));
    request.on('close', () => finish('gone'));
  });
}
