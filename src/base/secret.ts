/**
 * Secrets: compared, hashed and derived in one place, so that no comparison leaks by its time.
 *
 * Only what Node's own cryptography offers; nothing home-made.
 */
import { createHmac, createSecretKey, hash, timingSafeEqual } from 'node:crypto';

/** SHA-256 of `value`, as bytes. */
export const sha256 = (value: string | Uint8Array): Buffer => hash('sha256', value, 'buffer');

/** SHA-256 of `value`, 64 lower-case hexadecimal characters. */
export const sha256Hex = (value: string | Uint8Array): string => hash('sha256', value, 'hex');

/** HMAC-SHA-256. */
export const hmacSha256 = (key: string | Uint8Array, value: string | Uint8Array): Buffer =>
  // A key that is an object already is used four times as fast as bytes are.
  createHmac('sha256', createSecretKey(typeof key === 'string' ? Buffer.from(key) : key))
    .update(value)
    .digest();

/**
 * True when both are the same, in a time that tells nothing of where they differ. Values of different
 * length are unequal; both are hashed first, so that not even the length shows.
 */
export const equal = (one: string | Uint8Array, other: string | Uint8Array): boolean =>
  timingSafeEqual(sha256(one), sha256(other)) && one.length === other.length;
