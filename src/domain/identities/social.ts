/**
 * Social providers: those that everybody knows by a fixed name, and that nobody has to make known.
 *
 * Anybody may have an application there, so that a token counts for nothing before it is known whose application it was given to.
 * Source: Cognito developer guide, "External identity providers"; IAM user guide, "Available keys for AWS OIDC federation".
 */
import { Failure } from '../../base/failure.ts';
import type { Proof } from '../access/federated-sessions.ts';
import type {
  IdentityProviderFailure,
  IdentityProviders,
  ProvenSubject,
} from '../ports/identity-provider.ts';

/** One of them, by its name among logins and in trust policies. */
interface SocialProvider {
  /** The type of provider that proves its tokens. */
  readonly type: string;
  /** What a trust policy must ask: whose application the token is of. */
  readonly audienceKey: string;
  readonly subjectKey: string;
}
const GOOGLE = 'accounts.google.com';
const SOCIAL: ReadonlyMap<string, SocialProvider> = new Map([
  [GOOGLE, { type: 'Google', audienceKey: 'aud', subjectKey: 'sub' }],
  ['graph.facebook.com', { type: 'Facebook', audienceKey: 'app_id', subjectKey: 'id' }],
  ['www.amazon.com', { type: 'LoginWithAmazon', audienceKey: 'app_id', subjectKey: 'user_id' }],
]);
/** Those whose tokens say nothing by themselves, so that one must be told whose they are. */
const OPAQUE = new Set(['graph.facebook.com', 'www.amazon.com']);

export const isSocial = (name: string): boolean => SOCIAL.has(name);
export const hasOpaqueTokens = (name: string): boolean => OPAQUE.has(name);

/** Whom a token of a social provider is of, and what a trust policy may ask of it. */
interface SocialProof {
  readonly proven: ProvenSubject;
  readonly audience: string;
  readonly audienceKey: string;
  readonly context: Proof;
}

export function createSocialProofs({
  identityProviders,
}: {
  readonly identityProviders: Pick<IdentityProviders, 'of' | 'typeOfIssuer'>;
}) {
  const providerOf = (name: string, appId?: string) =>
    identityProviders.of(SOCIAL.get(name)?.type ?? '', {
      details: appId === undefined ? {} : { client_id: appId },
    });

  return {
    /** The social provider whose issuer this is; undefined for any other. */
    byIssuer(issuer: string): string | undefined {
      const type = identityProviders.typeOfIssuer(issuer);
      return [...SOCIAL].find(([, each]) => each.type === type)?.[0];
    },

    /** @throws Failure `provider-refused`, `provider-unreachable` */
    forApplication: (name: string, token: string, appId: string): Promise<ProvenSubject> =>
      providerOf(name, appId).prove(token, { audiences: [appId] }),

    /** For a trust policy to judge: it must name the application. @throws Failure `provider-refused`, `provider-unreachable` */
    async forTrust(name: string, token: string): Promise<SocialProof> {
      const { audienceKey, subjectKey } = SOCIAL.get(name) ?? { audienceKey: '', subjectKey: '' };
      const proven = await providerOf(name).prove(token, { audiences: 'any' });
      const audience = audienceIn(proven);
      return {
        proven,
        audience,
        audienceKey: `${name}:${audienceKey}`,
        context: {
          [`${name}:${audienceKey}`]: audience,
          [`${name}:${subjectKey}`]: proven.subject,
          ...(name === GOOGLE && googleKeys(proven)),
          'aws:FederatedProvider': name,
        },
      };
    },
  };
}
export type SocialProofs = ReturnType<typeof createSocialProofs>;

/** Of an address that Google has not verified a trust policy hears nothing. */
const googleKeys = ({ claims, audiences }: ProvenSubject): Readonly<Record<string, string>> => ({
  [`${GOOGLE}:oaud`]: audiences?.[0] ?? '',
  ...(claims['email_verified'] === true &&
    typeof claims['email'] === 'string' && { [`${GOOGLE}:email`]: claims['email'] }),
});

/** The authorized party where there is one, else the application by its own id. */
function audienceIn({ claims, audiences = [] }: ProvenSubject): string {
  const party = claims['azp'];
  const audience = typeof party === 'string' ? party : audiences.at(-1);
  if (audience === undefined || (typeof party !== 'string' && 'aud' in claims && audiences.length > 1))
    throw new Failure<IdentityProviderFailure>('provider-refused', {
      reason: 'it is for nobody in particular',
    });
  return audience;
}
