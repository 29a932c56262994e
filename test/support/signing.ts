/** Signed requests for tests: AWS's own signer, a raw HTTP text as a request, a keeper of keys in memory. */
import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { Failure } from '../../src/base/failure.ts';
import type { WireRequest } from '../../src/wire/protocol.ts';
import type { SigningKeys } from '../../src/wire/sigv4/index.ts';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

type Source = string | ArrayBuffer | ArrayBufferView;

function bytesOf(source: Source): Uint8Array {
  if (typeof source === 'string') return Buffer.from(source);
  return ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
}

/** Node's SHA-256 in the form that the signer wants. */
class Sha256 {
  readonly #hash;
  constructor(secret?: Source) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret));
  }
  update(data: Source): void {
    this.#hash.update(bytesOf(data));
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
  reset(): void {
    throw new Error('not used');
  }
}

export interface Unsigned {
  readonly method?: string;
  readonly path?: string;
  readonly query?: Readonly<Record<string, string | string[]>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface How {
  readonly credentials: Credentials;
  readonly at: Date;
  readonly region?: string;
  readonly service?: string;
}

/** AWS's own signer. */
const signerOf = ({
  credentials,
  region = 'us-east-1',
  service = 'service',
  applyChecksum = true,
}: How & { readonly applyChecksum?: boolean }) =>
  new SignatureV4({ credentials, region, service, sha256: Sha256, applyChecksum });

/** `request` signed beforehand in its query string, by AWS's own signer. */
export async function presigned(
  request: Unsigned,
  how: How & { readonly expiresIn?: number },
): Promise<WireRequest> {
  const { method = 'GET', path = '/', query = {}, body = '' } = request;
  const headers = { host: 'example.amazonaws.com', ...request.headers };
  const made = await signerOf(how).presign(
    {
      method,
      protocol: 'https:',
      hostname: 'example.amazonaws.com',
      path,
      query: { ...query },
      headers,
      body,
    },
    { signingDate: how.at, expiresIn: how.expiresIn ?? 60 },
  );
  const text = Object.entries(made.query ?? {})
    .flatMap(([name, value]) => [value].flat().map((each) => `${encode(name)}=${encode(String(each))}`))
    .join('&');
  return {
    method,
    target: `${path}?${text}`,
    headers: Object.entries(headers),
    body: Buffer.from(body),
    sourceIp: '192.0.2.1',
    secure: true,
  };
}
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`);

/** `request` as AWS's own signer signs it and a client sends it. */
export async function signed(
  request: Unsigned,
  how: How & { readonly applyChecksum?: boolean },
): Promise<WireRequest> {
  const { method = 'POST', path = '/', query = {}, body = '' } = request;
  const headers = { host: 'cognate.example', ...request.headers };
  const made = await signerOf(how).sign(
    { method, protocol: 'http:', hostname: 'cognate.example', path, query: { ...query }, headers, body },
    { signingDate: how.at },
  );
  const target = queryText(query) === '' ? path : `${path}?${queryText(query)}`;
  return requestOf({ method, target, headers: Object.entries(made.headers), body });
}

const queryText = (query: NonNullable<Unsigned['query']>): string =>
  Object.entries(query)
    .flatMap(([name, value]) =>
      [value].flat().map((each) => `${encodeURIComponent(name)}=${encodeURIComponent(each)}`),
    )
    .join('&');

/** A request as the door hands it on: names lower-case, one byte a character. */
export function requestOf(parts: {
  method?: string;
  target?: string;
  headers: readonly (readonly [string, string])[];
  body?: string;
}): WireRequest {
  return {
    method: parts.method ?? 'POST',
    target: parts.target ?? '/',
    headers: parts.headers.map(([name, value]) => [name.toLowerCase(), value] as const),
    body: Buffer.from(parts.body ?? ''),
    sourceIp: '127.0.0.1',
    secure: false,
  };
}

/** A raw HTTP/1.1 request as written, continuation lines joined. */
export function parseHttp(bytes: Buffer): WireRequest {
  const text = bytes.toString('latin1').replaceAll('\r\n', '\n');
  const at = text.indexOf('\n\n');
  const [line = '', ...lines] = (at === -1 ? text : text.slice(0, at)).split('\n');
  const [, method = '', target = ''] = /^(\S+) (.*) HTTP\/1\.1$/.exec(line) ?? [];
  const headers: [string, string][] = [];
  for (const each of lines.filter((one) => one !== '')) {
    const last = headers.at(-1);
    if (/^[ \t]/.test(each) && last) last[1] += `\n${each}`;
    else headers.push([each.slice(0, each.indexOf(':')), each.slice(each.indexOf(':') + 1)]);
  }
  return requestOf({ method, target, headers, body: at === -1 ? '' : text.slice(at + 2) });
}

/** Keys in memory; temporary ones demand their token. The principal is the access key's id unless said. */
export function keysOf<Principal>(
  credentials: readonly Credentials[],
  principalOf: (accessKeyId: string) => Principal,
): SigningKeys<Principal> {
  return {
    async keyOf(accessKeyId, sessionToken) {
      const found = credentials.find((each) => each.accessKeyId === accessKeyId);
      if (!found) throw new Failure('access-key-unknown');
      if (found.sessionToken !== sessionToken) throw new Failure('session-token-invalid');
      return { secretAccessKey: found.secretAccessKey, principal: principalOf(accessKeyId) };
    },
  };
}
