/**
 * The SRP group: the arithmetic of Secure Remote Password as Cognito's clients speak it.
 *
 * N is the 3072-bit group of RFC 3526 (15), g is 2, the hash SHA-256. The modular power is OpenSSL's, through node:crypto's modp15 group: three times as fast
 * as BigInt, and without BigInt's dependence of time on the exponent's digits. Exponents are secrets, bases are not.
 * Source: RFC 5054; amazon-cognito-identity-js, AuthenticationHelper.
 */
import { createDiffieHellman, DiffieHellman, getDiffieHellman } from 'node:crypto';
import { sha256 } from '../../base/secret.ts';

const group = getDiffieHellman('modp15');
const MODULUS_BYTES = 384;

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
  if (reduced < 2n || reduced === N - 1n) throw new RangeError('a base without secrecy');
  return raised(reduced, exponent);
}

/** The private key x = H(salt, H(poolName username ":" password)). */
export function privateKey({ poolName, username, password, salt }: Registration): bigint {
  const inner = sha256(`${poolName}${username}:${password}`).toString('hex');
  return hashHex(padHex(BigInt(`0x${salt}`)) + inner);
}

/** What a verifier is made from. `poolName` is the part of the pool's id after `_`; `salt` is hexadecimal. */
export interface Registration {
  readonly poolName: string;
  readonly username: string;
  readonly password: string;
  readonly salt: string;
}

/** The verifier g^x mod N, hexadecimal. */
export const verifierOf = (registration: Registration): string =>
  power(G, privateKey(registration)).toString(16);

/** The name under which a pool's passwords are hashed. */
export const poolNameOf = (poolId: string): string => poolId.slice(poolId.indexOf('_') + 1);

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
