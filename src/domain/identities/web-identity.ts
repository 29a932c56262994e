/**
 * Web identities: a token of an issuer that roles may trust, traded for credentials of such a role.
 *
 * Issuers are this account's identity pools and the OpenID Connect providers that were made known to it; a user pool of this installation is verified at its source, without asking over the network. A role must name the issuer in its
 * trust policy, and for identity pools also the pool.
 * Source: STS API reference, AssumeRoleWithWebIdentity; IAM user guide, "Available keys for AWS OIDC federation".
 */
import { Failure, isFailure } from '../../base/failure.ts';
import type { Credentials } from '../access/credentials.ts';
import type { FederatedSessions, Proof } from '../access/federated-sessions.ts';
import type { OidcProvider, OidcProviderList } from '../access/trusted-issuers/oidc-providers.ts';
import type { RequestKeys } from '../access/request-context.ts';
import type { Role } from '../access/roles.ts';
import { demandsAudience } from '../access/trust/trust.ts';
import type { IdentityProviders } from '../ports/identity-provider.ts';
import type { Signer } from '../ports/signer.ts';
import type { Tokens } from '../tokens/tokens.ts';
import type { LoginProofs } from './logins.ts';
import type { OpenIdTokens } from './open-id-tokens.ts';
import { hasOpaqueTokens, type SocialProofs } from './social.ts';
import type { Tie } from '../ports/tie.ts';

interface WebIdentityRequest {
  readonly roleArn: string;
  readonly sessionName: string;
  readonly token: string;
  /** Names the provider of an OAuth 2.0 access token. */
  readonly providerId?: string;
  readonly seconds: number;
  /** JSON text that narrows the session. */
  readonly sessionPolicy?: string;
  /** Keys of the request. */
  readonly context: RequestKeys;
}
interface WebIdentitySession {
  readonly role: Role;
  readonly credentials: Credentials;
  readonly subject: string;
  readonly audience: string;
  /** The issuer, or the ARN of the provider. */
  readonly provider: string;
}
/** `web-identity-invalid` (fact: reason), `web-identity-expired`, `web-identity-unreachable`. */
export type WebIdentityFailure = 'web-identity-invalid' | 'web-identity-expired' | 'web-identity-unreachable';

/** Who the token is of, in the words of trust policies. */
interface Proven {
  /** What a trust policy names. */
  readonly federated: string;
  readonly provider: string;
  readonly subject: string;
  readonly audience: string;
  readonly context: Proof;
  readonly ties: readonly Tie[];
  /** The key that a trust policy must ask, for those who vouch for everybody's people. */
  readonly audienceKey?: string;
}
const ACTION = 'sts:AssumeRoleWithWebIdentity';
export const IDENTITY_POOLS = 'cognito-identity.amazonaws.com';

interface WebIdentityParts {
  readonly openIdTokens: OpenIdTokens;
  readonly oidcProviders: OidcProviderList;
  readonly identityProviders: IdentityProviders;
  readonly logins: LoginProofs;
  readonly social: SocialProofs;
  readonly tokens: Tokens;
  readonly sessions: FederatedSessions;
  readonly signer: Signer;
}

