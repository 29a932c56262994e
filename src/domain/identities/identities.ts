/**
 * Identities: one person across many logins.
 *
 * A login belongs to one identity of a pool, which its unique key decides, also when a hundred devices ask at once. A login that is new is linked to the identity that the others name; logins of two identities
 * are refused. A guest's identity becomes a person's by the first login shown with it.
 * Source: Cognito developer guide, "Identity pools (federated identities) authentication flow".
 */
import type { Clock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import { newIdentityId, type IdentityId } from '../../base/ids.ts';
import { regionOfId } from '../../base/arn.ts';
import { insert, replace, retrying, type Collection, type Kept, type Records } from '../ports/records.ts';
import type { IdentityPool } from './identity-pools.ts';
import type { LoginProofs, Logins, ProvenLogin } from './logins.ts';

export interface Identity {
  readonly id: IdentityId;
  readonly poolId: string;
  /** Subject by provider; empty for a guest. */
  readonly logins: Readonly<Record<string, string>>;
  readonly createdAt: string;
  readonly modifiedAt: string;
}
interface LoginLink {
  readonly poolId: string;
  readonly provider: string;
  readonly subject: string;
  readonly identityId: string;
}
/** `identity-not-found` (fact: identity); `logins-conflict`: of two identities, or another of a provider that is linked; `identity-forbidden` (fact: identity). */
export type IdentityFailure =
  | 'identity-not-found'
  | 'logins-conflict'
  | 'identity-forbidden'
  | 'guests-not-allowed';

export const identityNotFound = (identity: string) =>
  new Failure<IdentityFailure>('identity-not-found', { identity });

export const identityCollection: Collection<Identity> = {
  name: 'identities',
  key: ({ id }) => [id],
  lists: { byPool: ({ poolId }) => [[poolId]] },
};
export const loginLinkCollection: Collection<LoginLink> = {
  name: 'identity-logins',
  key: ({ poolId, provider, subject }) => [poolId, provider, subject],
};

export function createIdentities({
  records,
  clock,
  proofs,
}: {
  records: Records;
  clock: Clock;
  proofs: LoginProofs;
}) {
  const conflict = () => new Failure<IdentityFailure>('logins-conflict');

  /** @throws Failure `identity-not-found` */
  async function kept(id: string): Promise<Kept<Identity>> {
    const found = await records.get(identityCollection, [id]);
    if (!found) throw identityNotFound(id);
    return found;
  }

  /** The identity that each login is linked to; undefined where none is. */
  async function linked(pool: IdentityPool, logins: readonly ProvenLogin[]): Promise<(string | undefined)[]> {
    const links = await Promise.all(
      logins.map(({ provider, subject }) => records.get(loginLinkCollection, [pool.id, provider, subject])),
    );
    return links.map((link) => link?.record.identityId);
  }

  const linkOf = (poolId: string, { provider, subject }: ProvenLogin, identityId: string) =>
    insert(loginLinkCollection, { poolId, provider, subject, identityId });

  async function make(pool: IdentityPool, logins: readonly ProvenLogin[]): Promise<Identity> {
    const now = clock.now().toISOString();
    const identity: Identity = {
      id: newIdentityId(regionOfId(pool.id)),
      poolId: pool.id,
      logins: Object.fromEntries(logins.map(({ provider, subject }) => [provider, subject])),
      createdAt: now,
      modifiedAt: now,
    };
    await records.commit(
      insert(identityCollection, identity),
      ...logins.map((login) => linkOf(pool.id, login, identity.id)),
    );
    return identity;
  }

  /** Adds logins that are nobody's yet. @throws Failure `logins-conflict` */
  async function link(
    pool: IdentityPool,
    { record, version }: Kept<Identity>,
    logins: readonly ProvenLogin[],
  ): Promise<Identity> {
    if (
      logins.some(
        ({ provider, subject }) =>
          record.logins[provider] !== undefined && record.logins[provider] !== subject,
      )
    )
      throw conflict();
    if (logins.length === 0) return record;
    const identity: Identity = {
      ...record,
      logins: {
        ...record.logins,
        ...Object.fromEntries(logins.map(({ provider, subject }) => [provider, subject])),
      },
      modifiedAt: clock.now().toISOString(),
    };
    await records.commit(
      replace(identityCollection, identity, version),
      ...logins.map((login) => linkOf(pool.id, login, record.id)),
    );
    return identity;
  }

  async function tryResolve(
    pool: IdentityPool,
    logins: readonly ProvenLogin[],
    wanted: string | undefined,
  ): Promise<Identity> {
    const owners = await linked(pool, logins);
    const known = new Set([
      ...owners.filter((each) => each !== undefined),
      ...(wanted === undefined ? [] : [wanted]),
    ]);
    if (known.size > 1) throw conflict();
    const [id] = known;
    if (id === undefined) return make(pool, logins);
    return link(
      pool,
      await kept(id),
      logins.filter((_, index) => owners[index] === undefined),
    );
  }

  /** As `tryResolve`, again when somebody else linked at the same time. */
  async function resolve(
    pool: IdentityPool,
    logins: readonly ProvenLogin[],
    wanted?: string,
  ): Promise<Identity> {
    return retrying(() => tryResolve(pool, logins, wanted), ['already-kept', 'changed-meanwhile']);
  }

  return {
    /** The identity; undefined when there is none. */
    find: async (id: string): Promise<Identity | undefined> =>
      (await records.get(identityCollection, [id]))?.record,

    /** @throws Failure `identity-not-found` */
    get: async (id: string): Promise<Identity> => (await kept(id)).record,

    /**
     * The identity behind these logins, a new one when none is linked; without logins a new guest.
     * @throws Failure `guests-not-allowed`, `provider-not-accepted`, `login-refused`, `logins-conflict`
     */
    async idFor(pool: IdentityPool, logins: Logins): Promise<IdentityId> {
      if (Object.keys(logins).length === 0) {
        if (!pool.allowsGuests) throw new Failure<IdentityFailure>('guests-not-allowed');
        return (await make(pool, [])).id;
      }
      return (await resolve(pool, await proofs.prove(pool, logins))).id;
    },

    /**
     * Proves that the logins are the identity's.
     * @returns the proven logins; none for a guest
     * @throws Failure `identity-forbidden`, `guests-not-allowed`, `provider-not-accepted`, `login-refused`, `logins-conflict`
     */
    async proveOwner(
      pool: IdentityPool,
      identity: Identity,
      logins: Logins,
    ): Promise<readonly ProvenLogin[]> {
      const forbidden = new Failure<IdentityFailure>('identity-forbidden', { identity: identity.id });
      const isGuest = Object.keys(identity.logins).length === 0;
      if (Object.keys(logins).length === 0) {
        if (!isGuest) throw forbidden;
        if (!pool.allowsGuests) throw new Failure<IdentityFailure>('guests-not-allowed');
        return [];
      }
      const proven = await proofs.prove(pool, logins);
      // A login that the identity does not have yet is linked, but only beside one that it has: else anybody could move in.
      const isKnown = proven.some(({ provider, subject }) => identity.logins[provider] === subject);
      if (!isGuest && !isKnown) throw forbidden;
      await resolve(pool, proven, identity.id);
      return proven;
    },
  };
}
export type Identities = ReturnType<typeof createIdentities>;
