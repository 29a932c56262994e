/**
 * The heavy arithmetic of passwords, off the main thread: Secure Remote Password on threads of our own, Argon2id on Node's.
 *
 * Beside it the list of known passwords, which is read on a thread too. The folder knows no user and no pool; what is kept of a password and when it is asked for is decided in domain/users/passwords.ts.
 */
import { availableParallelism } from 'node:os';
import type { KnownPasswords } from '../domain/ports/known-passwords.ts';
import type { PasswordHash, SrpChallenge } from '../domain/ports/password-hash.ts';
import { createArgon2id } from './argon2.ts';
import type { Value } from './job.ts';
import { createKnownPasswords } from './known-passwords.ts';
import { createThreads } from './threads.ts';

interface PasswordThreads extends PasswordHash, KnownPasswords {
  close(): Promise<void>;
}

/** @param most how many threads at most; as many as the machine runs at once unless said */
export function openPasswordHash(most: number = availableParallelism()): PasswordThreads {
  const threads = createThreads(most);
  return {
    ...createArgon2id(),
    ...createKnownPasswords(),
    srpVerifier: (registration) => threads.run({ verb: 'srp-verifier', ...registration }).then(asText),
    srpChallenge: ({ verifier, publicA }) =>
      threads
        .run({ verb: 'srp-challenge', verifier, publicA })
        // The verb's own value, see worker.ts.
        .then((value) => value as SrpChallenge | undefined),
    srpKey: ({ verifier, publicA, secret, publicB }) =>
      threads
        .run({ verb: 'srp-key', verifier, publicA, secret, publicB })
        .then((value) => (value === undefined ? undefined : asText(value))),
    close: () => threads.close(),
  };
}

const asText = (value: Value): string => {
  if (typeof value !== 'string') throw new TypeError('a calculation gave no text');
  return value;
};
