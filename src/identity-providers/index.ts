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
} from '../domain/ports/identity-provider.ts';
import { googleProvider } from './google.ts';
import { createOidcProviders, type OidcParts } from './oidc.ts';
import { createSamlProviders } from './saml.ts';

export type ProviderTypeFailure = 'provider-type-unknown';

/** @param googleIssuer stands in for Google's in tests */
export function createIdentityProviders({
  googleIssuer,
  ...parts
}: OidcParts & { readonly googleIssuer?: string }): IdentityProviders {
  const oidc = createOidcProviders(parts);
  const saml = createSamlProviders(parts);
  const makers: Readonly<Record<string, (settings: ProviderSettings) => IdentityProvider>> = {
    OIDC: (settings) => oidc(settings, { issuer: settings.details.oidc_issuer ?? '', scopes: 'openid' }),
    Google: (settings) => googleProvider(settings, { oidc, issuer: googleIssuer }),
    SAML: saml.of,
  };
  return {
    types: Object.keys(makers),
    of(type, settings) {
      const make = Object.hasOwn(makers, type) ? makers[type] : undefined;
      if (!make) throw new Failure<ProviderTypeFailure>('provider-type-unknown', { type });
      return make(settings);
    },
    async settle(type, details) {
      return type === 'SAML' ? saml.settle(details) : { details };
    },
  };
}
