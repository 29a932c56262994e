/**
 * Connections: how many there may be, in all and from one address.
 *
 * Each connection costs memory, and may hold the first 256 KiB of a body for as long as a body may take. A trusted proxy speaks for many
 * people, so that its connections count in all only. An IPv6 address counts as its /64, all of which its owner has. One too many is closed
 * without an answer, because an answer would cost more.
 */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { networkOf } from '../base/ip.ts';

export interface ConnectionLimits {
  /** In all. */
  readonly maxConnections: number;
  /** From one address that is no trusted proxy. */
  readonly maxConnectionsPerAddress: number;
}

/**
 * @param isTrusted true for the address of a trusted proxy
 * @param onRefused told when an address comes to its limit, not for each connection beyond it
 */
export function limitConnections(
  server: Server,
  { maxConnections, maxConnectionsPerAddress }: ConnectionLimits,
  {
    isTrusted,
    onRefused,
  }: {
    readonly isTrusted: (address: string) => boolean;
    readonly onRefused?: ((address: string) => void) | undefined;
  },
): void {
  const open = new Map<string, number>();
  const told = new Set<string>();
  server.maxConnections = maxConnections;
  // Before TLS, so that a connection too many costs no handshake.
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? '';
    if (isTrusted(address)) return;
    const caller = networkOf(address);
    const count = (open.get(caller) ?? 0) + 1;
    if (count > maxConnectionsPerAddress) {
      if (!told.has(caller)) onRefused?.(address);
      told.add(caller);
      socket.destroy();
      return;
    }
    open.set(caller, count);
    socket.once('close', () => {
      const left = (open.get(caller) ?? 1) - 1;
      if (left > 0) open.set(caller, left);
      else open.delete(caller);
      told.delete(caller);
    });
  });
}
