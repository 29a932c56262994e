/**
 * The password proven without being sent: Secure Remote Password.
 *
 * Who is not known gets a salt that stays the same from one try to the next and a challenge that nobody can answer, at the same cost.
 * Source: srp-exchange.ts.
 */
import { Failure } from '../../../base/failure.ts';
import { personOf } from '../../directory/attempt-limits.ts';
import { poolNameOf, type SrpVerifier } from '../../directory/passwords.ts';
import type { Sealer } from '../../ports/sealer.ts';
import { nameOf } from '../person.ts';
import type { SrpExchange } from '../srp-exchange.ts';
import type { Attempt, SignInFailure, Step } from '../step.ts';

const SALT_BYTES = 16;
const VERIFIER_BYTES = 384;

export function srpStep({ sealer, srp }: { sealer: Sealer; srp: SrpExchange }): Step {
  /** One for all names that nobody has: it never shows, and making one for each would take the time that tells them from others. */
  const nobodys = sealer.derive('nobody', VERIFIER_BYTES).secret.toString('hex');

  const ownOf = ({ user }: Attempt): SrpVerifier | undefined =>
    user?.password && 'verifier' in user.password ? user.password : undefined;

  /** The salt; a made-up one, always the same for a name, for who has none. It is made up for everybody: its time is not to tell for whom it counts. */
  function saltOf(attempt: Attempt): string {
    const { secret } = sealer.derive(`nobody/${personOf(attempt)}`, SALT_BYTES);
    return ownOf(attempt)?.salt ?? secret.toString('hex');
  }

  return {
    name: 'srp',
    guesses: 'password',
    owedBy: () => false,

    async ask(attempt, { srpA }) {
      const { pool, session } = attempt;
      if (pool.passwordStorage === 'argon2id')
        throw new Failure<SignInFailure>('answer-malformed', {
          reason: 'USER_SRP_AUTH is not available in a user pool that keeps hashes of passwords.',
        });
      const secrets = { salt: saltOf(attempt), verifier: ownOf(attempt)?.verifier ?? nobodys };
      const { asks, notes } = await srp.challenge(secrets, { session, srpA });
      const username = nameOf(attempt, { sealer });
      return {
        asks: { ...asks, USER_ID_FOR_SRP: username, USERNAME: username },
        notes: { ...notes, username },
      };
    },

    async check(attempt, answer) {
      const { pool, notes } = attempt;
      const own = ownOf(attempt);
      const party = { group: poolNameOf(pool.id), name: notes.username ?? '' };
      const isProven = await srp.isProven({ ...party, verifier: own?.verifier ?? nobodys }, notes, answer);
      if (!isProven || !own) throw new Failure<SignInFailure>('wrong-username-or-password');
    },
  };
}
