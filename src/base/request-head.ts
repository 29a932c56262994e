/**
 * The head of an HTTP request as every entry point sees it: method, target, path, header lines, client address, TLS.
 *
 * Read here and nowhere else, so that no two entry points tell the same client apart. The forwarding headers were
 * cleansed before (ops/trusted-proxies.ts). An IPv4 client of a socket that listens on both versions is written as
 * IPv4, because policies, limits and sessions say it so.
 */
import type { IncomingMessage } from 'node:http';
import { isLoopback } from './ip.ts';

/** What of a server's request context is read; Koa's has all of it. */
interface ServedRequest {
  readonly req: Pick<IncomingMessage, 'method' | 'url' | 'rawHeaders'>;
  /** The client's address, after trusted proxies. */
  readonly ip: string;
  /** True when the client spoke TLS to us or to a trusted proxy. */
  readonly secure: boolean;
  /** The target as it came, where a router may have changed `req.url` since. */
  readonly originalUrl?: string;
}
interface RequestHead {
  readonly method: string;
  /** Path and query as they came, nothing decoded. */
  readonly target: string;
  /** The target without its query, nothing decoded. */
  readonly path: string;
  /** Header lines in the order they came, names lower-case; a name may repeat. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly sourceIp: string;
  readonly secure: boolean;
}

/** The head of the request that is being served. */
export function readHead(served: ServedRequest): RequestHead {
  const { req, secure } = served;
  const headers: (readonly [string, string])[] = [];
  for (let at = 0; at + 1 < req.rawHeaders.length; at += 2)
    headers.push([(req.rawHeaders[at] ?? '').toLowerCase(), req.rawHeaders[at + 1] ?? '']);
  const target = served.originalUrl ?? req.url ?? '';
  const [path = ''] = target.split('?', 1);
  return { method: req.method ?? '', target, path, headers, sourceIp: addressOf(served), secure };
}

/** The client's address; e.g. `192.0.2.7` of a peer that the socket calls `::ffff:192.0.2.7`. */
export const addressOf = ({ ip }: Pick<ServedRequest, 'ip'>): string =>
  ip.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');

/** The client's address as a proxy says it, alone or in an element of `Forwarded`. */
const FORWARDED_FOR = /^(?:x-forwarded-for|x-real-ip)$/;
const FOR_IN_FORWARDED = /for="?([^";,\s]*)/gi;

/**
 * True for a request that a proxy on this machine passed on for another machine. Its peer is a loopback
 * address all the same, so what is meant for this machine alone must look at this too. Whether the proxy
 * is trusted does not matter: who forges such a header only loses.
 */
export const isPassedOn = ({ headers }: Pick<RequestHead, 'headers'>): boolean =>
  headers
    .flatMap(([name, value]) => {
      if (FORWARDED_FOR.test(name)) return value.split(',');
      return name === 'forwarded' ? Array.from(value.matchAll(FOR_IN_FORWARDED), ([, who]) => who ?? '') : [];
    })
    .some((address) => !isLoopback(address.trim()));

/** Who calls, as condition keys say it. */
export interface Client {
  readonly sourceIp: string;
  readonly secure: boolean;
  readonly userAgent: string | undefined;
  readonly referer: string | undefined;
}

/** The client of a request. Of a header that stands twice the first counts. */
export function clientOf({
  headers,
  sourceIp,
  secure,
}: Pick<RequestHead, 'headers' | 'sourceIp' | 'secure'>): Client {
  const header = (name: string) => headers.find(([each]) => each === name)?.[1];
  return { sourceIp, secure, userAgent: header('user-agent'), referer: header('referer') };
}
