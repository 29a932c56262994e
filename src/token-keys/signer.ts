/**
 * Signing on jose: makes, uses and checks keys for JSON Web Tokens, through WebCrypto and so off the main thread.
 *
 * jose lets some forms pass that one reader takes and another does not: padding and spaces inside base64url, and keys of bad make. Both are refused before it sees them.
 * Source: RFC 7515, 7517, 7518; RFC 8725 (best current practices).
 */
import {
  compactVerify,
  exportJWK,
  generateKeyPair,
  importJWK,
  SignJWT,
  type CryptoKey,
  type JWK,
} from 'jose';
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
  const kept = new Map<string, Promise<CryptoKey>>();

  /** The key as WebCrypto takes it, imported once. */
  function imported(place: string, jwk: JWK, algorithm: string): Promise<CryptoKey> {
    const known = kept.get(place);
    if (known) return known;
    const key = importJWK(jwk, algorithm) as Promise<CryptoKey>;
    if (kept.size >= MOST_KEPT) kept.delete(kept.keys().next().value ?? '');
    kept.set(place, key);
    return key;
  }

  return {
    async generate(algorithm: SigningAlgorithm): Promise<SigningKeyPair> {
      const { publicKey, privateKey } = await generateKeyPair(algorithm, {
        extractable: true,
        modulusLength: RSA_BITS,
      });
      const exported = await exportJWK(publicKey);
      const kid = sha256(JSON.stringify(exported)).toString('base64url');
      const publicJwk = { ...exported, kid, alg: algorithm, use: 'sig' } as unknown as PublicJwk;
      return { kid, algorithm, publicJwk, privateJwk: JSON.stringify(await exportJWK(privateKey)) };
    },

    async sign({ kid, algorithm, privateJwk }, claims) {
      const key = await imported(`private ${kid}`, JSON.parse(privateJwk) as JWK, algorithm);
      return new SignJWT({ ...claims }).setProtectedHeader({ kid, alg: algorithm }).sign(key);
    },

    peek(token) {
      const parts = partsOf(token);
      if (!parts) return undefined;
      const { header, claims } = parts;
      return { kid: typeof header.kid === 'string' ? header.kid : undefined, claims };
    },

    async verify(token, key) {
      const parts = partsOf(token);
      // The algorithm is the key's; a token that names another, or wants headers understood that we do not know, is not for this key.
      if (
        !parts ||
        parts.header.alg !== key.alg ||
        'crit' in parts.header ||
        'b64' in parts.header ||
        !isSound(key)
      )
        return undefined;
      try {
        const place = `public ${sha256(JSON.stringify(key)).toString('base64url')}`;
        await compactVerify(token, await imported(place, key, key.alg), { algorithms: [key.alg] });
        return parts.claims;
      } catch {
        // Whatever is wrong with it: it is not signed with this key.
        return undefined;
      }
    },
  };
}

/** Header and claims of a JWT in canonical compact form. */
function partsOf(token: string): { readonly header: JwtClaims; readonly claims: JwtClaims } | undefined {
  if (token.length > MAX_TOKEN) return undefined;
  const segments = token.split('.');
  if (segments.length !== 3 || !segments.every(isCanonical)) return undefined;
  const [header, claims] = segments.slice(0, 2).map(readObject);
  return header && claims && { header, claims };
}

/** One text for one value: no padding, no stray bits in the last character. */
const isCanonical = (segment: string): boolean =>
  SEGMENT.test(segment) && Buffer.from(segment, 'base64url').toString('base64url') === segment;

function readObject(segment: string): JwtClaims | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(segment, 'base64url'));
    const value = parseStrictJson(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as JwtClaims)
      : undefined;
  } catch (error) {
    if (error instanceof NotStrictJson || error instanceof TypeError) return undefined;
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
