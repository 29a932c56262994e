/**
 * A brokered login at a provider that lies: nobody is let in by it, and each lie has its clear failure.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { isFailure } from '../../src/base/failure.ts';
import { createFetch } from '../../src/base/fetch.ts';
import { createIdentityProviders } from '../../src/identity-providers/index.ts';
import { ACCESS_TOKEN, CLIENT, CODE, startOpenIdProvider, type Misdeeds } from '../support/hostile-op.ts';
import { stillClock } from '../support/servers/server.ts';

/** The left half of the SHA-256 of a text, as an RS256 token has it. */
const hashOf = (text: string): string =>
  createHash('sha256').update(text).digest().subarray(0, 16).toString('base64url');

const CALLBACK = 'http://127.0.0.1:1/pool/oauth2/idpresponse';

describe('a brokered login', () => {
  let upstream: Awaited<ReturnType<typeof startOpenIdProvider>>;

  beforeEach(async () => {
    upstream = await startOpenIdProvider();
  });
  afterEach(() => upstream.close());

  const provider = (details: Record<string, string> = {}) =>
    createIdentityProviders({
      fetch: createFetch({ addressesOf: 'tenant', allow: ['127.0.0.0/8'] }),
      clock: stillClock(),
    }).of('OIDC', {
      details: {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        oidc_issuer: upstream.issuer,
        authorize_scopes: 'openid email',
        attributes_request_method: 'GET',
        ...details,
      },
    });

  async function journey(misdeeds: Misdeeds, details: Record<string, string> = {}) {
    upstream.misbehave(misdeeds);
    const google = provider(details);
    const { url, departure } = await google.begin(CALLBACK, 'the-state');
    return google.finish(upstream.visit(url), 'the-state', departure);
  }

  it('proves a subject and what is said of it', async () => {
    const { subject, issuer, claims } = await journey({});

    assert.deepEqual(
      [subject, issuer, claims.email, claims.given_name],
      ['subject-1', upstream.issuer, 'ada@example.com', 'Ada'],
    );
  });

  it('proves a subject whose token names what it came with', async () => {
    const { subject } = await journey({ claims: { at_hash: hashOf(ACCESS_TOKEN), c_hash: hashOf(CODE) } });

    assert.equal(subject, 'subject-1');
  });

  for (const [title, methods] of [
    ['in a header where the provider takes nothing else', ['client_secret_basic']],
    ['in the form where the provider takes both', ['client_secret_basic', 'client_secret_post']],
  ] as const)
    it(`proves itself by its secret ${title}`, async () => {
      const discovery = { token_endpoint_auth_methods_supported: methods };

      assert.equal((await journey({ discovery })).subject, 'subject-1');
    });

  it('says what a token names and what was expected', async () => {
    for (const [claims, reason] of [
      [{ aud: 'another-client' }, /its aud is "another-client", expected "our-client"/],
      [{ iss: 'https://evil.example' }, /its iss is "https:\/\/evil.example", expected "http/],
      [{ nonce: 'another' }, /its nonce is not the one expected/],
      [{ exp: 1 }, /over, or not valid yet/],
      [{ at_hash: 'x' }, /its at_hash does not fit/],
    ] as const)
      await assert.rejects(journey({ claims }), (error) => {
        assert.ok(isFailure(error, 'provider-refused'));
        assert.match(String(error.facts['reason']), reason);
        return true;
      });
  });

  it('asks for state, nonce and PKCE', async () => {
    const asked = new URL((await provider().begin(CALLBACK, 'the-state')).url).searchParams;

    assert.equal(asked.get('state'), 'the-state');
    assert.equal(asked.get('code_challenge_method'), 'S256');
    assert.match(asked.get('nonce') ?? '', /^[\w-]{20,}$/);
  });

  const past = Math.floor(new Date().getTime() / 1000) - 3600;
  const lies: Readonly<Record<string, Misdeeds>> = {
    'another issuer': { claims: { iss: 'https://evil.example' } },
    'another audience': { claims: { aud: 'another-client' } },
    'several audiences without azp': { claims: { aud: [CLIENT.id, 'another'] } },
    'another authorized party': { claims: { azp: 'another' } },
    'another nonce': { claims: { nonce: 'another' } },
    'no nonce': { claims: { nonce: undefined } },
    'a hash of another access token': { claims: { at_hash: hashOf('another') } },
    'a hash of the access token by another length': {
      claims: { at_hash: createHash('sha256').update(ACCESS_TOKEN).digest('base64url') },
    },
    'a hash that is no text': { claims: { at_hash: [hashOf(ACCESS_TOKEN)] } },
    'an empty hash': { claims: { at_hash: '' } },
    'a hash of another code': { claims: { c_hash: hashOf('another') } },
    'an expired token': { claims: { exp: past } },
    'no expiry': { claims: { exp: undefined } },
    'no subject': { claims: { sub: undefined } },
    'a signature by another key': { signedWith: 'other' },
    'no signature': { signedWith: 'none' },
    'a signature with our own secret': { signedWith: 'secret' },
    'a key that it does not publish': { header: { kid: 'unknown' } },
    'attributes of another person': { userInfo: { sub: 'somebody-else' } },
    'another state': { back: { state: 'another' } },
    'an error': { back: { error: 'access_denied' } },
    'an issuer of another in the response': {
      discovery: { authorization_response_iss_parameter_supported: true },
      back: { iss: 'https://evil.example' },
    },
    'garbage for tokens': {
      token: (_request, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{'),
    },
    'no ID token': {
      token: (_request, response) =>
        response
          .writeHead(200, { 'content-type': 'application/json' })
          .end('{"access_token":"a","token_type":"Bearer"}'),
    },
    'a server error': { token: (_request, response) => response.writeHead(500).end('stack trace') },
    'a redirect of the token request': {
      token: (_request, response) => response.writeHead(307, { location: 'http://169.254.169.254/' }).end(),
    },
    'an endless answer': {
      token: (_request, response) =>
        response.writeHead(200, { 'content-type': 'application/json' }).end('x'.repeat(1_100_000)),
    },
  };
  for (const [lie, misdeeds] of Object.entries(lies)) {
    it(`refuses ${lie}`, async () => {
      await assert.rejects(journey(misdeeds), (error) =>
        isFailure(error, 'provider-refused', 'provider-unreachable'),
      );
    });
  }

  it('refuses a code with another verifier than it left with', async () => {
    const google = provider();
    const { url, departure } = await google.begin(CALLBACK, 'the-state');

    await assert.rejects(
      google.finish(upstream.visit(url), 'the-state', {
        ...departure,
        verifier: 'another-verifier-of-sufficient-length-0123456789',
      }),
      (error) => isFailure(error, 'provider-refused'),
    );
  });

  it('refuses a provider whose issuer is not the one that was named', async () => {
    upstream.misbehave({ discovery: { issuer: 'https://evil.example' } });

    await assert.rejects(provider().begin(CALLBACK, 's'), (error) =>
      isFailure(error, 'provider-refused', 'provider-unreachable'),
    );
  });

  it('says that a provider cannot be reached, and one where it must not look', async () => {
    for (const oidc_issuer of ['http://127.0.0.1:1', 'http://10.0.0.1', 'https://169.254.169.254']) {
      await assert.rejects(
        provider({ oidc_issuer }).begin(CALLBACK, 's'),
        (error) => isFailure(error, 'provider-unreachable'),
        oidc_issuer,
      );
    }
  });

  it('asks a provider about itself once, for a hundred who wait', async () => {
    const one = provider();

    await Promise.all(Array.from({ length: 100 }, () => one.begin(CALLBACK, 's')));

    assert.equal(upstream.discoveries(), 1);
  });
});
