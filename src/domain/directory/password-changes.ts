/**
 * Password changes: a signed-in person replaces his password, and shows that he knows the old one.
 *
 * Somebody else's access token must not be enough, nor help to find the password out: a wrong old one counts like a wrong one at a sign-in.
 * Source: Cognito API reference, ChangePassword.
 */
import { Failure } from '../../base/failure.ts';
import { personOf, type AttemptLimits } from './attempt-limits.ts';
import type { Client } from './clients.ts';
import type { Codes } from './codes.ts';
import type { Pool } from './pools.ts';
import type { User, Users } from './users.ts';

export type PasswordChangeFailure =
  | 'wrong-username-or-password'
  | 'password-attempts-exceeded'
  | 'previous-password-missing'
  | 'password-not-changeable';

/** Where wrong passwords are counted. */
export interface Guesses {
  /** Counts a try, which ends in one of these ways. @throws Failure `password-attempts-exceeded` */
  assertMayTry(guess: Guess): Promise<{ right(): Promise<void>; wrong(): Promise<void>; drop(): void }>;
  /** Forgets a person's tries. */
  clear(guess: Pick<Guess, 'guesses' | 'person'>): Promise<void>;
}
interface Guess {
  readonly guesses: 'password';
  readonly person: string;
  readonly client: string;
  readonly sourceIp: string | undefined;
}

export interface PasswordChange {
  readonly pool: Pool;
  /** That the access token is of. */
  readonly client: Client;
  readonly user: User;
  /** Absent for who has none yet. */
  readonly previous?: string;
  readonly proposed: string;
  readonly sourceIp?: string;
}
export type PasswordChanges = ReturnType<typeof createPasswordChanges>;

export function createPasswordChanges({
  users,
  codes,
  limits,
  guesses,
}: {
  users: Users;
  codes: Codes;
  limits: AttemptLimits;
  guesses: Guesses;
}) {
  /** @throws Failure `previous-password-missing`, `password-attempts-exceeded`, `wrong-username-or-password`, `too-busy` */
  async function assertKnown(change: PasswordChange): Promise<void> {
    const { pool, client, user, previous, sourceIp } = change;
    if (!user.password) return;
    if (previous === undefined) throw new Failure<PasswordChangeFailure>('previous-password-missing');
    const guess = { guesses: 'password', person: personOf(change), client: client.id, sourceIp } as const;
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
     * @throws Failure `too-many-attempts`, `password-not-changeable`, `password-refused`, `password-used-before`, `too-busy`, `previous-password-missing`, `password-attempts-exceeded`, `wrong-username-or-password`, `user-not-found`
     */
    async change(change: PasswordChange): Promise<void> {
      const { pool, user, proposed } = change;
      await limits.count('change-password', change);
      // His provider keeps the password; one of the pool's own would be a second way in.
      if (user.status === 'EXTERNAL_PROVIDER')
        throw new Failure<PasswordChangeFailure>('password-not-changeable');
      await users.assertPassword(pool, undefined, proposed);
      await assertKnown(change);
      const replaced = await users.newPassword(pool, user, proposed);
      await users.change(pool, user, (present) => {
        // The old password is no proof any more if it was replaced in the meantime.
        if (present.sub !== user.sub || !isSame(present.password, user.password))
          throw new Failure<PasswordChangeFailure>('wrong-username-or-password');
        return replaced(present);
      });
      await codes.forget('forgot-password', user);
    },
  };
}

const isSame = (one: User['password'], other: User['password']): boolean =>
  JSON.stringify(one) === JSON.stringify(other);
