/**
 * Arrivals: whose name begins a sign-in, also of people whom another directory knew until now.
 *
 * Their password is asked about there as if it were judged here: counted before, and slowed down alike, so that neither directory can be tried out faster, and nothing tells which of the two knows a name.
 */
import type { Accounts } from '../users/resolve-account.ts';
import { personOf } from '../limits/attempt-limits.ts';
import { isDecoy, type Account } from '../users/decoys.ts';
import type { Migrations } from '../accounts/user-migration.ts';

import type { Start } from './start.ts';
import type { Answer } from './challenges/challenge.ts';
import type { Throttle } from '../limits/rate-limits.ts';

interface Arrived {
  readonly user: Account;
  /** Nobody's name, and the password was judged all the same. */
  readonly isNobodys: boolean;
}

export function createArrivals({
  accounts,
  migrations,
  throttle,
}: {
  accounts: Accounts;
  migrations: Migrations;
  throttle: Throttle;
}) {
  return {
    /** @throws Failure `password-attempts-exceeded`; of TriggerFailure, `alias-exists` unless the client hides who exists */
    async whoIs(start: Start, { password }: Answer): Promise<Arrived> {
      const { pool, client, login, caller, metadata: validationData } = start;
      const known = await accounts.named(start);
      if (!isDecoy(known) || password === undefined || !(await migrations.mayKnow(pool, login)))
        return { user: known, isNobodys: false };
      const guess = {
        guesses: 'password',
        pool: pool.id,
        person: personOf({ pool, user: known }),
        client: client.id,
        caller,
        device: 'unknown-device',
      } as const;
      const tried = await throttle.assertMayTry(guess);
      try {
        const user = await migrations.bring({ pool, client, login, password, validationData });
        await (user ? tried.right() : tried.wrong());
        return { user: user ?? known, isNobodys: user === undefined };
      } finally {
        tried.drop();
      }
    },
  };
}
