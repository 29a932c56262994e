/**
 * Recovery: a forgotten password is replaced by who reads the code sent to a verified address of its owner.
 *
 * Where the app client hides who exists, decoys, and users whose password cannot be recovered, get the answers of those whose can: a destination, a code that no answer fits,
 * the same limits. The code is looked at before anything of the person's own is, and spent only when the new password is found good.
 * Source: Cognito API reference, ForgotPassword, ConfirmForgotPassword, AdminResetUserPassword; developer guide, "Managing user existence error responses".
 */
import { Failure } from '../../base/failure.ts';
import { assertTold, userOf, type Accounts } from '../users/resolve-account.ts';
import { personOf, type AttemptLimits } from '../limits/attempt-limits.ts';
import { SERVER_CALLER, type CallerContext } from '../ports/caller-context.ts';
import type { Client } from '../pools/clients.ts';
import type { CodeLetters } from '../notifications/code-delivery.ts';
import type { CodeFailure, Codes } from '../notifications/confirmation-codes.ts';
import { isDecoy, type Account } from '../users/decoys.ts';
import { recoveryAddress, type Delivery } from '../notifications/destinations.ts';
import type { Migrations } from './user-migration.ts';
import type { Newcomers } from './sign-up-triggers.ts';
import type { Guesses } from './change-password.ts';
import type { ReplacePassword } from '../users/password-replacement.ts';
import type { Pool } from '../pools/pools.ts';
import type { User, UserFailure, Users } from '../users/users.ts';
import { type Address, isRecoveryClosed } from '../pools/recovery-ways.ts';

export type RecoveryFailure =
  | 'user-disabled'
  | 'password-not-recoverable'
  | 'recovery-closed'
  | 'no-recovery-address';

/** Who forgot his password, as he calls himself. */
export interface Forgetful {
  readonly pool: Pool;
  readonly client: Client;
  readonly login: string;
  readonly caller: CallerContext;
  readonly metadata?: Readonly<Record<string, string>>;
}

interface Recovered extends Forgetful {
  readonly code: string;
  readonly password: string;
  readonly replace: ReplacePassword;
}

/** Whose password an administrator voids. */
export interface Reset extends Pick<Forgetful, 'pool' | 'login' | 'metadata'> {
  /** Ends all that the person signed in for, and makes `change` of him in the same write. */
  readonly endSignIns: (user: User, change: (user: User) => User) => Promise<void>;
}

interface RecoveryParts {
  readonly users: Users;
  readonly accounts: Accounts;
  readonly codes: Codes;
  readonly codeLetters: CodeLetters;
  readonly limits: AttemptLimits;
  readonly guesses: Guesses;
  readonly newcomers: Newcomers;
  readonly migrations: Migrations;
}
export type Recovery = ReturnType<typeof createRecovery>;

