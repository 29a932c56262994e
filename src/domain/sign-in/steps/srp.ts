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
  /** Salt and verifier; made-up ones, always the same, for who has none. */
  function verifierFor(attempt: Attempt): SrpVerifier & { readonly isOwn: boolean } {
    const kept = attempt.user?.password;
    if (kept && 'verifier' in kept) return { ...kept, isOwn: true };
    const { secret } = sealer.derive(`nobody/${personOf(attempt)}`, SALT_BYTES + VERIFIER_BYTES);
    return {
      salt: secret.subarray(0, SALT_BYTES).toString('hex'),
      verifier: secret.subarray(SALT_BYTES).toString('hex'),
      isOwn: false,
    };
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
      const { asks, notes } = await srp.challenge(verifierFor(attempt), { session, srpA });
      const username = nameOf(attempt, { sealer });
      return {
        asks: { ...asks, USER_ID_FOR_SRP: username, USERNAME: username },
        notes: { ...notes, username },
      };
    },

    async check(attempt, answer) {
      const { pool, notes } = attempt;
      const { verifier, isOwn } = verifierFor(attempt);
      const party = { group: poolNameOf(pool.id), name: notes.username ?? '', verifier };
      const isProven = await srp.isProven(party, notes, answer);
      if (!isProven || !isOwn) throw new Failure<SignInFailure>('wrong-username-or-password');
    },
  };
}
