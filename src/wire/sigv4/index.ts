/**
 * SigV4: whose signature a request bears, and that nothing in it was changed.
 *
 * Decides: one carrier of a signature a request; host and every x-amz-* header signed, a form's content type too; the clock within 300
 * seconds; the scope's date, region and service right; temporary keys with their token, signed; the body's hash. It leaves to the keeper of
 * the keys who an access key is. A signature in the query string (sigv4/presigned.ts) is accepted where it is asked for. Source: AWS, "Create a signed AWS API request"; SECURITY: verify on the raw
 * target bytes, or a proxy and we disagree about what was signed.
 */
import { epochSeconds, plusSeconds, type Clock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import { equal, hmacSha256, sha256Hex } from '../../base/secret.ts';
import { header, type WireRequest } from '../protocol.ts';
import {
  incomplete,
  mismatch,
  parseAuthorization,
  type Authorization,
  type SigV4Failure,
} from './authorization.ts';
import {
  canonicalRequest,
  scopeText,
  splitTarget,
  stringToSign,
  type PathRule,
  type Scope,
} from './canonical.ts';

import { isPresigned, readPresigned, unsignedParameters } from './presigned.ts';

export type { SigV4Failure } from './authorization.ts';
export { canonicalRequest, normalizePath, splitTarget, stringToSign } from './canonical.ts';

/** The keeper of the keys. */
export interface SigningKeys<Principal> {
  /** @throws Failure `access-key-unknown`, `session-token-invalid`, `session-token-expired` */
  keyOf(
    accessKeyId: string,
    sessionToken: string | undefined,
  ): Promise<{ readonly secretAccessKey: string; readonly principal: Principal }>;
}

/** Derived signing keys, so that the same key's next request costs one HMAC in place of five. */
interface SigningKeyCache {
  get(secretAccessKey: string, accessKeyId: string, scope: Scope): Buffer;
}

export interface SigV4Parts<Principal> {
  readonly keys: SigningKeys<Principal>;
  readonly clock: Clock;
  /** Service names that the scope may say. */
  readonly services: readonly string[];
  /** Regions that the scope may say; any when absent. */
  readonly regions?: readonly string[] | undefined;
  /** `from-body`: the body is at hand and hashed. `signed-header`: it is not, so x-amz-content-sha256 must be signed and is handed on. */
  readonly bodyHash: 'from-body' | 'signed-header';
  /** `accepted`: the signature may stand in the query string instead of the header; refused unless said. */
  readonly presigned?: 'accepted';
  readonly cache?: SigningKeyCache | undefined;
  /** `normalized` unless said; `as-sent` is S3's way. */
  readonly path?: PathRule;
  /** A session token must be signed unless this says otherwise; some old services add it after signing. */
  readonly sessionToken?: 'signed' | 'may-be-unsigned';
}

export interface Signed<Principal> {
  readonly principal: Principal;
  readonly service: string;
  readonly region: string;
  readonly signedHeaders: readonly string[];
  /** SHA-256 of the body, 64 hexadecimal digits. */
  readonly bodyHash: string;
}

const SKEW_SECONDS = 300;
const CACHED_KEYS = 1_024;
/** Headers whose second line would be read by one and not by another. */
const ONCE = [
  'authorization',
  'host',
  'content-type',
  'x-amz-date',
  'x-amz-security-token',
  'x-amz-content-sha256',
  'x-amz-target',
];
const FORM = 'application/x-www-form-urlencoded';
const SHA256 = /^[0-9a-f]{64}$/;

/**
 * Who signed `request`.
 *
 * @throws Failure SigV4Failure: `signature-missing`, `signature-incomplete`, `signature-mismatch`, `signature-expired`,
 *   `content-hash-mismatch`, `target-malformed`, and what `keys` throws
 */
export async function verifySigV4<Principal>(
  request: WireRequest,
  parts: SigV4Parts<Principal>,
): Promise<Signed<Principal>> {
  const claim = checkClaim(request, parts);
  const { scope, signedHeaders, accessKeyId } = claim.authorization;
  const bodyHash = readBodyHash(request, parts.bodyHash);

  const { secretAccessKey, principal } = await parts.keys.keyOf(accessKeyId, claim.sessionToken);
  const key = parts.cache?.get(secretAccessKey, accessKeyId, scope) ?? signingKey(secretAccessKey, scope);
  const { without } = claim;
  const canonical = canonicalRequest(request, {
    signedHeaders,
    bodyHash,
    path: parts.path ?? 'normalized',
    without,
  });
  const expected = hmacSha256(key, stringToSign(claim.date, scope, canonical)).toString('hex');
  if (!equal(expected, claim.authorization.signature)) throw mismatch(MISMATCH);
  return { principal, service: scope.service, region: scope.region, signedHeaders, bodyHash };
}

/**
 * Who claims to have signed a request of which only the head is here: the key is there, its token lives, the date and the scope are right.
 *
 * Where the head carries the body's hash, the signature is verified too. Where it does not, nothing is proven yet, and the answer is good for
 * one thing: to decide whether the body is worth reading. Nothing may be told of the principal then, and `verifySigV4` must follow.
 *
 * @throws Failure as `verifySigV4`, but for `content-hash-mismatch`
 */
export async function verifySigV4Head<Principal>(
  head: Omit<WireRequest, 'body'>,
  parts: Omit<SigV4Parts<Principal>, 'bodyHash'>,
): Promise<Pick<Signed<Principal>, 'principal' | 'region'> & { readonly isProven: boolean }> {
  const request = { ...head, body: new Uint8Array() };
  if (header(head, 'x-amz-content-sha256') !== undefined)
    return { ...(await verifySigV4(request, { ...parts, bodyHash: 'signed-header' })), isProven: true };
  const { authorization, sessionToken } = checkClaim(request, { ...parts, bodyHash: 'from-body' });
  const { principal } = await parts.keys.keyOf(authorization.accessKeyId, sessionToken);
  return { principal, region: authorization.scope.region, isProven: false };
}

/** All that can be checked before the key is known. @throws Failure of SigV4Failure */
function checkClaim(request: WireRequest, parts: SigV4Parts<unknown>): Claim {
  checkTarget(request);
  const claim = readClaim(request, parts);
  const { scope, signedHeaders } = claim.authorization;
  checkSignedHeaders(request, signedHeaders, parts);
  checkDate(claim, parts.clock);
  checkScope(scope, parts);
  return claim;
}

/** What a request says of its signature, wherever it stands. */
interface Claim {
  readonly authorization: Authorization;
  /** As written, `YYYYMMDDTHHMMSSZ`. */
  readonly date: string;
  readonly sessionToken: string | undefined;
  /** Seconds that a request signed beforehand is good for. */
  readonly expires?: number;
  /** Query parameters that are not signed. */
  readonly without: readonly string[];
}

/** @throws Failure `signature-missing`, `signature-incomplete`, `signature-mismatch` */
function readClaim(
  request: WireRequest,
  { presigned, sessionToken: tokenRule }: Pick<SigV4Parts<unknown>, 'presigned' | 'sessionToken'>,
): Claim {
  const twice = ONCE.find((name) => request.headers.filter(([each]) => each === name).length > 1);
  if (twice !== undefined) throw incomplete(`The header '${twice}' was sent more than once.`);
  const value = header(request, 'authorization');
  const { query } = splitTarget(request.target);
  if (isPresigned(query)) {
    if (value !== undefined) throw incomplete('The request is signed in its header and in its query string.');
    if (presigned !== 'accepted') throw incomplete('A signature in the query string is not supported.');
    // A second date or token in the headers would be read by one and not by another.
    if (['x-amz-date', 'x-amz-security-token'].some((name) => header(request, name) !== undefined))
      throw incomplete('The request says in its headers what its query string says.');
    return { ...readPresigned(query), without: unsignedParameters(tokenRule === 'may-be-unsigned') };
  }
  if (value === undefined) throw new Failure<SigV4Failure>('signature-missing');
  const authorization = parseAuthorization(value);
  const date = header(request, 'x-amz-date');
  if (date === undefined)
    throw incomplete("Authorization header requires existence of a 'X-Amz-Date' header.");
  return { authorization, date, sessionToken: header(request, 'x-amz-security-token'), without: [] };
}

const MISMATCH =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. ' +
  'Consult the service documentation for details.';

/** Service and region that a request's signature claims, unverified: enough to choose who answers. */
export function claimedScope(request: Pick<WireRequest, 'target' | 'headers'>): Scope | undefined {
  const value = header(request, 'authorization');
  const { query } = splitTarget(request.target);
  try {
    if (value !== undefined) return parseAuthorization(value).scope;
    return isPresigned(query) ? readPresigned(query).authorization.scope : undefined;
  } catch {
    return undefined;
  }
}

/**
 * A bounded cache of signing keys; the least recently used go first.
 *
 * The secret's own hash is part of the name, so that no key outlives a changed secret.
 */
export function createSigningKeyCache(size: number = CACHED_KEYS): SigningKeyCache {
  const kept = new Map<string, Buffer>();
  return {
    get(secretAccessKey, accessKeyId, scope) {
      const name = `${sha256Hex(secretAccessKey)}/${accessKeyId}/${scopeText(scope)}`;
      const key = kept.get(name) ?? signingKey(secretAccessKey, scope);
      kept.delete(name);
      kept.set(name, key);
      const [oldest] = kept.size > size ? kept.keys() : [];
      if (oldest !== undefined) kept.delete(oldest);
      return key;
    },
  };
}

function signingKey(secretAccessKey: string, { date, region, service }: Scope): Buffer {
  const steps = [date, region, service, 'aws4_request'];
  return steps.reduce<Buffer>((key, step) => hmacSha256(key, step), Buffer.from(`AWS4${secretAccessKey}`));
}

/** True when each character stands for one byte; what is beyond would be hashed as something else. */
const isBytes = (text: string): boolean => !/[\u0100-\uffff]/.test(text);

/** @throws Failure `target-malformed` */
function checkTarget(request: WireRequest): void {
  const { authority, path, query } = splitTarget(request.target);
  const malformed = (reason: string) => new Failure<SigV4Failure>('target-malformed', { reason });
  if (!isBytes(request.target)) throw malformed('The request target is not made of bytes.');
  if (request.target.includes('#')) throw malformed('The request target has a fragment.');
  if (!path.startsWith('/')) throw malformed('The request target is not a path.');
  if (/%(?![0-9A-Fa-f]{2})/.test(query)) throw malformed('The query string is not percent-encoded.');
  // An absolute target is what a proxy routes by: it must say what was signed.
  if (authority !== undefined && authority.toLowerCase() !== header(request, 'host')?.toLowerCase()) {
    throw malformed('The request target names another host.');
  }
}

/** @throws Failure `signature-mismatch` */
function checkSignedHeaders(
  request: WireRequest,
  signed: readonly string[],
  { sessionToken }: Pick<SigV4Parts<unknown>, 'sessionToken'>,
): void {
  const sent = new Set(request.headers.map(([name]) => name));
  const [type = ''] = (header(request, 'content-type') ?? '').split(';');
  const isForm = type.trim().toLowerCase() === FORM;
  const mustBeSigned = [...sent].filter(
    (name) =>
      name.startsWith('x-amz-') && !(name === 'x-amz-security-token' && sessionToken === 'may-be-unsigned'),
  );
  const required = ['host', ...mustBeSigned, ...(isForm ? ['content-type'] : [])];
  const unsigned = required.find((name) => !signed.includes(name));
  if (unsigned !== undefined)
    throw mismatch(`'${unsigned}' must be a 'SignedHeader' in the AWS Authorization.`);
  if (!request.headers.every(([, value]) => isBytes(value))) throw mismatch('A header is not made of bytes.');
  const absent = signed.find((name) => !sent.has(name));
  if (absent !== undefined) throw mismatch(`'${absent}' is a 'SignedHeader' and was not sent.`);
}

/** @throws Failure `signature-incomplete`, `signature-mismatch`, `signature-expired` */
function checkDate({ date: written, expires, authorization: { scope } }: Claim, clock: Clock): void {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(written) ?? [];
  const signedAt = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(signedAt.getTime()))
    throw incomplete("Date must be in ISO-8601 'basic format', YYYYMMDD'T'HHMMSS'Z'.");
  if (!written.startsWith(scope.date)) {
    throw mismatch(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${scope.date}' != '${written.slice(0, 8)}'.`,
    );
  }
  const age = epochSeconds(clock.now()) - epochSeconds(signedAt);
  const isTooOld = expires === undefined ? age > SKEW_SECONDS : age >= expires;
  if (isTooOld || age < -SKEW_SECONDS) throw outOfTime(written, clock.now(), age, expires);
}

