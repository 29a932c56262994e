/** Whose word counts for the address of a client. */
import assert from 'node:assert/strict';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { createTrustedProxies } from '../../src/ops/trusted-proxies.ts';

const proxies = createTrustedProxies(['10.0.0.0/8', '192.0.2.7', 'fd00::/8']);

/** What is left of a request's headers, when it comes from `remoteAddress`. */
function cleansed(remoteAddress: string, headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const request = { socket: { remoteAddress }, headers: { ...headers } };
  // The two members that are read.
  proxies.cleanse(request as IncomingMessage);
  return request.headers;
}

describe('trusted proxies', () => {
  it('are known by address and by network, IPv4 in IPv6 too', () => {
    const rows: readonly [string, boolean][] = [
      ['10.1.2.3', true],
      ['::ffff:10.1.2.3', true],
      ['192.0.2.7', true],
      ['192.0.2.8', false],
      ['fd12::1', true],
      ['fe80::1', false],
      ['11.0.0.1', false],
      ['', false],
      ['localhost', false],
    ];
    for (const [address, isTrusted] of rows) assert.equal(proxies.isTrusted(address), isTrusted, address);
  });

  it('say who the client is: the last that none of them is', () => {
    const rows: readonly [string, string | undefined][] = [
      ['198.51.100.1', '198.51.100.1'],
      ['198.51.100.1, 10.0.0.2', '198.51.100.1'],
      // What the client itself wrote in front counts for nothing.
      ['127.0.0.1, 198.51.100.1, 10.0.0.2', '198.51.100.1'],
      ['10.9.9.9, 198.51.100.1', '198.51.100.1'],
      ['198.51.100.1, nonsense', undefined],
      ['10.0.0.2, 10.0.0.3', undefined],
      ['', undefined],
    ];
    for (const [given, left] of rows)
      assert.equal(cleansed('10.0.0.1', { 'x-forwarded-for': given })['x-forwarded-for'], left, given);
  });

  it('say which scheme was spoken to them, and only one that exists', () => {
    assert.equal(cleansed('10.0.0.1', { 'x-forwarded-proto': 'https' })['x-forwarded-proto'], 'https');
    assert.equal(cleansed('10.0.0.1', { 'x-forwarded-proto': 'https,http' })['x-forwarded-proto'], undefined);
  });

  it('never name the host, and nobody else says anything', () => {
    const given = {
      forwarded: 'for=127.0.0.1',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-port': '1',
      'x-forwarded-prefix': '/evil',
      'x-forwarded-proto': 'https',
      'x-real-ip': '127.0.0.1',
      host: 'kept.example',
    };

    assert.deepEqual(cleansed('198.51.100.1', given), { host: 'kept.example' });
    assert.deepEqual(
      Object.keys(cleansed('10.0.0.1', { ...given, 'x-forwarded-for': '198.51.100.1' })).toSorted(),
      ['host', 'x-forwarded-for', 'x-forwarded-proto'],
    );
  });
});
