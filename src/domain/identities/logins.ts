/**
 * Logins: what a person shows to an identity pool, proven before anything is looked up with it.
 *
 * A user pool goes by two names, AWS's and its own address; both mean the same login. A token counts only for the app clients that the identity pool names, a social provider's only for the application that it names.
 */
import { regionOfId } from '../../base/arn.ts';
import { Failure, isFailure } from '../../base/failure.ts';
import type { JwtClaims } from '../ports/signer.ts';
import type { Tokens } from '../tokens/tokens.ts';
import type { IdentityPool } from './identity-pools.ts';
import { isSocial, type SocialProofs } from './social.ts';
import type { Tie } from '../ports/tie.ts';

/** Tokens by provider name. */
export type Logins = Readonly<Record<string, string>>;

export interface ProvenLogin {
  /** `cognito-idp.<region>.amazonaws.com/<pool id>`, whichever name it was shown under; `graph.facebook.com`. */
  readonly provider: string;
  readonly subject: string;
  /** App client that the token was issued to, or the application's id at a social provider. */
  readonly clientId: string;
  readonly claims: JwtClaims;
  /** What ends what is made of it; nothing for providers outside. */
  readonly ties: readonly Tie[];
}
/**
 * `login-refused` (fact: reason); `login-unverifiable` (fact: provider): its provider cannot be asked just now; `provider-not-accepted` (fact: provider).
 */
export type LoginFailure = 'login-refused' | 'login-unverifiable' | 'provider-not-accepted';

/** The name of a user pool that AWS's clients use. */
export const awsProviderName = (poolId: string): string =>
  `cognito-idp.${regionOfId(poolId)}.amazonaws.com/${poolId}`;

interface LoginParts {
  readonly tokens: Pick<Tokens, 'proveLogin'>;
  readonly social: SocialProofs;
  /** The host and port of our own address. */
  readonly publicHost: string;
}

export function createLogins({ tokens, social, publicHost }: LoginParts) {
  /** The user pool that a provider name means; undefined when it is none of a user pool's names. */
  function userPoolOf(providerName: string): string | undefined {
    const poolId = providerName.slice(providerName.lastIndexOf('/') + 1);
    const isName = providerName === awsProviderName(poolId) || providerName === `${publicHost}/${poolId}`;
    return isName && /^[\w-]+_[0-9a-zA-Z]+$/.test(poolId) ? poolId : undefined;
  }

  const notAccepted = (provider: string) => new Failure<LoginFailure>('provider-not-accepted', { provider });

  async function proveSocial(provider: string, token: string, appId: string): Promise<ProvenLogin> {
    try {
      const { subject, claims } = await social.forApplication(provider, token, appId);
      return { provider, subject, clientId: appId, claims, ties: [] };
    } catch (error) {
      if (isFailure(error, 'provider-refused'))
        throw new Failure<LoginFailure>(
          'login-refused',
          { reason: 'Invalid login token.' },
          { cause: error },
        );
      if (isFailure(error, 'provider-unreachable'))
        throw new Failure<LoginFailure>('login-unverifiable', { provider }, { cause: error });
      throw error;
    }
  }

  async function proveOne(pool: IdentityPool, provider: string, token: string): Promise<ProvenLogin> {
    const appId = Object.hasOwn(pool.socialProviders ?? {}, provider)
      ? pool.socialProviders?.[provider]
      : undefined;
    if (appId !== undefined) return proveSocial(provider, token, appId);
    const poolId = userPoolOf(provider);
    const clientIds = pool.userPools
      .filter((each) => userPoolOf(each.providerName) === poolId)
      .map(({ clientId }) => clientId);
    if (poolId === undefined || clientIds.length === 0) throw notAccepted(provider);
    const { subject, claims, ties } = await tokens.proveLogin(token, { poolId, clientIds });
    return { provider: awsProviderName(poolId), subject, clientId: String(claims.aud), claims, ties };
  }

  return {
    userPoolOf,

    /** @throws Failure `provider-not-accepted`, `login-refused`, `login-unverifiable` */
    prove: (pool: IdentityPool, logins: Logins): Promise<readonly ProvenLogin[]> =>
      Promise.all(Object.entries(logins).map(([provider, token]) => proveOne(pool, provider, token))),
  };
}
export type LoginProofs = ReturnType<typeof createLogins>;

/** How somebody proved himself, as `amr` says it. */
export const methodsOf = (logins: readonly ProvenLogin[]): readonly string[] => [
  logins.length === 0 ? 'unauthenticated' : 'authenticated',
  ...logins.flatMap(({ provider, subject, clientId }) => [
    provider,
    `${provider}:${isSocial(provider) ? clientId : 'CognitoSignIn'}:${subject}`,
  ]),
];
