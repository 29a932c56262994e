/**
 * Listening: the one HTTP(S) server, its limits, and how it stops.
 *
 * Limits in time and size stand here, once, for every door. Stopping lets requests under way finish, up to a number of seconds.
 * Source of the parser's strictness: Node's own, with nothing made lenient.
 */
import { readFileSync } from 'node:fs';
import {
  createServer as createHttpServer,
  type RequestListener,
  type Server,
  type ServerOptions,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { limitConnections, type ConnectionLimits } from './connections.ts';
import { createTrustedProxies } from './trusted-proxies.ts';

const MAX_HEADER_BYTES = 16 * 1024;
const HEADERS_MS = 15_000;
const REQUEST_MS = 30_000;
const IDLE_MS = 65_000;
const MAX_HEADERS = 200;

export interface Listening {
  /** The port listened on; the one asked for unless that was 0. */
  readonly port: number;
  /** Takes no new connection, lets requests under way finish for at most `seconds`, then resolves. */
  drain(seconds: number): Promise<void>;
}

/** Where to listen, and for how many. */
export interface Address extends ConnectionLimits {
  readonly host: string;
  readonly port: number;
  /** PEM files; both or neither. */
  readonly tlsCertFile?: string;
  readonly tlsKeyFile?: string;
  /** CIDRs. */
  readonly trustedProxies: readonly string[];
}

/** The address cannot be listened on; the message says why and what to do. */
export class ListenFault extends Error {
  override readonly name = 'ListenFault';
}

/**
 * @param onRefused told of an address that has come to its limit of connections
 * @throws ListenFault when the address cannot be had; Error when a certificate cannot be read
 */
export async function listen(
  answer: RequestListener,
  where: Address,
  onRefused?: (address: string) => void,
): Promise<Listening> {
  const server = createServer(answer, where);
  const { isTrusted } = createTrustedProxies(where.trustedProxies);
  limitConnections(server, where, { isTrusted, onRefused });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenFault(error, where)));
    server.listen(where.port, where.host, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
  // server.address() is a string only for pipes, and null only before listening.
  const { port } = server.address() as AddressInfo;
  return { port, drain: (seconds) => drain(server, seconds) };
}

function listenFault(error: Error, { host, port }: { host: string; port: number }): Error {
  const code = 'code' in error ? error.code : undefined;
  const words: Readonly<Record<string, string>> = {
    EADDRINUSE: `Port ${port} at ${host} is in use by another program. Stop that one, or set PORT to another port.`,
    EACCES: `Port ${port} at ${host} may not be used by this user. Set PORT to one above 1023.`,
    EADDRNOTAVAIL: `This machine has no address ${host}. Set COGNATE_HOST to one that it has.`,
  };
  const message = typeof code === 'string' ? words[code] : undefined;
  return message === undefined ? error : new ListenFault(message, { cause: error });
}

function createServer(
  answer: RequestListener,
  { tlsCertFile, tlsKeyFile }: { tlsCertFile?: string; tlsKeyFile?: string },
): Server {
  const options: ServerOptions = {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: HEADERS_MS,
    requestTimeout: REQUEST_MS,
    keepAliveTimeout: IDLE_MS,
    connectionsCheckingInterval: 5_000,
    requireHostHeader: true,
    insecureHTTPParser: false,
  };
  const answerOnce: RequestListener = (request, response) => {
    // Node 24 drops what arrives together with the end of such a request (observed), so nothing may follow it on the connection.
    if (request.headers.upgrade !== undefined) response.shouldKeepAlive = false;
    answer(request, response);
  };
  const server =
    tlsCertFile && tlsKeyFile
      ? createHttpsServer(
          {
            ...options,
            cert: readFileSync(tlsCertFile),
            key: readFileSync(tlsKeyFile),
            minVersion: 'TLSv1.2',
          },
          answerOnce,
        )
      : createHttpServer(options, answerOnce);
  server.maxHeadersCount = MAX_HEADERS;
  // What Node's parser refuses gets a bare answer and the connection ends: its framing can no longer be believed.
  server.on('clientError', (_error, socket) => {
    if (socket.writable)
      socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    else socket.destroy();
  });
  // No 'upgrade' listener: without one Node answers a request that offers another protocol as if it offered none.
  // Source: RFC 9110, section 7.8; Node's http documentation, event "upgrade".
  return server;
}

async function drain(server: Server, seconds: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), seconds * 1000);
  await closed;
  clearTimeout(timer);
}
