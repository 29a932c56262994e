/**
 * Software tokens: how a person's authenticator application becomes his second factor, and ceases to be.
 *
 * A secret counts once he has shown a code of it; until then it is a candidate, kept sealed and apart. With an access token the person sees to his own account and turns the factor on himself; on the way in, with the session of a sign-in that waits for it, it is turned on at once.
 * Source: Cognito API reference, AssociateSoftwareToken, VerifySoftwareToken, AdminDeleteSoftwareToken.
 */
import type { Clock } from '../../base/clock.ts';
import { Failure, isFailure } from '../../base/failure.ts';
import type { Pool } from '../pools/pools.ts';
import type { User, Users } from '../users/users.ts';
import type { Expiring } from '../ports/expiring.ts';
import { offeredBy, owedFactors } from './second-factors.ts';
import type { SignIn, UnderWay } from './sign-in.ts';
import type { SignInFailure } from './challenges/challenge.ts';
import { newTotpSecret, spendTotp } from './totp.ts';
import type { ClaimOnce } from '../ports/replay-cache.ts';

export type SoftwareTokenFailure =
  | 'totp-not-offered'
  | 'totp-of-external-user'
  | 'totp-not-begun'
  | 'totp-not-enabled';

/** Who sets an application up: a person who is in, or one on his way. */
export type Holder =
  | { readonly bearer: { readonly pool: Pool; readonly user: User }; readonly underWay?: undefined }
  | { readonly underWay: UnderWay; readonly bearer?: undefined };
export interface Shown {
  readonly code: string;
  /** What the person calls his application. */
  readonly name?: string | undefined;
}

const CANDIDATE = 'totp-candidate';
const CANDIDATE_SECONDS = 3600;
const MAX_TRIES = 5;

interface SoftwareTokenParts {
  readonly users: Users;
  readonly signIn: SignIn;
  readonly expiring: Expiring;
  readonly claimOnce: ClaimOnce;
  readonly clock: Clock;
}
export type SoftwareTokens = ReturnType<typeof createSoftwareTokens>;

export function createSoftwareTokens({ users, signIn, expiring, claimOnce, clock }: SoftwareTokenParts) {
  const idOf = ({ poolId, sub }: User): string => `${poolId}/${sub}`;

  /** @throws Failure `wrong-code` when it was used, `totp-not-enabled` when it is wrong */
  async function spend(user: User, secret: string, code: string): Promise<void> {
    const { poolId, sub } = user;
    await spendTotp({ poolId, sub, secret, code }, { claimOnce, now: clock.now() }).catch(
      (error: unknown) => {
        if (isFailure(error, 'wrong-totp')) throw new Failure<SoftwareTokenFailure>('totp-not-enabled');
        if (isFailure(error, 'code-ran-out')) throw new Failure<SignInFailure>('wrong-code');
        throw error;
      },
    );
  }

  async function verifyOnTheWay(underWay: UnderWay, { code, name }: Shown): Promise<string> {
    const { pool, user, notes } = underWay;
    const { secret } = notes;
    if (secret === undefined) throw new Failure<SoftwareTokenFailure>('totp-not-begun');
    await spend(user, secret, code);
    const session = await signIn.goOnWaiting(underWay, { secret });
    await users.change(pool, user, (present) => {
      // Who got a factor since this sign-in began has one to show, and it is not this.
      if (owedFactors({ ...underWay, user: present })?.length !== 0)
        throw new Failure<SignInFailure>('session-expired');
      const { enabled = [], ...factors } = present.factors ?? {};
      return {
        ...present,
        totp: named(secret, name),
        factors: { ...factors, enabled: [...new Set([...enabled, 'totp' as const])] },
      };
    });
    return session;
  }

  return {
    /**
     * A new candidate in place of an older one.
     * @returns the secret in base 32, and on the way in the session that goes on
     * @throws Failure `totp-not-offered`, `totp-of-external-user`, `session-expired`
     */
    async associate({ bearer, underWay }: Holder): Promise<{ secret: string; session?: string }> {
      assertMayHave(bearer ?? underWay);
      const secret = newTotpSecret();
      if (underWay) return { secret, session: await signIn.goOnWaiting(underWay, { secret }) };
      const id = idOf(bearer.user);
      await expiring.forget(CANDIDATE, id);
      await expiring.put(CANDIDATE, id, { secret }, CANDIDATE_SECONDS);
      return { secret };
    },

    /**
     * Makes the candidate the person's, by a code of it.
     * @returns on the way in the session to answer MFA_SETUP with; `isVerified` is false after too many tries
     * @throws Failure `totp-not-offered`, `totp-of-external-user`, `totp-not-begun`, `totp-not-enabled` for a wrong code, `wrong-code` for a used one, `session-expired`, `user-not-found`
     */
    async verify(
      { bearer, underWay }: Holder,
      shown: Shown,
    ): Promise<{ isVerified: boolean; session?: string }> {
      assertMayHave(bearer ?? underWay);
      if (underWay) return { isVerified: true, session: await verifyOnTheWay(underWay, shown) };
      const { pool, user } = bearer;
      const id = idOf(user);
      const candidate = await expiring.get<{ secret: string }>(CANDIDATE, id);
      if (!candidate) throw new Failure<SoftwareTokenFailure>('totp-not-begun');
      const tries = await expiring.count(CANDIDATE, id, CANDIDATE_SECONDS);
      if (tries > MAX_TRIES) return { isVerified: false };
      await spend(user, candidate.secret, shown.code);
      await users.change(pool, user, (present) => ({
        ...present,
        totp: named(candidate.secret, shown.name),
      }));
      await expiring.forget(CANDIDATE, id);
      return { isVerified: true };
    },

    /** Takes the application away, and the factor with it. @throws Failure `user-not-found` */
    async remove(pool: Pool, user: User): Promise<void> {
      await users.change(pool, user, (present) => {
        if (!present.totp && !present.factors) return present;
        const { enabled = [], preferred, ...rest } = present.factors ?? {};
        return {
          ...present,
          totp: undefined,
          factors: {
            ...rest,
            enabled: enabled.filter((factor) => factor !== 'totp'),
            ...(preferred !== 'totp' && preferred !== undefined && { preferred }),
          },
        };
      });
      await expiring.forget(CANDIDATE, idOf(user));
    },
  };
}

const named = (secret: string, name: string | undefined) => ({ secret, ...(name && { name }) });

/** @throws Failure `totp-not-offered`, `totp-of-external-user` */
function assertMayHave({ pool, user }: { readonly pool: Pool; readonly user: User }): void {
  if (!offeredBy(pool).includes('totp')) throw new Failure<SoftwareTokenFailure>('totp-not-offered');
  // It would be a factor of whoever is given a password later, and this one proved nothing here.
  if (user.status === 'EXTERNAL_PROVIDER') throw new Failure<SoftwareTokenFailure>('totp-of-external-user');
}
