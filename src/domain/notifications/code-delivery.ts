/**
 * Code letters: codes on their way to their owners.
 *
 * A code that cannot be delivered is dead, and the call that asked for it fails. Where an app client hides who exists, the answer does not wait for the delivery, because its time and its
 * failure would tell; what goes wrong then is told to whoever runs the server.
 */
import type { CallerContext } from '../ports/caller-context.ts';
import type { CodePurpose, Codes } from './confirmation-codes.ts';
import type { Account } from '../users/decoys.ts';
import { channelOf, deliveryTo, type Delivery } from './destinations.ts';
import type { LetterOccasion, Letters } from './notifications.ts';
import type { Countable } from './message-limits.ts';
import type { Pool } from '../pools/pools.ts';
import { nameKeyOf, type User } from '../users/users.ts';
import type { Address } from '../pools/recovery-ways.ts';
import type { Afterwards } from '../ports/afterwards.ts';

interface CodeLetter {
  readonly pool: Pool;
  readonly user: Account;
  readonly purpose: CodePurpose;
  readonly occasion: LetterOccasion;
  readonly to: Address;
  readonly caller: CallerContext;
  readonly clientId?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}
interface CodeLetterParts {
  readonly codes: Codes;
  readonly letters: Letters;
  readonly afterwards: Afterwards;
}
export type CodeLetters = ReturnType<typeof createCodeLetters>;

export function createCodeLetters({ codes, letters, afterwards }: CodeLetterParts) {
  async function deliver(
    { purpose, to, ...letter }: CodeLetter,
    { code, visibility }: { code: string; visibility: Countable['visibility'] },
  ): Promise<void> {
    try {
      await letters.send({ ...letter, visibility, ...channelTo(to), code });
    } catch (error) {
      // Not another that was sent in the meantime: a letter may be long in failing.
      await codes.withdraw(purpose, letter.user, code);
      throw error;
    }
  }

  return {
    /** Sends a fresh code. @throws Failure `delivery-failed`; of MessageLimitFailure, of TriggerFailure */
    async send(letter: CodeLetter & { readonly user: User }): Promise<Delivery> {
      const code = await codes.issue(letter.purpose, letter.user, letter.to);
      await deliver(letter, { code, visibility: 'open' });
      return deliveryTo(letter.to);
    },

    /**
     * Sends a fresh code once this request is answered.
     *
     * @param isDue else nothing is sent and no answer is right, after as much work: to a decoy, or a user who may have no code
     */
    async sendAfterwards(letter: CodeLetter, { isDue }: { readonly isDue: boolean }): Promise<Delivery> {
      const { pool, purpose, user, to } = letter;
      const code = await codes.issue(purpose, user, to, { isVoid: !isDue });
      const visibility = 'hidden';
      afterwards(pool.id, () =>
        isDue
          ? deliver(letter, { code, visibility })
          : letters.rehearse({ ...letter, visibility, ...channelTo(to), code }),
      );
      // Who asks may have typed the address otherwise than its owner did.
      return deliveryTo({ ...to, value: nameKeyOf(pool, to.value) });
    },
  };
}

const channelTo = ({ attribute, value }: Address) => ({ channel: channelOf(attribute), to: value });
