/**
 * The gateway's decisions, asked for as proxies ask: which description is believed, which route decides, what needs no credential.
 *
 * Sources: docs/gateway.md; ingress-nginx, nginx.tmpl (external auth); Fetch standard, "CORS-preflight fetch"; RFC 9110, section 11.
 */
import assert from 'node:assert/strict';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IAM } from '@aws-sdk/client-iam';
import { makePool, makeUser, signIn } from '../support/pool.ts';
import { startServer, type TestServer } from '../support/servers/server.ts';
import { signed } from '../support/signing.ts';

const SCOPE = 'aws.cognito.signin.user.admin';
/** `email` is a scope that the token lacks: where it decides, the token is refused. */
const ROUTES = `gateway:
  routes:
    - { path: /, scopes: [${SCOPE}] }
    - { path: /orders, methods: [GET], scopes: [email] }
    - { path: /read, methods: [GET], scopes: [${SCOPE}] }
    - { path: /split, methods: [GET], scopes: [${SCOPE}] }
    - { path: /split, methods: [POST], scopes: [email] }
    - { path: /open, methods: [GET, POST], scopes: [email], preflight: allow }
    - { path: /ported, host: 'api.example.com:8443', scopes: [${SCOPE}] }
    - { path: /hosted, host: api.example.com, scopes: [${SCOPE}] }
    - { path: /hosted, scopes: [email] }
    - { path: /secure, host: 'api.example.com:443', scopes: [${SCOPE}] }
    - { path: /reports, methods: [GET], api: { id: reports, stage: live } }
`;

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}
type Headers = Readonly<Record<string, string | readonly string[]>>;

