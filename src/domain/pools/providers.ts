/**
 * Identity providers of a pool: the upstreams that may vouch for its users.
 *
 * The name is for ever: users that the provider brought are called after it. Details hold the client secret and are sealed. How a provider is spoken to is no matter
 * of the directory.
 * Source: Cognito API reference, CreateIdentityProvider.
 */
import type { Clock } from '../../base/clock.ts';
import { Failure, isFailure } from '../../base/failure.ts';
import type { IdentityProviders, SettledProvider } from '../ports/identity-provider.ts';
import type { Endings } from '../ports/endings.ts';
import {
  insert,
  remove,
  renaming,
  replace,
  retrying,
  type Collection,
  type Records,
} from '../ports/records.ts';
import type { Pool, Pools } from './pools.ts';

export type ProviderType = 'OIDC' | 'Google' | 'Facebook' | 'LoginWithAmazon' | 'SAML';

export interface Provider {
  readonly poolId: string;
  readonly name: string;
  readonly type: ProviderType;
  /** Cognito's ProviderDetails. */
  readonly details: Readonly<Record<string, string>>;
  /** What the provider called itself when it was configured, for types that have to be asked for it. */
  readonly issuer?: string;
  /** Pool attribute → provider's claim. */
  readonly attributeMapping: Readonly<Record<string, string>>;
  /** Other names by which an authorization request may ask for it. */
  readonly identifiers: readonly string[];
  readonly createdAt: string;
  readonly modifiedAt: string;
  /** Since when it is spoken to by these details, ISO; since it was made when absent. */
  readonly settledAt?: string;
}
/** What may be changed of one; what is absent stays. */
type ProviderChange = Partial<Pick<Provider, 'details' | 'attributeMapping' | 'identifiers'>>;
/** `provider-refused-details` (fact: reason). */
export type ProviderFailure = 'provider-not-found' | 'provider-exists' | 'provider-details-refused';

export const providerCollection: Collection<Provider> = {
  name: 'identity-providers',
  key: ({ poolId, name }) => [poolId, name],
  lists: { byIdentifier: ({ poolId, identifiers }) => identifiers.map((each) => [poolId, each]) },
  sealed: ['details'],
};

const REQUIRED: Readonly<Record<ProviderType, readonly string[]>> = {
  OIDC: ['client_id', 'oidc_issuer', 'authorize_scopes', 'attributes_request_method'],
  Google: ['client_id', 'client_secret', 'authorize_scopes'],
  Facebook: ['client_id', 'client_secret', 'authorize_scopes'],
  LoginWithAmazon: ['client_id', 'client_secret', 'authorize_scopes'],
  SAML: [],
};
/** What Cognito shows of a provider whose addresses are fixed; whatever is said here, they stay. */
const SHOWN = [
  'attributes_url',
  'attributes_url_add_attributes',
  'authorize_url',
  'token_request_method',
  'token_url',
];
const OPTIONAL: Readonly<Record<ProviderType, readonly string[]>> = {
  OIDC: [
    'client_secret',
    'authorize_url',
    'token_url',
    'attributes_url',
    'jwks_uri',
    'attributes_url_add_attributes',
  ],
  Google: [...SHOWN, 'oidc_issuer'],
  Facebook: [...SHOWN, 'api_version'],
  LoginWithAmazon: SHOWN,
  SAML: [
    'MetadataURL',
    'MetadataFile',
    'IDPInit',
    'IDPSignout',
    'EncryptedResponses',
    'RequestSigningAlgorithm',
    // What describing it shows; read from the metadata, whatever is said here.
    'SSORedirectBindingURI',
    'SLORedirectBindingURI',
  ],
};
/** Settings of SAML that ask for what is not done here. */
const OFF = ['IDPInit', 'IDPSignout', 'EncryptedResponses'];
/** Cognito's quota. */
const MOST_PROVIDERS = 300;
const ADDRESSES = ['oidc_issuer', 'authorize_url', 'token_url', 'attributes_url', 'jwks_uri', 'MetadataURL'];

