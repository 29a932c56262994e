/**
 * Identity providers: the upstreams that a pool may broker, one file each.
 *
 * Each knows how one kind of provider is spoken to, and nothing of pools, users or HTTP requests of ours: the domain hands it settings and takes a proven subject. A new kind is one file and one line here.
 */
import { Failure } from '../base/failure.ts';
import type {
  IdentityProvider,
  IdentityProviders,
  ProviderSettings,
  SettledProvider,
} from '../domain/ports/identity-provider.ts';
import { amazonDetails, amazonProvider, type AmazonAddresses } from './amazon.ts';
import { facebookDetails, facebookProvider, type FacebookAddresses } from './facebook.ts';
import { GOOGLE, googleDetails, googleProvider } from './google.ts';
import { createOidcProviders, type OidcParts, type OidcTraits } from './oidc.ts';
import { createSamlProviders, type SamlParts } from './saml/index.ts';

type ProviderTypeFailure = 'provider-type-unknown';

/** What stands in for the providers whose addresses are fixed. Tests' alone. */
export interface StandIns {
  /** Google's issuer. */
  readonly google?: string;
  readonly facebook?: FacebookAddresses;
  readonly amazon?: AmazonAddresses;
}

interface ProviderKind {
  readonly of: (settings: ProviderSettings) => IdentityProvider;
  /** As the port's; the details as they are where a type has nothing to add. */
  readonly settle?: (details: ProviderSettings['details']) => Promise<SettledProvider>;
}

/** How far a provider's clock may be from ours where the configuration does not say, in seconds. */
const SKEW_SECONDS = 60;

const oidcTraits = ({ details }: ProviderSettings): OidcTraits => ({
  issuer: details.oidc_issuer ?? '',
  scopes: 'openid',
});

export function createIdentityProviders({
  standIns = {},
  skewSeconds = SKEW_SECONDS,
  fetch,
  clock,
  samlThread,
}: Pick<OidcParts, 'fetch' | 'clock'> &
  Pick<SamlParts, 'samlThread'> & {
    readonly standIns?: StandIns;
    readonly skewSeconds?: number;
  }): IdentityProviders {
  const parts = { fetch, clock, skewSeconds, samlThread };
  const oidc = createOidcProviders(parts);
  const { google, facebook, amazon } = standIns;
  const kinds: Readonly<Record<string, ProviderKind>> = {
    OIDC: {
      of: (settings) => oidc.of(settings, oidcTraits(settings)),
      async settle(details) {
        await oidc.check({ details }, oidcTraits({ details }));
        return { details };
      },
    },
    Google: {
      of: (settings) => googleProvider(settings, { oidc: oidc.of, issuer: google }),
      settle: async (details) => ({ details: googleDetails(details) }),
    },
    Facebook: {
      of: (settings) => facebookProvider(settings, { fetch, addresses: facebook }),
      settle: async (details) => ({ details: facebookDetails(details) }),
    },
    LoginWithAmazon: {
      of: (settings) => amazonProvider(settings, { fetch, addresses: amazon }),
      settle: async (details) => ({ details: amazonDetails(details) }),
    },
    SAML: createSamlProviders(parts),
  };
  const kindOf = (type: string): ProviderKind => {
    const kind = Object.hasOwn(kinds, type) ? kinds[type] : undefined;
    if (!kind) throw new Failure<ProviderTypeFailure>('provider-type-unknown', { type });
    return kind;
  };
  return {
    types: Object.keys(kinds),
    of: (type, settings) => kindOf(type).of(settings),
    typeOfIssuer: (issuer) => ([GOOGLE, google].includes(issuer) ? 'Google' : undefined),
    settle: async (type, details) => (await kindOf(type).settle?.(details)) ?? { details },
  };
}
