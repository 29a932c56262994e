/**
 * The HTTP door of the AWS APIs: reads a request within its limits, hands it to dispatch, writes the answer.
 *
 * Most of it stands at `/`, and what speaks REST at paths of its own; what is not an API call goes on to the next door. Browsers may call from anywhere (CORS): nothing here is
 * authenticated by a cookie, so another site's page can do no more than any other client. Raw target and header lines are handed on as they
 * came, because signatures are over them. Source: what the browser SDKs send; Fetch standard, "CORS protocol".
 */
import type Koa from 'koa';
import { createBody, type Body } from '../base/body.ts';
import { readHead } from '../base/request-head.ts';
import { speaksAwsQuery } from '../wire/aws-query.ts';
import type { WireResponse } from '../wire/protocol.ts';
import { MOST_BYTES } from './choose.ts';
import type { Dispatch, Head } from './dispatch.ts';
import { createTurns, type Turns } from './turns.ts';

interface DoorOptions {
  /** How long a body may take to arrive, in seconds; 20 unless said. */
  readonly bodySeconds?: number;
}

const BODY_SECONDS = 20;
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
  const turns = createTurns();
  return async (ctx, next) => {
    // A path that no operation has is still answered in the words of the service that is signed for.
    const isPlaced =
      dispatch.takesPath(targetOf(ctx).split('?', 1)[0] ?? '') || dispatch.isForPaths(readHead(ctx));
    if (!isPlaced && (ctx.path !== '/' || !isCall(ctx))) {
      await next();
      return;
    }
    ctx.set({ 'access-control-allow-origin': '*', 'access-control-expose-headers': EXPOSED });
    if (ctx.method === 'OPTIONS') preflight(ctx);
    else await answer(ctx, dispatch, bodySeconds * 1000, turns);
  };
}

async function answer(ctx: Koa.Context, dispatch: Dispatch, bodyMs: number, turns: Turns): Promise<void> {
  const head = readHead(ctx);
  const body = createBody(ctx.req, bodyMs);
  // A form says in its body what it is for.
  const isAnnounced = body.announced > MOST_BYTES && !speaksAwsQuery(head);
  const state = isAnnounced ? 'more' : await body.readTo(MOST_BYTES);
  if (state === 'whole') {
    send(ctx, await dispatch({ ...head, body: body.bytes() }));
  } else if (state === 'more') {
    await answerLarge(ctx, { head, body, dispatch, turns });
  } else {
    await refuse(ctx, body, state === 'gone' ? state : dispatch.refuse(head, 'body-too-slow'));
  }
}

/** Reads what is beyond MOST_BYTES for who may call the operation, a few at a time. */
async function answerLarge(
  ctx: Koa.Context,
  { head, body, dispatch, turns }: { head: Head; body: Body; dispatch: Dispatch; turns: Turns },
): Promise<void> {
  const limit = await dispatch.admit(head, body.bytes());
  if (typeof limit !== 'number') return refuse(ctx, body, limit);
  const turn = await turns.take({ address: head.sourceIp, loseTurn: body.giveUp });
  if (!turn) return refuse(ctx, body, dispatch.refuse(head, 'unavailable'));
  try {
    const state = await body.readTo(limit);
    if (state === 'gone') return await refuse(ctx, body, state);
    if (state !== 'whole') {
      const kind = state === 'more' ? 'body-too-large' : 'body-too-slow';
      return await refuse(ctx, body, dispatch.refuse(head, kind, limit));
    }
    const whole = body.bytes();
    body.release();
    send(ctx, await dispatch({ ...head, body: whole }));
  } finally {
    turn.release();
  }
}

/** Answers and ends the connection: what is left of the body must not be taken for the next request. */
async function refuse(ctx: Koa.Context, body: Body, answer: WireResponse | 'gone'): Promise<void> {
  if (answer === 'gone') {
    body.release();
    ctx.respond = false;
    return;
  }
  await body.drop();
  ctx.set('connection', 'close');
  send(ctx, answer);
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