interface ProviderParts {
  readonly records: Records;
  readonly clock: Clock;
  readonly pools: Pools;
  readonly identityProviders: Pick<IdentityProviders, 'settle'>;
}

export function createProviders({ records, clock, pools, identityProviders }: ProviderParts) {
  const notFound = (provider: string) => new Failure<ProviderFailure>('provider-not-found', { provider });

  async function find(poolId: string, name: string): Promise<Provider> {
    const kept = await records.get(providerCollection, [poolId, name]);
    if (!kept) throw notFound(name);
    return kept.record;
  }

  /** The one judgement of details, whenever they are written. @throws Failure `provider-details-refused` */
  async function settledBy(provider: Pick<Provider, 'type' | 'details'>): Promise<SettledProvider> {
    assertDetails(provider.type, provider.details);
    return settle(identityProviders, provider);
  }

  return {
    /** @throws Failure `pool-not-found`, `provider-exists`, `provider-details-refused` */
    async create(
      provider: Omit<Provider, 'issuer' | 'createdAt' | 'modifiedAt' | 'settledAt'>,
    ): Promise<Provider> {
      const pool = await pools.get(provider.poolId);
      assertMapping(pool, provider.attributeMapping);
      const settled = await settledBy(provider);
      const now = clock.now().toISOString();
      const made: Provider = { ...provider, ...settled, createdAt: now, modifiedAt: now };
      await renaming(
        records.commit(insert(providerCollection, made)),
        'already-kept',
        () => new Failure<ProviderFailure>('provider-exists', { provider: provider.name }),
      );
      return made;
    },

    /**
     * Changes a provider, by the rules by which it was made; who is on the way to it by the details of before does not arrive.
     * @throws Failure `pool-not-found`, `provider-not-found`, `provider-details-refused`, `changed-meanwhile`
     */
    async update(poolId: string, name: string, change: ProviderChange): Promise<Provider> {
      const pool = await pools.get(poolId);
      const { details, attributeMapping, identifiers } = change;
      if (attributeMapping) assertMapping(pool, attributeMapping);
      const { type } = await find(poolId, name);
      // Once, before the record is written: whoever is asked over the network is not asked at each try.
      const settled = details && (await settledBy({ type, details }));
      return retrying(async () => {
        const kept = await records.get(providerCollection, [poolId, name]);
        if (kept?.record.type !== type) throw notFound(name);
        const { record, version } = kept;
        const modifiedAt = clock.now().toISOString();
        const { issuer, ...before } = record;
        const changed: Provider = {
          ...before,
          ...(settled ? { ...settled, settledAt: modifiedAt } : { issuer }),
          attributeMapping: attributeMapping ?? record.attributeMapping,
          identifiers: identifiers ?? record.identifiers,
          modifiedAt,
        };
        await records.commit(replace(providerCollection, changed, version));
        return changed;
      });
    },

    /** Removes a provider; one of the same name that is made later is another. @throws Failure `pool-not-found`, `provider-not-found` */
    async remove(poolId: string, name: string, endings: Endings): Promise<void> {
      await pools.get(poolId);
      const removed = records.commit(remove(providerCollection, [poolId, name]), ...endings);
      await renaming(removed, 'not-kept', () => notFound(name));
    },

    /** @throws Failure `pool-not-found`, `provider-not-found` */
    async get(poolId: string, name: string): Promise<Provider> {
      await pools.get(poolId);
      return find(poolId, name);
    },

    /** The providers of a pool, by name. */
    async list(poolId: string): Promise<readonly Provider[]> {
      const { records: found } = await records.page(providerCollection, {
        prefix: [poolId],
        limit: MOST_PROVIDERS,
      });
      return found;
    },

    /** Whether a user of that name could only be somebody whom a provider of the pool brings, e.g. `Google_1234`. */
    async ownsName(poolId: string, username: string): Promise<boolean> {
      if (!username.includes('_')) return false;
      // In small letters, for pools whose names differ by more than case, and composed, as names are compared.
      const plain = (text: string) => text.normalize('NFC').toLowerCase();
      const name = plain(username);
      return (await this.list(poolId)).some((provider) => name.startsWith(`${plain(provider.name)}_`));
    },

    /** The provider that goes by `identifier`, the first by name when several do. */
    async byIdentifier(poolId: string, identifier: string): Promise<Provider | undefined> {
      const { records: found } = await records.page(providerCollection, {
        index: 'byIdentifier',
        prefix: [poolId, identifier],
        limit: 1,
      });
      return found[0];
    },
  };
}
export type Providers = ReturnType<typeof createProviders>;

