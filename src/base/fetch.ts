/**
 * Outgoing HTTP: the only way out of the program, for addresses that others wrote.
 *
 * https to public addresses, and whatever lies in the networks that the configuration allows; plain
 * http only to the latter. What is allowed depends on who named the address: the operator, in the
 * configuration, or a tenant, by the API. Each fetch is of one of these kinds, also in its type.
 * Addresses are judged where the socket is opened, after the name is resolved, on every redirect, and
 * all that a name resolves to must be allowed. Five seconds in all, one mebibyte, three redirects,
 * nothing compressed, no credentials in addresses, no environment proxy.
 * Source: OWASP, "Server Side Request Forgery Prevention"; IANA special-purpose address registries.
 */
import { lookup as resolve, type LookupAddress } from 'node:dns';
import {
  Agent as HttpAgent,
  request as httpRequest,
  type ClientRequest,
  type IncomingMessage,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { Failure } from './failure.ts';
import { isWithin, readAddress, readNetwork, type Network } from './ip.ts';

/** `fetch-refused` (fact: reason): we will not ask there. The others: it was asked, and did not answer as it should. */
export type FetchFailure = 'fetch-refused' | 'fetch-failed' | 'fetch-too-large' | 'fetch-timeout';

interface OutgoingRequest {
  readonly method?: string;
  readonly headers?: Headers | Readonly<Record<string, string>>;
  readonly body?: string | URLSearchParams | Uint8Array | null;
  readonly redirect?: 'follow' | 'manual' | 'error';
  readonly signal?: AbortSignal | null;
}
/**
 * Who named the addresses that a fetch is for. `operator`: the configuration (SMS webhook, functions of
 * triggers). `tenant`: callers of the API (MetadataURL, issuers and endpoints of providers).
 */
type AddressesOf = 'operator' | 'tenant';

/** Like the global fetch, as far as clients of ours need it; for addresses of one kind only. */
export type OutgoingFetch<Whose extends AddressesOf> = ((
  url: string | URL,
  request?: OutgoingRequest,
) => Promise<Response>) & { readonly addressesOf: Whose };

interface FetchParts<Whose extends AddressesOf> {
  readonly addressesOf: Whose;
  /** Addresses and CIDRs that may be reached although they are special, by addresses of that kind. */
  readonly allow: readonly string[];
  /** The name resolver; the system's when absent. */
  readonly resolve?: typeof resolve;
}

const SECONDS = 5;
const MAX_BODY_BYTES = 1024 * 1024;
const MAX_HEADER_BYTES = 32 * 1024;
const MAX_REDIRECTS = 3;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** Special networks that `range()` of ipaddr.js takes for ordinary ones, and those that carry IPv4 addresses inside. */
const SPECIAL = [
  '::/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
  '5f00::/16',
  'fec0::/10',
  '192.0.0.0/24',
  '192.88.99.0/24',
  '198.18.0.0/15',
  '240.0.0.0/4',
].map((cidr) => readNetwork(cidr)!);

/** What the configuration says of outgoing requests: one list of networks for each kind of address. */
interface OutgoingSettings {
  readonly allow: readonly string[];
  readonly allowTenants: readonly string[];
}

/** A fetch for each kind of address, each with the operator's list for it. */
export const createFetches = ({
  allow,
  allowTenants,
}: OutgoingSettings): { readonly [Whose in AddressesOf]: OutgoingFetch<Whose> } => ({
  operator: createFetch({ addressesOf: 'operator', allow }),
  tenant: createFetch({ addressesOf: 'tenant', allow: allowTenants }),
});

export function createFetch<Whose extends AddressesOf>({
  addressesOf,
  allow,
  resolve: resolver = resolve,
}: FetchParts<Whose>): OutgoingFetch<Whose> {
  const allowed = allow.flatMap((cidr) => readNetwork(cidr) ?? []);
  const agents = { 'http:': new HttpAgent(agentOptions), 'https:': new HttpsAgent(agentOptions) };

  const outgoing = async (input: string | URL, init: OutgoingRequest = {}): Promise<Response> => {
    const deadline = AbortSignal.timeout(SECONDS * 1000);
    const signal = init.signal ? AbortSignal.any([deadline, init.signal]) : deadline;
    let url = new URL(input);
    for (let redirects = 0; ; redirects += 1) {
      const guard = guardFor(url, { allowed, resolver });
      const response = await once(url, init, { signal, lookup: guard, agents });
      const location = response.headers.get('location');
      if (!REDIRECTS.has(response.status) || location === null || init.redirect === 'manual') return response;
      // A POST carries secrets; where it should go next is not for the answer to say.
      if (init.redirect === 'error' || (init.method ?? 'GET') !== 'GET') throw failed(url, 'it redirects');
      if (redirects === MAX_REDIRECTS) throw failed(url, `it redirects more than ${MAX_REDIRECTS} times`);
      const next = URL.parse(location, url.href);
      if (!next) throw failed(url, 'it redirects to what is no address');
      url = next;
    }
  };
  return Object.assign(outgoing, { addressesOf });
}

/**
 * No limit of connections to one host: pools share hosts, and one pool's slow answers would take the
 * connections of all others. Those who ask bound how many requests of one pool are under way.
 */
const agentOptions = { keepAlive: true, timeout: SECONDS * 1000 };
type Address = NonNullable<ReturnType<typeof readAddress>>;

const refused = (reason: string) => new Failure<FetchFailure>('fetch-refused', { reason });
const failed = ({ host }: URL, reason: string, cause?: unknown) =>
  new Failure<FetchFailure>('fetch-failed', { host, reason }, { cause });

interface Rules {
  readonly allowed: readonly Network[];
  readonly resolver: typeof resolve;
}

/** @throws Failure `fetch-refused` for an address that can be judged before anything is resolved */
function guardFor(url: URL, { allowed, resolver }: Rules): LookupFunction {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw refused('only http and https are spoken');
  if (url.username || url.password) throw refused('the address carries credentials');
  const isOpen = (address: Address): boolean => {
    if (allowed.some((network) => isWithin(address, network))) return true;
    return (
      url.protocol === 'https:' &&
      address.range() === 'unicast' &&
      !SPECIAL.some((network) => isWithin(address, network))
    );
  };
  const written = readAddress(url.hostname.replace(/^\[|\]$/g, ''));
  if (written && !isOpen(written)) throw refused('the address is private, or not https');

  return (hostname, options, callback) => {
    resolver(
      hostname,
      { ...options, all: true },
      (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => {
        const found = error ? [] : addresses;
        const isAllOpen = found.every(({ address }) => {
          const parsed = readAddress(address);
          return parsed !== undefined && isOpen(parsed);
        });
        const [first] = found;
        if (error || !first) callback(error ?? new Error('no address'), '', 0);
        else if (!isAllOpen)
          callback(refused('the name leads to a private address, or it is not https'), '', 0);
        else if (options.all) callback(null, found);
        else callback(null, first.address, first.family);
      },
    );
  };
}

interface Way {
  readonly signal: AbortSignal;
  readonly lookup: LookupFunction;
  readonly agents: { readonly 'http:': HttpAgent; readonly 'https:': HttpsAgent };
}

/** One request, one answer, no redirects. */
async function once(url: URL, init: OutgoingRequest, { signal, lookup, agents }: Way): Promise<Response> {
  const body = init.body instanceof URLSearchParams ? init.body.toString() : (init.body ?? undefined);
  const headers = new Headers(init.headers);
  if (init.body instanceof URLSearchParams)
    headers.set('content-type', 'application/x-www-form-urlencoded;charset=UTF-8');
  // What is not compressed cannot grow.
  headers.set('accept-encoding', 'identity');
  const options = {
    method: init.method ?? 'GET',
    headers: Object.fromEntries(headers),
    lookup,
    signal,
    maxHeaderSize: MAX_HEADER_BYTES,
  };
  try {
    const send =
      url.protocol === 'https:'
        ? httpsRequest(url, { ...options, agent: agents['https:'] })
        : httpRequest(url, { ...options, agent: agents['http:'] });
    const answer = await answered(send, body);
    return await read(url, answer);
  } catch (error) {
    if (error instanceof Failure) throw error;
    if (signal.aborted)
      throw new Failure<FetchFailure>('fetch-timeout', { host: url.host }, { cause: error });
    throw failed(url, reasonOf(error), error);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its name leads to no address',
  EAI_AGAIN: 'its name could not be looked up',
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'it ended the connection',
};
/** What Node and OpenSSL call faults of a certificate, e.g. `CERT_HAS_EXPIRED`, `SELF_SIGNED_CERT_IN_CHAIN`. */
const CERTIFICATE_FAULT = /CERT|SIGNATURE|CRL|_CA$|ALTNAME/;
const TLS_FAULT = /^(?:ERR_SSL|ERR_TLS|EPROTO)/;

/** Why an address could not be asked, in words of ours: name, connection, or TLS. */
function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (Object.hasOwn(REASONS, code)) return REASONS[code]!;
  if (TLS_FAULT.test(code) && !CERTIFICATE_FAULT.test(code)) return 'it does not speak TLS as it should';
  if (CERTIFICATE_FAULT.test(code)) return `its TLS certificate is refused (${code})`;
  return 'it cannot be reached';
}

function answered(request: ClientRequest, body: string | Uint8Array | undefined): Promise<IncomingMessage> {
  return new Promise((resolveAnswer, reject) => {
    request.once('response', resolveAnswer);
    request.once('error', reject);
    request.end(body);
  });
}

async function read(url: URL, answer: IncomingMessage): Promise<Response> {
  const encoding = answer.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    answer.destroy();
    throw failed(url, 'it answers compressed');
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) {
      answer.destroy();
      throw new Failure<FetchFailure>('fetch-too-large', { host: url.host });
    }
    chunks.push(chunk);
  }
  const headers = new Headers();
  for (let at = 0; at + 1 < answer.rawHeaders.length; at += 2)
    headers.append(answer.rawHeaders[at]!, answer.rawHeaders[at + 1]!);
  const status = answer.statusCode ?? 0;
  const isEmpty = status === 204 || status === 205 || status === 304;
  return new Response(isEmpty ? null : Buffer.concat(chunks), { status, headers });
}
