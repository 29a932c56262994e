/**
 * An OpenID Provider over real HTTP on loopback that does what it is told, right or wrong.
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
  /** In place of what the browser brings back. */
  readonly back?: Readonly<Record<string, string>>;
}
export const CLIENT = { id: 'our-client', secret: 'our-client-secret-at-the-provider' };

export async function startOpenIdProvider() {
  const own = await generateKeyPair('RS256');
  const other = await generateKeyPair('RS256');
  const jwk: JWK = { ...(await exportJWK(own.publicKey)), kid: 'k', alg: 'RS256', use: 'sig' };
  let misdeeds: Misdeeds = {};
  let pending: { nonce: string; challenge: string } = { nonce: '', challenge: '' };
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
      json(response, {
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        userinfo_endpoint: `${issuer}/userinfo`,
        jwks_uri: `${issuer}/jwks`,
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
        ...misdeeds.discovery,
      });
    } else if (pathname === '/jwks') json(response, { keys: [jwk] });
    else if (pathname === '/userinfo')
      json(response, { sub: 'subject-1', given_name: 'Ada', ...misdeeds.userInfo });
    else if (pathname === '/token' && misdeeds.token) misdeeds.token(request, response);
    else if (pathname === '/token') {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      const verifier = new URLSearchParams(body).get('code_verifier') ?? '';
      const isProven = createHash('sha256').update(verifier).digest('base64url') === pending.challenge;
      // Good once.
      pending = { ...pending, challenge: '' };
      if (!isProven) json(response, { error: 'invalid_grant' }, 400);
      else json(response, { access_token: 'upstream', token_type: 'Bearer', id_token: await idToken() });
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
      pending = { nonce: asked.get('nonce') ?? '', challenge: asked.get('code_challenge') ?? '' };
      const back = new URL(asked.get('redirect_uri') ?? '');
      const parameters = { code: 'a-code', state: asked.get('state') ?? '', ...misdeeds.back };
      for (const [name, value] of Object.entries(parameters)) back.searchParams.set(name, value);
      return back;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

export type HostileOp = Awaited<ReturnType<typeof startOpenIdProvider>>;
