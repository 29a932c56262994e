/**
 * The request that a proxy asks about: read from the headers in which the proxy describes it.
 *
 * nginx says X-Original-Method, X-Original-URI and Host; ingress-nginx X-Original-Method and X-Original-URL, which is a whole
 * address; others X-Forwarded-Method, -Uri and -Host. Each header stands once. What a proxy does not set may be the client's, so
 * two descriptions must say the same: where they differ, nothing is decided. A path that two programs could read differently is
 * refused, because the one that serves it might not read it as we do.
 * Source: nginx, ngx_http_auth_request_module; ingress-nginx, nginx.tmpl (external auth); Traefik, ForwardAuth; CVE-2026-33494,
 * CVE-2025-64484 of others.
 */
import { isQueryTooLarge } from '../base/parameters.ts';
import type { WireRequest } from '../wire/protocol.ts';

export interface AskedRequest {
  /** As the proxy got it: method, raw target, and the client's own header lines. */
  readonly wire: WireRequest;
  readonly method: string;
  /** Lower-case, without a port and without the dot at the end. */
  readonly host: string;
  /** As the Host names it, else the default of the scheme. */
  readonly port: number;
  /** Decoded; the only path that a decision is about. */
  readonly path: string;
}

/** What one way of describing says, each as it was sent. */
interface Description {
  readonly method: string;
  readonly target: string;
  readonly host: string;
  /** Where the way tells it. */
  readonly scheme?: string;
}
type Values = (name: string) => readonly string[];

/** By the header that tells the target; each is undefined where that header is absent. */
const WAYS: readonly ((values: Values) => Description | 'malformed' | undefined)[] = [
  (values) => described(values, ['x-original-method', 'x-original-uri', 'host']),
  (values) => described(values, ['x-forwarded-method', 'x-forwarded-uri', 'x-forwarded-host']),
  (values) => {
    const said = described(values, ['x-original-method', 'x-original-url', 'host']);
    if (said === undefined || said === 'malformed') return said;
    const [, scheme, host, target] = /^(https?):\/\/([^/?#]+)(\/.*)$/i.exec(said.target) ?? [];
    if (scheme === undefined || host === undefined || target === undefined) return 'malformed';
    return { method: said.method, target, host, scheme: scheme.toLowerCase() };
  },
];
/** What proxies add and clients have no business with. */
const OF_PROXIES =
  /^(?:x-original-|x-forwarded-|x-cognate-|forwarded$|connection$|content-length$|transfer-encoding$|via$)/;
const METHOD = /^[A-Z]{1,20}$/;
const DEFAULT_PORTS = { http: 80, https: 443 } as const;
const HOST = /^([a-z0-9.-]{1,255}|\[[0-9a-f:]{2,45}\])(?::(\d{1,5}))?$/;
/** Plain characters and escapes; nothing that some servers treat as more than itself. */
const PATH = /^(?:\/|\/(?:[A-Za-z0-9\-._~!$&'()*+,=:@/]|%[0-9A-Fa-f]{2})+)$/;
/** Escapes of what would separate, end or climb: `/ \ . % ; # ?` and control characters. */
const TRICKY = /%(?:2[ef35]|3[bf]|5c|[01][0-9a-f]|7f)/i;

/** The request, or in plain words why it cannot be decided on. */
export function readAsked(head: Omit<WireRequest, 'body'>): AskedRequest | { readonly problem: string } {
  const values: Values = (name) => head.headers.filter(([each]) => each === name).map(([, value]) => value);
  if (head.headers.some(([name]) => name.includes('_') && OF_PROXIES.test(name.replaceAll('_', '-'))))
    return { problem: 'a header imitates one of the proxy' };
  const said = descriptionIn(values);
  if ('problem' in said) return said;
  const { method, target, scheme } = said;
  const [, name, port] = HOST.exec(said.host.toLowerCase()) ?? [];
  // `api.example.com.` is the same host to DNS and to the proxy, and must not lead to other routes.
  const host = name?.replace(/\.$/, '');
  if (!METHOD.test(method) || host === undefined) return { problem: 'the method or the host is malformed' };
  // Security: inside HTTP/2 over an upgraded connection further requests would follow that nobody asks about.
  if (values('upgrade').some((protocol) => protocol.trim().toLowerCase() !== 'websocket'))
    return { problem: 'the only upgrade that is decided on is to a WebSocket' };
  if (isQueryTooLarge(target)) return { problem: 'the query string has too many parameters' };
  const path = readPath(target);
  if (path === undefined) return { problem: 'the path can be read in more than one way' };
  const headers = [
    ['host', said.host] as const,
    ...head.headers.filter(([name]) => name !== 'host' && !OF_PROXIES.test(name)),
  ];
  const isSecure = scheme === undefined ? head.secure : scheme === 'https';
  return {
    wire: { ...head, method, target, headers, body: new Uint8Array() },
    method,
    host,
    port: port === undefined ? DEFAULT_PORTS[isSecure ? 'https' : 'http'] : Number(port),
    path,
  };
}

/** The only description that there is, or the one that all others agree with. */
function descriptionIn(values: Values): Description | { readonly problem: string } {
  const descriptions = WAYS.map((way) => way(values)).filter((each) => each !== undefined);
  const [first, ...others] = descriptions;
  if (first === undefined) return { problem: 'the request is not described' };
  const read = (each: Description | 'malformed') => (each === 'malformed' ? undefined : each);
  const said = read(first);
  if (!said || others.includes('malformed'))
    return { problem: 'a describing header is missing, malformed, or stands twice' };
  if (!others.every((each) => isSame(said, read(each))))
    return { problem: 'the request is described in two ways that differ' };
  // Where others stand beside it, one of them may be the client's, and the scheme with it.
  return others.length > 0 ? { ...said, scheme: undefined } : said;
}

const isSame = (one: Description, other: Description | undefined): boolean =>
  one.method === other?.method &&
  one.target === other.target &&
  one.host.toLowerCase() === other.host.toLowerCase();

/** What these headers say; undefined where nothing tells the target. */
function described(
  values: Values,
  [methodName, targetName, hostName]: readonly [string, string, string],
): Description | 'malformed' | undefined {
  const [methods, targets, hosts] = [values(methodName), values(targetName), values(hostName)];
  if (targets.length === 0) return undefined;
  const [[method], [target], [host]] = [methods, targets, hosts];
  if (methods.length !== 1 || targets.length !== 1 || hosts.length !== 1) return 'malformed';
  if (method === undefined || target === undefined || host === undefined) return 'malformed';
  return { method, target, host };
}

/** The decoded path of a target; undefined for one that is not plain. */
function readPath(target: string): string | undefined {
  const [raw = ''] = target.split('?', 1);
  if (target.includes('#') || !PATH.test(raw) || TRICKY.test(raw) || raw.includes('//')) return undefined;
  if (raw.split('/').some((segment) => segment === '.' || segment === '..')) return undefined;
  try {
    return decodeURIComponent(raw);
  } catch {
    return undefined;
  }
}
