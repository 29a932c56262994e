/**
 * Trusted proxies: whose word counts for the address and the scheme of the client behind them.
 *
 * From any other peer the forwarding headers are removed before anything reads them. From a trusted one X-Forwarded-For is cut down to
 * the last address that no trusted proxy vouches for: what stands before it is the client's own invention. So Koa may believe what is left.
 * The raw header lines stay as they came; signatures are checked on those.
 */
import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';

type Network = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];

const FORWARDING = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-prefix',
  'x-real-ip',
];

/** @param cidrs addresses or CIDRs, already checked */
export function createTrustedProxies(cidrs: readonly string[]) {
  const networks = cidrs.map(networkOf);
  const isTrusted = (address: string): boolean => {
    if (networks.length === 0 || !ipaddr.isValid(address)) return false;
    const parsed = ipaddr.process(address);
    return networks.some(([base, bits]) => base.kind() === parsed.kind() && parsed.match(base, bits));
  };

  return {
    isTrusted,
    /** Leaves in `request.headers` only what may be believed. */
    cleanse({ headers, socket }: IncomingMessage): void {
      const peer = socket.remoteAddress ?? '';
      const chain = isTrusted(peer) ? String(headers['x-forwarded-for'] ?? '').split(',') : [];
      const scheme = isTrusted(peer) ? headers['x-forwarded-proto'] : undefined;
      for (const name of FORWARDING) delete headers[name];
      const client = chain.map((each) => each.trim()).findLast((address) => !isTrusted(address));
      // An address that is none names nobody: the peer's own is used then.
      if (client && ipaddr.isValid(client)) headers['x-forwarded-for'] = client;
      if (scheme === 'https' || scheme === 'http') headers['x-forwarded-proto'] = scheme;
    },
  };
}
export type TrustedProxies = ReturnType<typeof createTrustedProxies>;

function networkOf(cidr: string): Network {
  if (cidr.includes('/')) {
    const [base, bits] = ipaddr.parseCIDR(cidr);
    return [base, bits];
  }
  const address = ipaddr.process(cidr);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}
