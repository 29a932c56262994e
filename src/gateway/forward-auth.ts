/**
 * Forward authorization: a proxy asks, before it serves a request, whether it may.
 *
 * One credential a request: an access token of a pool, decided by the scopes of the route, or a SigV4 signature of the original request, decided by `execute-api:Invoke` policies. What no route covers is refused. The answer names the path that was decided on, and who asks.
 * Source: DESIGN of the gateway in docs/gateway.md; API Gateway developer guide, "Control access for invoking an API".
 */
import type { Context as KoaContext, Middleware } from 'koa';
import type { Clock } from '../base/clock.ts';
import { type Failure, isFailure, isUnavailable } from '../base/failure.ts';
import { credentialsIn } from '../base/http-credentials.ts';
import { newUuid } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import { logRefusal, type Refusal } from '../base/refusal-log.ts';
import { addressOf, clientOf, readHead } from '../base/request-head.ts';
import { asRequest, notesNow } from '../base/request-notes.ts';
import { equal } from '../base/secret.ts';
import type { Question } from '../domain/access/authority.ts';
import type { Principal } from '../domain/access/principal.ts';
import { requestKeys } from '../domain/access/request-context.ts';
import type { Access } from '../domain/tokens/tokens.ts';
import { createSigningKeyCache, verifySigV4, type SigningKeys } from '../wire/sigv4/index.ts';
import { readAsked, type AskedRequest } from './asked-request.ts';
import { routeFor, type GatewayRoute } from './routes.ts';

interface ForwardAuthParts {
  readonly routes: readonly GatewayRoute[];
  /** What the proxy sends as X-Cognate-Gateway-Secret; where there is none, only trusted proxies and this machine may ask. */
  readonly sharedSecret?: string;
  readonly keys: SigningKeys<Principal>;
  readonly bearers: { accessOf(token: string): Promise<Access> };
  decide(
    principal: Principal,
    question: Question,
  ): Promise<{ verdict: string; message: string; why: () => string }>;
  /** True for a peer that may describe other people's requests. */
  isTrusted(address: string): boolean;
  readonly clock: Clock;
  readonly log: Log;
  readonly account: string;
  /** For routes that name none. */
  readonly region: string;
}

const PATH = '/gateway/authorize';
/** Methods whose requests have no body that anybody reads. */
const BODILESS = new Set(['GET', 'HEAD']);

/** Who was let in. */
interface Admitted {
  readonly subject: string;
  readonly principal: string;
  readonly groups: readonly string[];
}
class Denied extends Error {
  readonly status: 401 | 403;
  readonly kind: DeniedKind;
  readonly more: Reasons;
  constructor(kind: DeniedKind, reason: string, more: Reasons = {}) {
    super(reason);
    this.status = UNPROVEN.has(kind) ? 401 : 403;
    this.kind = kind;
    this.more = more;
  }
}
type DeniedKind =
  | 'not-the-gateway'
  | 'not-decidable'
  | 'route-not-found'
  | 'method-not-allowed'
  | 'credential-missing'
  | 'credentials-many'
  | 'token-not-taken'
  | 'token-refused'
  | 'scope-missing'
  | 'signature-not-taken'
  | 'signature-refused'
  | 'policy-refused'
  | 'undecided';
/** What another credential could mend. */
const UNPROVEN: ReadonlySet<DeniedKind> = new Set([
  'credential-missing',
  'credentials-many',
  'token-refused',
  'signature-refused',
]);
interface Reasons extends Pick<Refusal, 'reason' | 'why' | 'principal' | 'pool' | 'client'> {
  /** A token error of RFC 6750, for WWW-Authenticate. */
  readonly challenge?: string;
}
/** What is found out about a request, for the log. */
interface Found {
  route?: GatewayRoute;
}

const UNDECIDED = new Denied('undecided', 'Not decided.');

