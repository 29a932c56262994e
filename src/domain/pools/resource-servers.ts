/**
 * Resource servers: the APIs that a pool's access tokens may open, and the scopes that each of them knows.
 *
 * A scope is written `<identifier>/<name>`. Clients name the scopes that they may ask for; what exists is decided here.
 * Source: Cognito developer guide, "Scopes, M2M, and resource servers".
 */
import type { Clock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import { insert, renaming, replace, type Collection, type Records } from '../ports/records.ts';
import { poolCollection, type Pools } from './pools.ts';

export interface ResourceServer {
  readonly poolId: string;
  /** e.g. `https://api.example.com` */
  readonly identifier: string;
  readonly name: string;
  readonly scopes: readonly { readonly name: string; readonly description: string }[];
  readonly createdAt: string;
}
/** `resource-server-exists` (fact: server), `too-many-resource-servers` (fact: most). */
export type ResourceServerFailure =
  | 'resource-server-not-found'
  | 'resource-server-exists'
  | 'too-many-resource-servers';

export const resourceServerCollection: Collection<ResourceServer> = {
  name: 'resource-servers',
  key: ({ poolId, identifier }) => [poolId, identifier],
};
/** Cognito's quota. */
const MOST_SERVERS = 25;

export function createResourceServers({
  records,
  clock,
  pools,
}: {
  records: Records;
  clock: Clock;
  pools: Pools;
}) {
  async function list(poolId: string): Promise<readonly ResourceServer[]> {
    const page = await records.page(resourceServerCollection, { prefix: [poolId], limit: MOST_SERVERS });
    return page.records;
  }

  return {
    /** @throws Failure `pool-not-found`, `resource-server-exists`, `too-many-resource-servers`, `changed-meanwhile` */
    async create(server: Omit<ResourceServer, 'createdAt'>): Promise<ResourceServer> {
      await pools.get(server.poolId);
      const pool = await records.get(poolCollection, [server.poolId]);
      if ((await list(server.poolId)).length >= MOST_SERVERS)
        throw new Failure<ResourceServerFailure>('too-many-resource-servers', { most: MOST_SERVERS });
      const now = clock.now().toISOString();
      const made: ResourceServer = { ...server, createdAt: now };
      // The pool is written with it: its number is checked at a version, and whoever keeps the pool's settings sees that they changed.
      const changes = pool
        ? [replace(poolCollection, { ...pool.record, modifiedAt: now }, pool.version)]
        : [];
      await renaming(
        records.commit(insert(resourceServerCollection, made), ...changes),
        'already-kept',
        () => new Failure<ResourceServerFailure>('resource-server-exists', { server: server.identifier }),
      );
      return made;
    },

    /** @throws Failure `pool-not-found`, `resource-server-not-found` */
    async get(poolId: string, identifier: string): Promise<ResourceServer> {
      await pools.get(poolId);
      const kept = await records.get(resourceServerCollection, [poolId, identifier]);
      if (!kept)
        throw new Failure<ResourceServerFailure>('resource-server-not-found', { server: identifier });
      return kept.record;
    },

    /** All scopes of the pool's resource servers, `<identifier>/<name>`. */
    async scopesOf(poolId: string): Promise<readonly string[]> {
      const servers = await list(poolId);
      return servers.flatMap(({ identifier, scopes }) => scopes.map(({ name }) => `${identifier}/${name}`));
    },
  };
}
export type ResourceServers = ReturnType<typeof createResourceServers>;
