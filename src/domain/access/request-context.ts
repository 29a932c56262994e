/**
 * Request contexts: the condition keys that a policy may ask about a request. This is their only author.
 *
 * Every entry point hands over what it knows of its request, once, as `RequestKeys`; who asks, and the tags, are
 * added where a decision is made. The types demand each global key of condition-keys.ts: a key that is forgotten
 * would open every Deny that asks for it. What a session carries never overrules the request.
 * Source: IAM user guide, "AWS global condition context keys", "IAM policy elements: Variables and tags" (values of
 * the principal keys).
 */
import { epochSeconds } from '../../base/clock.ts';
import { GLOBAL_KEYS, type KeysFrom, type KeySource } from './conditions/condition-keys.ts';
import type { Context } from './evaluate.ts';
import type { Principal } from './principal.ts';

/** Tags by their keys. */
export type Tags = Readonly<Record<string, string>>;

/** What an entry point knows of its request. All of it must be said; a header that was not sent is `undefined`. */
interface RequestFacts {
  readonly client: {
    /** IPv4 written as IPv4; see base/request-head.ts. */
    readonly sourceIp: string;
    readonly secure: boolean;
    readonly userAgent: string | undefined;
    readonly referer: string | undefined;
  };
  /** The region that was called. */
  readonly region: string;
  /** Whose resources are asked for: all are of one account. */
  readonly account: string;
  readonly now: Date;
}
type Supplied<Source extends KeySource> = Readonly<Record<KeysFrom<Source>, Context[string]>>;

declare const author: unique symbol;
/** The keys of a request itself. Made by `requestKeys` alone; a service adds its own by spreading them. */
export type RequestKeys = Context & Supplied<'request'> & { readonly [author]: 'request' };
/** All keys of a decision. Made by `requestContext` alone. */
export type RequestContext = Context & Supplied<'request'> & { readonly [author]: 'decision' };

/** The keys of a request, for every decision that is made while it is served. */
export function requestKeys({ client, region, account, now }: RequestFacts): RequestKeys {
  const always: Supplied<'request'> = {
    'aws:CurrentTime': isoSeconds(now),
    'aws:EpochTime': epochSeconds(now),
    'aws:SecureTransport': client.secure,
    'aws:SourceIp': client.sourceIp,
    'aws:RequestedRegion': region,
    'aws:ViaAWSService': false,
    'aws:PrincipalIsAWSService': false,
    'aws:ResourceAccount': account,
  };
  const headers: Partial<Supplied<'header'>> = {
    ...(client.userAgent !== undefined && { 'aws:UserAgent': client.userAgent }),
    ...(client.referer !== undefined && { 'aws:Referer': client.referer }),
  };
  // The mark is in the type alone: it says who made the keys.
  return { ...always, ...headers } as RequestKeys;
}

/** Who asks: a principal with the tags that its user or role has now, or what somebody outside vouches for. */
export type Asker =
  | { readonly principal: Principal; readonly tags: Tags }
  | { readonly proof: Context & Supplied<'federation'> };

export interface Decided {
  readonly request: RequestKeys;
  readonly asker: Asker;
  /** Keys of the service that is called, e.g. `sts:RoleSessionName`. */
  readonly service?: Context;
  /** Tags that the request would give. */
  readonly requestTags?: Tags;
  /** Tags of the resource that was found. */
  readonly resourceTags?: Tags;
}

/** All keys of one decision. */
export function requestContext({
  request,
  asker,
  service,
  requestTags = {},
  resourceTags = {},
}: Decided): RequestContext {
  const asking = 'proof' in asker ? asker.proof : principalKeys(asker.principal, asker.tags);
  const made: Context = {
    ...service,
    ...asking,
    ...tagKeys('aws:RequestTag/', requestTags),
    ...(Object.keys(requestTags).length > 0 && { 'aws:TagKeys': Object.keys(requestTags) }),
    ...tagKeys('aws:ResourceTag/', resourceTags),
    ...tagKeys('iam:ResourceTag/', resourceTags),
    ...request,
  };
  return made as RequestContext;
}

/** The keys that a principal brings. */
function principalKeys(principal: Principal, tags: Tags): Context {
  const common = { 'aws:PrincipalAccount': principal.account, 'aws:userid': principal.userId };
  const own = tagKeys('aws:PrincipalTag/', tags);
  if (principal.kind === 'root') {
    const root: Supplied<'principal'> = {
      ...common,
      'aws:PrincipalArn': principal.arn,
      'aws:PrincipalType': 'Account',
    };
    return { ...own, ...root };
  }
  if (principal.kind === 'user') {
    const user: Supplied<'principal' | 'user'> = {
      ...common,
      'aws:PrincipalArn': principal.arn,
      'aws:PrincipalType': 'User',
      'aws:username': principal.name,
    };
    return { ...own, ...user };
  }
  const session: Supplied<'principal' | 'session'> = {
    ...common,
    // Of a role's session the key says the role; the session's own ARN is in no key.
    'aws:PrincipalArn': principal.roleArn,
    'aws:PrincipalType': 'AssumedRole',
    'aws:TokenIssueTime': isoSeconds(principal.issuedAt),
    // There is no MFA of IAM here. Absent, the key would open every Deny of sessions without it.
    'aws:MultiFactorAuthPresent': false,
  };
  return { ...withoutCase({ ...own }, carriedBy(principal.context)), ...session };
}

/** Sources of global keys that a session carries; any other of its keys named `aws:` would be a forgery. */
const CARRIED: readonly KeySource[] = ['federation', 'source-identity', 'principal-tags'];
const CARRIED_KEYS = Object.entries(GLOBAL_KEYS)
  .filter(([, source]) => CARRIED.includes(source))
  .map(([key]) => key.toLowerCase());

function carriedBy(context: Context): Context {
  const entries = Object.entries(context).filter(([name]) => {
    const key = name.toLowerCase();
    if (!key.startsWith('aws:')) return true;
    return CARRIED_KEYS.some((each) => (each.endsWith('/') ? key.startsWith(each) : each === key));
  });
  return Object.fromEntries(entries);
}

/** A session's tag stands in place of its role's of the same key, whatever their case. */
function withoutCase(under: Context, over: Context): Context {
  const taken = new Set(Object.keys(over).map((key) => key.toLowerCase()));
  const left = Object.entries(under).filter(([key]) => !taken.has(key.toLowerCase()));
  return { ...Object.fromEntries(left), ...over };
}

/** Tags as keys. Keys that differ in case alone are one key with both values, so that neither hides the other. */
function tagKeys(prefix: string, tags: Tags): Context {
  const found = new Map<string, readonly [name: string, values: readonly string[]]>();
  for (const [key, value] of Object.entries(tags)) {
    const [name, values] = found.get(key.toLowerCase()) ?? [key, []];
    found.set(key.toLowerCase(), [name, [...values, value]]);
  }
  return Object.fromEntries(
    [...found.values()].map(([name, values]) => [
      `${prefix}${name}`,
      values.length === 1 ? (values[0] ?? '') : values,
    ]),
  );
}

const isoSeconds = (date: Date): string => date.toISOString().replace(/\.\d{3}Z$/, 'Z');
