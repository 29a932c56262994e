/** The code that confirmed the account a moment ago, taken as the first proof (InitiateAuth with the session of ConfirmSignUp). */
import { Failure } from '../../../base/failure.ts';
import { isDecoy } from '../../users/decoys.ts';
import type { SignUpSessions } from '../sign-up-sessions.ts';
import type { SignInFailure, Step } from './challenge.ts';

export const signedUpStep = ({ signUpSessions }: { signUpSessions: SignUpSessions }): Step => ({
  name: 'signed-up',
  owedBy: () => false,
  isComplete: ({ signUpSession }) => signUpSession !== undefined,
  ask() {
    throw new Failure<SignInFailure>('wrong-step');
  },
  async check({ client, user }, { signUpSession = '' }) {
    const isProof = await signUpSessions.redeem({ client, user }, signUpSession);
    if (!isProof || isDecoy(user)) throw new Failure<SignInFailure>('session-expired');
  },
});
