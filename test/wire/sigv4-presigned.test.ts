/** SigV4 in the query string: AWS's suite is accepted, and what was changed, is too old or could be read twice is not. */
import assert from 'node:assert/strict';
import { STS } from '@aws-sdk/client-sts';
import { isFailure } from '../../src/base/failure.ts';
import type { WireRequest } from '../../src/wire/protocol.ts';
import { canonicalRequest, verifySigV4, type SigV4Parts } from '../../src/wire/sigv4/index.ts';
import { ACCOUNT, ROOT, startServer, type TestServer } from '../support/servers/server.ts';
import { keysOf, presigned } from '../support/signing.ts';
import { LONG, NOON, SHORT } from './sigv4-kit.ts';
import { withSuite } from './sigv4-suite.ts';

withSuite('query', ({ name, request, parts, accessKeyId, isTokenUnsigned, textOf }) => {
  it(`${name} is accepted`, async () => {
    const verified = await verifySigV4(request, { ...parts, presigned: 'accepted' });

    assert.equal(verified.principal, accessKeyId);
  });
  it(`${name} has the canonical request of the suite`, () => {
    const canonical = textOf('query-canonical-request.txt');
    const lines = canonical.split('\n');

    const made = canonicalRequest(request, {
      signedHeaders: lines.at(-2)!.split(';'),
      bodyHash: lines.at(-1)!,
      path: parts.path,
      without: ['X-Amz-Signature', ...(isTokenUnsigned ? ['X-Amz-Security-Token'] : [])],
    });

    assert.equal(made, canonical);
  });
});

describe('a request that was signed beforehand', () => {
  let now = NOON;
  beforeEach(() => {
    now = NOON;
  });
  const parts: SigV4Parts<string> = {
    keys: keysOf([LONG, SHORT], (id) => id),
    clock: { now: () => now },
    services: ['service'],
    bodyHash: 'from-body',
    presigned: 'accepted',
  };
  const sign = (credentials = LONG, expiresIn = 60) =>
    presigned({ path: '/things', query: { a: '1' } }, { credentials, at: NOON, expiresIn });
  const after = (seconds: number) => {
    now = new Date(NOON.getTime() + seconds * 1000);
  };
  const refused = (request: WireRequest, ...kinds: string[]) =>
    assert.rejects(verifySigV4(request, parts), (error) => {
      assert.ok(isFailure(error) && kinds.includes(error.kind), String(error));
      return true;
    });
  /** The request with its query changed as text. */
  const changed = (request: WireRequest, change: (target: string) => string): WireRequest => ({
    ...request,
    target: change(request.target),
  });

  it('is accepted, with long-term keys and with temporary ones', async () => {
    assert.equal((await verifySigV4(await sign(), parts)).principal, LONG.accessKeyId);
    assert.equal((await verifySigV4(await sign(SHORT), parts)).principal, SHORT.accessKeyId);
  });

  it('is good for as long as it says, and not a second longer', async () => {
    const request = await sign();

    after(59);
    await verifySigV4(request, parts);
    after(60);
    await refused(request, 'signature-expired');
  });

  it('may come from a clock that is five minutes ahead, and not from one further', async () => {
    const request = await sign();

    after(-300);
    await verifySigV4(request, parts);
    after(-301);
    await refused(request, 'signature-expired');
  });

  for (const expires of ['0', '-1', '604801', '060', '1.5', '', 'x'])
    it(`is refused when it expires after "${expires}" seconds`, async () => {
      const request = changed(await sign(), (target) =>
        target.replace('X-Amz-Expires=60', `X-Amz-Expires=${expires}`),
      );

      await refused(request, 'signature-mismatch', 'signature-incomplete');
    });

  const changes: readonly (readonly [string, (target: string) => string])[] = [
    ['another parameter', (target) => `${target}&b=2`],
    ['a parameter taken away', (target) => target.replace('a=1&', '')],
    ['another value', (target) => target.replace('a=1', 'a=2')],
    ['another path', (target) => target.replace('/things', '/others')],
    ['a longer life', (target) => target.replace('X-Amz-Expires=60', 'X-Amz-Expires=600')],
    ['another day', (target) => target.replaceAll('20260102', '20260103')],
    ['another key', (target) => target.replace('AKIALONGTERM', 'AKIAWRONGONE')],
    ['a changed signature', (target) => target.replace(/.$/, (last) => (last === '0' ? '1' : '0'))],
    ['a signature in capitals', (target) => target.replace(/[0-9a-f]{64}/, (hex) => hex.toUpperCase())],
    ['no signed host', (target) => target.replace('SignedHeaders=host', 'SignedHeaders=x')],
  ];
  for (const [title, change] of changes)
    it(`is refused with ${title}`, async () => {
      const request = changed(await sign(), change);

      await refused(
        request,
        'signature-mismatch',
        'signature-incomplete',
        'signature-expired',
        'access-key-unknown',
      );
    });

  it('is refused when a parameter of the signature stands twice or in another case', async () => {
    const request = await sign();

    for (const more of [
      'X-Amz-Expires=60',
      'x-amz-expires=600',
      'X-AMZ-SIGNATURE=0',
      'X-Amz-Signature=0',
      'x-amz-security-token=t',
      'X-Amz-Credential=x',
    ])
      await refused(
        changed(request, (target) => `${target}&${more}`),
        'signature-incomplete',
      );
  });

  it('is refused when its headers sign too, or say another date or token', async () => {
    const request = await sign();
    const withHeader = (name: string, value: string): WireRequest => ({
      ...request,
      headers: [...request.headers, [name, value]],
    });

    await refused(withHeader('authorization', 'AWS4-HMAC-SHA256 x'), 'signature-incomplete');
    await refused(withHeader('x-amz-date', '20260102T120000Z'), 'signature-incomplete');
    await refused(withHeader('x-amz-security-token', 't'), 'signature-incomplete');
    await refused(withHeader('x-amz-target', 'Elsewhere.Do'), 'signature-mismatch');
  });

  it('is refused with another body, and with temporary keys without their token', async () => {
    const request = await sign();
    const short = await sign(SHORT);

    await refused({ ...request, body: Buffer.from('more') }, 'signature-mismatch');
    await refused(
      changed(short, (target) => target.replace(/&X-Amz-Security-Token=[^&]*/, '')),
      'signature-mismatch',
      'session-token-invalid',
      'access-key-unknown',
    );
  });

  it('is refused where nobody asked for it', async () => {
    await assert.rejects(
      verifySigV4(await sign(), {
        keys: parts.keys,
        clock: parts.clock,
        services: parts.services,
        bodyHash: 'from-body',
      }),
      (error) => isFailure(error, 'signature-incomplete'),
    );
  });
});

describe('a call that was signed beforehand', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.close());

  it('says who signed it, to whoever holds its address', async () => {
    const { target } = await presigned(
      {
        query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
        headers: { host: `127.0.0.1:${server.port}` },
      },
      { credentials: ROOT, at: server.clock.now(), service: 'sts' },
    );

    const response = await fetch(`${server.url}${target}`);

    assert.equal(response.status, 200);
    assert.match(await response.text(), new RegExp(`<Account>${ACCOUNT}</Account>`));
    const changed = await fetch(`${server.url}${target.replace('GetCallerIdentity', 'GetSessionToken')}`);
    assert.notEqual(changed.status, 200);
    assert.equal((await new STS(server.client).getCallerIdentity({})).Account, ACCOUNT);
  });
});
