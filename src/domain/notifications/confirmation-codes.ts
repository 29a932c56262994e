/**
 * Codes: six digits that prove somebody reads what is sent to an address.
 *
 * Bound to pool, user, purpose and address; one is alive for each purpose, and a new one replaces it. Spent by the right answer, dead after five wrong ones. Tries are counted
 * on the code itself and before they are compared, so that a thousand at once get no more than five. For a name that nobody has a code is kept too, which no answer fits: whoever tries
 * it is told the same, for as long.
 * Source: Cognito developer guide, "Code validity".
 */
import { Failure } from '../../base/failure.ts';
import { newCode, newUuid } from '../../base/ids.ts';
import { equal } from '../../base/secret.ts';
import type { Expiring } from '../ports/expiring.ts';
import type { AttemptFailure } from '../limits/attempt-limits.ts';
import type { ContactAttribute } from '../pools/pools.ts';
import type { Address } from '../pools/recovery-ways.ts';

export type CodePurpose = 'sign-up' | 'forgot-password' | `verify-${ContactAttribute}`;
export type CodeFailure = 'code-mismatch' | 'code-expired' | AttemptFailure;

const HOUR = 3600;
const SECONDS: Readonly<Record<CodePurpose, number>> = {
  'sign-up': 24 * HOUR,
  'forgot-password': HOUR,
  'verify-email': 24 * HOUR,
  'verify-phone_number': 24 * HOUR,
};
const MAX_TRIES = 5;

/** Whose a code is: a user, or the decoy of a name that nobody has. */
interface CodeOwner {
  readonly poolId: string;
  readonly sub: string;
}
interface Note {
  /** What its tries are counted under. */
  readonly id: string;
  /** Absent where no answer is right. */
  readonly code?: string;
  readonly to?: Address;
  /** Nothing was sent, and no answer is right. */
  readonly isVoid?: boolean;
}
/** A code that was right, and is not spent yet. */
interface RightCode {
  /** What it was sent to. */
  readonly to: Address;
  /** Of many at once, one gets through. @throws Failure `code-expired` */
  spend(): Promise<void>;
}

export type Codes = ReturnType<typeof createCodes>;

export function createCodes({ expiring }: { expiring: Expiring }) {
  const kindOf = (purpose: CodePurpose) => `code:${purpose}`;
  const idOf = ({ poolId, sub }: CodeOwner) => `${poolId}/${sub}`;
  const keep = (purpose: CodePurpose, owner: CodeOwner, note: Omit<Note, 'id'>): Promise<void> =>
    expiring.put(kindOf(purpose), idOf(owner), { id: newUuid(), ...note } satisfies Note, SECONDS[purpose]);

  return {
    /** A fresh code in place of an older one. @param isVoid no answer to it is right, which takes as much work */
    async issue(
      purpose: CodePurpose,
      owner: CodeOwner,
      to: Address,
      { isVoid = false }: { readonly isVoid?: boolean } = {},
    ): Promise<string> {
      const code = newCode();
      await keep(purpose, owner, { code, to, isVoid });
      return code;
    },

    /** Where there is no code, one that no answer fits: so that what is answered does not tell who was sent one. As much work either way. */
    async cover(purpose: CodePurpose, owner: CodeOwner): Promise<void> {
      const note = { id: newUuid() } satisfies Note;
      await expiring.claim(kindOf(purpose), idOf(owner), note, SECONDS[purpose]);
    },

    /** That code is dead; one that replaced it is not. */
    async withdraw(purpose: CodePurpose, owner: CodeOwner, code: string): Promise<void> {
      const note = await expiring.get<Note>(kindOf(purpose), idOf(owner));
      if (note?.code !== undefined && equal(note.code, code)) await this.forget(purpose, owner);
    },

    /** Whatever code there is, is dead. */
    forget: (purpose: CodePurpose, owner: CodeOwner): Promise<void> =>
      expiring.forget(kindOf(purpose), idOf(owner)),

    /**
     * Judges an answer; a right one leaves the code, to be spent once all else is found good.
     * @throws Failure `code-mismatch`, `code-expired` when there is none, `too-many-attempts`
     */
    async judge(purpose: CodePurpose, owner: CodeOwner, answer: string): Promise<RightCode> {
      const [kind, id] = [kindOf(purpose), idOf(owner)];
      const note = await expiring.get<Note>(kind, id);
      if (!note) throw new Failure<CodeFailure>('code-expired');
      const tries = await expiring.count(`${kind}:tries`, note.id, SECONDS[purpose]);
      if (tries > MAX_TRIES) throw new Failure<CodeFailure>('too-many-attempts');
      const { code, to, isVoid = false } = note;
      if (isVoid || code === undefined || to === undefined || !equal(code, answer))
        throw new Failure<CodeFailure>('code-mismatch');
      return {
        to,
        async spend() {
          const taken = await expiring.take<Note>(kind, id);
          if (taken?.id !== note.id) throw new Failure<CodeFailure>('code-expired');
        },
      };
    },

    /**
     * Judges an answer and spends the code.
     * @returns what it was sent to
     * @throws Failure `code-mismatch`, `code-expired`, `too-many-attempts`
     */
    async redeem(purpose: CodePurpose, owner: CodeOwner, answer: string): Promise<Address> {
      const right = await this.judge(purpose, owner, answer);
      await right.spend();
      return right.to;
    },
  };
}
