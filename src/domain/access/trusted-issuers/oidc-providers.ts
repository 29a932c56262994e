/**
 * OpenID Connect providers of the account: issuers whose tokens may be traded for a role, by roles that trust them.
 *
 * Known by the address without its scheme, as AWS names them in ARNs and condition keys. Thumbprints are kept for showing; what vouches for an issuer here is its TLS certificate.
 * Source: IAM API reference, CreateOpenIDConnectProvider; IAM user guide, "Create an OpenID Connect (OIDC) identity provider in IAM".
 */
import { oidcProviderArn } from '../../../base/arn.ts';
import type { Clock } from '../../../base/clock.ts';
import { Failure } from '../../../base/failure.ts';
import { isLoopback } from '../../../base/ip.ts';
import { insert, renaming, type Collection, type Records } from '../../ports/records.ts';

export interface OidcProvider {
  /** Host and path: `op.example/tenant`. */
  readonly name: string;
  /** As it was given; the issuer of its tokens. */
  readonly url: string;
  readonly arn: string;
  readonly clientIds: readonly string[];
  readonly thumbprints: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  readonly createdAt: string;
}
/** `oidc-provider-refused` (fact: reason). */
export type OidcProviderFailure = 'oidc-provider-exists' | 'oidc-provider-refused';

export const oidcProviderCollection: Collection<OidcProvider> = {
  name: 'oidc-providers',
  key: ({ name }) => [name],
};

/** The name of a provider: its address without the scheme. */
export const oidcProviderName = (url: string): string => url.replace(/^https?:\/\//, '');

const MOST_CLIENT_IDS = 100;
const MOST_THUMBPRINTS = 5;

export function createOidcProviderList({
  records,
  clock,
  account,
}: {
  records: Records;
  clock: Clock;
  account: string;
}) {
  return {
    /** @throws Failure `oidc-provider-refused`, `oidc-provider-exists` */
    async create(
      given: Pick<OidcProvider, 'url' | 'clientIds' | 'thumbprints' | 'tags'>,
    ): Promise<OidcProvider> {
      const name = nameOf(given.url);
      if (new Set(given.clientIds).size > MOST_CLIENT_IDS)
        throw refused(`A provider may have up to ${MOST_CLIENT_IDS} client IDs.`);
      if (given.thumbprints.length > MOST_THUMBPRINTS)
        throw refused(`A provider may have up to ${MOST_THUMBPRINTS} thumbprints.`);
      const provider: OidcProvider = {
        ...given,
        clientIds: [...new Set(given.clientIds)],
        name,
        arn: oidcProviderArn(account, name),
        createdAt: clock.now().toISOString(),
      };
      await renaming(
        records.commit(insert(oidcProviderCollection, provider)),
        'already-kept',
        () => new Failure<OidcProviderFailure>('oidc-provider-exists', { provider: name }),
      );
      return provider;
    },

    /** The provider whose tokens name that issuer, to the letter; undefined when there is none. */
    async byIssuer(issuer: string): Promise<OidcProvider | undefined> {
      const kept = await records.get(oidcProviderCollection, [oidcProviderName(issuer)]);
      return kept?.record.url === issuer ? kept.record : undefined;
    },
  };
}
export type OidcProviderList = ReturnType<typeof createOidcProviderList>;

const refused = (reason: string) => new Failure<OidcProviderFailure>('oidc-provider-refused', { reason });

function nameOf(text: string): string {
  const url = URL.parse(text);
  const isHttps = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname));
  if (!url || !isHttps || url.search || url.hash || url.username || url.password)
    throw refused('The URL must begin with https:// and have no query, fragment or credentials.');
  // Another spelling of an address would be another provider of the same issuer, under another ARN.
  if (text !== url.href && `${text}/` !== url.href)
    throw refused(`The URL must be written in its plain form: ${url.href}`);
  return oidcProviderName(text);
}
