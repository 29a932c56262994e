/**
 * Identities: one person across many logins.
 *
 * A login belongs to one identity of a pool, which its unique key decides, also when a hundred devices ask at once. A login that is new is linked to the identity that the others name; logins of two identities
 * are refused. A guest's identity becomes a user's by the first login shown with it; where that login has an identity already, the guest is
 * merged into it, and whoever shows the guest's id with the login is given that identity. A guest that nobody uses ends (guests.ts); who has a
 * login, or was merged, stays.
 * Source: Cognito developer guide, "Identity pools (federated identities) authentication flow".
 */
import type { Clock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import { newIdentityId, type IdentityId } from '../../base/ids.ts';
import { regionOfId } from '../../base/arn.ts';
import type { Expiring } from '../ports/expiring.ts';
import {
  insert,
  renaming,
  replace,
  retrying,
  update,
  type Change,
  type Collection,
  type Kept,
  type Records,
} from '../ports/records.ts';
import { createGuests, type GuestFailure, type GuestSettings } from './guests.ts';
import type { IdentityPool } from './identity-pools.ts';
import type { LoginProofs, Logins, ProvenLogin } from './logins.ts';

export interface Identity {
  readonly id: IdentityId;
  readonly poolId: string;
  /** Subject by provider; empty for a guest. */
  readonly logins: Readonly<Record<string, string>>;
  /** The identity that this guest turned out to be; without a login it gives nothing any more. */
  readonly mergedInto?: IdentityId;
  /** A guest's: from then on there is no such identity. Without it they stay. */
  readonly expiresAt?: string;
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
  | 'guests-not-allowed'
  | GuestFailure;

export const identityNotFound = (identity: string) =>
  new Failure<IdentityFailure>('identity-not-found', { identity });

export const identityCollection: Collection<Identity> = {
  name: 'identities',
  key: ({ id }) => [id],
  lists: { byPool: ({ poolId }) => [[poolId]] },
  until: ({ expiresAt }) => expiresAt,
};
export const loginLinkCollection: Collection<LoginLink> = {
  name: 'identity-logins',
  key: ({ poolId, provider, subject }) => [poolId, provider, subject],
};

export function createIdentities({
  records,
  clock,
  expiring,
  proofs,
  guestSettings,
}: {
  records: Records;
  clock: Clock;
  proofs: LoginProofs;
  expiring: Expiring;
  guestSettings: GuestSettings;
}) {
  const guests = createGuests({ expiring, clock, settings: guestSettings });
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
      ...(logins.length === 0 && { expiresAt: guests.keptUntil() }),
      createdAt: now,
      modifiedAt: now,
    };
    await records.commit(
      insert(identityCollection, identity),
      ...logins.map((login) => linkOf(pool.id, login, identity.id)),
    );
    return identity;
  }

  /** Adds logins that are nobody's yet, in one commit with what else changes. @throws Failure `logins-conflict` */
  async function link(
    pool: IdentityPool,
    { record, version }: Kept<Identity>,
    logins: readonly ProvenLogin[],
    also: readonly Change[] = [],
  ): Promise<Identity> {
    if (
      logins.some(
        ({ provider, subject }) =>
          record.logins[provider] !== undefined && record.logins[provider] !== subject,
      )
    )
      throw conflict();
    if (logins.length === 0) {
      if (also.length > 0) await records.commit(...also);
      return record;
    }
    const identity: Identity = {
      ...record,
      logins: {
        ...record.logins,
        ...Object.fromEntries(logins.map(({ provider, subject }) => [provider, subject])),
      },
      expiresAt: undefined,
      modifiedAt: clock.now().toISOString(),
    };
    await records.commit(
      ...also,
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
    const known = new Set(owners.filter((each) => each !== undefined));
    if (known.size > 1) throw conflict();
    const [owner] = known;
    const news = logins.filter((_, index) => owners[index] === undefined);
    const asked = wanted === undefined ? undefined : await kept(wanted);
    if (owner === undefined) return asked ? link(pool, assertGuest(asked), news) : make(pool, logins);
    if (!asked || owner === asked.record.id) return link(pool, await kept(owner), news);
    return merge(pool, asked, await kept(owner), news);
  }

  /**
   * A guest, as it stands now: it may have been merged, or become a user's, since its owner was asked for.
   * Logins that are nobody's yet are no user's own, so that a user takes none of them.
   * @throws Failure `identity-forbidden`
   */
  function assertGuest(found: Kept<Identity>): Kept<Identity> {
    const { id, mergedInto } = found.record;
    if (!isGuest(found.record) || mergedInto !== undefined)
      throw new Failure<IdentityFailure>('identity-forbidden', { identity: id });
    return found;
  }

  /**
   * Takes the guest for the user who shows a login of theirs with it, as Cognito does.
   * @throws Failure `logins-conflict` when it is no guest, or was merged into another identity
   */
  async function merge(
    pool: IdentityPool,
    guest: Kept<Identity>,
    owner: Kept<Identity>,
    news: readonly ProvenLogin[],
  ): Promise<Identity> {
    const { id, poolId } = owner.record;
    if (!isGuest(guest.record) || guest.record.poolId !== poolId) throw conflict();
    if (guest.record.mergedInto === id) return link(pool, owner, news);
    if (guest.record.mergedInto !== undefined) throw conflict();
    const modifiedAt = clock.now().toISOString();
    const merged = { ...guest.record, mergedInto: id, expiresAt: undefined, modifiedAt };
    return link(pool, owner, news, [replace(identityCollection, merged, guest.version)]);
  }

  /** As `tryResolve`, again when somebody else linked at the same time. */
  async function resolve(
    pool: IdentityPool,
    logins: readonly ProvenLogin[],
    wanted?: string,
  ): Promise<Identity> {
    const kinds = ['already-kept', 'changed-meanwhile', 'not-kept'] as const;
    return retrying(() => tryResolve(pool, logins, wanted), kinds);
  }

  /** The guest, whose time begins anew. @throws Failure `identity-not-found` when it has run out */
  async function renewed(guest: Identity): Promise<Identity> {
    const later = (present: Identity): Identity => {
      const expiresAt = guests.keptUntil(present.expiresAt);
      return !isUnclaimed(present) || expiresAt === present.expiresAt ? present : { ...present, expiresAt };
    };
    if (later(guest) === guest) return guest;
    return renaming(update(records, identityCollection, [guest.id], later), 'not-kept', () =>
      identityNotFound(guest.id),
    );
  }

  return {
    /** The identity; undefined when there is none. */
    find: async (id: string): Promise<Identity | undefined> =>
      (await records.get(identityCollection, [id]))?.record,

    /** @throws Failure `identity-not-found` */
    get: async (id: string): Promise<Identity> => (await kept(id)).record,

    /**
     * The identity behind these logins, a new one when none is linked; without logins a new guest.
     * @param sourceIp who asks; guests are counted by it
     * @throws Failure `guests-not-allowed`, `too-many-guests`, `provider-not-accepted`, `login-refused`, `logins-conflict`
     */
    async idFor(pool: IdentityPool, logins: Logins, sourceIp: string): Promise<IdentityId> {
      if (Object.keys(logins).length === 0) {
        if (!pool.allowsGuests) throw new Failure<IdentityFailure>('guests-not-allowed');
        await guests.count(pool.id, sourceIp);
        return (await make(pool, [])).id;
      }
      return (await resolve(pool, await proofs.prove(pool, logins))).id;
    },

    /**
     * Proves that the logins are the identity's, to whom something is given then: a guest's time begins anew.
     * @returns the proven logins, none for a guest; and whose they are: another identity than the
     *   one given when that is a guest of a user who has one already
     * @throws Failure `identity-forbidden`, `identity-not-found`, `guests-not-allowed`, `provider-not-accepted`, `login-refused`, `logins-conflict`
     */
    async proveOwner(
      pool: IdentityPool,
      identity: Identity,
      logins: Logins,
    ): Promise<{ readonly identity: Identity; readonly proven: readonly ProvenLogin[] }> {
      const forbidden = new Failure<IdentityFailure>('identity-forbidden', { identity: identity.id });
      if (Object.keys(logins).length === 0) {
        if (!isUnclaimed(identity)) throw forbidden;
        if (!pool.allowsGuests) throw new Failure<IdentityFailure>('guests-not-allowed');
        const guest = await renewed(identity);
        // Somebody may have shown a login with it meanwhile.
        if (!isUnclaimed(guest)) throw forbidden;
        return { identity: guest, proven: [] };
      }
      const proven = await proofs.prove(pool, logins);
      // A login that the identity does not have yet is linked, but only beside one that it has: else anybody could move in.
      const isKnown = proven.some(({ provider, subject }) => identity.logins[provider] === subject);
      if (!isGuest(identity) && !isKnown) throw forbidden;
      return { identity: await resolve(pool, proven, identity.id), proven };
    },
  };
}

const isGuest = ({ logins }: Identity): boolean => Object.keys(logins).length === 0;
/** A guest who turned out to be nobody yet. */
const isUnclaimed = (identity: Identity): boolean => isGuest(identity) && identity.mergedInto === undefined;

export type Identities = ReturnType<typeof createIdentities>;
