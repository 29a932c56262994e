/**
 * The way out: where the program will not go, however the address is written.
 *
 * Nothing private is contacted: a trap on every loopback port that a recipe names would be told, and names are resolved by the test.
 */
import assert from 'node:assert/strict';
import type { lookup } from 'node:dns';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { isFailure } from '../../src/base/failure.ts';
import { createFetch, createFetches } from '../../src/base/fetch.ts';
import { loadConfig } from '../../src/config.ts';
import { corpusJson, withCorpus } from '../support/corpora.ts';

const pem = (name: string): string =>
  readFileSync(join(import.meta.dirname, '..', 'support', 'tls', `${name}.pem`), 'utf8');

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
        const outgoing = createFetch({ addressesOf: 'tenant', allow: [], resolve: resolverOf(names) });

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
  const allowed = createFetch({ addressesOf: 'tenant', allow: ['127.0.0.0/8'] });

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

  it('reach by addresses of each kind what its own list allows, and nothing private unless told', async () => {
    answer = (_request, response) => response.end('hello');
    const here = '127.0.0.0/8';
    const reached = async (environment: Record<string, string>) => {
      const { operator, tenant } = createFetches(loadConfig(environment).outgoing);
      const outcomes = await Promise.allSettled([operator(base), tenant(base)]);
      return outcomes.map(({ status }) => status);
    };

    assert.deepEqual(await reached({}), ['rejected', 'rejected']);
    assert.deepEqual(await reached({ COGNATE_OUTGOING_ALLOW: here }), ['fulfilled', 'rejected']);
    assert.deepEqual(await reached({ COGNATE_OUTGOING_ALLOW_TENANTS: here }), ['rejected', 'fulfilled']);
  });

  it('say why an address could not be asked', async () => {
    const speaksTls = createTlsServer({ cert: pem('cert'), key: pem('key') }, (_request, response) => {
      response.end();
    });
    await new Promise<void>((resolve) => speaksTls.listen(0, '127.0.0.1', resolve));
    const tlsPort = (speaksTls.address() as AddressInfo).port;
    answer = (_request, response) => response.end('hello');
    const reasons = {
      'http://127.0.0.1:1': /nothing listens there/,
      [`https://127.0.0.1:${tlsPort}`]: /TLS certificate is refused \(\w*CERT\w*\)/,
      [base.replace('http:', 'https:')]: /does not speak TLS/,
      'https://nobody.invalid': /name leads to no address|name could not be looked up/,
      'https://10.0.0.1': /private/,
    };
    try {
      for (const [address, reason] of Object.entries(reasons)) {
        await assert.rejects(
          async () => allowed(address),
          (error) => isFailure(error) && reason.test(String(error.facts['reason'])),
          address,
        );
      }
    } finally {
      speaksTls.close();
    }
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