describe('the gateway', () => {
  let server: TestServer;
  let token: string;

  before(async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'gateway-')), 'cognate.yaml');
    writeFileSync(file, ROUTES);
    server = await startServer({
      environment: { COGNATE_CONFIG: file, COGNATE_TRUSTED_PROXIES: '127.0.0.1' },
    });
    const pool = await makePool(server);
    await makeUser(pool, 'ada');
    token = (await signIn(pool, 'ada')).AccessToken!;
  });
  after(() => server.close());

  /** `fetch` forbids a Host, an Upgrade and a Connection of one's own. */
  function ask(headers: Headers): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const path = '/gateway/authorize';
      const asked = httpRequest({
        host: '127.0.0.1',
        port: server.port,
        path,
        headers: headers as Record<string, string | string[]>,
      });
      asked.on('error', reject);
      asked.on('upgrade', () => reject(new Error('the connection was upgraded')));
      asked.on('response', (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
        );
      });
      asked.end();
    });
  }
  const described = (method: string, target: string, more: Headers = {}): Headers => ({
    host: 'api.example.com',
    'x-original-method': method,
    'x-original-uri': target,
    ...more,
  });
  const bearer = (): Headers => ({ authorization: `Bearer ${token}` });
  const statusOf = async (method: string, target: string, more: Headers = {}) =>
    (await ask(described(method, target, { ...bearer(), ...more }))).status;

  describe('the route that decides', () => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
      it(`refuses ${method}, which the longest path does not list, although a shorter one would take it`, async () => {
        assert.equal(await statusOf(method, '/other'), 200);

        assert.equal(await statusOf(method, '/orders'), 403);
        assert.equal(await statusOf(method, '/orders/7'), 403);
      });

    it('is chosen by method among those of one path', async () => {
      assert.equal(await statusOf('GET', '/split'), 200);
      assert.equal(await statusOf('POST', '/split'), 403);
      assert.equal(await statusOf('PUT', '/split'), 403);
    });

    it('takes HEAD where it takes GET', async () => {
      assert.equal(await statusOf('HEAD', '/read'), 200);
      assert.equal(await statusOf('HEAD', '/split'), 200);
      assert.equal(await statusOf('HEAD', '/orders'), 403);
    });

    it('may name a port, and takes no other', async () => {
      assert.equal(await statusOf('GET', '/ported', { host: 'api.example.com:8443' }), 200);
      assert.equal(await statusOf('GET', '/ported', { host: 'API.example.com:8443' }), 200);
      for (const host of ['api.example.com', 'api.example.com:8444', 'api.example.com:443'])
        assert.equal(await statusOf('GET', '/ported', { host }), 403, host);
    });

    it('takes every port where it names none', async () => {
      for (const host of ['api.example.com', 'api.example.com:8444'])
        assert.equal(await statusOf('GET', '/hosted', { host }), 200, host);
    });

    it('may name the port that a scheme goes without', async () => {
      assert.equal(await statusOf('GET', '/secure'), 403);
      assert.equal(await statusOf('GET', '/secure', { 'x-forwarded-proto': 'https' }), 200);
      const said = (url: string) =>
        ask({ ...bearer(), host: 'auth', 'x-original-method': 'GET', 'x-original-url': url });
      assert.equal((await said('https://api.example.com/secure')).status, 200);
      assert.equal((await said('http://api.example.com/secure')).status, 403);
    });

    it('is the same for a host name with a dot at its end', async () => {
      assert.equal(await statusOf('GET', '/hosted', { host: 'other.example.com' }), 403);
      assert.equal(await statusOf('GET', '/hosted', { host: 'api.example.com.' }), 200);
    });
  });

  describe('X-Original-URL', () => {
    const url = (address: string, more: Headers = {}) =>
      ask({
        ...bearer(),
        host: 'auth.internal',
        'x-original-method': 'GET',
        'x-original-url': address,
        ...more,
      });

    it('describes the request, host and port included', async () => {
      const answer = await url('https://api.example.com:8443/ported?x=1');

      assert.equal(answer.status, 200);
      assert.equal(answer.headers['x-cognate-path'], '/ported');
      assert.equal((await url('https://other.example.com/hosted')).status, 403);
      assert.equal((await url('https://api.example.com/hosted')).status, 200);
    });

    for (const address of [
      '/hosted',
      'https://api.example.com',
      'ftp://api.example.com/hosted',
      'https://somebody@api.example.com/hosted',
      'https:///hosted',
      'https://api.example.com\\hosted',
      'https://api.example.com/hosted/../orders',
    ])
      it(`is refused: ${address}`, async () => {
        assert.equal((await url(address)).status, 403);
      });

    it('is refused when it stands twice, or without a method', async () => {
      const address = 'https://api.example.com/hosted';
      assert.equal((await url(address, { 'x-original-url': [address, address] })).status, 403);
      assert.equal((await ask({ ...bearer(), host: 'auth', 'x-original-url': address })).status, 403);
    });

    it('beside another description must say the same', async () => {
      const both = (address: string) => statusOf('GET', '/hosted', { 'x-original-url': address });

      assert.equal(await both('https://api.example.com/hosted'), 200);
      assert.equal(await both('https://api.example.com/other'), 403);
      assert.equal(await both('https://api.example.com/hosted?x'), 403);
      assert.equal(await both('https://other.example.com/hosted'), 403);
      assert.equal(await both('nonsense'), 403);
    });

    it('brings no scheme where another description stands beside it', async () => {
      const more = { 'x-original-url': 'https://api.example.com/secure' };

      assert.equal(await statusOf('GET', '/secure', more), 403);
    });
  });

  describe('a CORS preflight', () => {
    const preflight = (target: string, more: Headers = {}, method = 'OPTIONS') =>
      ask(
        described(method, target, {
          origin: 'https://app.example.com',
          'access-control-request-method': 'POST',
          ...more,
        }),
      );

    it('passes where the route lets it, as nobody', async () => {
      const answer = await preflight('/open/1');

      assert.equal(answer.status, 200);
      assert.equal(answer.headers['x-cognate-path'], '/open/1');
      assert.equal(answer.headers['x-cognate-subject'], undefined);
    });

    it('does not pass anywhere else', async () => {
      assert.equal((await preflight('/read')).status, 403);
      assert.equal((await preflight('/other')).status, 401);
    });

    it('does not pass for a method that the route does not take', async () => {
      assert.equal((await preflight('/open', { 'access-control-request-method': 'DELETE' })).status, 403);
      assert.equal((await preflight('/open', { 'access-control-request-method': 'HEAD' })).status, 200);
    });

    const others: readonly (readonly [string, Headers, string?])[] = [
      ['another method', {}, 'GET'],
      ['a credential', { authorization: 'Bearer a.b.c' }],
      ['a cookie', { cookie: 'a=b' }],
      ['the method asked for twice', { 'access-control-request-method': ['POST', 'POST'] }],
    ];
    for (const [what, more, method] of others)
      it(`is none with ${what}`, async () => {
        assert.notEqual((await preflight('/open', more, method)).status, 200);
      });

    it('is none without an Origin, or without the method that it asks for', async () => {
      const method = { 'access-control-request-method': 'POST' };
      const origin = { origin: 'https://app.example.com' };
      assert.notEqual((await ask(described('OPTIONS', '/open', method))).status, 200);
      assert.notEqual((await ask(described('OPTIONS', '/open', origin))).status, 200);
    });
  });

  describe('a credential', () => {
    it('may stand several spaces behind its scheme', async () => {
      for (const scheme of ['Bearer   ', 'bearer  ', 'BEARER '])
        assert.equal(await statusOf('GET', '/read', { authorization: `${scheme}${token}` }), 200, scheme);
    });

    it('that is malformed is no signature either', async () => {
      const answer = await ask(described('GET', '/read', { authorization: 'Bearer a b' }));

      assert.equal(answer.status, 401);
      assert.equal(answer.headers['www-authenticate'], 'Bearer error="invalid_token"');
    });
  });

  describe('an upgrade', () => {
    const upgrade = (protocol: string) =>
      statusOf('GET', '/read', { connection: 'Upgrade', upgrade: protocol });

    it('to a WebSocket is decided on like any other request', async () => {
      assert.equal(await upgrade('websocket'), 200);
      assert.equal(await upgrade('WebSocket'), 200);
      const unknown = described('GET', '/read', { connection: 'Upgrade', upgrade: 'websocket' });
      assert.equal((await ask(unknown)).status, 401);
    });

    it('to a connection with further requests in it is refused', async () => {
      for (const protocol of ['h2c', 'websocket, h2c', 'HTTP/2.0'])
        assert.equal(await upgrade(protocol), 403);
    });
  });

  describe('a signature of a HEAD', () => {
    /** The answer to a signed HEAD of a user whose policies allow and deny these methods. */
    async function headAs(
      name: string,
      statements: Readonly<Record<string, 'Allow' | 'Deny'>>,
    ): Promise<number> {
      const iam = new IAM(server.client);
      await iam.createUser({ UserName: name });
      const Statement = Object.entries(statements).map(([method, Effect]) => ({
        Effect,
        Action: 'execute-api:Invoke',
        Resource: `arn:aws:execute-api:us-east-1:123456789012:reports/live/${method}/reports`,
      }));
      const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
      await iam.putUserPolicy({ UserName: name, PolicyName: 'p', PolicyDocument });
      const { AccessKey } = await iam.createAccessKey({ UserName: name });
      const { headers } = await signed(
        { method: 'HEAD', path: '/reports', headers: { host: 'api.example.com' } },
        {
          credentials: { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! },
          at: server.clock.now(),
          service: 'execute-api',
        },
      );
      return (await ask({ ...described('HEAD', '/reports'), ...Object.fromEntries(headers) })).status;
    }

    it('is allowed by what allows GET, or HEAD', async () => {
      assert.equal(await headAs('getter', { GET: 'Allow' }), 200);
      assert.equal(await headAs('header', { HEAD: 'Allow' }), 200);
      assert.equal(await headAs('poster', { POST: 'Allow' }), 403);
    });

    it('is denied by what denies either', async () => {
      assert.equal(await headAs('no-header', { GET: 'Allow', HEAD: 'Deny' }), 403);
      assert.equal(await headAs('no-getter', { HEAD: 'Allow', GET: 'Deny' }), 403);
    });
  });
});
