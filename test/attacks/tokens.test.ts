/**
 * Hostile tokens at the API: each recipe of the list that reaches an access or ID token of a pool is refused at GetUser, at GetId and at the gateway's verification, which are one.
 *
 * Attackers hold everything but the pool's private keys; where a recipe needs those (a claim that only we could have signed wrongly), the tokens are signed with them and shown to the one verification.
 */
import assert from 'node:assert/strict';
import { createHmac, createPublicKey, generateKeyPairSync, sign as signBytes } from 'node:crypto';
import { CognitoIdentity } from '@aws-sdk/client-cognito-identity';
import { isFailure } from '../../src/base/failure.ts';
import { newUuidV7 } from '../../src/base/ids.ts';
import { createSigningKeys } from '../../src/domain/tokens/signing-keys.ts';
import { verifyToken } from '../../src/domain/tokens/verify.ts';
import { createJobs } from '../../src/domain/jobs/jobs.ts';
import { inProcessBus } from '../../src/stores/in-process-bus.ts';
import { memoryRecords } from '../../src/stores/memory.ts';
import { createSigner } from '../../src/token-keys/signer.ts';
import { corpusJson, withCorpus } from '../support/corpora.ts';
import { claimsOf, makePool, makeUser, signIn, type MadePool } from '../support/pool.ts';
import { startServer, stillClock, type TestServer } from '../support/servers/server.ts';

const encode = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const ownJwk = own.publicKey.export({ format: 'jwk' });
const bySelf = (head: object, claims: unknown): string => {
  const text = `${encode(head)}.${encode(claims)}`;
  return `${text}.${signBytes('sha256', Buffer.from(text), own.privateKey).toString('base64url')}`;
};

interface Held {
  /** A true access token, and its parts. */
  readonly token: string;
  readonly head: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly idToken: string;
  readonly refreshToken: string;
  readonly jwk: Readonly<Record<string, string>>;
}

