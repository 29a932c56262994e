/**
 * Codes: six digits that prove somebody reads what is sent to an address.
 *
 * Bound to pool, user and purpose; a day long, spent by the right answer, dead after five wrong ones. Wrong answers are counted before they are compared, so
 * that a thousand at once get no more than five tries.
 * Source: Cognito developer guide, "Code validity".
 */
import { Failure } from '../../base/failure.ts';
import { newCode } from '../../base/ids.ts';
import { equal } from '../../base/secret.ts';
import type { Expiring } from '../ports/expiring.ts';

export type CodePurpose = 'sign-up';
export type CodeFailure = 'code-mismatch' | 'code-expired' | 'too-many-attempts';

const SECONDS: Readonly<Record<CodePurpose, number>> = { 'sign-up': 86_400 };
const MAX_TRIES = 5;

interface Note {
  readonly code: string;
  /** What the code was sent to: `{ attribute: 'email', value: 'ada@example.com' }`. */
  readonly attribute: string;
  readonly value: string;
}

export function createCodes({ expiring }: { expiring: Expiring }) {
  const kindOf = (purpose: CodePurpose) => `code:${purpose}`;
  const idOf = (poolId: string, sub: string) => `${poolId}/${sub}`;

  return {
    /** A fresh code in place of an older one. */
    async issue(
      purpose: CodePurpose,
      poolId: string,
      sub: string,
      to: { attribute: string; value: string },
    ): Promise<string> {
      const code = newCode();
      await expiring.forget(kindOf(purpose), idOf(poolId, sub));
      await expiring.put(
        kindOf(purpose),
        idOf(poolId, sub),
        { code, ...to } satisfies Note,
        SECONDS[purpose],
      );
      return code;
    },

    /**
     * Spends the code.
     * @returns what it was sent to
     * @throws Failure `code-mismatch`, `code-expired` when there is none, `too-many-attempts`
     */
    async redeem(
      purpose: CodePurpose,
      poolId: string,
      sub: string,
      answer: string,
    ): Promise<Pick<Note, 'attribute' | 'value'>> {
      const [kind, id] = [kindOf(purpose), idOf(poolId, sub)];
      const tries = await expiring.count(`${kind}:tries`, id, SECONDS[purpose]);
      if (tries > MAX_TRIES) throw new Failure<CodeFailure>('too-many-attempts');
      const note = await expiring.get<Note>(kind, id);
      if (!note) throw new Failure<CodeFailure>('code-expired');
      if (!equal(note.code, answer)) throw new Failure<CodeFailure>('code-mismatch');
      const taken = await expiring.take<Note>(kind, id);
      if (!taken || !equal(taken.code, answer)) throw new Failure<CodeFailure>('code-expired');
      await expiring.forget(`${kind}:tries`, id);
      return { attribute: taken.attribute, value: taken.value };
    },
  };
}
export type Codes = ReturnType<typeof createCodes>;
