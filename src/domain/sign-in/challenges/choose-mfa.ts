/** Which of several second factors, when the person prefers none (SELECT_MFA_TYPE). */
import { Failure } from '../../../base/failure.ts';
import { userOf } from '../../users/resolve-account.ts';
import { FACTOR_NAMES, nextFactor, owedFactors, STEP_OF } from '../second-factors.ts';
import type { SignInFailure, Step } from './challenge.ts';

export const chooseMfaStep: Step = {
  name: 'choose-mfa',
  owedBy: (attempt) => (owedFactors(attempt) ?? []).length > 1 && nextFactor(attempt) === undefined,

  ask(attempt) {
    const user = userOf(attempt.user);
    if (!user) throw new Failure<SignInFailure>('wrong-step');
    const among = owedFactors({ ...attempt, user }) ?? [];
    return {
      asks: {
        MFAS_CAN_CHOOSE: JSON.stringify(among.map((factor) => FACTOR_NAMES[factor])),
        USER_ID_FOR_SRP: user.username,
      },
      notes: {},
    };
  },

  leadsTo(attempt, { choice }) {
    const user = userOf(attempt.user);
    const among = (user && owedFactors({ ...attempt, user })) ?? [];
    const chosen = among.find((factor) => STEP_OF[factor] === choice);
    if (!chosen)
      throw new Failure<SignInFailure>('answer-malformed', { reason: 'Selected MFA type is not available.' });
    return { step: STEP_OF[chosen], answer: {} };
  },

  check() {
    throw new Failure<SignInFailure>('wrong-step');
  },
};
