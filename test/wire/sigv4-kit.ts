/** What the recipes of bad signatures are made with: a good request, ways to spoil it, and what verification says. */
import assert from 'node:assert/strict';
import { isFailure } from '../../src/base/failure.ts';
import { hmacSha256, sha256Hex } from '../../src/base/secret.ts';
import type { WireRequest } from '../../src/wire/protocol.ts';
import {
  canonicalRequest,
  stringToSign,
  verifySigV4,
  type SigV4Failure,
  type SigV4Parts,
} from '../../src/wire/sigv4/index.ts';
import { keysOf, signed, type Credentials, type Unsigned } from '../support/signing.ts';

type Refusal = SigV4Failure;

export const NOON = new Date('2026-01-02T12:00:00Z');
export const LONG: Credentials = { accessKeyId: 'AKIALONGTERM00000000', secretAccessKey: 'long-term-secret' };
export const SHORT: Credentials = {
  accessKeyId: 'ASIASHORT00000000000',
  secretAccessKey: 'short-secret',
  sessionToken: 'token-of-one',
};
export const OTHER: Credentials = {
  accessKeyId: 'ASIAOTHER00000000000',
  secretAccessKey: 'other-secret',
  sessionToken: 'token-of-two',
};

const parts: SigV4Parts<string> = {
  keys: keysOf([LONG, SHORT, OTHER], (id) => id),
  clock: { now: () => NOON },
  services: ['service'],
  regions: ['us-east-1'],
  bodyHash: 'from-body',
};
export const sign = (request: Unsigned = {}, how: Partial<Parameters<typeof signed>[1]> = {}) =>
  signed({ body: 'a=b', ...request }, { credentials: LONG, at: NOON, ...how });
export const verify = (request: WireRequest, more: Partial<SigV4Parts<string>> = {}) =>
  verifySigV4(request, { ...parts, ...more });

export async function refuses(
  request: WireRequest | Promise<WireRequest>,
  ...kinds: Refusal[]
): Promise<void> {
  await assert.rejects(verify(await request), (error) => {
    assert.ok(isFailure(error), String(error));
    assert.ok(kinds.includes(error.kind as Refusal), `${error.kind}: ${JSON.stringify(error.facts)}`);
    return true;
  });
}
export const accepts = async (request: WireRequest | Promise<WireRequest>) =>
  void (await verify(await request));

/** `request` with one header's value changed, removed (undefined) or, when it was not there, added. */
export function withHeader(
  request: WireRequest,
  name: string,
  change: (value: string) => string | undefined,
): WireRequest {
  const isThere = request.headers.some(([each]) => each === name);
  const headers = (isThere ? request.headers : [...request.headers, [name, ''] as const]).flatMap(
    ([each, value]) => {
      const changed = each === name ? change(value) : value;
      return changed === undefined ? [] : [[each, changed] as const];
    },
  );
  return { ...request, headers };
}
export const withAuthorization = (request: WireRequest, change: (value: string) => string) =>
  withHeader(request, 'authorization', change);
export const twice = (request: WireRequest, name: string): WireRequest => ({
  ...request,
  headers: [...request.headers, ...request.headers.filter(([each]) => each === name)],
});
export const seconds = (count: number) => new Date(NOON.getTime() + count * 1000);

/** `request` with a signature that is right over what is said here, however odd: only the form of it is wrong. */
export function resigned(
  request: WireRequest,
  how: {
    readonly day?: string;
    readonly signedHeaders?: readonly string[];
    readonly region?: string;
    readonly service?: string;
  },
): WireRequest {
  const scope = {
    date: how.day ?? '20260102',
    region: how.region ?? 'us-east-1',
    service: how.service ?? 'service',
  };
  const signedHeaders = how.signedHeaders ?? ['host', 'x-amz-content-sha256', 'x-amz-date'];
  const date = request.headers.find(([name]) => name === 'x-amz-date')?.[1] ?? '';
  const canonical = canonicalRequest(request, { signedHeaders, bodyHash: sha256Hex(request.body) });
  const steps = [scope.date, scope.region, scope.service, 'aws4_request'];
  const key = steps.reduce<Buffer>(
    (last, step) => hmacSha256(last, step),
    Buffer.from(`AWS4${LONG.secretAccessKey}`),
  );
  const signature = hmacSha256(key, stringToSign(date, scope, canonical)).toString('hex');
  const credential = [LONG.accessKeyId, ...steps].join('/');
  const value = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`;
  return withAuthorization(request, () => value);
}
