/**
 * Pool domains: the name under which a pool's pages and endpoints are found besides its id.
 *
 * A name belongs to one pool in the whole installation, and a pool has one name. It is nothing but a way in: addresses that we give out name the pool's id.
 * Source: Cognito developer guide, "Configuring a user pool domain".
 */
import type { Clock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import { insert, renaming, type Collection, type Records } from '../ports/records.ts';
import type { Pools } from './pools.ts';

export interface PoolDomain {
  /** e.g. `example-app`, a label of a host name. */
  readonly domain: string;
  readonly poolId: string;
  /** 1: the classic pages; 2: managed login. Kept for showing. */
  readonly version?: number;
  readonly createdAt: string;
}
/** `domain-exists`: of another pool. `pool-has-domain`. */
export type PoolDomainFailure = 'domain-exists' | 'pool-has-domain';

/**
 * The addresses at which a pool is found by its domain: below a path, and at a host of its own.
 * @param publicUrl without a slash at the end
 */
function addressesUnder({ domain }: Pick<PoolDomain, 'domain'>, publicUrl: string): readonly string[] {
  const { protocol, host } = new URL(publicUrl);
  return [`${publicUrl}/domains/${domain}`, `${protocol}//${domain}.auth.${host}`];
}

export const poolDomainCollection: Collection<PoolDomain> = {
  name: 'pool-domains',
  key: ({ domain }) => [domain],
  unique: { byPool: ({ poolId }) => [poolId] },
};

export function createPoolDomains({
  records,
  clock,
  pools,
}: {
  records: Records;
  clock: Clock;
  pools: Pools;
}) {
  return {
    /** @throws Failure `pool-not-found`, `domain-exists`, `pool-has-domain` */
    async create({ domain, poolId, version }: Omit<PoolDomain, 'createdAt'>): Promise<PoolDomain> {
      await pools.get(poolId);
      const made: PoolDomain = { domain, poolId, version, createdAt: clock.now().toISOString() };
      await renaming(
        records.commit(insert(poolDomainCollection, made)),
        'already-kept',
        ({ index }) =>
          new Failure<PoolDomainFailure>(index === undefined ? 'domain-exists' : 'pool-has-domain', {
            domain,
          }),
      );
      return made;
    },

    /** The domain of that name; undefined when nobody has it, or its pool is gone. */
    async find(domain: string): Promise<PoolDomain | undefined> {
      return (await records.get(poolDomainCollection, [domain]))?.record;
    },

    async ofPool(poolId: string): Promise<PoolDomain | undefined> {
      return (await records.find(poolDomainCollection, 'byPool', [poolId]))?.record;
    },

    /** Where `path` of the pool is found by its domain; nowhere when it has none. */
    async addressesOf(poolId: string, publicUrl: string, path: string): Promise<readonly string[]> {
      const found = await this.ofPool(poolId);
      return found ? addressesUnder(found, publicUrl).map((address) => `${address}${path}`) : [];
    },
  };
}
export type PoolDomains = ReturnType<typeof createPoolDomains>;
