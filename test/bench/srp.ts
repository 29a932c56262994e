/**
 * Bench of SRP: OpenSSL's modular power against BigInt's. `node test/bench/srp.ts`
 */
import { randomBytes } from 'node:crypto';
import { G, N, power } from '../../src/password-hash/srp.ts';
import { perSecond, printed, ratio, type Figures } from './measuring.ts';

function powerByBigInt(base: bigint, exponent: bigint): bigint {
  let [result, square] = [1n, base % N];
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * square) % N;
    square = (square * square) % N;
  }
  return result;
}

export function benchSrp(): Figures {
  const exponent = BigInt(`0x${randomBytes(32).toString('hex')}`);
  const openssl = perSecond(() => power(G, exponent));
  return {
    'modular powers a second': Math.round(openssl),
    "OpenSSL's to BigInt's": ratio(
      openssl,
      perSecond(() => powerByBigInt(G, exponent)),
    ),
  };
}

if (import.meta.main) printed(benchSrp());
