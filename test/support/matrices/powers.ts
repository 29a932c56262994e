/**
 * Counts the powers of 3,072 bits that this thread raises, through node:crypto.
 */
import { DiffieHellmanGroup } from 'node:crypto';

/** `restore` it in `finally`. */
export function countPowers() {
  const { prototype } = DiffieHellmanGroup;
  const { computeSecret } = prototype;
  let times = 0;
  prototype.computeSecret = new Proxy(computeSecret, {
    apply(target, self, given) {
      times += 1;
      return Reflect.apply(target, self, given);
    },
  });
  return {
    times: () => times,
    restore() {
      prototype.computeSecret = computeSecret;
    },
  };
}
