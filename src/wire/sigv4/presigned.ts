/**
 * SigV4 in the query string: a request that was signed beforehand, and is good until it expires.
 *
 * Each of its parameters stands once and in its own case: a second reading of the same query must find the same signature. The moment of signing may lie ahead of the clock by no more than the usual skew; from then on the request is good for
 * as many seconds as it says, a week at most.
 * Source: AWS, "Authenticating requests: using query parameters"; CVE-2022-2385 (parameters in another case, or twice).
 */
import { ALGORITHM, authorizationOf, incomplete, mismatch, type Authorization } from './authorization.ts';
import { queryFields } from './canonical.ts';

interface Presigned {
  readonly authorization: Authorization;
  /** `YYYYMMDDTHHMMSSZ` */
  readonly date: string;
  /** Seconds, 1 to 604,800. */
  readonly expires: number;
  readonly sessionToken: string | undefined;
}

const REQUIRED = [
  'X-Amz-Algorithm',
  'X-Amz-Credential',
  'X-Amz-Date',
  'X-Amz-Expires',
  'X-Amz-SignedHeaders',
  'X-Amz-Signature',
] as const;
const TOKEN = 'X-Amz-Security-Token';
const NAMES: readonly string[] = [...REQUIRED, TOKEN];
const WEEK_SECONDS = 604_800;
/** Any of these, in whatever case, makes a request one that claims to be signed in its query. */
const CARRIERS = new Set(['x-amz-signature', 'x-amz-credential', 'x-amz-algorithm']);

/** True when the query claims to carry a signature. */
export const isPresigned = (query: string): boolean =>
  queryFields(query).some(([name]) => CARRIERS.has(name.toLowerCase()));

/** @throws Failure `signature-incomplete`, `signature-mismatch` */
export function readPresigned(query: string): Presigned {
  const fields = queryFields(query);
  const known = NAMES.map((name) => name.toLowerCase());
  const stray = fields.find(([name]) => known.includes(name.toLowerCase()) && !NAMES.includes(name));
  if (stray) throw incomplete('A parameter of the signature is written in another case.');
  const valueOf = (name: string): string | undefined => {
    const [value, ...others] = fields.filter(([each]) => each === name).map(([, each]) => each);
    if (others.length > 0) throw incomplete(`The parameter '${name}' was sent more than once.`);
    return value;
  };
  const missing = REQUIRED.filter((name) => !valueOf(name));
  if (missing.length > 0)
    throw incomplete(missing.map((name) => `The query string requires the parameter '${name}'.`).join(' '));
  if (valueOf('X-Amz-Algorithm') !== ALGORITHM) throw incomplete(`The algorithm must be ${ALGORITHM}.`);
  const expires = valueOf('X-Amz-Expires') ?? '';
  if (!/^[1-9]\d{0,5}$/.test(expires) || Number(expires) > WEEK_SECONDS)
    throw mismatch(`X-Amz-Expires must be 1 to ${WEEK_SECONDS} seconds.`);
  return {
    authorization: authorizationOf({
      credential: valueOf('X-Amz-Credential') ?? '',
      signedHeaders: valueOf('X-Amz-SignedHeaders') ?? '',
      signature: valueOf('X-Amz-Signature') ?? '',
    }),
    date: valueOf('X-Amz-Date') ?? '',
    expires: Number(expires),
    sessionToken: valueOf(TOKEN),
  };
}

/** What of the query is not signed: the signature itself, and a token that was added after signing. */
export const unsignedParameters = (isTokenUnsigned: boolean): readonly string[] =>
  isTokenUnsigned ? ['X-Amz-Signature', TOKEN] : ['X-Amz-Signature'];
