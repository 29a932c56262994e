/**
 * Cookies of a pool: their names, flags, and the signature that the library's carry.
 *
 * `__Host-` where the path is the root, `__Secure-` where oidc-provider scopes a cookie by path; neither on plain http, which only loopback
 * may use and where browsers refuse the prefixes. A signed cookie cannot be made from an address that somebody was sent.
 * Source: RFC 6265bis, section 4.1.3 (prefixes).
 */
import { equal, hmacSha256 } from '../base/secret.ts';
import type { Sealer } from '../domain/ports/sealer.ts';

type CookieKind = 'session' | 'login' | 'resume' | 'journey' | 'browser';

/** Scoped by path, and so never `__Host-`. */
const BY_PATH: ReadonlySet<CookieKind> = new Set(['login', 'resume', 'journey', 'browser']);

/** e.g. `__Host-session-eu-west-1_a1b2c3d4e` */
export function cookieName(kind: CookieKind, poolId: string, publicUrl: string): string {
  const name = `${kind}-${poolId}`;
  if (!isSecure(publicUrl)) return name;
  return `${BY_PATH.has(kind) ? '__Secure-' : '__Host-'}${name}`;
}

export const isSecure = (publicUrl: string): boolean => publicUrl.startsWith('https:');

/** Signs and checks in the manner that Koa expects of its `keys`, with SHA-256 and keys of the keyring. */
export function cookieKeys(sealer: Sealer, poolId: string) {
  const { secret } = sealer.derive(`oidc cookies ${poolId}`, 32);
  const sign = (text: string): string => hmacSha256(secret, text).toString('base64url');
  const verify = (text: string, digest: string): boolean => equal(sign(text), digest);
  return { sign, verify, index: (text: string, digest: string): number => (verify(text, digest) ? 0 : -1) };
}
