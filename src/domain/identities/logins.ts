/**
 * Logins: what a person shows to an identity pool, proven before anything is looked up with it.
 *
 * A user pool goes by two names, AWS's and its own address; both mean the same login. A token counts only for the app clients that the identity pool names.
 */
import { regionOfId } from '../../base/arn.ts';
import { Failure } from '../../base/failure.ts';
import type { JwtClaims } from '../ports/signer.ts';
import type { Tokens } from '../tokens/tokens.ts';
import type { IdentityPool } from './identity-pools.ts';

/** Tokens by provider name. */
export type Logins = Readonly<Record<string, string>>;

export interface ProvenLogin {
  /** `cognito-idp.<region>.amazonaws.com/<pool id>`, whichever name it was shown under. */
  readonly provider: string;
  readonly subject: string;
  /** App client that the token was issued to. */
  readonly clientId: string;
  readonly claims: JwtClaims;
}
/** `login-refused` (fact: reason); `provider-not-accepted` (fact: provider). */
export type LoginFailure = 'login-refused' | 'provider-not-accepted';

/** The name of a user pool that AWS's clients use. */
export const awsProviderName = (poolId: string): string =>
  `cognito-idp.${regionOfId(poolId)}.amazonaws.com/${poolId}`;

export function createLogins({ tokens, publicHost }: { tokens: Tokens; publicHost: string }) {
  /** The user pool that a provider name means; undefined when it is none of a user pool's names. */
  function userPoolOf(providerName: string): string | undefined {
    const poolId = providerName.slice(providerName.lastIndexOf('/') + 1);
    const isName = providerName === awsProviderName(poolId) || providerName === `${publicHost}/${poolId}`;
    return isName && /^[\w-]+_[0-9a-zA-Z]+$/.test(poolId) ? poolId : undefined;
  }

  return {
    userPoolOf,

    /** @throws Failure `provider-not-accepted`, `login-refused` */
    async prove(pool: IdentityPool, logins: Logins): Promise<readonly ProvenLogin[]> {
      return Promise.all(
        Object.entries(logins).map(async ([providerName, token]) => {
          const poolId = userPoolOf(providerName);
          const clientIds = pool.userPools
            .filter((each) => userPoolOf(each.providerName) === poolId)
            .map(({ clientId }) => clientId);
          if (poolId === undefined || clientIds.length === 0)
            throw new Failure<LoginFailure>('provider-not-accepted', { provider: providerName });
          const { subject, claims } = await tokens.proveLogin(token, { poolId, clientIds });
          return { provider: awsProviderName(poolId), subject, clientId: String(claims.aud), claims };
        }),
      );
    },
  };
}
export type LoginProofs = ReturnType<typeof createLogins>;

/** How somebody proved himself, as `amr` says it. */
export const methodsOf = (logins: readonly ProvenLogin[]): readonly string[] => [
  logins.length === 0 ? 'unauthenticated' : 'authenticated',
  ...logins.flatMap(({ provider, subject }) => [provider, `${provider}:CognitoSignIn:${subject}`]),
];
