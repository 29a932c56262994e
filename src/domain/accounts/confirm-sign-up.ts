/**
 * Confirmations: the code of a new account once more, and accounts that an administrator confirms.
 *
 * Where the app client hides who exists, a decoy, or a user who needs no code, is answered as who is sent one.
 * Source: Cognito API reference, ResendConfirmationCode, AdminConfirmSignUp.
 */
import { Failure } from '../../base/failure.ts';
import { assertTold, userOf, type Accounts } from '../users/resolve-account.ts';
import type { AttemptLimits } from '../limits/attempt-limits.ts';
import type { CodeLetters } from '../notifications/code-delivery.ts';
import type { Codes } from '../notifications/confirmation-codes.ts';
import { signUpAddress, type Delivery } from '../notifications/destinations.ts';
import type { Newcomers } from './sign-up-triggers.ts';
import type { Pool } from '../pools/pools.ts';
import type { Forgetful } from './forgot-password.ts';
import type { SignUpFailure } from './sign-up.ts';
import type { User, Users } from '../users/users.ts';

/** `confirmed-before`: no code is due. `nothing-to-verify`: the pool verifies none of the addresses that he gave. */
export type ConfirmationFailure = 'confirmed-before' | 'nothing-to-verify';

export type Confirmations = ReturnType<typeof createConfirmations>;

export function createConfirmations({
  users,
  accounts,
  codes,
  codeLetters,
  limits,
  newcomers,
}: {
  users: Users;
  accounts: Accounts;
  codes: Codes;
  codeLetters: CodeLetters;
  limits: AttemptLimits;
  newcomers: Newcomers;
}) {
  return {
    /**
     * Sends a fresh code in place of the last one.
     * @throws Failure `sign-up-closed`, `too-many-attempts`; `client-user-not-found`, `user-disabled`, `confirmed-before`, `nothing-to-verify`, `delivery-failed`, of TriggerFailure unless the client hides who exists
     */
    async resend(asked: Forgetful): Promise<Delivery> {
      const { pool, client, metadata, caller } = asked;
      // What is closed to newcomers is closed to those who came before and were not confirmed.
      if (pool.isAdminCreateOnly) throw new Failure<SignUpFailure>('sign-up-closed');
      const account = await accounts.named(asked);
      await limits.count('resend-confirmation-code', { ...asked, user: account });
      assertTold(client, account, 'client-user-not-found');
      const user = userOf(account);
      const to = user && signUpAddress(pool, user);
      const what = { purpose: 'sign-up', occasion: 'resent-code' } as const;
      const letter = { ...what, pool, clientId: client.id, metadata, caller };
      if (user && !client.hidesUserExistence) {
        assertUnconfirmed(user);
        if (!to) throw new Failure<ConfirmationFailure>('nothing-to-verify');
        return codeLetters.send({ ...letter, user, to });
      }
      const shown = accounts.addressShown(pool, account, signUpAddress);
      const isDue = user !== undefined && to !== undefined && isUnconfirmed(user);
      return codeLetters.sendAfterwards({ ...letter, user: account, to: shown }, { isDue });
    },

    /** @throws Failure `user-not-found`, `already-confirmed`; of TriggerFailure once he is confirmed */
    async confirm(pool: Pool, login: string, metadata?: Readonly<Record<string, string>>): Promise<User> {
      const user = await users.get(pool, login);
      const confirmed = await users.change(pool, user, (present) => {
        if (present.status !== 'UNCONFIRMED')
          throw new Failure<SignUpFailure>('already-confirmed', { status: present.status });
        return { ...present, status: 'CONFIRMED' };
      });
      await codes.forget('sign-up', user);
      await newcomers.confirmed(pool, confirmed, { occasion: 'ConfirmSignUp', metadata });
      return confirmed;
    },
  };
}

const isUnconfirmed = ({ status, isEnabled }: User): boolean => isEnabled && status === 'UNCONFIRMED';

/** @throws Failure `user-disabled`, `confirmed-before` */
function assertUnconfirmed({ status, isEnabled }: User): void {
  if (!isEnabled) throw new Failure<SignUpFailure>('user-disabled');
  if (status !== 'UNCONFIRMED') throw new Failure<ConfirmationFailure>('confirmed-before');
}
