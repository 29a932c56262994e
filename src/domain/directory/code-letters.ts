/**
 * Code letters: codes on their way to their owners.
 *
 * A code that cannot be delivered is dead, and the call that asked for it fails. Where an app client hides who exists, the answer does not wait for the delivery, because its time and its
 * failure would tell; what goes wrong then is told to whoever runs the server.
 */
import type { Sealer } from '../ports/sealer.ts';
import { nobody, type Address, type CodePurpose, type Codes } from './codes.ts';
import { channelOf, deliveryTo, madeUpAddress, type Delivery } from './destinations.ts';
import type { LetterOccasion, Letters } from './letters.ts';
import type { Pool } from './pools.ts';
import { nameKeyOf, type User } from './users.ts';

export interface CodeLetter {
  readonly pool: Pool;
  readonly user: User;
  readonly purpose: CodePurpose;
  readonly occasion: LetterOccasion;
  readonly to: Address;
  readonly clientId?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}
/** Does something once the present request is answered, and says to whoever runs the server when it fails. */
export type Afterwards = (work: () => Promise<void>) => void;

export interface CodeLetterParts {
  readonly codes: Codes;
  readonly letters: Letters;
  readonly sealer: Sealer;
  readonly afterwards: Afterwards;
}
export type CodeLetters = ReturnType<typeof createCodeLetters>;

export function createCodeLetters({ codes, letters, sealer, afterwards }: CodeLetterParts) {
  async function deliver({ purpose, to, ...letter }: CodeLetter, code: string): Promise<void> {
    try {
      await letters.send({ ...letter, channel: channelOf(to.attribute), to: to.value, code });
    } catch (error) {
      // Not another that was sent in the meantime: a letter may be long in failing.
      await codes.withdraw(purpose, letter.user, code);
      throw error;
    }
  }

  return {
    /** Sends a fresh code. @throws Failure `delivery-failed`; of TriggerFailure */
    async send(letter: CodeLetter): Promise<Delivery> {
      await deliver(letter, await codes.issue(letter.purpose, letter.user, letter.to));
      return deliveryTo(letter.to);
    },

    /** Sends a fresh code once this request is answered. */
    async sendAfterwards(letter: CodeLetter): Promise<Delivery> {
      const code = await codes.issue(letter.purpose, letter.user, letter.to);
      afterwards(() => deliver(letter, code));
      return deliveryTo(letter.to);
    },

    /**
     * Does as if a code were sent to who has no place for one: nobody, or a user who may not have it.
     * @param user whose address is shown where he has one, so that it is the same before and after he may
     */
    async pretend(
      purpose: CodePurpose,
      { pool, login, user, to }: { pool: Pool; login: string; user: User | undefined; to?: Address },
    ): Promise<Delivery> {
      const madeUp = madeUpAddress(sealer, pool, login);
      await codes.pretend(purpose, user ?? nobody(pool.id, nameKeyOf(pool, login)));
      return deliveryTo(to ?? madeUp);
    },
  };
}
