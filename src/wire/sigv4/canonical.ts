/**
 * SigV4's canonical forms: the text that both sides hash, from the bytes as they came.
 *
 * Texts here hold one byte a character (latin1), so that nothing is decoded that the signer did not encode. The path is taken as sent,
 * normalised, and every byte outside the unreserved set is percent-encoded, percent signs included: for what was already encoded that is
 * the double encoding which every service but S3 uses. Source: AWS, "Create a signed AWS API request"; the suite's cases are the proof.
 */
import { sha256Hex } from '../../base/secret.ts';
import type { WireRequest } from '../protocol.ts';

export interface Scope {
  /** `YYYYMMDD` */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

/** `normalized`: `.`, `..` and empty segments go, as for every service but S3. `as-sent`: they stay. */
export type PathRule = 'normalized' | 'as-sent';

/** The part of a request that is signed. */
type SignedParts = Pick<WireRequest, 'method' | 'target' | 'headers'>;

/**
 * @param signedHeaders lower-case, sorted
 * @param bodyHash      what stands in the last line, as a rule the body's SHA-256 in hexadecimal
 */
export function canonicalRequest(
  request: SignedParts,
  {
    signedHeaders,
    bodyHash,
    path = 'normalized',
    without = [],
  }: {
    signedHeaders: readonly string[];
    bodyHash: string;
    path?: PathRule;
    /** Query parameters that are not signed. */
    without?: readonly string[];
  },
): string {
  const target = splitTarget(request.target);
  return [
    request.method,
    canonicalPath(target.path, path),
    canonicalQuery(target.query, without),
    ...signedHeaders.map((name) => `${name}:${canonicalHeader(request, name)}`),
    '',
    signedHeaders.join(';'),
    bodyHash,
  ].join('\n');
}

/** @param date `YYYYMMDDTHHMMSSZ` @param canonical one byte a character */
export const stringToSign = (date: string, scope: Scope, canonical: string): string =>
  ['AWS4-HMAC-SHA256', date, scopeText(scope), sha256Hex(Buffer.from(canonical, 'latin1'))].join('\n');

export const scopeText = ({ date, region, service }: Scope): string =>
  `${date}/${region}/${service}/aws4_request`;

/** Path and query of a request target in origin form or absolute form, nothing decoded. */
export function splitTarget(target: string): {
  readonly authority?: string;
  readonly path: string;
  readonly query: string;
} {
  const absolute = /^https?:\/\/([^/?#]*)/i.exec(target);
  const rest = absolute ? target.slice(absolute[0].length) : target;
  const at = rest.indexOf('?');
  return {
    ...(absolute ? { authority: absolute[1] ?? '' } : {}),
    path: (at === -1 ? rest : rest.slice(0, at)) || '/',
    query: at === -1 ? '' : rest.slice(at + 1),
  };
}

/** The path without `.`, `..` and empty segments: what is both signed and decided on. */
export function normalizePath(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(segment);
  }
  const isFolder = kept.length > 0 && path.endsWith('/');
  return `/${kept.join('/')}${isFolder ? '/' : ''}`;
}

/** Names and values of a query string, percent-decoded to bytes; a plus stays a plus, a semicolon does not part. */
export function queryFields(query: string): readonly (readonly [name: string, value: string])[] {
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const at = pair.indexOf('=');
      return at === -1
        ? [decodeBytes(pair), '']
        : [decodeBytes(pair.slice(0, at)), decodeBytes(pair.slice(at + 1))];
    });
}

const canonicalPath = (path: string, rule: PathRule): string =>
  encodeBytes(rule === 'normalized' ? normalizePath(path) : path).replaceAll('%2F', '/');

function canonicalQuery(query: string, without: readonly string[]): string {
  return queryFields(query)
    .filter(([name]) => !without.includes(name))
    .map(([name, value]) => [encodeBytes(name), encodeBytes(value)] as const)
    .sort((one, other) => compare(one[0], other[0]) || compare(one[1], other[1]))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

/** All values sent under `name`, in order, joined by commas; runs of white space fold, the ends are trimmed. */
function canonicalHeader(request: SignedParts, name: string): string {
  return request.headers
    .filter(([each]) => each === name)
    .map(([, value]) => value.replaceAll(/[ \t\r\n]+/g, ' ').replaceAll(/^ | $/g, ''))
    .join(',');
}

const compare = (one: string, other: string): number => Number(one > other) - Number(one < other);

const decodeBytes = (text: string): string =>
  text.replaceAll(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

const encodeBytes = (text: string): string =>
  text.replaceAll(
    /[^A-Za-z0-9\-._~]/g,
    (character) => `%${(character.charCodeAt(0) & 0xff).toString(16).toUpperCase().padStart(2, '0')}`,
  );
