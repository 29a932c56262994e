/**
 * Argon2id by @node-rs/argon2, which works on Node's own threads; never more at once than leaves some for others.
 *
 * Parameters as OWASP advises: 19 MiB, two passes, one lane. Each hash needs its memory for ten milliseconds, and more at once would only make all of them slower.
 * Source: RFC 9106; OWASP Password Storage Cheat Sheet.
 */
import { hash, parseOptions, verify } from '@node-rs/argon2';
import { Failure } from '../base/failure.ts';
import type { PasswordHash, PasswordHashFailure } from '../domain/ports/password-hash.ts';

const MEMORY_KIB = 19_456;
const PASSES = 2;
const LANES = 1;
/** Of Node's four threads two stay free, for signatures and files. */
const MOST_AT_ONCE = 2;
/** Two seconds of work. */
const MOST_WAITING = 256;

/** Of a password that nobody has: what is compared with where there is none. Its parameters are those above. */
const NOBODY = `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${LANES}$bm9ib2R5LW5vYm9keS1ubw$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA`;

export function createArgon2id(): Pick<PasswordHash, 'argon2id' | 'argon2idMatches' | 'isWeaker'> {
  const turn = createTurns();
  const options = { memoryCost: MEMORY_KIB, timeCost: PASSES, parallelism: LANES };
  return {
    argon2id: (password) => turn(() => hash(password, options)),
    async argon2idMatches(kept, password) {
      const isRight = await turn(() => verify(kept ?? NOBODY, password));
      return isRight && kept !== undefined;
    },
    isWeaker(kept) {
      const { memoryCost, timeCost, parallelism } = parseOptions(kept);
      return memoryCost * timeCost < MEMORY_KIB * PASSES || parallelism < LANES;
    },
  };
}

/** Lets a few work at once and the others wait. */
function createTurns() {
  const waiting: (() => void)[] = [];
  let atWork = 0;
  return async <Result>(work: () => Promise<Result>): Promise<Result> => {
    if (atWork >= MOST_AT_ONCE) {
      if (waiting.length >= MOST_WAITING) throw new Failure<PasswordHashFailure>('too-busy');
      // Who is woken takes over the turn of who woke him.
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else atWork += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else atWork -= 1;
    }
  };
}