export function createWebIdentity(parts: WebIdentityParts) {
  const { openIdTokens, oidcProviders, identityProviders, logins, social, tokens, sessions, signer } = parts;
  const invalid = (reason: string) => new Failure<WebIdentityFailure>('web-identity-invalid', { reason });

  async function proveIdentity(token: string): Promise<Proven> {
    const { identityPoolId, identityId, methods, ties } = await openIdTokens.believe(token);
    const context = {
      [`${IDENTITY_POOLS}:aud`]: identityPoolId,
      [`${IDENTITY_POOLS}:sub`]: identityId,
      [`${IDENTITY_POOLS}:amr`]: methods,
      'aws:FederatedProvider': IDENTITY_POOLS,
    };
    return {
      federated: IDENTITY_POOLS,
      provider: IDENTITY_POOLS,
      subject: identityId,
      audience: identityPoolId,
      context,
      ties,
      audienceKey: `${IDENTITY_POOLS}:aud`,
    };
  }

  async function proveSocial(token: string, name: string): Promise<Proven> {
    const { proven, audience, audienceKey, context } = await social.forTrust(name, token);
    const { subject } = proven;
    return { federated: name, provider: name, subject, audience, audienceKey, context, ties: [] };
  }

  async function proveAtProvider(
    token: string,
    issuer: string,
    { name, arn, clientIds }: OidcProvider,
  ): Promise<Proven> {
    const poolId = logins.userPoolOf(name);
    const shown =
      poolId === undefined
        ? await identityProviders
            .of('OIDC', { details: { oidc_issuer: issuer, client_id: clientIds[0] ?? '' } })
            .prove(token, { audiences: clientIds })
        : await tokens.proveLogin(token, { poolId, clientIds });
    const { subject, claims } = shown;
    const ties = 'ties' in shown ? shown.ties : [];
    // The authorized party, where there is one, is whom the token was given to.
    const audience = [claims['azp'], claims['aud']].flat().find((each) => typeof each === 'string');
    if (typeof audience !== 'string' || !clientIds.includes(audience))
      throw invalid('Incorrect token audience.');
    const { amr } = claims;
    const context = {
      [`${name}:aud`]: audience,
      [`${name}:sub`]: subject,
      // Where another party is authorized, whom the token was made for besides.
      ...(claims['azp'] !== undefined && { [`${name}:oaud`]: [claims['aud']].flat().map(String) }),
      ...(Array.isArray(amr) && { [`${name}:amr`]: amr.map(String) }),
      'aws:FederatedProvider': arn,
    };
    return { federated: arn, provider: arn, subject, audience, context, ties };
  }

  /** Verifies the token where its issuer says; the issuer is read unverified, only to know whom to ask. */
  async function proveAtIssuer(token: string): Promise<Proven> {
    const issuer = signer.peek(token)?.claims['iss'];
    if (typeof issuer !== 'string') throw invalid('The ID Token provided is not a valid JWT.');
    if (issuer === openIdTokens.issuer) return proveIdentity(token);
    const known = await oidcProviders.byIssuer(issuer);
    if (known) return proveAtProvider(token, issuer, known);
    const name = social.byIssuer(issuer);
    if (name === undefined) throw invalid('No OpenIDConnect provider found in your account for the issuer.');
    return proveSocial(token, name);
  }

  /** @param providerId names the provider of a token that does not itself */
  async function prove(token: string, providerId: string | undefined): Promise<Proven> {
    if (providerId !== undefined && !hasOpaqueTokens(providerId))
      throw invalid('ProviderId is for OAuth 2.0 access tokens of www.amazon.com and graph.facebook.com.');
    try {
      return await (providerId === undefined ? proveAtIssuer(token) : proveSocial(token, providerId));
    } catch (error) {
      if (isFailure(error, 'token-expired')) throw new Failure<WebIdentityFailure>('web-identity-expired');
      if (isFailure(error, 'provider-unreachable'))
        throw new Failure<WebIdentityFailure>('web-identity-unreachable', {}, { cause: error });
      if (isFailure(error, 'token-invalid', 'login-refused', 'provider-refused'))
        throw invalid('The token could not be verified.');
      throw error;
    }
  }

  return {
    /** @throws Failure of WebIdentityFailure, FederatedSessionFailure, `malformed-policy`, `session-too-large` */
    async assume({ token, providerId, context, ...asked }: WebIdentityRequest): Promise<WebIdentitySession> {
      const { context: proven, audienceKey: key, ties, ...who } = await prove(token, providerId);
      const { federated, provider, subject, audience } = who;
      const { role, credentials } = await sessions.open({
        ...asked,
        action: ACTION,
        federated,
        context,
        proof: proven,
        lasting: proven,
        ties,
        suffices: (trust) => key === undefined || demandsAudience(trust, { federated, key }),
      });
      return { role, credentials, subject, audience, provider };
    },
  };
}
export type WebIdentity = ReturnType<typeof createWebIdentity>;
