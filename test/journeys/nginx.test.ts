/**
 * nginx in front of the gateway: what reaches the upstream, and as whom.
 *
 * The configuration is the one that docs/gateway.md ships. Raw sockets where a client library would tidy a path up.
 */
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IAM } from '@aws-sdk/client-iam';
import { claimsOf, makePool, makeUser, signIn, type MadePool } from '../support/pool.ts';
import { startNginx, withNginx } from '../support/servers/nginx.ts';
import { onBoth, type Installation } from '../support/servers/installation.ts';
import { ROOT } from '../support/servers/server.ts';
import { signed } from '../support/signing.ts';

const SECRET = 'a-secret-between-nginx-and-the-gateway';
const ROUTES = `gateway:
  routes:
    - { path: /me, scopes: [aws.cognito.signin.user.admin] }
    - { path: /mail, scopes: [email] }
    - { path: /reports, api: { id: reports, stage: live } }
`;

withNginx('nginx in front of the gateway', (binary) =>
  onBoth((start) => {
    let server: Installation;
    let pool: MadePool;
    let upstream: Server;
    let nginx: Awaited<ReturnType<typeof startNginx>>;
    let served: IncomingMessage[];
    let token: string;

    before(async () => {
      const file = join(mkdtempSync(join(tmpdir(), 'gateway-')), 'cognate.yaml');
      writeFileSync(file, ROUTES);
      server = await start({ environment: { COGNATE_CONFIG: file, COGNATE_GATEWAY_SECRET: SECRET } });
      pool = await makePool(server);
      await makeUser(pool, 'ada');
      await pool.idp.createGroup({ UserPoolId: pool.UserPoolId, GroupName: 'admins' });
      await pool.idp.adminAddUserToGroup({
        UserPoolId: pool.UserPoolId,
        Username: 'ada',
        GroupName: 'admins',
      });
      token = (await signIn(pool, 'ada')).AccessToken!;
      upstream = createServer((request, response) => {
        served.push(request);
        response.end('served');
      });
      await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
      nginx = await startNginx(binary, locations((upstream.address() as AddressInfo).port, server.port));
    });
    beforeEach(() => {
      served = [];
    });
    after(async () => {
      await nginx.stop();
      upstream.closeAllConnections();
      upstream.close();
      await server.close();
    });

    const get = (path: string, headers: Record<string, string> = {}) => fetch(nginx.url + path, { headers });
    const bearer = (value = token) => ({ authorization: `Bearer ${value}` });

    it('lets a token through to the route of its scope, and tells the upstream who it is', async () => {
      const response = await get('/me/orders?x=1', {
        ...bearer(),
        'x-cognate-subject': 'somebody-else',
        'x-cognate-groups': 'root',
      });

      assert.equal(response.status, 200);
      assert.equal(served[0]!.url, '/me/orders?x=1');
      assert.equal(served[0]!.headers['x-cognate-subject'], claimsOf(token).sub);
      assert.equal(served[0]!.headers['x-cognate-principal'], 'ada');
      assert.equal(served[0]!.headers['x-cognate-groups'], 'admins');
    });

    const refused: readonly (readonly [string, number, string, () => Record<string, string>])[] = [
      ['no credential', 401, '/me', () => ({})],
      ['a token that is not ours', 401, '/me', () => bearer('a.b.c')],
      ['a token without the scope', 403, '/mail', bearer],
      ['a route that is not configured', 403, '/other', bearer],
      ['a path that only begins like a route', 403, '/mean', bearer],
      ['a token where signatures are wanted', 403, '/reports/1', bearer],
      [
        'a spoofed description of the request',
        403,
        '/other',
        () => ({
          ...bearer(),
          'x-original-uri': '/me',
          'x-forwarded-uri': '/me',
          'x-forwarded-method': 'GET',
        }),
      ],
    ];
    for (const [what, status, path, headers] of refused) {
      it(`refuses ${what}`, async () => {
        assert.equal((await get(path, headers())).status, status);
        assert.deepEqual(served, []);
      });
    }

    for (const path of [
      '/me/../other',
      '/me/%2e%2e/other',
      '/me//other',
      '/me%2fother',
      '/me/..;/other',
      '/me/;x/..%2fother',
      '/me\\other',
      '/me/%252e%252e/other',
      '/me/%00',
      '/me#/../other',
      '/me/%5c..',
    ]) {
      it(`refuses ${path}, which two programs could read differently`, async () => {
        const status = await raw(
          nginx.port,
          `GET ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`,
        );

        assert.ok(status >= 400 && status < 500, `${status}`);
        assert.deepEqual(served, []);
      });
    }

    it('decides on signatures by the policies of the principal', async () => {
      const iam = new IAM(server.client);
      await iam.createUser({ UserName: 'reader' });
      const statement = {
        Effect: 'Allow',
        Action: 'execute-api:Invoke',
        Resource: 'arn:aws:execute-api:us-east-1:123456789012:reports/live/GET/reports/*',
      };
      await iam.putUserPolicy({
        UserName: 'reader',
        PolicyName: 'p',
        PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
      });
      const { AccessKey } = await iam.createAccessKey({ UserName: 'reader' });
      const credentials = {
        accessKeyId: AccessKey!.AccessKeyId!,
        secretAccessKey: AccessKey!.SecretAccessKey!,
      };
      const call = async (method: string, path: string, as: typeof credentials, sent = path) => {
        const request = { method, path, headers: { host: `127.0.0.1:${nginx.port}` } };
        const { headers } = await signed(request, {
          credentials: as,
          at: server.clock.now(),
          service: 'execute-api',
        });
        return (await fetch(nginx.url + sent, { method, headers: Object.fromEntries(headers) })).status;
      };

      assert.equal(await call('GET', '/reports/1', credentials), 200);
      assert.equal(await call('DELETE', '/reports/1', credentials), 403);
      assert.equal(await call('GET', '/reports/1', credentials, '/reports/2'), 401);
      assert.equal(await call('GET', '/reports/1', { ...credentials, secretAccessKey: 'wrong' }), 401);
      assert.equal(await call('GET', '/reports/1', ROOT), 200);
      assert.equal(await call('GET', '/me', ROOT), 403);
    });

    it('heeds a sign-out at once', async () => {
      await makeUser(pool, 'leaver');
      const { AccessToken } = await signIn(pool, 'leaver');
      assert.equal((await get('/me', bearer(AccessToken))).status, 200);

      await pool.idp.globalSignOut({ AccessToken });

      assert.equal((await get('/me', bearer(AccessToken))).status, 401);
    });

    it('answers nobody but the gateway', async () => {
      const ask = (headers: Record<string, string>) =>
        fetch(`${server.url}/gateway/authorize`, {
          headers: { ...bearer(), 'x-original-method': 'GET', 'x-original-uri': '/me', ...headers },
        });

      assert.equal((await ask({})).status, 403);
      assert.equal((await ask({ 'x-cognate-gateway-secret': `${SECRET}x` })).status, 403);
      assert.equal((await ask({ 'x-cognate-gateway-secret': SECRET })).status, 200);
      assert.equal((await ask({ 'x-cognate-gateway-secret': SECRET, 'x-forwarded-uri': '/me' })).status, 403);
    });
  }),
);

