/**
 * Authorization: may this principal do this to that resource, given the facts of its request.
 *
 * Gathers the condition keys that the request itself decides; the authority adds the principal's policies and decides. A refusal is told in
 * the authority's words. Source: IAM user guide, "AWS global condition context keys".
 */
import { epochSeconds } from '../base/clock.ts';
import { header, type Protocol, type WireRequest } from '../wire/protocol.ts';
import { commonWords, Refused } from './refusals.ts';

/** Condition keys and their values, e.g. `{ 'aws:SourceIp': '192.0.2.1' }`. */
export type RequestContext = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** What is asked of every kind of principal. */
export interface CallingPrincipal {
  readonly kind: string;
  readonly account: string;
  readonly arn: string;
  readonly userId: string;
  /** A user's name. */
  readonly name?: string;
  /** The role of a role's session. */
  readonly roleArn?: string;
  /** When a session's credentials were given. */
  readonly issuedAt?: Date | string;
  /** What a session's credentials carry of their own. */
  readonly context?: RequestContext;
}

/** The answer of the authority; anything but `allow` is a refusal. */
export interface Verdict {
  readonly verdict: string;
  /** The refusal in words. */
  readonly message?: string;
}

export type Decide<Principal> = (
  principal: Principal,
  request: { readonly action: string; readonly resource: string; readonly context: RequestContext },
) => Promise<Verdict>;

const PRINCIPAL_TYPES: Readonly<Record<string, string>> = {
  root: 'Account',
  user: 'User',
  'role-session': 'AssumedRole',
};

/** @throws Refused */
export async function authorize<Principal extends CallingPrincipal>(
  decide: Decide<Principal>,
  asked: {
    readonly principal: Principal;
    readonly action: string;
    readonly resource: string;
    readonly context: RequestContext;
    readonly family: Protocol['family'];
  },
): Promise<void> {
  const { principal, action, resource, context, family } = asked;
  const { verdict, message } = await decide(principal, { action, resource, context });
  if (verdict === 'allow') return;
  const reason =
    message ?? `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource}`;
  throw new Refused(commonWords(family, 'access-denied', { reason }));
}

/** The condition keys of a request. What it decides itself goes before what the principal brings. */
export function contextOf(
  request: Pick<WireRequest, 'headers' | 'sourceIp' | 'secure'>,
  { principal, region, now }: { principal: CallingPrincipal; region: string; now: Date },
): RequestContext {
  const userAgent = header(request, 'user-agent');
  const referer = header(request, 'referer');
  return {
    ...principal.context,
    ...principalContext(principal),
    'aws:SourceIp': request.sourceIp,
    'aws:SecureTransport': request.secure,
    'aws:CurrentTime': isoSeconds(now),
    'aws:EpochTime': epochSeconds(now),
    'aws:RequestedRegion': region,
    'aws:ViaAWSService': false,
    ...(userAgent === undefined ? {} : { 'aws:UserAgent': userAgent }),
    ...(referer === undefined ? {} : { 'aws:Referer': referer }),
  };
}

function principalContext(principal: CallingPrincipal): RequestContext {
  const type = PRINCIPAL_TYPES[principal.kind];
  return {
    // Of a role's session the key says the role; the session's own ARN stands in no policy.
    'aws:PrincipalArn': principal.roleArn ?? principal.arn,
    'aws:PrincipalAccount': principal.account,
    'aws:PrincipalIsAWSService': false,
    'aws:userid': principal.userId,
    ...(type === undefined ? {} : { 'aws:PrincipalType': type }),
    ...(principal.kind === 'user' && principal.name !== undefined ? { 'aws:username': principal.name } : {}),
    ...(principal.issuedAt === undefined
      ? {}
      : { 'aws:TokenIssueTime': isoSeconds(new Date(principal.issuedAt)) }),
  };
}

const isoSeconds = (date: Date): string => date.toISOString().replace(/\.\d{3}Z$/, 'Z');
