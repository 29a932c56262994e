/**
 * Password changes: a signed-in person replaces his password, and shows that he knows the old one; or an administrator sets it.
 *
 * Somebody else's access token must not be enough, nor help to find the password out: wrong old ones are counted too.
 * The user's other sessions end, for one of them may be the reason. Which, is decided in tokens/revocation.ts.
 * Source: Cognito API reference, ChangePassword, AdminSetUserPassword.
 */
import type { Clock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import { personOf, type AttemptLimits } from '../limits/attempt-limits.ts';
import type { Throttle } from '../limits/rate-limits.ts';
import type { CallerContext } from '../ports/caller-context.ts';
import type { Client } from '../pools/clients.ts';
import type { Codes } from '../notifications/confirmation-codes.ts';
import type { Pool } from '../pools/pools.ts';
import { temporaryUntil, type User, type Users } from '../users/users.ts';
import type { ReplacePassword } from '../users/password-replacement.ts';

export type PasswordChangeFailure =
  | 'wrong-username-or-password'
  | 'password-attempts-exceeded'
  | 'previous-password-missing'
  | 'password-not-changeable';

/** Where wrong passwords are counted. */
export type Guesses = Pick<Throttle, 'assertMayTry' | 'clear'>;

/** Who bears an access token is in already: strangers cannot use up their tries. */
const SIGNED_IN = { knownDevice: 'signed in' } as const;

interface PasswordChange {
  readonly pool: Pool;
  /** That the access token is of. */
  readonly client: Client;
  readonly user: User;
  /** Absent for who has none yet. */
  readonly previous?: string;
  readonly proposed: string;
  readonly caller: CallerContext;
  /** The family of the access token; without it no session goes on. */
  readonly familyId?: string;
  readonly replace: ReplacePassword;
}
interface PasswordSetting {
  readonly pool: Pool;
  readonly login: string;
  readonly password: string;
  /** Else its user is to choose another one at the next sign-in. */
  readonly isPermanent: boolean;
  readonly replace: ReplacePassword;
}
export type PasswordChanges = ReturnType<typeof createPasswordChanges>;

export function createPasswordChanges({
  users,
  codes,
  limits,
  guesses,
  clock,
}: {
  users: Users;
  codes: Codes;
  limits: AttemptLimits;
  guesses: Guesses;
  clock: Clock;
}) {
  /** @throws Failure `previous-password-missing`, `password-attempts-exceeded`, `wrong-username-or-password`, `too-busy` */
  async function assertKnown(change: PasswordChange): Promise<void> {
    const { pool, client, user, previous, caller } = change;
    if (!user.password) return;
    if (previous === undefined) throw new Failure<PasswordChangeFailure>('previous-password-missing');
    const person = personOf(change);
    const guess = {
      guesses: 'password',
      pool: pool.id,
      person,
      client: client.id,
      caller,
      device: SIGNED_IN,
    } as const;
    const tried = await guesses.assertMayTry(guess);
    try {
      const isRight = await users.passwordMatches(pool, user, previous);
      await (isRight ? tried.right() : tried.wrong());
      if (!isRight) throw new Failure<PasswordChangeFailure>('wrong-username-or-password');
    } finally {
      tried.drop();
    }
  }

  return {
    /**
     * Sets a password for an administrator.
     * @throws Failure `user-not-found`, `password-refused`, `password-used-before`, `too-busy`
     */
    async set({ pool, login, password, isPermanent, replace }: PasswordSetting): Promise<void> {
      const user = await users.get(pool, login);
      const replaced = await users.newPassword(pool, user, password);
      const change = (present: User): User => ({
        ...replaced(present),
        status: isPermanent ? 'CONFIRMED' : 'FORCE_CHANGE_PASSWORD',
        temporaryPasswordUntil: isPermanent ? undefined : temporaryUntil(pool, clock),
      });
      await replace(pool, user, { change });
    },

    /**
     * @throws Failure `too-many-attempts`, `password-not-changeable`, `password-refused`, `password-used-before`, `too-busy`, `previous-password-missing`, `password-attempts-exceeded`, `wrong-username-or-password`, `user-not-found`
     */
    async change(change: PasswordChange): Promise<void> {
      const { pool, user, proposed, familyId } = change;
      await limits.count('change-password', change);
      // His provider keeps the password; one of the pool's own would be a second way in.
      if (user.status === 'EXTERNAL_PROVIDER')
        throw new Failure<PasswordChangeFailure>('password-not-changeable');
      await users.assertPassword(pool, undefined, proposed);
      await assertKnown(change);
      const replaced = await users.newPassword(pool, user, proposed);
      await change.replace(pool, user, {
        spares: familyId,
        change(present) {
          // The old password is no proof any more if it was replaced in the meantime.
          if (present.sub !== user.sub || !isSame(present.password, user.password))
            throw new Failure<PasswordChangeFailure>('wrong-username-or-password');
          return replaced(present);
        },
      });
      await codes.forget('forgot-password', user);
    },
  };
}

const isSame = (one: User['password'], other: User['password']): boolean =>
  JSON.stringify(one) === JSON.stringify(other);
