/**
 * SAML providers of the account: whose assertions may be traded for a role, by roles that trust them.
 *
 * What a provider is, its metadata says: its own name, by which its assertions must call it, and its keys. It is read when the provider is made, so that what cannot be read is never kept. Nothing is fetched from anywhere.
 * Source: IAM API reference, CreateSAMLProvider; IAM user guide, "Create a SAML identity provider in IAM".
 */
import { samlProviderArn } from '../../../base/arn.ts';
import type { Clock } from '../../../base/clock.ts';
import { Failure, isFailure } from '../../../base/failure.ts';
import type { IdentityProviders } from '../../ports/identity-provider.ts';
import { insert, renaming, type Collection, type Records } from '../../ports/records.ts';

export interface SamlProvider {
  readonly name: string;
  readonly arn: string;
  /** What the provider calls itself. */
  readonly entityId: string;
  /** The document, as given. */
  readonly metadata: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly createdAt: string;
}
/** `saml-provider-exists` (fact: provider), `saml-provider-refused` (fact: reason). */
export type SamlProviderFailure = 'saml-provider-exists' | 'saml-provider-refused';

export const samlProviderCollection: Collection<SamlProvider> = {
  name: 'saml-providers',
  key: ({ name }) => [name],
};

interface SamlProviderParts {
  readonly records: Records;
  readonly clock: Clock;
  readonly account: string;
  readonly identityProviders: Pick<IdentityProviders, 'settle'>;
}

export function createSamlProviderList({ records, clock, account, identityProviders }: SamlProviderParts) {
  /** @throws Failure `saml-provider-refused` */
  async function entityIdIn(metadata: string): Promise<string> {
    try {
      const { issuer } = await identityProviders.settle('SAML', { MetadataFile: metadata });
      if (issuer === undefined) throw new Error('unreachable: metadata without an entity id is refused');
      return issuer;
    } catch (error) {
      if (!isFailure(error, 'provider-refused')) throw error;
      const reason = `Could not parse metadata: ${error.facts['reason']}.`;
      throw new Failure<SamlProviderFailure>('saml-provider-refused', { reason }, { cause: error });
    }
  }

  return {
    /** @throws Failure `saml-provider-refused`, `saml-provider-exists` */
    async create(given: Pick<SamlProvider, 'name' | 'metadata' | 'tags'>): Promise<SamlProvider> {
      const provider: SamlProvider = {
        ...given,
        arn: samlProviderArn(account, given.name),
        entityId: await entityIdIn(given.metadata),
        createdAt: clock.now().toISOString(),
      };
      await renaming(
        records.commit(insert(samlProviderCollection, provider)),
        'already-kept',
        () => new Failure<SamlProviderFailure>('saml-provider-exists', { provider: given.name }),
      );
      return provider;
    },

    /** The provider of that ARN; undefined when there is none. */
    async byArn(arn: string): Promise<SamlProvider | undefined> {
      const kept = await records.get(samlProviderCollection, [arn.slice(arn.lastIndexOf('/') + 1)]);
      return kept?.record.arn === arn ? kept.record : undefined;
    },
  };
}
export type SamlProviderList = ReturnType<typeof createSamlProviderList>;