export function forwardAuth(parts: ForwardAuthParts): Middleware {
  const cache = createSigningKeyCache();

  async function byToken(token: string, { scopes }: GatewayRoute): Promise<Admitted> {
    if (!scopes) throw new Denied('token-not-taken', 'This route takes no access tokens.');
    const access = await parts.bearers.accessOf(token).catch((error: unknown) => {
      if (!isRefusal(error)) throw error;
      const more = { reason: error.kind, challenge: 'invalid_token' };
      throw new Denied('token-refused', 'The access token is not valid.', more);
    });
    const missing = scopes.filter((scope) => !access.scopes.includes(scope));
    if (missing.length > 0)
      throw new Denied('scope-missing', 'The access token lacks a scope of the route.', {
        reason: missing.join(' '),
        principal: access.name,
        challenge: 'insufficient_scope',
      });
    return { subject: access.subject, principal: access.name, groups: access.groups };
  }

  async function bySignature(
    { wire, method, path, host }: AskedRequest,
    { api }: GatewayRoute,
  ): Promise<Admitted> {
    if (!api) throw new Denied('signature-not-taken', 'This route takes no signatures.');
    const region = api.region ?? parts.region;
    const hasHash = wire.headers.some(([name]) => name === 'x-amz-content-sha256');
    const { principal } = await verifySigV4(wire, {
      keys: parts.keys,
      clock: parts.clock,
      cache,
      services: ['execute-api'],
      regions: [region],
      // A body is not here. Its signed hash is, and the upstream checks it; without one there must be no body.
      bodyHash: hasHash || !BODILESS.has(method) ? 'signed-header' : 'from-body',
    }).catch((error: unknown) => {
      if (!isRefusal(error)) throw error;
      throw new Denied('signature-refused', 'The signature is not valid.', { reason: error.kind });
    });
    const { account, clock } = parts;
    const context = requestKeys({ client: clientOf(wire), region, account, now: clock.now() });
    const decide = (asked: string) =>
      parts.decide(principal, {
        action: 'execute-api:Invoke',
        resource: `arn:aws:execute-api:${region}:${parts.account}:${api.id}/${api.stage}/${asked}${path}`,
        context,
        service: { 'execute-api:Host': host },
      });
    // HEAD is GET without its body: what allows either allows it, and a deny of either holds.
    const verdicts = await Promise.all((method === 'HEAD' ? ['HEAD', 'GET'] : [method]).map(decide));
    const refusal =
      verdicts.find(({ verdict }) => verdict === 'deny') ??
      (verdicts.some(({ verdict }) => verdict === 'allow') ? undefined : verdicts[0]);
    if (refusal)
      throw new Denied('policy-refused', refusal.message, {
        principal: principal.arn,
        why: refusal.why(),
      });
    return { subject: subjectOf(principal), principal: principal.arn, groups: [] };
  }

  async function admit(asked: AskedRequest, found: Found): Promise<Admitted | 'preflight'> {
    const lines = valuesOf(asked, 'authorization');
    if (isPreflight(asked) && mayPreflight(asked)) return 'preflight';
    const route = decidingRoute(asked);
    found.route = route;
    const [line] = lines;
    if (line === undefined) throw new Denied('credential-missing', 'The request carries no credential.');
    if (lines.length > 1)
      throw new Denied('credentials-many', 'The request carries more than one credential.');
    const token = credentialsIn(line, 'Bearer');
    return token === undefined ? bySignature(asked, route) : byToken(token, route);
  }

  function decidingRoute(asked: AskedRequest): GatewayRoute {
    const route = routeFor(parts.routes, asked);
    if (route === 'not-covered') throw new Denied('route-not-found', 'No route covers this request.');
    // 403: nginx takes 405 from an authorizer for an error of ours.
    if (route === 'method-not-allowed')
      throw new Denied('method-not-allowed', 'The route does not take this method.');
    return route;
  }

  /** True when the request that the browser asks about would come to a route that lets its question pass. */
  function mayPreflight(asked: AskedRequest): boolean {
    const [method = ''] = valuesOf(asked, 'access-control-request-method');
    const route = routeFor(parts.routes, { ...asked, method });
    return typeof route === 'object' && route.preflight === 'allow';
  }

  function mayAsk(context: KoaContext): boolean {
    if (parts.sharedSecret !== undefined)
      return equal(context.get('x-cognate-gateway-secret'), parts.sharedSecret);
    return parts.isTrusted(context.req.socket.remoteAddress ?? '');
  }

  return async (context, next) => {
    if (context.path !== PATH) {
      await next();
      return;
    }
    const requestId = newUuid();
    context.set({
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      'x-amzn-RequestId': requestId,
    });
    await asRequest(requestId, () => answer(context));
  };

  async function answer(context: KoaContext): Promise<void> {
    const found: Found = {};
    try {
      if (!mayAsk(context)) throw new Denied('not-the-gateway', 'Only the gateway may ask.');
      const asked = readAsked(readHead(context));
      if ('problem' in asked)
        throw new Denied('not-decidable', `Not decided: ${asked.problem}.`, { reason: asked.problem });
      const admitted = await admit(asked, found);
      context.status = 200;
      context.body = '';
      context.set('X-Cognate-Path', encodeURI(asked.path));
      if (admitted === 'preflight') return;
      context.set({
        'X-Cognate-Subject': headerText(admitted.subject),
        'X-Cognate-Principal': headerText(admitted.principal),
        'X-Cognate-Groups': admitted.groups.map(headerText).join(','),
      });
    } catch (error) {
      if (error instanceof Denied) return refuse(context, error, found);
      parts.log.error({ event: 'gateway-failed', ...notesNow(), err: error });
      deny(context, UNDECIDED);
    }
  }

  /** Answers, and tells the log: nothing of the credential, nor of the path, which may hold one. */
  function refuse(context: KoaContext, denied: Denied, { route }: Found): void {
    const { kind, more } = denied;
    const { challenge: _, ...reasons } = more;
    const sourceIp = addressOf(context);
    logRefusal(parts.log, { at: 'gateway', kind, ...reasons, route: route && nameOf(route), sourceIp });
    deny(context, denied);
  }
}

