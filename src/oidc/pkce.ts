/**
 * PKCE at the token endpoint: a verifier where there was a challenge, and none where there was none.
 *
 * S256 alone; `plain` is refused when the code is asked for. A verifier without a challenge is an attack too: somebody's code, injected
 * into a client that does use PKCE.
 * Source: RFC 7636, sections 4.1 and 4.6; RFC 9700, section 2.1.1 (downgrade).
 */
import { equal, sha256 } from '../base/secret.ts';

const VERIFIER = /^[\w.~-]{43,128}$/;

/** True when `verifier` is what `challenge` was made of, or both are absent. */
export function verifierMatches(verifier: string | undefined, challenge: string | undefined): boolean {
  if (verifier === undefined || challenge === undefined) return verifier === challenge;
  return VERIFIER.test(verifier) && equal(sha256(verifier).toString('base64url'), challenge);
}
