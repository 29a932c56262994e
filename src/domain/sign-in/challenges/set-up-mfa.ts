/**
 * A second factor to set up, owed where one is required and the person has none (MFA_SETUP).
 *
 * What is set up is an authenticator application, by AssociateSoftwareToken and VerifySoftwareToken with the session of this step (software-tokens.ts); the answer proves only that this was done, in this attempt and no other. Or it names an e-mail address, to which a code goes (sent-code.ts). A factor that the person already has is never replaced on the way in.
 * Source: Cognito API reference, RespondToAuthChallenge, "MFA_SETUP"; aws-amplify, handleMFASetupChallenge.
 */
import { Failure } from '../../../base/failure.ts';
import { userOf } from '../../users/resolve-account.ts';
import { acceptedAttributes } from '../../pools/attributes.ts';
import { FACTOR_NAMES, offeredBy, owedFactors, type FactorFailure } from '../second-factors.ts';
import type { SignInFailure, Step } from './challenge.ts';

export const setUpMfaStep: Step = {
  name: 'set-up-mfa',
  owedBy: (attempt) => owedFactors(attempt)?.length === 0,

  ask({ pool, user }) {
    return {
      asks: {
        MFAS_CAN_SETUP: JSON.stringify(offeredBy(pool).map((factor) => FACTOR_NAMES[factor])),
        USER_ID_FOR_SRP: user.username,
      },
      notes: {},
    };
  },

  leadsTo({ user: account, ...attempt }, { email }) {
    if (email === undefined) return undefined;
    const { pool, client } = attempt;
    const user = userOf(account);
    const hasNone = user && !user.attributes.email && owedFactors({ ...attempt, user })?.length === 0;
    if (!offeredBy(pool).includes('email') || !hasNone)
      throw new Failure<FactorFailure>('factor-impossible', { factor: FACTOR_NAMES.email });
    acceptedAttributes(pool.schema, { email }, { kind: 'client', writable: client.writeAttributes });
    return { step: 'set-up-email', answer: { email } };
  },

  check({ user, notes }) {
    // The secret is the person's once he verified it; another one in the meantime is of who has a factor to show.
    if (notes.secret === undefined || user.totp?.secret !== notes.secret)
      throw new Failure<SignInFailure>('wrong-step');
  },
};