/** A route as the configuration tells it: `api.example.com/orders`. */
const nameOf = ({ host = '', path }: GatewayRoute): string => `${host}${path}`;

const valuesOf = ({ wire }: AskedRequest, name: string): readonly string[] =>
  wire.headers.filter(([each]) => each === name).map(([, value]) => value);

/**
 * True for a browser's question whether another site may call: it carries no credential, and one of each header that it is made of.
 * Source: Fetch standard, "CORS-preflight fetch".
 */
function isPreflight(asked: AskedRequest): boolean {
  const has = (name: string) => valuesOf(asked, name).length;
  return (
    asked.method === 'OPTIONS' &&
    has('origin') === 1 &&
    has('access-control-request-method') === 1 &&
    has('authorization') === 0 &&
    has('cookie') === 0
  );
}

/** A failure of whoever asks; not of a store that is away, which says nothing about anybody. */
const isRefusal = (error: unknown): error is Failure => isFailure(error) && !isUnavailable(error);

function deny(context: KoaContext, { status, message, more: { challenge } }: Denied): void {
  context.status = status;
  if (status === 401 || challenge)
    context.set('WWW-Authenticate', challenge ? `Bearer error="${challenge}"` : 'Bearer');
  context.body = { message };
}

/** The identity of an identity pool, else the principal's own id. */
function subjectOf(principal: Principal): string {
  const identity =
    principal.kind === 'role-session' ? principal.context['cognito-identity.amazonaws.com:sub'] : undefined;
  return typeof identity === 'string' ? identity : principal.userId;
}

/** Text that cannot end a header or a list in it. */
const headerText = (text: string): string =>
  text.replace(/[^\x21-\x2b\x2d-\x7e]/g, (character) => encodeURIComponent(character.toWellFormed()) || '?');
