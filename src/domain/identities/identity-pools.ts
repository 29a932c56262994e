/**
 * Identity pools: who may bring logins, and which roles the people behind them may take.
 *
 * A pool's own rules only; identities are identities.ts, the choice of a role role-choice.ts.
 * Source: Cognito identity API reference, CreateIdentityPool, SetIdentityPoolRoles.
 */
import type { Clock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import { newIdentityPoolId, type IdentityPoolId } from '../../base/ids.ts';
import { insert, renaming, update, type Collection, type Records } from '../ports/records.ts';

/** A user pool's app client whose ID tokens are taken as logins. */
interface UserPoolProvider {
  /** As it was given: `cognito-idp.<region>.amazonaws.com/<pool id>`, or the pool's address without its scheme. */
  readonly providerName: string;
  readonly clientId: string;
  readonly checksTokens: boolean;
}
/** What to do when claims and rules leave no one role. */
type Ambiguity = 'AuthenticatedRole' | 'Deny';

/** A role for those whose token says so. */
export interface RoleRule {
  readonly claim: string;
  readonly match: 'Equals' | 'Contains' | 'StartsWith' | 'NotEqual';
  readonly value: string;
  readonly roleArn: string;
}
/** `token`: the role is in the token. `rules`: the first that matches gives it. */
export type RoleMapping =
  | { readonly by: 'token'; readonly ambiguity: Ambiguity }
  | { readonly by: 'rules'; readonly ambiguity: Ambiguity; readonly rules: readonly RoleRule[] };

interface IdentityPoolSettings {
  readonly name: string;
  readonly allowsGuests: boolean;
  readonly allowsClassicFlow: boolean;
  readonly developerProviderName?: string;
  readonly userPools: readonly UserPoolProvider[];
  /** The application's id at a provider, by the provider's name among logins: `{ 'graph.facebook.com': '7346241598935552' }`. */
  readonly socialProviders?: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
}
interface PoolRoles {
  /** Role ARNs. */
  readonly authenticated?: string;
  readonly unauthenticated?: string;
  /** By provider; a user pool's is called `<provider name>:<client id>`. */
  readonly mappings: Readonly<Record<string, RoleMapping>>;
}
export interface IdentityPool extends IdentityPoolSettings {
  readonly id: IdentityPoolId;
  readonly account: string;
  readonly roles: PoolRoles;
  readonly createdAt: string;
}
export type IdentityPoolFailure = 'identity-pool-not-found';

export const identityPoolNotFound = (pool: string) =>
  new Failure<IdentityPoolFailure>('identity-pool-not-found', { pool });

export const identityPoolCollection: Collection<IdentityPool> = {
  name: 'identity-pools',
  key: ({ id }) => [id],
};

export function createIdentityPools({
  records,
  clock,
  account,
}: {
  records: Records;
  clock: Clock;
  account: string;
}) {
  async function find(id: string): Promise<IdentityPool | undefined> {
    return (await records.get(identityPoolCollection, [id]))?.record;
  }

  return {
    find,

    async create(region: string, settings: IdentityPoolSettings): Promise<IdentityPool> {
      const id = newIdentityPoolId(region);
      const pool: IdentityPool = {
        ...settings,
        id,
        account,
        roles: { mappings: {} },
        createdAt: clock.now().toISOString(),
      };
      await records.commit(insert(identityPoolCollection, pool));
      return pool;
    },

    /** @throws Failure `identity-pool-not-found` */
    async get(id: string): Promise<IdentityPool> {
      const pool = await find(id);
      if (!pool) throw identityPoolNotFound(id);
      return pool;
    },

    /** @throws Failure `identity-pool-not-found` */
    setRoles(id: string, roles: PoolRoles): Promise<IdentityPool> {
      return renaming(
        update(records, identityPoolCollection, [id], (pool) => ({ ...pool, roles })),
        'not-kept',
        () => identityPoolNotFound(id),
      );
    },
  };
}
export type IdentityPools = ReturnType<typeof createIdentityPools>;
