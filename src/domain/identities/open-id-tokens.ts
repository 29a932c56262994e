/**
 * OpenID tokens of identities: which identity of which identity pool somebody is, said to whoever trusts this issuer.
 *
 * Given for the same proof as credentials; good for ten minutes, and traded for a role's credentials where the pool allows the classic flow.
 * Source: Cognito developer guide, "Identity pools (federated identities) authentication flow"; API reference, GetOpenIdToken.
 */
import { epochSeconds, type Clock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import { newUuidV7 } from '../../base/ids.ts';
import type { JwtClaims, PublicJwk, Signer } from '../ports/signer.ts';
import { IDENTITY_ISSUER, type SigningKeys } from '../tokens/signing-keys.ts';
import type { Tokens } from '../tokens/tokens.ts';
import { verifyToken, type VerifyFailure } from '../tokens/verify.ts';
import type { Identities } from './identities.ts';
import type { IdentityPools } from './identity-pools.ts';
import { methodsOf, type Logins } from './logins.ts';
import type { Tie } from '../ports/tie.ts';

/** Who an OpenID token says that somebody is. */
interface SaidIdentity {
  readonly identityPoolId: string;
  readonly identityId: string;
  /** `authenticated` or `unauthenticated`, then how. */
  readonly methods: readonly string[];
  /** What ends what is made of the token. */
  readonly ties: readonly Tie[];
}
export type OpenIdTokenFailure = 'classic-flow-not-allowed';

const SECONDS = 600;
/** A claim of ours: the token ends with the sign-in that it was given for. */
const TIES = 'cognate:ties';

interface OpenIdTokenParts {
  readonly identityPools: IdentityPools;
  readonly identities: Identities;
  readonly signingKeys: SigningKeys;
  readonly signer: Signer;
  readonly clock: Clock;
  readonly issuer: string;
  /** Whether what hangs on these is void by now. */
  readonly tokens: Pick<Tokens, 'isVoid'>;
}

export function createOpenIdTokens(parts: OpenIdTokenParts) {
  const { identityPools, identities, signingKeys, signer, clock, issuer, tokens } = parts;

  return {
    issuer,

    /**
     * @returns the token, and whose it is: another identity than the one asked for when that is a guest of a user who has one
     * @throws Failure `identity-not-found`, `identity-forbidden`, `guests-not-allowed`, `classic-flow-not-allowed`, `provider-not-accepted`, `login-refused`, `logins-conflict`
     */
    async of(identityId: string, logins: Logins): Promise<{ identityId: string; token: string }> {
      const asked = await identities.get(identityId);
      const pool = await identityPools.get(asked.poolId);
      if (!pool.allowsClassicFlow) throw new Failure<OpenIdTokenFailure>('classic-flow-not-allowed');
      const { identity, proven } = await identities.proveOwner(pool, asked, logins);
      const now = clock.now();
      const key = await signingKeys.of(IDENTITY_ISSUER, 'identity');
      const claims = {
        iss: issuer,
        sub: identity.id,
        aud: pool.id,
        amr: methodsOf(proven),
        iat: epochSeconds(now),
        exp: epochSeconds(now) + SECONDS,
        jti: newUuidV7(now),
        [TIES]: proven.flatMap(({ ties }) => ties.map(({ subject, since }) => [subject, since])),
      };
      return { identityId: identity.id, token: await signer.sign(key, claims) };
    },

    /** @throws Failure `token-invalid`, `token-expired` */
    async believe(token: string): Promise<SaidIdentity> {
      const believed = await verifyToken(
        token,
        { poolId: IDENTITY_ISSUER, issuer, use: 'identity', clientIds: 'any', expired: 'refused' },
        { signer, signingKeys, clock },
      );
      const { amr } = believed.claims;
      const ties = tiesIn(believed.claims);
      if (tokens.isVoid(ties)) throw new Failure<VerifyFailure>('token-invalid');
      return {
        identityPoolId: believed.clientId,
        identityId: believed.sub,
        methods: Array.isArray(amr) ? amr.map(String) : [],
        ties,
      };
    },

    /** The keys that the tokens are verified with, for publishing. */
    async jwks(): Promise<{ readonly keys: readonly PublicJwk[] }> {
      return { keys: await signingKeys.published(IDENTITY_ISSUER, ['identity']) };
    },
  };
}
export type OpenIdTokens = ReturnType<typeof createOpenIdTokens>;

/** As this program wrote them: the token is believed. */
const tiesIn = ({ [TIES]: ties }: JwtClaims): readonly Tie[] =>
  (Array.isArray(ties) ? ties : []).map(([subject, since]) => ({
    subject: String(subject),
    since: Number(since),
  }));