/** Tokens that an attacker makes, by the list's recipe. */
const FORGED: Readonly<Record<string, (held: Held) => readonly string[]>> = {
  'alg none, None, NONE, nOnE with empty signature': ({ claims }) =>
    ['none', 'None', 'NONE', 'nOnE'].map((alg) => `${encode({ alg })}.${encode(claims)}.`),
  'alg none with signature kept': ({ token, head }) => [
    `${encode({ ...head, alg: 'none' })}.${token.split('.').slice(1).join('.')}`,
  ],
  'RS256 public key PEM/DER/JWK used as HS256 secret': ({ head, claims, jwk }) => {
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    const text = `${encode({ ...head, alg: 'HS256' })}.${encode(claims)}`;
    return [
      key.export({ type: 'spki', format: 'pem' }),
      key.export({ type: 'spki', format: 'der' }),
      JSON.stringify(jwk),
    ].map((secret) => `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`);
  },
  'alg missing': ({ head, claims }) => [bySelf({ kid: head.kid }, claims)],
  'alg array or number': ({ head, claims }) =>
    [['RS256'], 5].map((alg) => bySelf({ kid: head.kid, alg }, claims)),
  'kid: ../../dev/null, SQL, NUL, 64 KiB, object': ({ claims }) =>
    ['../../dev/null', "' or 1=1 --", '\0', 'k'.repeat(65_536), { a: 1 }].map((kid) =>
      bySelf({ kid, alg: 'RS256' }, claims),
    ),
  'embedded jwk header': ({ head, claims }) => [bySelf({ ...head, jwk: ownJwk }, claims)],
  'jku / x5u pointing to attacker or loopback': ({ head, claims }) =>
    ['jku', 'x5u'].map((name) => bySelf({ ...head, [name]: 'http://127.0.0.1/keys' }, claims)),
  'x5c self-signed chain': ({ head, claims }) => [bySelf({ ...head, x5c: ['MIIB'] }, claims)],
  'crit with unknown member': ({ head, claims }) => [
    bySelf({ ...head, crit: ['made-up'], 'made-up': 1 }, claims),
  ],
  'b64 false without crit': ({ head, claims }) => [bySelf({ ...head, b64: false }, claims)],
  'duplicate claim names: sub twice, aud twice': ({ head }) => [
    bySelf(head, '{"sub":"a","sub":"b","token_use":"access"}'),
  ],
  'duplicate header names: alg twice': ({ head, claims }) => [
    `${encode(`{"alg":"none","alg":"RS256","kid":"${String(head.kid)}"}`)}.${encode(claims)}.AAAA`,
  ],
  'ID token used as access token (token_use)': ({ idToken }) => [idToken],
  'refresh token (JWE) sent as bearer': ({ refreshToken }) => [refreshToken],
  'signature stripped; two dots only; four dots; five parts': ({ token }) => [
    token.split('.').slice(0, 2).join('.'),
    `${token.split('.').slice(0, 2).join('.')}.`,
    '..',
    `${token}..`,
    `${token}.a.b`,
  ],
  'base64url with padding, +, /, spaces, newlines, non-zero trailing bits': ({ token }) => {
    const [head = '', body = '', signature = ''] = token.split('.');
    const last = signature.slice(-1);
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const stray = alphabet[alphabet.indexOf(last) ^ 1] ?? '';
    return [
      `${head}=.${body}.${signature}`,
      `${head}.${body}=.${signature}`,
      `${head}.${body}.${signature}==`,
      `${head}.${body}.${signature.slice(0, -1)}${stray}`,
      `${head}.${body}.${signature.replaceAll('-', '+').replaceAll('_', '/')}=`,
    ];
  },
  'ES256 with P-384 key; ES256K': ({ head, claims }) =>
    ['ES256', 'ES256K', 'ES384'].map((alg) => {
      const text = `${encode({ ...head, alg })}.${encode(claims)}`;
      return `${text}.${signBytes('sha384', Buffer.from(text), { key: ec.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
    }),
  'token of 1 MiB; 10,000 nested arrays': ({ head }) => [
    bySelf(head, { a: 'x'.repeat(100_000) }),
    bySelf(head, '['.repeat(10_000)),
  ],
  'iss with trailing slash, other case, other port, userinfo': ({ head, claims }) =>
    [
      `${String(claims.iss)}/`,
      String(claims.iss).toUpperCase(),
      String(claims.iss).replace(/:\d+/, ':1'),
      String(claims.iss).replace('//', '//a@'),
    ].map((iss) => bySelf(head, { ...claims, iss })),
  'token with claim __proto__ / constructor': ({ head }) => [
    bySelf(head, '{"__proto__":{"sub":"a"},"constructor":{"name":"x"}}'),
  ],
};

/** Claims that only the pool's own key could have signed, and what becomes of them. */
const MIS_SIGNED: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>> = {
  'exp missing, string, float, 1e308, negative, 2^53+1': [
    { exp: undefined },
    { exp: '9999999999' },
    { exp: 1e9 + 0.5 },
    { exp: 1e308 },
    { exp: -1 },
    { exp: 2 ** 53 + 2 },
  ],
  'exp == now; exp = now-1 with 0 skew': [{ exp: 'NOW' }, { exp: 'NOW-1' }],
  'nbf = now+61': [{ nbf: 'NOW+61' }],
  'iat in future': [{ iat: 'NOW+61' }],
  'sub empty, missing, number': [{ sub: '' }, { sub: undefined }, { sub: 5 }],
  'aud as array with one object': [{ client_id: [{}] }],
};
const ELSEWHERE =
  /client assertion|logout_token|JWE|PBES2|ECDH|PS256|upstream JWKS|nonce|at_hash|typ JWT|kid unknown|retired key|client_secret where|ECDSA r or s|hook/;

withCorpus(
  'hostile tokens',
  () => corpusJson<readonly { readonly recipe: string }[]>('own/jwt-attacks.json'),
  (rows) => {
    let server: TestServer;
    let pool: MadePool;
    let held: Held;

    before(async () => {
      server = await startServer();
      pool = await makePool(server);
      await makeUser(pool, 'ada');
      const tokens = await signIn(pool, 'ada');
      const token = tokens.AccessToken!;
      const head = JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString());
      const { keys } = (await (
        await fetch(`${server.url}/${pool.UserPoolId}/.well-known/jwks.json`)
      ).json()) as { keys: Held['jwk'][] };
      held = {
        token,
        head,
        claims: claimsOf(token),
        idToken: tokens.IdToken!,
        refreshToken: tokens.RefreshToken!,
        jwk: keys.find(({ kid }) => kid === head.kid)!,
      };
    });
    after(() => server.close());

    /** True when a logout takes the token for an ID token: it then finds that it is of another client than the one named. */
    async function isHint(token: string): Promise<boolean> {
      const asked = new URLSearchParams({ id_token_hint: token, client_id: 'another' });
      const response = await fetch(`${server.url}/${pool.UserPoolId}/logout`, {
        method: 'POST',
        body: asked,
        headers: { accept: 'application/json' },
      });
      const { error_description: detail } = (await response.json()) as { error_description: string };
      return detail === 'id_token_hint is of another client';
    }

    /** An identity pool that takes the pool's people. */
    async function makeIdentityPool() {
      const identity = new CognitoIdentity(server.client);
      const provider = `cognito-idp.us-east-1.amazonaws.com/${pool.UserPoolId}`;
      const { IdentityPoolId } = await identity.createIdentityPool({
        IdentityPoolName: 'p',
        AllowUnauthenticatedIdentities: false,
        CognitoIdentityProviders: [{ ProviderName: provider, ClientId: pool.ClientId }],
      });
      return { identity, provider, IdentityPoolId };
    }

    for (const { recipe } of rows.filter((row) => row.recipe in FORGED)) {
      it(`refuses ${recipe}`, async () => {
        const { identity, provider, IdentityPoolId } = await makeIdentityPool();

        for (const token of FORGED[recipe]!(held)) {
          await assert.rejects(pool.idp.getUser({ AccessToken: token }), (error: Error) =>
            ['NotAuthorizedException', 'InvalidParameterException'].includes(error.name),
          );
          if (token === held.idToken) continue;
          assert.equal(await isHint(token), false, 'it is no hint at the logout either');
          await assert.rejects(
            identity.getId({ IdentityPoolId, Logins: { [provider]: token } }),
            (error: Error) => ['NotAuthorizedException', 'ValidationException'].includes(error.name),
          );
        }
      });
    }

    for (const { recipe } of rows.filter((row) => row.recipe in MIS_SIGNED)) {
      it(`refuses ${recipe}, even signed with the pool's own key`, async () => {
        const clock = stillClock();
        const signer = createSigner();
        const records = memoryRecords(clock);
        const signingKeys = createSigningKeys({
          records,
          signer,
          clock,
          bus: inProcessBus(),
          jobs: createJobs({ records, clock, works: {}, onFailure: assert.fail }),
          rotateAfterDays: 0,
          afterwards: () => assert.fail(),
        });
        const now = Math.floor(clock.now().getTime() / 1000);
        const right = {
          iss: 'i',
          token_use: 'access',
          sub: 's',
          client_id: 'c',
          exp: now + 60,
          iat: now,
          jti: newUuidV7(clock.now()),
        };
        const resolved = (claims: object) =>
          JSON.parse(JSON.stringify(claims), (_, value: unknown) =>
            typeof value === 'string' && value.startsWith('NOW') ? now + Number(value.slice(3) || 0) : value,
          );
        const verify = async (claims: object) =>
          verifyToken(
            await signer.sign(await signingKeys.of('p', 'access'), resolved(claims)),
            { poolId: 'p', issuer: 'i', use: 'access', clientIds: ['c'], expired: 'refused' },
            { signer, signingKeys, clock },
          );

        assert.equal((await verify(right)).sub, 's');
        for (const change of MIS_SIGNED[recipe]!) {
          await assert.rejects(
            verify({ ...right, ...change }),
            (error) => isFailure(error, 'token-invalid', 'token-expired'),
            JSON.stringify(change),
          );
        }
      });
    }

    it('takes a true ID token for a hint at the logout', async () => {
      assert.equal(await isHint(held.idToken), true);
    });

    it('refuses tokens of another pool, of the wrong use at GetId, and of who is gone', async () => {
      const other = await makePool(server);
      await makeUser(other, 'ada');
      const { identity, provider, IdentityPoolId } = await makeIdentityPool();
      const foreign = await signIn(other, 'ada');

      await assert.rejects(identity.getId({ IdentityPoolId, Logins: { [provider]: foreign.IdToken! } }), {
        name: 'NotAuthorizedException',
      });
      await assert.rejects(identity.getId({ IdentityPoolId, Logins: { [provider]: held.token } }), {
        name: 'NotAuthorizedException',
      });
      await other.idp.deleteUserPool({ UserPoolId: other.UserPoolId });
      await assert.rejects(other.idp.getUser({ AccessToken: foreign.AccessToken }), {
        name: 'NotAuthorizedException',
      });
    });

    it('leave no recipe without a test or a reason', () => {
      const covered =
        /another user pool|access token used as ID token|user disabled|deleted\+recreated|aud of another client/;
      const open = rows.filter(
        ({ recipe }) =>
          !(recipe in FORGED) && !(recipe in MIS_SIGNED) && !ELSEWHERE.test(recipe) && !covered.test(recipe),
      );
      assert.deepEqual(open, []);
    });
  },
);
