/**
 * Signer: makes, uses and checks signing keys for JSON Web Tokens (RFC 7515, 7517), off the main thread.
 *
 * Which key signs what, and what a token must say to be believed, is decided in domain/tokens; this port only does the
 * cryptography, strictly: compact form, canonical base64url, no algorithm but the one asked for.
 */

export type SigningAlgorithm = 'RS256' | 'ES256';

/** A public JSON Web Key as published; `kid`, `alg` and `use` are set. */
export type PublicJwk = Readonly<Record<string, string>> & { readonly kid: string; readonly alg: string };

/** A key pair; `privateJwk` is JSON text, a secret. */
export interface SigningKeyPair {
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  readonly publicJwk: PublicJwk;
  readonly privateJwk: string;
}
export type JwtClaims = Readonly<Record<string, unknown>>;

export interface Signer {
  generate(algorithm: SigningAlgorithm): Promise<SigningKeyPair>;
  /** A compact JWS whose header is exactly `{ kid, alg }`, as Cognito's. */
  sign(pair: SigningKeyPair, claims: JwtClaims): Promise<string>;
  /**
   * Header and claims of `token`, unverified: only to find whose key is asked for. Undefined for what is no JWT in canonical compact form.
   */
  peek(token: string): { readonly kid: string | undefined; readonly claims: JwtClaims } | undefined;
  /**
   * The claims of `token`, its signature checked with `key` and by the algorithm that the key names, whatever the token says.
   * Times and audiences are not judged here.
   * @returns undefined when the signature, the form or the header does not hold
   */
  verify(token: string, key: PublicJwk): Promise<JwtClaims | undefined>;
}
