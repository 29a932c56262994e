/**
 * The way out: where the program will not go, however the address is written.
 *
 * Nothing private is contacted: a trap on every loopback port that a recipe names would be told, and names are resolved by the test.
 */
import assert from 'node:assert/strict';
import type { lookup } from 'node:dns';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { isFailure } from '../../src/base/failure.ts';
import { createFetch } from '../../src/base/fetch.ts';
import { corpusJson, withCorpus } from '../support/corpora.ts';

/** A resolver that knows these names and no others. */
const resolverOf = (names: Readonly<Record<string, readonly string[]>>): typeof lookup =>
  ((
    hostname: string,
    _options: object,
    callback: (error: Error | null, addresses?: { address: string; family: number }[]) => void,
  ) => {
    const found = names[hostname];
    if (!found) callback(new Error('ENOTFOUND'));
    else
      callback(
        null,
        found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
  }) as unknown as typeof lookup;

const refusedOrFailed = (error: unknown): boolean =>
  isFailure(error, 'fetch-refused', 'fetch-failed', 'fetch-timeout', 'fetch-too-large');

withCorpus(
  'addresses that the program does not go to',
  () => corpusJson<readonly { readonly url: string }[]>('own/ssrf-urls.json'),
  (rows) => {
    let connections: string[];
    let trap: Server;

    before(async () => {
      trap = createServer();
      trap.on('connection', (socket) => {
        connections.push(`from ${socket.remotePort}`);
        socket.destroy();
      });
      await new Promise<void>((resolve) => trap.listen(0, '127.0.0.1', resolve));
    });
    beforeEach(() => {
      connections = [];
    });
    after(() => {
      trap.closeAllConnections();
      trap.close();
    });

    it('are all here', () => assert.equal(rows.length, 58));

    for (const { url } of rows) {
      it(`refuses ${url}`, async () => {
        const [written = ''] = url.split(/ \(| -> | with /);
        const port = (trap.address() as AddressInfo).port;
        const here =
          URL.parse(written)?.port === '' && /^https?:/.test(written)
            ? written.replace(/^(https?:\/\/(?:[^/@]*@)?[^/:#?]*|https?:\/\/\[[^\]]*\])/, `$1:${port}`)
            : written;
        const names = {
          'rebind.test': ['127.0.0.1'],
          'multi.test': ['93.184.215.14', '127.0.0.1'],
          'public.test': ['127.0.0.1'],
          '127.0.0.1.nip.io': ['127.0.0.1'],
          localhost: ['127.0.0.1'],
          'localhost.': ['127.0.0.1'],
        };
        const outgoing = createFetch({ allow: [], resolve: resolverOf(names) });

        for (const address of [written, here, here.replace(/^http:/, 'https:')]) {
          await assert.rejects(
            async () => outgoing(address),
            (error) => refusedOrFailed(error) || error instanceof TypeError,
            address,
          );
        }
        assert.deepEqual(connections, []);
      });
    }
  },
);

describe('outgoing requests', () => {
  let server: Server;
  let answer: RequestListener;
  let base: string;
  const allowed = createFetch({ allow: ['127.0.0.0/8'] });

  before(async () => {
    server = createServer((request, response) => answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  it('reach private addresses that are allowed by name', async () => {
    answer = (request, response) => response.setHeader('x-method', request.method ?? '').end('hello');

    const response = await allowed(`${base}/x`, { method: 'POST', body: new URLSearchParams({ a: '1' }) });

    assert.deepEqual(
      [response.status, response.headers.get('x-method'), await response.text()],
      [200, 'POST', 'hello'],
    );
  });

  it('judge every redirect anew', async () => {
    for (const location of [
      'http://10.0.0.1/',
      'file:///etc/passwd',
      'http://169.254.169.254/',
      'http://[::1]/',
      'http://user:pw@127.0.0.1/',
    ]) {
      answer = (_request, response) => response.writeHead(302, { location }).end();
      await assert.rejects(allowed(base), refusedOrFailed, location);
    }
  });

  it('follow three redirects and no more, and none of a POST', async () => {
    let seen = 0;
    answer = (_request, response) => {
      seen += 1;
      response.writeHead(302, { location: '/again' }).end();
    };

    await assert.rejects(allowed(base), (error) => isFailure(error, 'fetch-failed'));
    assert.equal(seen, 4);
    await assert.rejects(allowed(base, { method: 'POST', body: 'secret' }), (error) =>
      isFailure(error, 'fetch-failed'),
    );
    assert.equal(seen, 5);
  });

  it('read a mebibyte and no more', async () => {
    answer = (_request, response) => response.end(Buffer.alloc(1024 * 1024 + 1));

    await assert.rejects(allowed(base), (error) => isFailure(error, 'fetch-too-large'));
  });

  it('take no compressed answers, which could grow', async () => {
    answer = (_request, response) =>
      response.setHeader('content-encoding', 'gzip').end(gzipSync('x'.repeat(100)));

    await assert.rejects(allowed(base), (error) => isFailure(error, 'fetch-failed'));
  });

  it('take no endless headers', async () => {
    answer = (_request, response) => response.setHeader('x-long', 'x'.repeat(40_000)).end();

    await assert.rejects(allowed(base), (error) => isFailure(error, 'fetch-failed'));
  });

  it('end when the caller has waited enough', async () => {
    answer = () => undefined;
    const stop = new AbortController();
    const asked = allowed(base, { signal: stop.signal });
    stop.abort();

    await assert.rejects(asked, (error) => isFailure(error, 'fetch-timeout'));
  });
});