/** @throws Failure `provider-details-refused` */
function assertMapping({ schema }: Pool, mapping: Provider['attributeMapping']): void {
  const unknown = Object.keys(mapping).filter(
    (name) => name !== 'username' && !schema.some((each) => each.name === name),
  );
  if (unknown.length > 0)
    throw refused(`Attribute mapping names attributes that the pool does not have: ${unknown.join(', ')}`);
}

function assertDetails(type: ProviderType, details: Readonly<Record<string, string>>): void {
  const missing = REQUIRED[type].filter((name) => !details[name]);
  if (missing.length > 0) throw refused(`Identity provider details are missing: ${missing.join(', ')}`);
  const unknown = Object.keys(details).filter(
    (name) => !REQUIRED[type].includes(name) && !OPTIONAL[type].includes(name),
  );
  if (unknown.length > 0) throw refused(`Unknown identity provider details: ${unknown.join(', ')}`);
  if (type === 'SAML') assertSamlDetails(details);
  // It becomes a step of an address.
  if (!/^v\d{1,3}\.\d{1,3}$/.test(details['api_version'] ?? 'v17.0'))
    throw refused('api_version must be of the form v17.0');
  const { attributes_request_method: method } = details;
  if (method !== undefined && method !== 'GET' && method !== 'POST')
    throw refused('attributes_request_method must be GET or POST');
  for (const name of ADDRESSES) {
    const text = details[name];
    if (text === undefined) continue;
    const url = URL.parse(text);
    // Which addresses may be reached over plain http is decided where requests go out.
    const isAddress =
      url &&
      (url.protocol === 'https:' || url.protocol === 'http:') &&
      !url.username &&
      !url.password &&
      !url.hash;
    if (!isAddress) throw refused(`${name} must be an https address`);
  }
}

function assertSamlDetails(details: Readonly<Record<string, string>>): void {
  if ((details['MetadataFile'] === undefined) === (details['MetadataURL'] === undefined))
    throw refused('Either MetadataFile or MetadataURL is required');
  for (const name of OFF) {
    const value = details[name]?.toLowerCase();
    if (value === 'true') throw refused(`${name} is not supported`);
    if (value !== undefined && value !== 'false') throw refused(`${name} must be true or false`);
  }
  if (details['RequestSigningAlgorithm'] !== undefined)
    throw refused('RequestSigningAlgorithm is not supported: requests are not signed');
}

/** The details, completed by what the provider says of itself. */
async function settle(
  identityProviders: ProviderParts['identityProviders'],
  { type, details }: Pick<Provider, 'type' | 'details'>,
): Promise<SettledProvider> {
  try {
    return await identityProviders.settle(type, details);
  } catch (error) {
    if (isFailure(error, 'provider-unreachable'))
      throw refused(`The provider cannot be reached: ${error.facts['reason']}`);
    if (isFailure(error, 'provider-refused'))
      throw refused(`The provider is refused: ${error.facts['reason']}`);
    throw error;
  }
}

const refused = (reason: string) => new Failure<ProviderFailure>('provider-details-refused', { reason });
