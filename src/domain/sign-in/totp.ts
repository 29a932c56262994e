/**
 * Time-based one-time passwords: what an authenticator application shows, six digits for thirty seconds.
 *
 * The code of the step before and of the step after count too, because clocks differ; a step counts once, so that a code which was seen over a shoulder is worth nothing. Which steps were spent is the caller's to keep.
 * Source: RFC 6238, RFC 4226; the URI is Google Authenticator's, "Key URI Format".
 */
import { createHmac, randomBytes } from 'node:crypto';
import { equal } from '../../base/secret.ts';

const STEP_MS = 30_000;
const DIGITS = 6;
const SECRET_BYTES = 32;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const CODE = /^\d{6}$/;
/** Steps that count, nearest first: 0 is the present one. */
const WINDOW = [0, -1, 1];

/** A new secret in base 32, 52 characters: what Cognito's clients show as a QR code. */
export const newTotpSecret = (): string => base32Of(randomBytes(SECRET_BYTES));

/** The step that a moment lies in. */
const stepAt = (moment: Date): number => Math.floor(moment.getTime() / STEP_MS);

/**
 * The step that `code` is of, when that is near `now` and later than `spent`.
 * @param secret base 32
 * @param spent the last step that was used; undefined when none was
 * @returns undefined when the code is wrong, too old, or was used
 */
export function totpStep(
  secret: string,
  code: string,
  { now, spent }: { readonly now: Date; readonly spent?: number | undefined },
): number | undefined {
  if (!CODE.test(code)) return undefined;
  const key = bytesOf(secret);
  const steps = WINDOW.map((offset) => stepAt(now) + offset).filter((step) => step > (spent ?? -1));
  // All are computed, whichever is right.
  return steps.filter((step) => equal(codeOf(key, step), code))[0];
}

/** The code of a step (RFC 4226, 5.3). */
function codeOf(key: Uint8Array, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const hash = createHmac('sha1', key).update(counter).digest();
  const offset = hash.at(-1)! & 0x0f;
  const number = hash.readUInt32BE(offset) & 0x7fffffff;
  return String(number % 10 ** DIGITS).padStart(DIGITS, '0');
}

function base32Of(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{1,5}/g) ?? []).map((five) => ALPHABET[parseInt(five.padEnd(5, '0'), 2)]).join('');
}

function bytesOf(base32: string): Uint8Array {
  const bits = [...base32]
    .map((character) => ALPHABET.indexOf(character).toString(2).padStart(5, '0'))
    .join('');
  return Uint8Array.from((bits.match(/.{8}/g) ?? []).map((eight) => parseInt(eight, 2)));
}
