/**
 * An OpenID Provider over real HTTP on loopback: strict with whoever asks, and towards its relying party it does what it is told, right or wrong.
 *
 * Sources: OpenID Connect Core 1.0, 3.1.2.2, 3.1.3.2, 5.3; RFC 7636.
 */
import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type JWK } from 'jose';

/** What differs from an honest provider. */
export interface Misdeeds {
  /** Laid over the ID token's claims; undefined takes one away. */
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  /** `other`: another key; `none`: no signature; `secret`: HMAC with the client's secret. */
  readonly signedWith?: 'other' | 'none' | 'secret';
  readonly userInfo?: Readonly<Record<string, unknown>>;
  /** Answers the token request itself. */
  readonly token?: (request: IncomingMessage, response: ServerResponse) => void;
  readonly discovery?: Readonly<Record<string, unknown>>;
  readonly discoveryStatus?: number;
  /** In place of what the browser brings back. */
  readonly back?: Readonly<Record<string, string>>;
}
export const CODE = 'a-code';
export const ACCESS_TOKEN = 'upstream';

export const CLIENT = { id: 'our-client', secret: 'our-client-secret-at-the-provider' };

interface Asked {
  readonly nonce: string;
  readonly challenge: string;
  readonly redirectUri: string;
}

export async function startOpenIdProvider() {
  const own = await generateKeyPair('RS256');
  const other = await generateKeyPair('RS256');
  const jwk: JWK = { ...(await exportJWK(own.publicKey)), kid: 'k', alg: 'RS256', use: 'sig' };
  let misdeeds: Misdeeds = {};
  let pending: Asked = { nonce: '', challenge: '', redirectUri: '' };
  let discoveries = 0;
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const json = (response: ServerResponse, value: unknown, status = 200) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));

  async function idToken(): Promise<string> {
    const now = Math.floor(new Date().getTime() / 1000);
    const claims = {
      iss: issuer,
      sub: 'subject-1',
      aud: CLIENT.id,
      iat: now,
      exp: now + 300,
      nonce: pending.nonce,
      email: 'ada@example.com',
      ...misdeeds.claims,
    };
    const present = Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
    const header = { alg: 'RS256', kid: 'k', ...misdeeds.header };
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    if (misdeeds.signedWith === 'none') return `${encode({ ...header, alg: 'none' })}.${encode(present)}.`;
    if (misdeeds.signedWith === 'secret') {
      const text = `${encode({ ...header, alg: 'HS256' })}.${encode(present)}`;
      return `${text}.${createHmac('sha256', CLIENT.secret).update(text).digest('base64url')}`;
    }
    return new SignJWT(present)
      .setProtectedHeader(header)
      .sign(misdeeds.signedWith === 'other' ? other.privateKey : own.privateKey);
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', issuer);
    if (pathname === '/.well-known/openid-configuration') {
      discoveries += 1;
      json(
        response,
        {
          issuer,
          authorization_endpoint: `${issuer}/authorize`,
          token_endpoint: `${issuer}/token`,
          userinfo_endpoint: `${issuer}/userinfo`,
          jwks_uri: `${issuer}/jwks`,
          response_types_supported: ['code'],
          subject_types_supported: ['public'],
          id_token_signing_alg_values_supported: ['RS256'],
          ...misdeeds.discovery,
        },
        misdeeds.discoveryStatus,
      );
    } else if (pathname === '/jwks') json(response, { keys: [jwk] });
    else if (pathname === '/userinfo') {
      if (request.headers.authorization !== `Bearer ${ACCESS_TOKEN}`) json(response, {}, 401);
      else json(response, { sub: 'subject-1', given_name: 'Ada', ...misdeeds.userInfo });
    } else if (pathname === '/token' && misdeeds.token) misdeeds.token(request, response);
    else if (pathname === '/token') {
      const isBasic = methodsIn(misdeeds)?.join() === 'client_secret_basic';
      const form = await formOf(request);
      const error = isBasic ? basicFault(request, form, pending) : tokenFault(form, pending);
      // Good once, also when what comes with it is wrong.
      pending = { ...pending, challenge: '' };
      if (error) json(response, { error }, 400);
      else json(response, { access_token: ACCESS_TOKEN, token_type: 'Bearer', id_token: await idToken() });
    } else json(response, {}, 404);
  }

  return {
    issuer,
    discoveries: () => discoveries,
    /** An ID token shown directly. */
    idToken,
    misbehave(wanted: Misdeeds) {
      misdeeds = wanted;
    },
    /** What the browser brings back to `callback` from an authorization address. */
    visit(address: string): URL {
      const asked = new URL(address).searchParams;
      assertAsked(asked);
      const redirectUri = asked.get('redirect_uri') ?? '';
      pending = {
        nonce: asked.get('nonce') ?? '',
        challenge: asked.get('code_challenge') ?? '',
        redirectUri,
      };
      const back = new URL(redirectUri);
      const parameters = { code: CODE, state: asked.get('state') ?? '', ...misdeeds.back };
      for (const [name, value] of Object.entries(parameters)) back.searchParams.set(name, value);
      return back;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** A request that a strict provider would answer with a page of its own. */
function assertAsked(asked: URLSearchParams): void {
  const isComplete =
    asked.get('response_type') === 'code' &&
    asked.get('client_id') === CLIENT.id &&
    asked.get('code_challenge_method') === 'S256' &&
    (asked.get('scope') ?? '').split(' ').includes('openid');
  if (!isComplete) throw new Error(`invalid_request: ${asked.toString()}`);
}

/** What is wrong with a token request, in OAuth's words. */
function tokenFault(form: URLSearchParams, { challenge, redirectUri }: Asked): string | undefined {
  if (form.get('client_id') !== CLIENT.id || form.get('client_secret') !== CLIENT.secret)
    return 'invalid_client';
  if (form.get('grant_type') !== 'authorization_code') return 'unsupported_grant_type';
  const verifier = form.get('code_verifier') ?? '';
  const isProven = createHash('sha256').update(verifier).digest('base64url') === challenge;
  const isGood = form.get('code') === CODE && form.get('redirect_uri') === redirectUri && isProven;
  return isGood ? undefined : 'invalid_grant';
}

const methodsIn = ({ discovery = {} }: Misdeeds) =>
  discovery['token_endpoint_auth_methods_supported'] as readonly string[] | undefined;

/** The same where the client proves itself by a header, and by nothing else. Source: RFC 6749, 2.3.1. */
function basicFault({ headers }: IncomingMessage, form: URLSearchParams, pending: Asked): string | undefined {
  const [id, secret] = [CLIENT.id, CLIENT.secret].map((each) =>
    encodeURIComponent(each).replaceAll('-', '%2D'),
  );
  const wanted = [`${id}:${secret}`, `${CLIENT.id}:${CLIENT.secret}`].map(
    (each) => `Basic ${Buffer.from(each).toString('base64')}`,
  );
  if (form.has('client_secret') || !wanted.includes(headers.authorization ?? '')) return 'invalid_client';
  form.set('client_id', CLIENT.id);
  form.set('client_secret', CLIENT.secret);
  return tokenFault(form, pending);
}

async function formOf(request: IncomingMessage): Promise<URLSearchParams> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return new URLSearchParams(body);
}

export type HostileOp = Awaited<ReturnType<typeof startOpenIdProvider>>;
