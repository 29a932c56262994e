/**
 * IP addresses and networks, read strictly: no leading zeros, no shorthand, nothing around them.
 *
 * IPv4 addresses inside IPv6 (`::ffff:10.0.0.1`) are the IPv4 addresses they carry.
 */
import ipaddr from 'ipaddr.js';

export interface Network {
  readonly address: ipaddr.IPv4 | ipaddr.IPv6;
  readonly bits: number;
}

/** The address, or undefined when `text` is none. */
export function readAddress(text: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  // IPv4.isValid takes octal and partial forms; four decimal numbers are the only ones that everyone reads alike.
  const isAddress =
    ipaddr.IPv4.isValidFourPartDecimal(text) ||
    (text.includes(':') && !text.includes('%') && ipaddr.IPv6.isValid(text));
  return isAddress ? ipaddr.process(text) : undefined;
}

/** `10.0.0.0/8`, or an address as a network of itself; undefined when `text` is neither. */
export function readNetwork(text: string): Network | undefined {
  const [base = '', length, ...rest] = text.split('/');
  const address = readAddress(base);
  if (!address || rest.length > 0) return undefined;
  const most = address.kind() === 'ipv4' ? 32 : 128;
  if (length === undefined) return { address, bits: most };
  if (!/^\d{1,3}$/.test(length)) return undefined;
  // A mapped network (`::ffff:0:0/96`) counts its prefix in IPv6 bits.
  const bits = Number(length) - (base.includes(':') && most === 32 ? 96 : 0);
  return bits >= 0 && bits <= most ? { address, bits } : undefined;
}

/** True when the address lies in the network; false across families. */
export const isWithin = (address: ipaddr.IPv4 | ipaddr.IPv6, { address: base, bits }: Network): boolean =>
  address.kind() === base.kind() && address.match(base, bits);

/** True for `localhost`, names under it, and loopback addresses. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '');
  if (bare === 'localhost' || bare.endsWith('.localhost')) return true;
  return ipaddr.isValid(bare) && ipaddr.process(bare).range() === 'loopback';
}

/** What counts as one caller: an IPv4 address, or the /64 of an IPv6 address, because whoever has one of these has the 2^64 beside it too. */
export function networkOf(sourceIp: string): string {
  const address = readAddress(sourceIp);
  if (!address) return sourceIp;
  // Sockets that take both families write the same caller as `::ffff:10.0.0.1`: he has one count at every door.
  if (address.kind() === 'ipv4') return address.toString();
  return address.toByteArray().slice(0, 8).join('.');
}
