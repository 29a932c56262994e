/**
 * A root access key that anybody can guess, such as `test` and `test`: what it is worth beside a browser.
 *
 * Sources: Fetch, "Origin header"; Fetch Metadata Request Headers.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { ROOT, startServer, type TestServer } from '../../support/servers/server.ts';
import { signed } from '../../support/signing.ts';

const GUESSABLE = { accessKeyId: 'test', secretAccessKey: 'test' };
const QUERY = { Action: 'GetCallerIdentity', Version: '2011-06-15' };
const FORM = 'application/x-www-form-urlencoded';
type More = Readonly<Record<string, string>>;

/** How GetCallerIdentity is answered, signed by that key, with `more` headers. */
async function statusFor(
  { url, port, clock }: TestServer,
  credentials: typeof ROOT,
  { method = 'POST', ...more }: More,
): Promise<number> {
  const isPost = method === 'POST';
  const headers = { host: `127.0.0.1:${port}`, ...(isPost && { 'content-type': FORM }), ...more };
  const body = isPost ? new URLSearchParams(QUERY).toString() : undefined;
  const made = await signed(
    { method, headers, ...(isPost ? { body } : { query: QUERY }) },
    { credentials, service: 'sts', at: clock.now() },
  );
  const asked = httpRequest(`${url}${made.target}`, { method, headers: Object.fromEntries(made.headers) });
  asked.end(body);
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode ?? 0;
}

const PROGRAMS: readonly More[] = [
  {},
  { method: 'GET' },
  { origin: 'http://localhost:3000' },
  { origin: 'http://127.0.0.1:3000', 'sec-fetch-site': 'cross-site' },
  // A development server on this machine that passes requests on.
  { 'x-forwarded-for': '127.0.0.1, ::1', forwarded: 'for=127.0.0.1;proto=http' },
];
const PAGES: readonly More[] = [
  { origin: 'https://attacker.example' },
  { origin: 'http://localhost.attacker.example' },
  { origin: 'null' },
  { 'sec-fetch-site': 'cross-site' },
  // A name of the attacker's that resolves to this machine.
  { method: 'GET', host: 'rebound.example' },
];

/** As a proxy on this machine passes them on. */
const PASSED_ON: readonly More[] = [
  { 'x-forwarded-for': '198.51.100.7' },
  { 'x-forwarded-for': '127.0.0.1, 198.51.100.7' },
  { 'x-forwarded-for': 'unknown' },
  { 'x-real-ip': '198.51.100.7' },
  { forwarded: 'for=127.0.0.1, for="[2001:db8::7]:4711";proto=https' },
];

describe('a root access key that can be guessed', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer({ root: GUESSABLE });
  });
  after(() => server.close());

  for (const more of PROGRAMS)
    it(`is taken from programs and from this machine's pages: ${JSON.stringify(more)}`, async () => {
      assert.equal(await statusFor(server, GUESSABLE, more), 200);
    });
  for (const more of PAGES)
    it(`is refused from pages of other machines: ${JSON.stringify(more)}`, async () => {
      assert.equal(await statusFor(server, GUESSABLE, more), 403);
    });
  for (const more of PASSED_ON)
    it(`is refused from other machines behind a proxy on this one: ${JSON.stringify(more)}`, async () => {
      assert.equal(await statusFor(server, GUESSABLE, more), 403);
    });
  it('is no rule for one that cannot be', async () => {
    const strong = await startServer();
    const answered = [];
    for (const more of [...PAGES, ...PASSED_ON]) answered.push(await statusFor(strong, ROOT, more));
    await strong.close();
    assert.deepEqual(
      answered,
      [...PAGES, ...PASSED_ON].map(() => 200),
    );
  });
});
