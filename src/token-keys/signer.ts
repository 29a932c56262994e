/**
 * Signing on jose: makes and checks keys for JSON Web Tokens, through WebCrypto and so off the main thread.
 *
 * Signatures alone are made by Node's own signing, on the same threads, at half of jose's cost to the main thread: every sign-in asks for two.
 * jose lets some forms pass that one reader takes and another does not: padding and spaces inside base64url, and keys of bad make. Both are refused before it sees them.
 * Source: RFC 7515, 7517, 7518; RFC 8725 (best current practices).
 */
import { createPrivateKey, sign as signing, type JsonWebKey, type KeyObject } from 'node:crypto';
import { compactVerify, exportJWK, generateKeyPair, importJWK, type CryptoKey, type JWK } from 'jose';
import { createBoundedMap } from '../base/bounded-map.ts';
import { sha256 } from '../base/secret.ts';
import { NotStrictJson, parseStrictJson } from '../base/strict-json.ts';
import type {
  JwtClaims,
  PublicJwk,
  Signer,
  SigningAlgorithm,
  SigningKeyPair,
} from '../domain/ports/signer.ts';

const MAX_TOKEN = 16_384;
const MOST_KEPT = 2000;
const RSA_BITS = 2048;
const SEGMENT = /^[A-Za-z0-9_-]+$/;
/** 65537, the exponent that every honest RSA key has. */
const EXPONENT = 'AQAB';

export function createSigner(): Signer {
  const imports = createImports();
  const signingKeys = createSigningKeyCache();

  return {
    async generate(algorithm: SigningAlgorithm): Promise<SigningKeyPair> {
      const { publicKey, privateKey } = await generateKeyPair(algorithm, {
        extractable: true,
        modulusLength: RSA_BITS,
      });
      const exported = await exportJWK(publicKey);
      const kid = sha256(JSON.stringify(exported)).toString('base64url');
      // jose's JWK has all members optional; an exported public key has those of its type.
      const publicJwk = { ...exported, kid, alg: algorithm, use: 'sig' } as unknown as PublicJwk;
      return { kid, algorithm, publicJwk, privateJwk: JSON.stringify(await exportJWK(privateKey)) };
    },

    async sign(pair, claims) {
      const { header, key } = signingKeys.of(pair);
      const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
      const signature = await signed(`${header}.${payload}`, key);
      return `${header}.${payload}.${signature.toString('base64url')}`;
    },

    peek(token) {
      const [header, claims] = segmentsOf(token)?.slice(0, 2).map(readObject) ?? [];
      if (!header || !claims) return undefined;
      return { kid: typeof header.kid === 'string' ? header.kid : undefined, claims };
    },

    async verify(token, key) {
      const isSigned = await isSignedWith(token, key, imports);
      return isSigned ? readObject(token.split('.')[1] ?? '') : undefined;
    },
  };
}

/** Private keys as Node takes them, and the header of what they sign, read once. */
function createSigningKeyCache() {
  const kept = createBoundedMap<
    string,
    { readonly privateJwk: string; readonly header: string; readonly key: KeyObject }
  >(MOST_KEPT);
  return {
    of({ kid, algorithm, privateJwk }: SigningKeyPair) {
      const known = kept.get(kid);
      // A name alone is no key: two pools may have taken over keys of one name.
      if (known?.privateJwk === privateJwk) return known;
      const header = Buffer.from(JSON.stringify({ kid, alg: algorithm })).toString('base64url');
      // What `generate` exported.
      const jwk = JSON.parse(privateJwk) as JsonWebKey;
      const read = { privateJwk, header, key: createPrivateKey({ key: jwk, format: 'jwk' }) };
      kept.set(kid, read);
      return read;
    },
  };
}

/** RS256 or ES256, as the key is (RFC 7518, 3.3 and 3.4). */
const signed = (text: string, key: KeyObject): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    // Of ECDSA JOSE wants the two numbers side by side. An RSA key is handed over as it is, which Node takes faster than an object about it.
    const how = key.asymmetricKeyType === 'ec' ? ({ key, dsaEncoding: 'ieee-p1363' } as const) : key;
    signing('sha256', Buffer.from(text), how, (error, signature) => {
      if (error) reject(error);
      else resolve(signature);
    });
  });

/** Keys as WebCrypto takes them, imported once. */
export function createImports() {
  const kept = createBoundedMap<string, Promise<CryptoKey>>(MOST_KEPT);
  return {
    of: (place: string, jwk: () => JWK, algorithm: string): Promise<CryptoKey> =>
      // A JWK that is no secret imports as a CryptoKey; the other form is for symmetric ones.
      kept.getOrMake(place, () => importJWK(jwk(), algorithm) as Promise<CryptoKey>),
  };
}

/**
 * True when `token` is a compact JWS in canonical form, signed with `key` by the algorithm that the key names.
 *
 * What the token says of algorithms and keys is only compared, never followed.
 */
export async function isSignedWith(
  token: string,
  key: PublicJwk,
  imports: ReturnType<typeof createImports>,
): Promise<boolean> {
  const header = readObject(segmentsOf(token)?.[0] ?? '');
  // Headers that want to be understood and that we do not know make another token of it.
  if (!header || header.alg !== key.alg || 'crit' in header || 'b64' in header || !isSound(key)) return false;
  try {
    const place = `public ${sha256(JSON.stringify(key)).toString('base64url')}`;
    await compactVerify(token, await imports.of(place, () => key, key.alg), { algorithms: [key.alg] });
    return true;
  } catch {
    // Whatever is wrong with it: it is not signed with this key.
    return false;
  }
}

/** The three segments of a compact JWS in canonical form. */
function segmentsOf(token: string): readonly string[] | undefined {
  if (token.length > MAX_TOKEN) return undefined;
  const segments = token.split('.');
  return segments.length === 3 && segments.every(isCanonical) ? segments : undefined;
}

/** One text for one value: no padding, no stray bits in the last character. */
const isCanonical = (segment: string): boolean =>
  SEGMENT.test(segment) && Buffer.from(segment, 'base64url').toString('base64url') === segment;

function readObject(segment: string): JwtClaims | undefined {
  try {
    const value = parseStrictJson(Buffer.from(segment, 'base64url'));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as JwtClaims)
      : undefined;
  } catch (error) {
    if (error instanceof NotStrictJson) return undefined;
    throw error;
  }
}

/** Keys of a make that can be trusted: RSA of 2,048 bits or more with the usual exponent, or the algorithm's own curve. */
function isSound(key: PublicJwk): boolean {
  if (key.alg.startsWith('RS') || key.alg.startsWith('PS')) {
    const bytes = Buffer.from(key.n ?? '', 'base64url');
    return key.kty === 'RSA' && key.e === EXPONENT && bytes.length * 8 >= RSA_BITS && (bytes[0] ?? 0) >= 0x80;
  }
  return key.alg === 'ES256' && key.kty === 'EC' && key.crv === 'P-256';
}
