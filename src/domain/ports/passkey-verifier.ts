/**
 * Passkey verifier: what an authenticator's response says, and whether it is true (WebAuthn).
 *
 * `read` believes nothing; it only tells what is claimed, so that the domain can decide whether it is about the right challenge, place and person. The other two verify, and believe nothing that the
 * domain did not decide. Binary values are base64url without padding.
 * Source: W3C Web Authentication, sections 7.1, 7.2.
 */

/** What a response says of itself. Nothing of it is proven. */
export interface ClaimedPasskey {
  readonly credentialId: string;
  readonly challenge: string;
  readonly origin: string;
  /** True in a frame of another site. */
  readonly isCrossOrigin: boolean;
  /** SHA-256 of the relying party's id, hexadecimal. */
  readonly relyingPartyHash: string;
  /** How often the authenticator says that it was used; 0 where it does not count. */
  readonly counter: number;
  /** That the authenticator verified its owner: by a PIN, a finger. */
  readonly wasVerified: boolean;
  /** Whose passkey it is, in an assertion that says so. */
  readonly userHandle?: string;
  /** `platform` or `cross-platform`, where the browser tells. */
  readonly attachment?: string;
}
/** What a response must be about. */
export interface Expected {
  readonly challenge: string;
  readonly origin: string;
  readonly relyingPartyId: string;
  readonly needsVerification: boolean;
}
interface PasskeyKey {
  readonly credentialId: string;
  /** COSE. */
  readonly publicKey: string;
  readonly counter: number;
}
export interface NewPasskeyKey extends PasskeyKey {
  readonly transports: readonly string[];
  /** The kind of authenticator, a UUID; zeros where it is not told. */
  readonly authenticatorKind: string;
}
/** `passkey-refused`: not what an authenticator would answer, or of a kind that is not supported. */
export type PasskeyVerifierFailure = 'passkey-refused';

export interface PasskeyVerifier {
  /** Kinds of key that are supported, by their COSE numbers, the preferred first. */
  readonly algorithms: readonly number[];
  /** What a response claims; undefined for what is no such response. */
  read(kind: 'registration' | 'assertion', response: unknown): ClaimedPasskey | undefined;
  /** The key of a new passkey. @throws Failure `passkey-refused` */
  registered(response: unknown, expected: Expected): Promise<NewPasskeyKey>;
  /** Returns when the owner of `key` signed exactly this, with a counter that went on. @throws Failure `passkey-refused` */
  assertSigned(response: unknown, expected: Expected, key: PasskeyKey): Promise<void>;
}
