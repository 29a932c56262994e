/**
 * The welcome page: what a newcomer reads at `GET /`, and what a stranger does not.
 */
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { ROOT, startServer, type TestServer } from '../support/servers/server.ts';

const PAGE = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

describe('the welcome page', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.close());

  it('tells a browser on this machine what comes next, and no secret', async () => {
    const answer = await fetch(server.url, { headers: PAGE });
    const page = await answer.text();

    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-type') ?? '', /^text\/html/);
    for (const part of ['Cognate is running', `--endpoint-url ${server.url} `, '/health/ready', 'Version '])
      assert.ok(page.includes(part), part);
    assert.ok(!page.includes(ROOT.secretAccessKey));
  });

  it('tells a program the same in JSON, with guides that are there', async () => {
    const answer = await fetch(server.url);
    const facts = (await answer.json()) as { endpoint: string; version: string; guides: readonly string[] };

    assert.equal(facts.endpoint, server.url);
    assert.match(facts.version, /^\d+\.\d+\.\d+$/);
    assert.ok(facts.guides.length > 5);
    for (const guide of facts.guides) assert.match(await (await fetch(guide)).text(), /^# /, guide);
  });

  it('carries headers that let it do nothing', async () => {
    const { headers } = await fetch(server.url, { headers: PAGE });

    assert.match(headers.get('content-security-policy') ?? '', /^default-src 'none'; style-src 'sha256-/);
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.equal(headers.get('cache-control'), 'no-store');
  });

  it('leaves calls of the AWS API alone', async () => {
    const answer = await fetch(`${server.url}/?Action=GetCallerIdentity&Version=2011-06-15`);

    assert.equal(answer.status, 403);
    assert.match(await answer.text(), /MissingAuthenticationToken/);
  });

  for (const [who, environment, headers] of [
    ['that has a public address', { COGNATE_PUBLIC_URL: 'https://id.example.com' }, {}],
    ['that is asked under another name, as by DNS rebinding', {}, { host: 'evil.example.com' }],
    ['whose request a proxy passed on', {}, { 'x-forwarded-for': '198.51.100.7' }],
    ['that trusts proxies', { COGNATE_TRUSTED_PROXIES: '127.0.0.1/32' }, {}],
  ] as const)
    it(`says no more than its name at a server ${who}`, async () => {
      const other = await startServer({ environment });
      const { port } = new URL(other.url);

      const answers = await Promise.all(
        ['/', '/docs/messages.md'].map((path) => asked(Number(port), path, headers)),
      );
      await other.close();

      assert.deepEqual(answers[0], { status: 200, body: '{"name":"Cognate"}' });
      assert.equal(answers[1]?.status, 404);
    });
});

/** `fetch` does not let a test choose the Host header. */
function asked(
  port: number,
  path: string,
  more: Readonly<Record<string, string>>,
): Promise<{ status?: number; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = { host: 'localhost', accept: '*/*', ...more };
    request({ host: '127.0.0.1', port, path, headers }, (answer) => {
      let body = '';
      answer.on('data', (chunk: Buffer) => (body += chunk.toString()));
      answer.on('end', () => resolve({ status: answer.statusCode, body }));
    })
      .on('error', reject)
      .end();
  });
}
