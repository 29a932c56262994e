/**
 * The arithmetic of Secure Remote Password as Cognito's clients speak it. Synchronous, a millisecond or two a call: for a thread of its own.
 *
 * N is the 3072-bit group of RFC 3526 (15), g is 2, the hash SHA-256. The modular power is OpenSSL's, through node:crypto's modp15 group: three times as fast
 * as BigInt, and without BigInt's dependence of time on the exponent's digits. Exponents are secrets, bases are not.
 * Source: RFC 5054; amazon-cognito-identity-js, AuthenticationHelper.
 */
import { createDiffieHellman, DiffieHellman, getDiffieHellman, randomBytes } from 'node:crypto';
import { hmacSha256, sha256 } from '../base/secret.ts';
import type { SrpChallenge, SrpExchange, SrpRegistration } from '../domain/ports/password-hash.ts';

const group = getDiffieHellman('modp15');
const MODULUS_BYTES = 384;
/** Of the server's secret of an exchange: RFC 5054 asks for as much, and each more costs time. */
const SECRET_BYTES = 32;
/** HKDF's info, and the number of its only round. */
const INFO = 'Caldera Derived Key\u0001';
const KEY_BYTES = 16;

/** The modulus. */
export const N = BigInt(`0x${group.getPrime('hex')}`);
export const G = 2n;

/** Even-length hexadecimal of a positive number, with `00` in front when the top bit is set: as the clients hash numbers. */
export function padHex(number: bigint): string {
  const hex = number.toString(16);
  const even = hex.length % 2 === 1 ? `0${hex}` : hex;
  return /^[89a-f]/.test(even) ? `00${even}` : even;
}

/** SHA-256 of bytes given in hexadecimal, as a number. */
export const hashHex = (hex: string): bigint =>
  BigInt(`0x${sha256(Buffer.from(hex, 'hex')).toString('hex')}`);

/** The multiplier k = H(N, g). */
export const K = hashHex(padHex(N) + padHex(G));

/**
 * base^exponent mod N. Synchronous, under a millisecond for exponents of 256 bits.
 *
 * @param exponent positive
 * @throws RangeError for a base of 0, 1 or N - 1 modulo N, which no honest party sends
 */
export function power(base: bigint, exponent: bigint): bigint {
  const reduced = base % N;
  if (lacksSecrecy(reduced)) throw new RangeError('a base without secrecy');
  return raised(reduced, exponent);
}

/** True for 0, 1 and N - 1, whose powers are themselves. */
const lacksSecrecy = (reduced: bigint): boolean => reduced < 2n || reduced === N - 1n;

/** The private key x = H(salt, H(identity ":" password)). */
function privateKey({ identity, password, salt }: SrpRegistration): bigint {
  const inner = sha256(`${identity}:${password}`).toString('hex');
  return hashHex(padHex(numberOf(salt)) + inner);
}

/** The verifier g^x mod N. */
export const verifierOf = (registration: SrpRegistration): string =>
  power(G, privateKey(registration)).toString(16);

/** B = k v + g^b, with a fresh b. Undefined for an A without secrecy: the key would be the same whatever the password. */
export function challengeOf({
  verifier,
  publicA,
}: Pick<SrpExchange, 'verifier' | 'publicA'>): SrpChallenge | undefined {
  if (lacksSecrecy(numberOf(publicA) % N)) return undefined;
  const bytes = randomBytes(SECRET_BYTES);
  // Always of the same length, so that the time of the power says nothing of it.
  bytes[0] = (bytes[0] ?? 0) | 0x80;
  const secret = bytes.toString('hex');
  const publicB = (K * (numberOf(verifier) % N) + power(G, numberOf(secret))) % N;
  return { secret, publicB: publicB.toString(16) };
}

/** HKDF of S = (A v^u)^b under u (RFC 5869). Undefined where there is none: u is 0, A was made to fit the verifier, or the verifier is of no secret. */
export function keyOf({ verifier, publicA, secret, publicB }: SrpExchange): string | undefined {
  const A = numberOf(publicA);
  const v = numberOf(verifier) % N;
  const scramble = hashHex(padHex(A) + padHex(numberOf(publicB)));
  // Devices bring verifiers of their own making: one without secrecy would be proven by anybody.
  if (scramble === 0n || lacksSecrecy(v)) return undefined;
  const base = (A * raised(v, scramble)) % N;
  if (lacksSecrecy(base)) return undefined;
  const shared = raised(base, numberOf(secret));
  // By its two steps: Node's own way makes an error object of each call, and throws it away.
  const extracted = hmacSha256(bytesOfPadded(scramble), bytesOfPadded(shared));
  return hmacSha256(extracted, INFO).subarray(0, KEY_BYTES).toString('hex');
}

const numberOf = (hex: string): bigint => BigInt(`0x${hex}`);
const bytesOfPadded = (number: bigint): Buffer => Buffer.from(padHex(number), 'hex');

function bytesOf(number: bigint, length = 0): Buffer {
  const hex = number.toString(16);
  return Buffer.from((hex.length % 2 === 1 ? `0${hex}` : hex).padStart(length * 2, '0'), 'hex');
}

/**
 * The fast way, if this OpenSSL still offers it: the group's own object lacks setPrivateKey, but the method of the general class works on it.
 * Else a general object over the same prime, whose making costs a second and a half once.
 */
// The overload with an encoding hides the one without from `call`.
// oxlint-disable-next-line typescript/unbound-method -- it is called with its object, below
const setPrivateKey = DiffieHellman.prototype.setPrivateKey as (key: Buffer) => void;

function choosePower(): (base: bigint, exponent: bigint) => bigint {
  const over = (handle: DiffieHellman) => (base: bigint, exponent: bigint) => {
    // The two calls share the handle's state, so nothing may come between them.
    setPrivateKey.call(handle, bytesOf(exponent));
    return BigInt(`0x${handle.computeSecret(bytesOf(base, MODULUS_BYTES)).toString('hex')}`);
  };
  // DiffieHellmanGroup is DiffieHellman without its setters; the prototype's method is what it lacks.
  const fast = over(group as unknown as DiffieHellman);
  try {
    if (fast(3n, 5n) === 243n && fast(2n, 3080n) === 2n ** 3080n % N) return fast;
  } catch {
    // Not offered: the general object below does the same, more slowly.
  }
  return over(createDiffieHellman(group.getPrime(), 2));
}

const raised = choosePower();
