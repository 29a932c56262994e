/**
 * The request that a proxy asks about: read from the headers in which the proxy describes it.
 *
 * nginx says X-Original-Method, X-Original-URI and Host; others X-Forwarded-Method, -Uri and -Host. Each stands once, and only one of the two ways is used: two descriptions would be two requests. A path that two programs could
 * read differently is refused, because the one that serves it might not read it as we do.
 * Source: nginx, ngx_http_auth_request_module; Traefik, ForwardAuth; CVE-2026-33494, CVE-2025-64484 of others.
 */
import type { WireRequest } from '../wire/protocol.ts';

export interface AskedRequest {
  /** As the proxy got it: method, raw target, and the client's own header lines. */
  readonly wire: WireRequest;
  readonly method: string;
  /** Lower-case, without a port. */
  readonly host: string;
  /** Decoded; the only path that a decision is about. */
  readonly path: string;
}

const WAYS = [
  { method: 'x-original-method', target: 'x-original-uri', host: 'host' },
  { method: 'x-forwarded-method', target: 'x-forwarded-uri', host: 'x-forwarded-host' },
] as const;
/** What proxies add and clients have no business with. */
const OF_PROXIES =
  /^(?:x-original-|x-forwarded-|x-cognate-|forwarded$|connection$|content-length$|transfer-encoding$|via$)/;
const METHOD = /^[A-Z]{1,20}$/;
const HOST = /^([a-z0-9.-]{1,255}|\[[0-9a-f:]{2,45}\])(?::\d{1,5})?$/;
/** Plain characters and escapes; nothing that some servers treat as more than itself. */
const PATH = /^(?:\/|\/(?:[A-Za-z0-9\-._~!$&'()*+,=:@/]|%[0-9A-Fa-f]{2})+)$/;
/** Escapes of what would separate, end or climb: `/ \ . % ; # ?` and control characters. */
const TRICKY = /%(?:2[ef35]|3[bf]|5c|[01][0-9a-f]|7f)/i;

/** The request, or in plain words why it cannot be decided on. */
export function readAsked(head: Omit<WireRequest, 'body'>): AskedRequest | { readonly problem: string } {
  const values = (name: string) => head.headers.filter(([each]) => each === name).map(([, value]) => value);
  if (head.headers.some(([name]) => name.includes('_') && OF_PROXIES.test(name.replaceAll('_', '-'))))
    return { problem: 'a header imitates one of the proxy' };
  const used = WAYS.filter(({ target }) => values(target).length > 0);
  const [way] = used;
  if (!way || used.length > 1) return { problem: 'the request is described in no way, or in two' };
  const [methods, targets, hosts] = [values(way.method), values(way.target), values(way.host)];
  if (methods.length !== 1 || targets.length !== 1 || hosts.length !== 1)
    return { problem: 'a describing header is missing or stands twice' };
  const [method = '', target = '', hostText = ''] = [methods[0], targets[0], hosts[0]?.toLowerCase()];
  const host = HOST.exec(hostText)?.[1];
  if (!METHOD.test(method) || host === undefined) return { problem: 'the method or the host is malformed' };
  if (values('upgrade').length > 0) return { problem: 'upgrades are not decided on' };
  const path = readPath(target);
  if (path === undefined) return { problem: 'the path can be read in more than one way' };
  const headers = [
    ['host', hosts[0] ?? ''] as const,
    ...head.headers.filter(([name]) => name !== 'host' && !OF_PROXIES.test(name)),
  ];
  return { wire: { ...head, method, target, headers, body: new Uint8Array() }, method, host, path };
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
