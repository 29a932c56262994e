/**
 * Requests that offer another protocol: answered as if they offered none, and framed by the same rules.
 *
 * Sources: RFC 9110, section 7.8 (a server may ignore Upgrade); RFC 9112, section 6.3 (where a message ends).
 */
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { describeWith, foundOrInstalled } from '../support/servers/needs.ts';
import { startServer, type TestServer } from '../support/servers/server.ts';

const run = promisify(execFile);
/** What a server that mistook a body for a request would answer by 200. */
const INNER = 'GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n';

describe('a request with an Upgrade header', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.close());

  /** All that the server says to bytes written as they are, until it ends the connection. */
  function raw(text: string): Promise<string> {
    return new Promise((resolve, reject) => {
      let answer = '';
      const socket = connect(server.port, '127.0.0.1', () => socket.write(text));
      socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')));
      socket.on('close', () => resolve(answer));
      socket.on('error', reject);
    });
  }
  const statuses = (answer: string) =>
    [...answer.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => status);
  const lines = (...text: readonly string[]) => `${text.join('\r\n')}\r\n`;
  const offer = (protocol: string) => [
    'Host: a',
    'Connection: Upgrade, HTTP2-Settings',
    `Upgrade: ${protocol}`,
    'HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA',
  ];
  const last = lines('GET /health/live HTTP/1.1', 'Host: a', 'Connection: close', '');

  for (const protocol of ['h2c', 'websocket', 'TLS/1.0', 'h2c, websocket'])
    it(`to ${protocol} is answered, and the connection ends with it`, async () => {
      const answer = await raw(lines('GET /health/live HTTP/1.1', ...offer(protocol), ''));

      assert.deepEqual(statuses(answer), ['200']);
      assert.match(answer, /^connection: close\r$/im);
      assert.doesNotMatch(answer, /^upgrade:/im);
    });

  it('ends the connection also where more requests were sent behind it', async () => {
    const answer = await raw(lines('GET /health/live HTTP/1.1', ...offer('h2c'), '') + last);

    assert.deepEqual(statuses(answer), ['200']);
  });

  const framings: readonly (readonly [string, string])[] = [
    ['of a length', `Content-Length: ${INNER.length}\r\n\r\n${INNER}`],
    ['in chunks', `Transfer-Encoding: chunked\r\n\r\n${INNER.length.toString(16)}\r\n${INNER}\r\n0\r\n\r\n`],
  ];
  for (const [what, framed] of framings)
    it(`keeps a body ${what} for a body, whatever it looks like`, async () => {
      const head = lines('POST /no-such-place HTTP/1.1', ...offer('h2c'));

      assert.deepEqual(statuses(await raw(head + framed)), ['404']);
      assert.deepEqual(statuses(await raw(head + framed + last)), ['404']);
    });

  it('with two framings is still refused, and nothing behind it is read', async () => {
    const head = lines(
      'POST / HTTP/1.1',
      ...offer('h2c'),
      'Content-Length: 4',
      'Transfer-Encoding: chunked',
      '',
    );

    assert.deepEqual(statuses(await raw(`${head}0\r\n\r\n${last}`)), ['400']);
  });

  const curl = foundOrInstalled(
    () => (spawnSync('curl', ['--version']).status === 0 ? 'curl' : undefined),
    ['curl'],
  );
  describeWith('as curl sends it (--http2)', curl, 'curl is not installed and cannot be', (command) => {
    it('gets an answer in HTTP/1.1', async () => {
      const code = ['-o', '/dev/null', '-w', '%{http_code} %{http_version}'];
      const { stdout } = await run(command, ['--http2', '-sS', ...code, `${server.url}/health/live`]);

      assert.equal(stdout, '200 1.1');
    });
  });
});