function outOfTime(
  written: string,
  now: Date,
  age: number,
  expires: number | undefined,
): Failure<SigV4Failure> {
  if (age > 0 && expires !== undefined) {
    const reason = `Signature expired: ${written} was good for ${expires} seconds.`;
    return new Failure('signature-expired', { reason });
  }
  const edge = basicDate(plusSeconds(now, -Math.sign(age) * SKEW_SECONDS));
  const reason =
    age > 0
      ? `Signature expired: ${written} is now earlier than ${edge} (${basicDate(now)} - 5 min.)`
      : `Signature not yet current: ${written} is still later than ${edge} (${basicDate(now)} + 5 min.)`;
  return new Failure('signature-expired', { reason });
}

const basicDate = (date: Date): string => date.toISOString().replaceAll(/[-:]|\.\d{3}/g, '');

/** @throws Failure `signature-mismatch` */
function checkScope(
  scope: Scope,
  { services, regions }: Pick<SigV4Parts<unknown>, 'services' | 'regions'>,
): void {
  if (!services.includes(scope.service))
    throw mismatch(`Credential should be scoped to correct service: '${services.join("' or '")}'.`);
  if (regions && !regions.includes(scope.region))
    throw mismatch(`Credential should be scoped to a valid region, not '${scope.region}'.`);
}

/** @throws Failure `content-hash-mismatch`, `signature-incomplete` */
function readBodyHash(request: WireRequest, from: 'from-body' | 'signed-header'): string {
  const claimed = header(request, 'x-amz-content-sha256');
  // UNSIGNED-PAYLOAD and STREAMING-… would let a body pass that nobody signed.
  if (claimed !== undefined && !SHA256.test(claimed))
    throw incomplete('x-amz-content-sha256 must be the SHA-256 of the body.');
  if (from === 'signed-header') {
    if (claimed === undefined)
      throw incomplete("Authorization header requires existence of a 'x-amz-content-sha256' header.");
    return claimed;
  }
  const actual = sha256Hex(request.body);
  if (claimed !== undefined && claimed !== actual) throw new Failure<SigV4Failure>('content-hash-mismatch');
  return actual;
}
