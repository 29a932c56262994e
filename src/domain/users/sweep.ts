/**
 * Sweeping: removes what hangs on a pool that was marked dead.
 *
 * The pool is gone for every reader already; this only gives the space back. Bounded pages, each removal a commit of its own, so that a sweep that ends early may be begun again; where it stopped is where something is left.
 */
import { isFailure } from '../../base/failure.ts';
import type { Work } from '../ports/jobs.ts';
import { remove, type AnyCollection, type Records } from '../ports/records.ts';
import { clientCollection } from '../pools/clients.ts';
import { deviceCollection } from './devices.ts';
import { groupCollection, membershipCollection } from './groups.ts';
import { passkeyCollection } from './passkeys.ts';
import { poolDomainCollection } from '../pools/pool-domains.ts';
import { poolCollection } from '../pools/pools.ts';
import { providerCollection } from '../pools/providers.ts';
import { resourceServerCollection } from '../pools/resource-servers.ts';
import { userCollection } from './users.ts';

const SWEPT: readonly AnyCollection[] = [
  membershipCollection,
  groupCollection,
  passkeyCollection,
  deviceCollection,
  userCollection,
  providerCollection,
  resourceServerCollection,
  clientCollection,
];
const PAGE = 200;

/**
 * The job that removes all records of a pool, the pool's own last.
 * @param more what other areas keep under the pool's id
 */
export const sweepPool =
  (records: Records, more: readonly AnyCollection[] = []): Work =>
  async (poolId, progress) => {
    for (const collection of [...more, ...SWEPT]) {
      for (;;) {
        const page = await records.page<object>(collection, { prefix: [poolId], limit: PAGE });
        await Promise.all(page.records.map((record) => dropped(records, collection, record)));
        if (page.next === undefined) break;
        await progress.keep(collection.name);
      }
    }
    const named = await records.find(poolDomainCollection, 'byPool', [poolId]);
    if (named) await dropped(records, poolDomainCollection, named.record);
    await dropped(records, poolCollection, { id: poolId });
  };

async function dropped(records: Records, collection: AnyCollection, record: object): Promise<void> {
  try {
    await records.commit(remove(collection, collection.key(record)));
  } catch (error) {
    // Another sweep was first.
    if (!isFailure(error, 'not-kept')) throw error;
  }
}
