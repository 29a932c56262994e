/** Connections: how many one address and all together may have. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, Socket } from 'node:net';
import { limitConnections } from '../../src/ops/connections.ts';
import { listen, type Listening } from '../../src/ops/listen.ts';

const LIMITS = { host: '127.0.0.1', port: 0, trustedProxies: [] as string[] };
let listening: Listening | undefined;
let sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets = [];
  await listening?.drain(0);
});

/** What becomes of a connection: it is answered, or closed before it is. */
async function open(): Promise<'answered' | 'closed'> {
  const socket = connect(listening!.port, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => {});
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  return Promise.race([
    once(socket, 'data').then(() => 'answered' as const),
    once(socket, 'close').then(() => 'closed' as const),
  ]);
}
const answer: Parameters<typeof listen>[0] = (_request, response) => void response.end('ok');

describe('connections', () => {
  it('of one address have a limit, which is free again when one ends, and is told once', async () => {
    const refused: string[] = [];
    const limits = { ...LIMITS, maxConnections: 100, maxConnectionsPerAddress: 2 };
    listening = await listen(answer, limits, (address) => refused.push(address));

    assert.deepEqual(
      [await open(), await open(), await open(), await open()],
      ['answered', 'answered', 'closed', 'closed'],
    );
    assert.deepEqual(refused, ['127.0.0.1']);
    sockets[0]!.end();
    await once(sockets[0]!, 'close');
    assert.equal(await open(), 'answered');
  });
  it('of a trusted proxy count in all only', async () => {
    const limits = {
      ...LIMITS,
      trustedProxies: ['127.0.0.0/8'],
      maxConnections: 3,
      maxConnectionsPerAddress: 1,
    };
    listening = await listen(answer, limits);

    assert.deepEqual(
      [await open(), await open(), await open(), await open()],
      ['answered', 'answered', 'answered', 'closed'],
    );
  });
  it('of all addresses of one IPv6 network have a limit together', () => {
    const server = createServer();
    limitConnections(
      server,
      { maxConnections: 100, maxConnectionsPerAddress: 2 },
      { isTrusted: () => false },
    );
    const isOpen = (remoteAddress: string): boolean => {
      const socket = Object.defineProperty(new Socket(), 'remoteAddress', { value: remoteAddress });
      sockets.push(socket);
      server.emit('connection', socket);
      return !socket.destroyed;
    };

    assert.deepEqual(
      ['2001:db8::1', '2001:db8::2', '2001:db8::3', '2001:db8:0:1::1', '::ffff:192.0.2.1'].map(isOpen),
      [true, true, false, true, true],
    );
  });
});
