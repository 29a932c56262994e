/** SigV4 verification: AWS's suite is accepted, byte for byte, and the key cache keeps its promises. */
import assert from 'node:assert/strict';
import { isFailure } from '../../src/base/failure.ts';
import {
  canonicalRequest,
  createSigningKeyCache,
  normalizePath,
  stringToSign,
  verifySigV4,
  type SigV4Parts,
} from '../../src/wire/sigv4/index.ts';
import { keysOf, signed, type Credentials } from '../support/signing.ts';
import { withSuite } from './sigv4-suite.ts';

const NOON = new Date('2026-01-02T12:00:00Z');
const KEY: Credentials = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};

withSuite('header', ({ name, request, parts, accessKeyId, isTokenUnsigned, textOf }) => {
  it(`${name} is accepted`, async () => {
    const verified = await verifySigV4(request, parts);

    assert.equal(verified.principal, accessKeyId);
  });
  it(`${name} has the canonical request and the string to sign of the suite`, () => {
    const canonical = textOf('header-canonical-request.txt');
    const lines = canonical.split('\n');

    const made = canonicalRequest(request, {
      signedHeaders: lines.at(-2)!.split(';'),
      bodyHash: lines.at(-1)!,
      path: parts.path,
    });

    assert.equal(made, canonical);
    const [date, scope] = textOf('header-string-to-sign.txt').split('\n').slice(1);
    const [day, region, service] = scope!.split('/');
    assert.equal(
      stringToSign(date!, { date: day!, region: region!, service: service! }, made),
      textOf('header-string-to-sign.txt'),
    );
  });
  if (isTokenUnsigned) {
    it(`${name} is refused where a session token must be signed`, async () => {
      const { sessionToken: _lenient, ...strict } = parts;

      await assert.rejects(verifySigV4(request, { ...strict, keys: keysOf([], (id) => id) }), (error) =>
        isFailure(error, 'signature-mismatch'),
      );
    });
  }
});

describe('the signing key cache', () => {
  const scope = { date: '20260102', region: 'us-east-1', service: 'sts' };

  it('gives the same key again, and another as soon as the secret changes', () => {
    const cache = createSigningKeyCache();
    const first = cache.get('secret', 'AKIA1', scope);

    assert.equal(cache.get('secret', 'AKIA1', scope), first);
    assert.notDeepEqual(cache.get('changed', 'AKIA1', scope), first);
    assert.notDeepEqual(cache.get('secret', 'AKIA1', { ...scope, date: '20260103' }), first);
    assert.notDeepEqual(cache.get('secret', 'AKIA1', { ...scope, region: 'eu-west-1' }), first);
    assert.notDeepEqual(cache.get('secret', 'AKIA1', { ...scope, service: 'iam' }), first);
  });
  it('keeps so many and forgets the least recently used', () => {
    const cache = createSigningKeyCache(2);
    const [one, two] = [cache.get('a', 'A', scope), cache.get('b', 'B', scope)];
    assert.equal(cache.get('a', 'A', scope), one);

    cache.get('c', 'C', scope);

    assert.equal(cache.get('a', 'A', scope), one);
    assert.notEqual(cache.get('b', 'B', scope), two);
  });
  it('accepts and refuses as verification without it does', async () => {
    const cache = createSigningKeyCache();
    const parts = (secretAccessKey: string): SigV4Parts<string> => ({
      keys: keysOf([{ ...KEY, secretAccessKey }], (id) => id),
      clock: { now: () => NOON },
      services: ['service'],
      bodyHash: 'from-body',
      cache,
    });
    const request = await signed({ body: 'x' }, { credentials: KEY, at: NOON });

    for (let times = 0; times < 2; times += 1) {
      assert.equal((await verifySigV4(request, parts(KEY.secretAccessKey))).principal, KEY.accessKeyId);
      await assert.rejects(verifySigV4(request, parts('rotated')), (error) =>
        isFailure(error, 'signature-mismatch'),
      );
    }
  });
});

describe('verification without the body', () => {
  const parts: SigV4Parts<string> = {
    keys: keysOf([KEY], (id) => id),
    clock: { now: () => NOON },
    services: ['execute-api'],
    bodyHash: 'signed-header',
  };
  const how = { credentials: KEY, at: NOON, service: 'execute-api' };

  it('hands on the hash that was signed', async () => {
    const request = await signed({ method: 'PUT', path: '/a', body: 'data' }, how);

    const { bodyHash } = await verifySigV4({ ...request, body: new Uint8Array() }, parts);

    assert.equal(bodyHash, '3a6eb0790f39ac87c94f3856b2dd2c5d110e6811602261a9a923d3bb23adc8b7');
  });
  it('refuses a request whose hash is not signed', async () => {
    const request = await signed(
      { method: 'PUT', path: '/a', body: 'data' },
      { ...how, applyChecksum: false },
    );

    await assert.rejects(verifySigV4(request, parts), (error) => isFailure(error, 'signature-incomplete'));
  });
});

describe('normalised paths', () => {
  for (const [path, normal] of [
    ['/', '/'],
    ['//', '/'],
    ['/a/../..', '/'],
    ['/a//b/', '/a/b/'],
    ['/a/./b/../c', '/a/c'],
    ['/a/..%2f', '/a/..%2f'],
    ['/../../etc/passwd', '/etc/passwd'],
  ] as const) {
    it(`${path} is ${normal}`, () => assert.equal(normalizePath(path), normal));
  }
});
