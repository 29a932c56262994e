/**
 * Hashes in an ID token: of the access token that it came with (at_hash), and of the code (c_hash).
 *
 * A provider may leave them out where it answers by a code; one that is there must be right, or the
 * access token was put there by somebody else. The library verifies neither in this flow.
 * Source: OpenID Connect Core 1.0, 3.1.3.6, 3.1.3.8 and 3.3.2.11.
 */
import { createHash } from 'node:crypto';
import { decodeProtectedHeader } from 'jose';
import { equal } from '../base/secret.ts';
import { refused } from './upstream.ts';

/**
 * @param idToken as it came, its signature verified
 * @param hashed what each hash is of
 * @throws Failure `provider-refused`
 */
export function assertHashes(
  idToken: string,
  claims: Readonly<Record<string, unknown>>,
  hashed: Readonly<Record<'at_hash' | 'c_hash', string>>,
): void {
  for (const [name, text] of Object.entries(hashed)) {
    const said = claims[name];
    if (said === undefined) continue;
    const right = leftHalfOf(digestOf(decodeProtectedHeader(idToken).alg), text);
    if (typeof said !== 'string' || !equal(said, right)) throw refused(`its ${name} does not fit`);
  }
}

/** The hash of the signature's algorithm; Ed25519 hashes by SHA-512. */
function digestOf(algorithm = ''): string {
  if (algorithm === 'EdDSA' || algorithm === 'Ed25519') return 'sha512';
  const [, bits] = /^[A-Z]{2}(256|384|512)$/.exec(algorithm) ?? [];
  if (bits === undefined) throw refused('its hashes are by an algorithm that is not known');
  return `sha${bits}`;
}

function leftHalfOf(digest: string, text: string): string {
  const hash = createHash(digest).update(text, 'ascii').digest();
  return hash.subarray(0, hash.length / 2).toString('base64url');
}