const locations = (upstream: number, cognate: number): string => `
  merge_slashes off;
  location / {
    auth_request /_cognate;
    auth_request_set $subject $upstream_http_x_cognate_subject;
    auth_request_set $principal $upstream_http_x_cognate_principal;
    auth_request_set $groups $upstream_http_x_cognate_groups;
    proxy_set_header X-Cognate-Subject $subject;
    proxy_set_header X-Cognate-Principal $principal;
    proxy_set_header X-Cognate-Groups $groups;
    proxy_pass http://127.0.0.1:${upstream}$request_uri;
  }
  location = /_cognate {
    internal;
    proxy_pass http://127.0.0.1:${cognate}/gateway/authorize;
    proxy_pass_request_body off;
    proxy_set_header Content-Length "";
    proxy_set_header Host $http_host;
    proxy_set_header X-Original-Method $request_method;
    proxy_set_header X-Original-URI $request_uri;
    proxy_set_header X-Cognate-Gateway-Secret "${SECRET}";
    proxy_set_header X-Forwarded-Method "";
    proxy_set_header X-Forwarded-Uri "";
    proxy_set_header X-Forwarded-Host "";
    proxy_set_header X-Original-URL "";
  }`;

/** The status of an answer to bytes that no client library would send. */
function raw(port: number, request: string): Promise<number> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(request));
    socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
    socket.on('end', () => resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 400)));
    socket.on('error', reject);
  });
}
