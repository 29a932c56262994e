/**
 * Identifiers and random secrets, in the shapes that AWS hands out.
 *
 * Everything here comes from the operating system's generator. Lengths and alphabets are those observed in
 * AWS's documentation; clients validate some of them by pattern.
 */
import { randomBytes, randomInt, randomUUID } from 'node:crypto';

const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const DIGITS = '0123456789';
const ALPHANUMERIC = `${LOWER.toUpperCase()}${LOWER}${DIGITS}`;
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export type PoolId = `${string}_${string}`;
export type IdentityPoolId = `${string}:${string}`;
export type IdentityId = `${string}:${string}`;

/** `length` characters of `alphabet`, unbiased. */
export function randomText(length: number, alphabet: string = ALPHANUMERIC): string {
  const limit = 256 - (256 % alphabet.length);
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length * 2)) {
      if (byte < limit && text.length < length) text += alphabet[byte % alphabet.length];
    }
  }
  return text;
}

/** A one-time code of six digits, leading zeros kept. */
export const newCode = (): string => String(randomInt(0, 1_000_000)).padStart(6, '0');

/** User pool id: `<region>_` and nine alphanumerics. */
export const newPoolId = (region: string): PoolId => `${region}_${randomText(9)}`;

/** App client id: 26 of a-z0-9. */
export const newClientId = (): string => randomText(26, LOWER + DIGITS);

/** App client secret: 51 of a-z0-9. */
export const newClientSecret = (): string => randomText(51, LOWER + DIGITS);

/** Identity pool id: `<region>:` and a UUID. */
export const newIdentityPoolId = (region: string): IdentityPoolId => `${region}:${randomUUID()}`;

/** Identity id: `<region>:` and a UUID. */
export const newIdentityId = (region: string): IdentityId => `${region}:${randomUUID()}`;

/** Access key id of long-term credentials: `AKIA` and sixteen base32 characters. */
export const newAccessKeyId = (): string => `AKIA${randomText(16, BASE32)}`;

/** Access key id of temporary credentials: `ASIA` and sixteen base32 characters. */
export const newTemporaryKeyId = (): string => `ASIA${randomText(16, BASE32)}`;

/** Unique id of a role: `AROA` and seventeen base32 characters. */
export const newRoleId = (): string => `AROA${randomText(17, BASE32)}`;

/** Unique id of a user: `AIDA` and seventeen base32 characters. */
export const newUserId = (): string => `AIDA${randomText(17, BASE32)}`;

/** Secret access key: forty characters of base64's alphabet. */
export const newSecretAccessKey = (): string => randomText(40, `${ALPHANUMERIC}+/`);

/** A bearer value of 256 bits, base64url. */
export const newBearer = (): string => randomBytes(32).toString('base64url');

export const newUuid = (): string => randomUUID();

/**
 * A UUIDv7 (RFC 9562, 5.7): 48 bits of milliseconds since 1970, then 74 random bits. Sorts by time.
 */
export function newUuidV7(now: Date): string {
  const time = now.getTime().toString(16).padStart(12, '0');
  // A UUIDv4 has the variant and all its random bits behind the digit of its version.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}

/** The moment inside a UUIDv7; undefined for any other text. */
export function momentOf(uuid: string): Date | undefined {
  if (!/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(uuid)) return undefined;
  return new Date(Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16));
}
