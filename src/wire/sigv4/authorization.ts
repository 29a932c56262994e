/**
 * The Authorization header of SigV4, taken apart strictly.
 *
 * `AWS4-HMAC-SHA256 Credential=AKIA…/20260102/us-east-1/sts/aws4_request, SignedHeaders=host;x-amz-date, Signature=<64 hex>`: each part once,
 * no others, signed headers lower-case, sorted and unique. What two readers might read differently is refused.
 * Source: AWS, "Create a signed AWS API request"; the refusals' words are those of the services.
 */
import { Failure } from '../../base/failure.ts';
import type { Scope } from './canonical.ts';

/**
 * `signature-missing`: unsigned. `signature-incomplete`: signed in a form we do not accept (fact: reason). `signature-mismatch`: it does not
 * fit the request (fact: reason). `signature-expired`: signed too long ago or ahead of time (fact: reason). `content-hash-mismatch`:
 * x-amz-content-sha256 is not the body's. `target-malformed`: the request target is none (fact: reason). `access-key-unknown`,
 * `session-token-invalid`, `session-token-expired`: said by the keeper of the keys.
 */
export type SigV4Failure =
  | 'signature-missing'
  | 'signature-incomplete'
  | 'signature-mismatch'
  | 'signature-expired'
  | 'content-hash-mismatch'
  | 'target-malformed'
  | 'access-key-unknown'
  | 'session-token-invalid'
  | 'session-token-expired';

export interface Authorization {
  readonly accessKeyId: string;
  readonly scope: Scope;
  readonly signedHeaders: readonly string[];
  /** 64 lower-case hexadecimal digits. */
  readonly signature: string;
}

export const ALGORITHM = 'AWS4-HMAC-SHA256';
const PARTS = ['Credential', 'SignedHeaders', 'Signature'] as const;
const MOST_SIGNED_HEADERS = 100;

/** @throws Failure `signature-incomplete`, `signature-mismatch` */
export function parseAuthorization(value: string): Authorization {
  const [algorithm = ''] = value.split(' ', 1);
  if (algorithm !== ALGORITHM) throw incomplete(`The algorithm must be ${ALGORITHM}.`);
  const parts = readParts(value.slice(algorithm.length + 1));
  const missing = PARTS.filter((name) => !parts.get(name));
  if (missing.length > 0) {
    throw incomplete(missing.map((name) => `Authorization header requires '${name}' parameter.`).join(' '));
  }
  return authorizationOf({
    credential: parts.get('Credential') ?? '',
    signedHeaders: parts.get('SignedHeaders') ?? '',
    signature: parts.get('Signature') ?? '',
  });
}

/** The parts of a signature, wherever they stood. @throws Failure `signature-incomplete`, `signature-mismatch` */
export function authorizationOf({
  credential,
  signedHeaders,
  signature,
}: {
  credential: string;
  signedHeaders: string;
  signature: string;
}): Authorization {
  if (!/^[0-9a-f]{64}$/.test(signature))
    throw mismatch('The signature must be 64 lower-case hexadecimal digits.');
  return { ...readCredential(credential), signedHeaders: readSignedHeaders(signedHeaders), signature };
}

function readParts(text: string): ReadonlyMap<string, string> {
  const parts = new Map<string, string>();
  for (const part of text.split(',')) {
    const [, name = '', value = ''] = /^ *([A-Za-z]+)=(.*)$/s.exec(part) ?? [];
    if (!PARTS.some((each) => each === name))
      throw incomplete('Authorization header has a part that is not known.');
    if (parts.has(name)) throw incomplete(`Authorization header has more than one '${name}' parameter.`);
    parts.set(name, value);
  }
  return parts;
}

function readCredential(credential: string): Pick<Authorization, 'accessKeyId' | 'scope'> {
  const steps = credential.split('/');
  const [accessKeyId = '', date = '', region = '', service = '', terminator = ''] = steps;
  if (steps.length !== 5) throw incomplete('Credential must have exactly 5 slash-delimited elements.');
  if (!/^\w{1,128}$/.test(accessKeyId)) throw incomplete('Credential must begin with an access key id.');
  if (terminator !== 'aws4_request')
    throw mismatch("Credential should be scoped with a valid terminator: 'aws4_request'.");
  if (!/^\d{8}$/.test(date)) throw mismatch('Credential should be scoped to a date.');
  if (!/^[a-z0-9-]{1,32}$/.test(region)) throw mismatch('Credential should be scoped to a valid region.');
  if (!/^[a-z0-9-]{1,64}$/.test(service)) throw mismatch('Credential should be scoped to correct service.');
  return { accessKeyId, scope: { date, region, service } };
}

function readSignedHeaders(text: string): readonly string[] {
  const names = text.split(';');
  if (names.length > MOST_SIGNED_HEADERS) throw incomplete('SignedHeaders names too many headers.');
  for (const [position, name] of names.entries()) {
    if (!/^[!#$%&'*+\-.^_`|~0-9a-z]+$/.test(name))
      throw mismatch('SignedHeaders must be lower-case header names.');
    if (position > 0 && name <= (names[position - 1] ?? ''))
      throw mismatch('SignedHeaders must be sorted and name each header once.');
  }
  return names;
}

export const incomplete = (reason: string): Failure<SigV4Failure> =>
  new Failure('signature-incomplete', { reason });

export const mismatch = (reason: string): Failure<SigV4Failure> =>
  new Failure('signature-mismatch', { reason });
