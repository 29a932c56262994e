/**
 * Connections: how many there may be, in all and from one address.
 *
 * Each connection costs memory, and may hold the first 256 KiB of a body for as long as a body may take. A trusted proxy speaks for many
 * people, so that its connections count in all only. One too many is closed without an answer, because an answer would cost more.
 */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

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
    const count = (open.get(address) ?? 0) + 1;
    if (count > maxConnectionsPerAddress) {
      if (!told.has(address)) onRefused?.(address);
      told.add(address);
      socket.destroy();
      return;
    }
    open.set(address, count);
    socket.once('close', () => {
      const left = (open.get(address) ?? 1) - 1;
      if (left > 0) open.set(address, left);
      else open.delete(address);
      told.delete(address);
    });
  });
}
