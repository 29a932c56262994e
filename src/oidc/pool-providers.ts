/**
 * Pool providers: one instance of oidc-provider for each user pool.
 *
 * Built when a pool is first asked for, and again when the pool changed or the instance grew old (its keys may have been replaced); clients
 * are read at each request, so their changes need no building. The least lately used go when there are too many: an instance costs some
 * 50 KiB and half a millisecond. An instance keeps nothing that must last.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createBoundedMap } from '../base/bounded-map.ts';
import type { Log } from '../base/log.ts';
import { logRefusal } from '../base/refusal-log.ts';
import type { Pool, Pools } from '../domain/pools/pools.ts';
import type { ResourceServers } from '../domain/pools/resource-servers.ts';
import type { Tokens } from '../domain/tokens/tokens.ts';
import { createCodes } from './codes.ts';
import { CODE_PARAMETERS, codeGrant } from './grants/authorization-code.ts';
import { CLIENT_CREDENTIALS_PARAMETERS, clientCredentialsGrant } from './grants/client-credentials.ts';
import { REFRESH_PARAMETERS, refreshGrant } from './grants/refresh-token.ts';
import { PoolProvider } from './internals.ts';
import { settingsOf, type SettingsParts } from './settings.ts';

const MOST_KEPT = 500;
const REBUILD_SECONDS = 600;

interface PoolProvidersParts extends Omit<
  SettingsParts,
  'poolId' | 'pool' | 'browsers' | 'standing' | 'codes' | 'customScopes' | 'keys' | 'revokeFamily'
> {
  readonly pools: Pick<Pools, 'get'>;
  readonly resourceServers: Pick<ResourceServers, 'scopesOf'>;
  readonly tokens: Pick<
    Tokens,
    'grant' | 'grantToClient' | 'refresh' | 'revokeFamily' | 'jwks' | 'browsersOf' | 'standing'
  >;
  readonly log: Log;
  issuerOf(pool: Pool): string;
}

export type PoolProviders = ReturnType<typeof createPoolProviders>;

type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

interface Kept {
  readonly provider: PoolProvider;
  readonly answer: Answer;
  readonly modifiedAt: string;
  readonly builtAt: number;
}

export function createPoolProviders(parts: PoolProvidersParts) {
  const kept = createBoundedMap<string, Kept>(MOST_KEPT);

  function isFresh({ modifiedAt, builtAt }: Kept, pool: Pool): boolean {
    const age = parts.clock.now().getTime() - builtAt;
    return modifiedAt === pool.modifiedAt && age >= 0 && age < REBUILD_SECONDS * 1000;
  }

  function keep(poolId: string, entry: Kept): Kept {
    // Put there anew, it is the latest.
    kept.set(poolId, entry);
    return entry;
  }

  async function find(poolId: string): Promise<Kept> {
    const pool = await parts.pools.get(poolId);
    const present = kept.get(poolId);
    if (present && isFresh(present, pool)) return keep(poolId, present);
    const provider = await buildProvider(pool, parts);
    return keep(poolId, {
      provider,
      answer: provider.callback(),
      modifiedAt: pool.modifiedAt,
      builtAt: parts.clock.now().getTime(),
    });
  }

  return {
    /** @throws Failure `pool-not-found` */
    of: async (poolId: string): Promise<PoolProvider> => (await find(poolId)).provider,

    /**
     * A listener for the pool's OAuth endpoints. `request.url` is the path below the pool, `request.originalUrl` the whole one.
     * @throws Failure `pool-not-found`
     */
    callback: async (poolId: string): Promise<Answer> => (await find(poolId)).answer,
  };
}

async function buildProvider(pool: Pool, parts: PoolProvidersParts): Promise<PoolProvider> {
  const { clients, users, tokens, expiring, log, publicUrl } = parts;
  const codes = createCodes(expiring, pool.id);
  const [{ keys }, customScopes] = await Promise.all([
    tokens.jwks(pool.id),
    parts.resourceServers.scopesOf(pool.id),
  ]);
  const settings = settingsOf({
    ...parts,
    poolId: pool.id,
    pool,
    browsers: tokens.browsersOf(pool),
    standing: tokens.standing,
    codes,
    customScopes,
    keys,
    revokeFamily: tokens.revokeFamily,
  });
  const failed = (error: unknown) => log.error({ event: 'failed', pool: pool.id, err: error });
  const provider = new PoolProvider(parts.issuerOf(pool), settings, {
    publicUrl,
    failed,
    refused: (refusal) => logRefusal(log, { pool: pool.id, ...refusal }),
  });
  provider.registerGrantType(
    'authorization_code',
    codeGrant({ pool, codes, clients, users, tokens }),
    CODE_PARAMETERS,
  );
  provider.registerGrantType('refresh_token', refreshGrant({ pool, clients, tokens }), REFRESH_PARAMETERS);
  provider.registerGrantType(
    'client_credentials',
    clientCredentialsGrant({ pool, clients, tokens }),
    CLIENT_CREDENTIALS_PARAMETERS,
  );
  return provider;
}