export function createRecovery(parts: RecoveryParts) {
  const { users, accounts, codes, codeLetters, limits, guesses, newcomers, migrations } = parts;
  const fail = (kind: RecoveryFailure | CodeFailure | UserFailure) => new Failure(kind);

  /** Whose password is forgotten, also of people whom another directory knew until now; that is asked as often as codes may be, and no more. */
  async function whoForgot(forgetful: Forgetful): Promise<Account> {
    const { pool, client, login, metadata } = forgetful;
    const known = await accounts.named(forgetful);
    await limits.count('forgot-password', { ...forgetful, user: known });
    if (!isDecoy(known) || !(await migrations.mayKnow(pool, login))) return known;
    return (await migrations.bring({ pool, client, login, metadata })) ?? known;
  }

  return {
    /**
     * Sends a code.
     * @throws Failure `recovery-closed`, `too-many-attempts`; `client-user-not-found`, `user-disabled`, `password-not-recoverable`, `no-recovery-address`, `delivery-failed`, of TriggerFailure unless the client hides who exists
     */
    async begin(forgetful: Forgetful): Promise<Delivery> {
      const { pool, client } = forgetful;
      if (isRecoveryClosed(pool)) throw fail('recovery-closed');
      const account = await whoForgot(forgetful);
      assertTold(client, account, 'client-user-not-found');
      const user = userOf(account);
      if (user && !client.hidesUserExistence) {
        assertRecoverable(pool, user);
        return codeLetters.send(letterFor(user, forgetful));
      }
      const to = accounts.addressShown(pool, account, recoveryAddress);
      const isDue =
        user !== undefined && recoveryAddress(pool, user) !== undefined && isRecoverable(pool, user);
      return codeLetters.sendAfterwards({ ...letterTo(forgetful), user: account, to }, { isDue });
    },

    /**
     * Sets a new password, ends what was signed in for with the old one, and confirms an account that nobody had confirmed.
     * @throws Failure `recovery-closed`, `too-many-attempts`, `password-refused`, `password-used-before`, `too-busy`, `code-mismatch`, `code-expired`; `client-user-not-found`, `user-disabled` unless the client hides who exists; of TriggerFailure once the password is set
     */
    async confirm(given: Recovered): Promise<void> {
      const { pool, client, code, password, metadata } = given;
      if (isRecoveryClosed(pool)) throw fail('recovery-closed');
      const account = await accounts.named(given);
      const asking = { ...given, user: account };
      await limits.count('confirm-forgot-password', asking);
      assertTold(client, account, 'client-user-not-found');
      const user = userOf(account);
      if (!account.isEnabled && !client.hidesUserExistence) throw fail('user-disabled');
      // What the pool says of every password: it costs no try, and tells nothing of the person.
      await users.assertPassword(pool, undefined, password);
      if (client.hidesUserExistence) await codes.cover('forgot-password', account);
      const right = await codes.judge('forgot-password', account, code);
      if (!user?.isEnabled) throw fail('code-mismatch');
      assertStillDue(pool, user, right.to);
      const replaced = await users.newPassword(pool, user, password);
      await right.spend();
      const change = (present: User): User => {
        if (present.sub !== user.sub) throw fail('code-expired');
        assertStillDue(pool, present, right.to);
        return { ...replaced(present), status: 'CONFIRMED', temporaryPasswordUntil: undefined };
      };
      const changed = await given.replace(pool, user, { change });
      await limits.clear('forgot-password', asking);
      await limits.clear('confirm-forgot-password', asking);
      await guesses.clear({ guesses: 'password', person: personOf(asking) });
      await newcomers.confirmed(pool, changed, {
        occasion: 'ConfirmForgotPassword',
        clientId: client.id,
        metadata,
      });
    },

    /**
     * Voids a password for an administrator, and sends its owner a code for a new one.
     * @throws Failure `user-not-found`, `recovery-closed`, `user-disabled`, `password-not-recoverable`, `no-recovery-address`; `delivery-failed` and of TriggerFailure once it is void
     */
    async reset({ pool, login, metadata, endSignIns }: Reset): Promise<void> {
      if (isRecoveryClosed(pool)) throw fail('recovery-closed');
      const user = await users.get(pool, login);
      assertResettable(pool, user);
      const letter = letterFor(user, { pool, metadata, caller: SERVER_CALLER });
      const voided = (present: User): User => {
        assertResettable(pool, present);
        return { ...present, status: 'RESET_REQUIRED' };
      };
      // Before anything is sent: whoever is signed in would be again, once a letter that was lost is made up for.
      await endSignIns(user, voided);
      await codeLetters.send({ ...letter, user: voided(user) });
    },
  };

  /** @throws Failure `no-recovery-address` */
  function letterFor(user: User, asked: LetterAsked) {
    const to = recoveryAddress(asked.pool, user);
    if (!to) throw fail('no-recovery-address');
    return { ...letterTo(asked), user, to };
  }

  /** @throws Failure `user-disabled`, `password-not-recoverable` */
  function assertRecoverable(pool: Pool, user: User): void {
    if (!user.isEnabled) throw fail('user-disabled');
    if (!isRecoverable(pool, user)) throw fail('password-not-recoverable');
  }

  /** @throws Failure `user-disabled`, `password-not-recoverable` */
  function assertResettable(pool: Pool, user: User): void {
    assertRecoverable(pool, user);
    if (user.status === 'UNCONFIRMED') throw fail('password-not-recoverable');
  }

  /** What changed since the code was sent may have made it somebody else's. @throws Failure `code-expired` */
  function assertStillDue(pool: Pool, user: User, { attribute, value }: Address): void {
    const isSame =
      user.attributes[attribute] === value && user.attributes[`${attribute}_verified`] === 'true';
    if (!isSame || !isRecoverable(pool, user)) throw fail('code-expired');
  }
}

type LetterAsked = Pick<Forgetful, 'pool' | 'metadata' | 'caller'> & { readonly client?: Client };

function letterTo({ pool, client, metadata, caller }: LetterAsked) {
  const occasion = 'forgot-password' as const;
  return { pool, purpose: occasion, occasion, clientId: client?.id, metadata, caller };
}

/**
 * Temporary passwords are an administrator's, and providers keep those of their people. Recovery confirms an account, and so is closed to the unconfirmed of a pool that is closed to newcomers.
 */
const isRecoverable = ({ isAdminCreateOnly }: Pool, { isEnabled, status }: User): boolean =>
  isEnabled &&
  (status === 'CONFIRMED' || status === 'RESET_REQUIRED' || (status === 'UNCONFIRMED' && !isAdminCreateOnly));
