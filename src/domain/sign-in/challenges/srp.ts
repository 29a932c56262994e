/**
 * The password proven without being sent: Secure Remote Password.
 *
 * A decoy's salt stays the same from one try to the next, and its challenge nobody can answer, at the same cost.
 * Source: srp-exchange.ts.
 */
import { Failure } from '../../../base/failure.ts';
import { standInFor } from '../../users/resolve-account.ts';
import { isDecoy, type Decoys } from '../../users/decoys.ts';
import { poolNameOf, type SrpVerifier } from '../../users/passwords.ts';
import type { SrpExchange } from '../srp-exchange.ts';
import type { Attempt, SignInFailure, Step } from './challenge.ts';

export function srpStep({ decoys, srp }: { decoys: Decoys; srp: SrpExchange }): Step {
  const ownOf = ({ user: { password } }: Attempt): SrpVerifier | undefined =>
    password && 'verifier' in password ? password : undefined;

  /** What is proven against: a user's own, a decoy's, or where a user has none, that of the decoy in its place. */
  function verifierOf(attempt: Attempt): SrpVerifier {
    const standIn = standInFor(decoys, attempt.pool, attempt.user);
    return ownOf(attempt) ?? standIn.password;
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
      const { asks, notes } = await srp.challenge(verifierOf(attempt), { session, srpA });
      const { username } = attempt.user;
      return {
        asks: { ...asks, USER_ID_FOR_SRP: username, USERNAME: username },
        notes: { ...notes, username },
      };
    },

    async check(attempt, answer) {
      const { pool, notes } = attempt;
      const party = { group: poolNameOf(pool.id), name: notes.username ?? '' };
      const { verifier } = verifierOf(attempt);
      const isProven = await srp.isProven({ ...party, verifier }, notes, answer);
      // Security: what a decoy's verifier fits would be proven of a user who has no password.
      if (!isProven || !ownOf(attempt) || isDecoy(attempt.user))
        throw new Failure<SignInFailure>('wrong-username-or-password');
    },
  };
}
