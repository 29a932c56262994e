/**
 * A load balancer of the tests' own: each request goes to another node than the one before.
 *
 * It knows who is ready by asking `/health/ready`, as any does, and gives a request to the next node only when the first has certainly not seen it: its
 * connection was refused. Everything else is passed on as it came.
 */
import { readFileSync } from 'node:fs';
import {
  Agent,
  createServer,
  request as ask,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';

const LOOK_MS = 50;

export interface BalancerOptions {
  readonly port: number;
  /** Where the nodes listen, by plain HTTP at 127.0.0.1. */
  readonly ports: readonly number[];
  /** PEM files; with them it speaks TLS. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
}

export async function startBalancer({ port, ports, tls }: BalancerOptions) {
  const agent = new Agent({ keepAlive: false });
  const served = ports.map(() => 0);
  let ready = new Set(ports.keys());
  let turn = 0;

  /** All nodes, the one whose turn it is first; those that are not ready last. */
  function inTurn(): number[] {
    const first = turn++;
    const all = ports.map((_, at) => (first + at) % ports.length);
    return [...all.filter((at) => ready.has(at)), ...all.filter((at) => !ready.has(at))];
  }

  async function pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await bodyOf(incoming);
    for (const [tries, at] of inTurn().entries()) {
      try {
        await forward(incoming, outgoing, { port: ports[at]!, body });
        served[at]! += 1;
        return;
      } catch (error) {
        const isUnseen = error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED';
        if (isUnseen && tries < ports.length - 1) continue;
        outgoing.writeHead(502).end(String(error));
        return;
      }
    }
  }

  function forward(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    { port: to, body }: { port: number; body: Buffer },
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const headers = [
        ...incoming.rawHeaders,
        'X-Forwarded-For',
        incoming.socket.remoteAddress ?? '',
        'X-Forwarded-Proto',
        tls ? 'https' : 'http',
      ];
      const { method, url: path } = incoming;
      const passed = ask({ host: '127.0.0.1', port: to, method, path, headers, agent }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
        answer.pipe(outgoing).once('close', resolve);
        answer.once('error', reject);
      });
      passed.once('error', reject);
      passed.end(body);
    });
  }

  const listener: RequestListener = (incoming, outgoing) => void pass(incoming, outgoing);
  const server: Server = tls
    ? createTlsServer({ cert: readFileSync(tls.certFile), key: readFileSync(tls.keyFile) }, listener)
    : createServer(listener);
  // A connection that it closed by itself, just as its client used it again, would be a failure that no node has made.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const look = async () => {
    const answers = await Promise.all(ports.map(isReady));
    ready = new Set([...ports.keys()].filter((at) => answers[at]));
  };
  const looking = setInterval(() => void look(), LOOK_MS);

  return {
    /** How many requests each node has answered. */
    served: served as readonly number[],
    async close() {
      clearInterval(looking);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function isReady(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/health/ready`)).ok;
  } catch {
    return false;
  }
}
