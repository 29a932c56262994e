/** A code of the person's authenticator application (SOFTWARE_TOKEN_MFA). */
import type { Clock } from '../../../base/clock.ts';
import { Failure } from '../../../base/failure.ts';
import { nextFactor } from '../second-factors.ts';
import type { SignInFailure, Step } from './challenge.ts';
import { spendTotp } from '../totp.ts';
import type { ClaimOnce } from '../../ports/replay-cache.ts';

export const totpStep = ({ claimOnce, clock }: { claimOnce: ClaimOnce; clock: Clock }): Step => ({
  name: 'totp',
  guesses: 'code',
  owedBy: (attempt) => nextFactor(attempt) === 'totp',

  ask({ user }) {
    if (!user.totp) throw new Failure<SignInFailure>('wrong-step');
    const { name } = user.totp;
    return {
      asks: { USER_ID_FOR_SRP: user.username, ...(name && { FRIENDLY_DEVICE_NAME: name }) },
      notes: {},
    };
  },

  /** Marks the code as used, before the session is spent: who raced with the same code in another session gets on in one of them. */
  async check({ pool, user }, { code = '' }) {
    // Taken away since he was asked.
    if (!user.totp) throw new Failure<SignInFailure>('totp-gone');
    const { secret } = user.totp;
    await spendTotp({ poolId: pool.id, sub: user.sub, secret, code }, { claimOnce, now: clock.now() });
  },
});
