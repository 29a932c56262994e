/**
 * Caller context: whose address a call shows, for everything that is counted by address.
 *
 * A server that proved who it is speaks for many users, and its own address says nothing of them. Whoever counts must therefore be
 * told which of the two it is: an address that is missing must not read as one that is not to be counted.
 */
import { networkOf } from '../../base/ip.ts';

export type CallerContext =
  /** The address is the user's own: a public client, a browser, or a server that was trusted to tell it. */
  | { readonly kind: 'user'; readonly ip: string }
  /** An administrator, or a client that has a secret, without the user's address. */
  | { readonly kind: 'server' };

export const SERVER_CALLER: CallerContext = { kind: 'server' };

/** What counts as one caller in a pool: an address, of IPv6 its /64. Undefined for a server, whose address is not counted. */
export const callerNetwork = (poolId: string, caller: CallerContext): string | undefined =>
  caller.kind === 'user' ? networkIn(poolId, caller.ip) : undefined;

/** What an address counts as in a pool. */
export const networkIn = (poolId: string, ip: string): string => `${poolId}/${networkOf(ip)}`;
