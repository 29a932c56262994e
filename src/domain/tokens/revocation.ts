/**
 * Revocation: what was given is void from now on, at every door.
 *
 * A family's refresh tokens die by its record, all else by a cut-off. The record comes first: who renews in between is cut off, because his tokens are of a moment before that in which he was let in.
 * What ends with a removal is cut off in its commit: whoever removes takes the endings that are made here.
 * Source: Cognito developer guide, "Ending user sessions with token revocation", "Managing user sessions".
 */
import type { Clock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import { momentOf } from '../../base/ids.ts';
import type { Client } from '../pools/clients.ts';
import type { Pool } from '../pools/pools.ts';
import type { Replacement } from '../users/password-replacement.ts';
import type { User, Users } from '../users/users.ts';
import { NOTHING_ENDS, type Endings, type Removal } from '../ports/endings.ts';
import { retrying, type RecordsFailure } from '../ports/records.ts';
import type { Signer } from '../ports/signer.ts';
import type { BearerFailure } from './token-principals.ts';
import {
  anyGroupSubject,
  clientSubject,
  familySubject,
  groupSubject,
  memberSubject,
  poolSubject,
  providerSubject,
  userSubject,
  waySubject,
  type CutOffs,
} from './watermarks.ts';
import type { Families } from './families.ts';
import {
  isOver as isSessionOver,
  isSso,
  tokenSessionId,
  tracksSessions,
  type Session,
  type Sessions,
} from './sessions.ts';

/** `session-not-found` (fact: session); `sessions-not-tracked` (fact: pool). */
export type RevocationFailure =
  | 'token-of-another-client'
  | 'revocation-not-enabled'
  | 'token-type-unsupported'
  | 'session-not-found'
  | 'session-is-current'
  | 'sessions-not-tracked';

export interface RevocationParts {
  readonly users: Users;
  readonly families: Families;
  readonly sessions: Sessions;
  readonly signer: Signer;
  readonly cutOffs: CutOffs;
  readonly clock: Clock;
}
/** Which sessions end with one: `linked` adds the browser's that a token session came through, and the other way round. */
interface Reach {
  readonly linked: boolean;
}

interface Spared {
  /** The id of a family that goes on. */
  readonly spares?: string;
}
interface SignOut extends Spared {
  /** Of the user, made in the same write. */
  readonly change?: (user: User) => User;
  /** Whether there can be anything to end. */
  readonly isNeeded?: (user: User) => boolean;
}

/** True when the sign-in of that family is over because its user signed out everywhere, or was signed out. */
export function isOver({ signedOutAt, signedOutExcept }: User, familyId: string): boolean {
  const began = momentOf(familyId);
  const isBefore =
    signedOutAt !== undefined && began !== undefined && began.getTime() <= Date.parse(signedOutAt);
  return isBefore && familyId !== signedOutExcept;
}

/** Who must confirm the account, or choose a password, has never got beyond that; nor has who was made at this moment. */
const couldBeSignedIn = ({ status, createdAt }: User, now: Date): boolean =>
  status !== 'UNCONFIRMED' && status !== 'FORCE_CHANGE_PASSWORD' && Date.parse(createdAt) < now.getTime();

export function createRevocation(parts: RevocationParts) {
  const { users, families, sessions, signer, cutOffs, clock } = parts;

  async function revokeFamily(familyId: string): Promise<void> {
    const cut = { subject: familySubject(familyId) };
    // Before it too: families and cut-offs are kept apart, and whoever finds the family ended does not end it again.
    await cutOffs.cut(cut);
    const family = await families.revoke(familyId);
    await cutOffs.cut(cut);
    if (family) await sessions.forget({ ...family, id: tokenSessionId(familyId) });
  }

  async function endSession(session: Session): Promise<void> {
    if (session.familyId !== undefined) await revokeFamily(session.familyId);
    else await sessions.end(session);
  }

  async function originOf({ poolId, sub, originId }: Session): Promise<readonly Session[]> {
    const origin = originId === undefined ? undefined : await sessions.find(poolId, sub, originId);
    return origin ? [origin] : [];
  }

  async function cameOf({ poolId, sub, id }: Session): Promise<readonly Session[]> {
    const all = await sessions.ofPerson(poolId, sub);
    return all.filter(({ originId }) => originId === id);
  }

  /**
   * Ends a session and those linked to it: a browser first, which brings no more then. What was named ends last where its end
   * is its record's, so that whoever was stopped on the way can ask for the same again.
   */
  async function endLinked(session: Session): Promise<void> {
    for (const origin of await originOf(session)) await endSession(origin);
    await endSession(session);
    for (const each of isSso(session) ? await cameOf(session) : []) await endSession(each);
  }

  /** Ends what a user has in hand, in the commit of a change or a removal of theirs. */
  async function endingUser<T>(
    pool: Pool,
    { sub }: Pick<User, 'sub'>,
    { remove, spares }: Spared & { readonly remove: Removal<T> },
  ): Promise<T> {
    const isSpared = spares !== undefined;
    const subject = userSubject(pool.id, sub);
    const cut = isSpared ? { subject, spares: familySubject(spares) } : { subject };
    const removed = await cutOffs.ending([cut], remove);
    await sessions.forgetAll(pool.id, sub, isSpared ? { spares: tokenSessionId(spares) } : {});
    return removed;
  }

  /** @returns the user as changed @throws Failure `user-not-found`, `access-token-revoked` when what is to be spared is over */
  async function signOut(
    pool: Pool,
    user: Pick<User, 'nameKey' | 'sub'>,
    { change = (present) => present, spares, isNeeded = () => true }: SignOut,
  ): Promise<User> {
    return retrying(async () => {
      const read = await users.byNameKey(pool.id, user.nameKey);
      // Who is gone by now is so for the change as well.
      const ends = read === undefined || isNeeded(read);
      // With the user, and so in the directory: it must outlast every refresh token, and every loss of sessions.
      const signedOutAt = clock.now().toISOString();
      const write = (endings: Endings) =>
        users.change(
          pool,
          user,
          (present) => {
            if (isNeeded(present) !== ends) throw new Failure<RecordsFailure>('changed-meanwhile');
            // Whoever is signed out at this very moment must not be let in again by being spared.
            if (spares !== undefined && isOver(present, spares))
              throw new Failure<BearerFailure>('access-token-revoked');
            return ends ? { ...change(present), signedOutAt, signedOutExcept: spares } : change(present);
          },
          endings,
        );
      return ends ? endingUser(pool, user, { remove: write, spares }) : write(NOTHING_ENDS);
    });
  }

  /** @throws Failure `sessions-not-tracked` */
  function assertTracked(pool: Pool): void {
    if (!tracksSessions(pool))
      throw new Failure<RevocationFailure>('sessions-not-tracked', { pool: pool.id });
  }

  return {
    revokeFamily,

    /**
     * Ends the sign-in that a refresh token of this client belongs to. What is no token, or belongs to one that ended, ends nothing.
     * @throws Failure `revocation-not-enabled`, `token-type-unsupported` for an access or ID token, `token-of-another-client`
     */
    async revoke(client: Client, token: string, { linked }: Reach = { linked: false }): Promise<void> {
      if (!client.revokesTokens)
        throw new Failure<RevocationFailure>('revocation-not-enabled', { client: client.id });
      if (signer.peek(token)) throw new Failure<RevocationFailure>('token-type-unsupported');
      const family = await families.ofToken(token);
      if (!family) return;
      if (family.clientId !== client.id) throw new Failure<RevocationFailure>('token-of-another-client');
      const session = linked
        ? await sessions.find(family.poolId, family.sub, tokenSessionId(family.id))
        : undefined;
      if (session) await endLinked(session);
      else await revokeFamily(family.id);
    },

    /**
     * Ends all sessions of a person: refresh tokens die, and all that was issued up to now is void.
     * @param change of the user, made in the same write
     * @throws Failure `user-not-found`
     */
    async signOutEverywhere(
      pool: Pool,
      user: Pick<User, 'nameKey' | 'sub'>,
      change?: (user: User) => User,
    ): Promise<void> {
      await signOut(pool, user, { change });
    },

    /**
     * Ends the sessions of a user whose password is replaced, in the write that replaces it, unless the pool keeps them.
     *
     * @param spares the family of the user's own session, which goes on
     * @returns the user as changed
     * @throws Failure `user-not-found`, `access-token-revoked` when that session is over, and what `change` throws
     */
    endOnNewPassword: (
      pool: Pool,
      user: Pick<User, 'nameKey' | 'sub'>,
      replacement: Replacement,
    ): Promise<User> =>
      pool.keepsSessionsOnNewPassword
        ? users.change(pool, user, replacement.change)
        : // Pools are filled by AdminSetUserPassword: for who could not sign in yet, nothing need be remembered.
          signOut(pool, user, {
            ...replacement,
            isNeeded: (present) => couldBeSignedIn(present, clock.now()),
          }),

    /** Removes a user, and voids what they have in hand. */
    endingUser: <T>(pool: Pool, user: Pick<User, 'sub'>, remove: Removal<T>): Promise<T> =>
      endingUser(pool, user, { remove }),

    /** Removes a pool, and voids what all of its users have in hand. */
    endingPool: <T>(poolId: string, remove: Removal<T>): Promise<T> =>
      cutOffs.ending([{ subject: poolSubject(poolId) }], remove),

    /** Removes a client, and voids what was given through it. */
    endingClient: <T>(poolId: string, clientId: string, remove: Removal<T>): Promise<T> =>
      cutOffs.ending([{ subject: clientSubject(poolId, clientId) }], remove),

    /** Removes a provider, and voids what its users were given. */
    endingProvider: <T>(poolId: string, name: string, remove: Removal<T>): Promise<T> =>
      cutOffs.ending([{ subject: providerSubject(poolId, name) }], remove),

    /** Has a client take the word of some providers no more, and voids what their users were given through it. */
    endingWays: <T>(
      { poolId, id }: Pick<Client, 'poolId' | 'id'>,
      providers: readonly string[],
      remove: Removal<T>,
    ): Promise<T> =>
      cutOffs.ending(
        providers.map((provider) => ({ subject: waySubject(poolId, id, provider) })),
        remove,
      ),

    /** Takes a user out of a group, and voids what it gave them. */
    endingMember: <T>(
      poolId: string,
      { user, group }: { readonly user: Pick<User, 'sub'>; readonly group: string },
      remove: Removal<T>,
    ): Promise<T> =>
      cutOffs.ending(
        [{ subject: memberSubject(poolId, user.sub, group) }, { subject: anyGroupSubject(poolId, user.sub) }],
        remove,
      ),

    /** Removes a group, and voids what it gave to its members. */
    endingGroup: <T>(poolId: string, group: string, remove: Removal<T>): Promise<T> =>
      cutOffs.ending(
        [{ subject: groupSubject(poolId, group) }, { subject: anyGroupSubject(poolId) }],
        remove,
      ),

    /** The sessions of a person, the last used first. @throws Failure `sessions-not-tracked` */
    async sessionsOf(pool: Pool, { sub, signedOutAt, signedOutExcept }: User): Promise<readonly Session[]> {
      assertTracked(pool);
      const all = await sessions.ofPerson(pool.id, sub);
      return all
        .filter(
          ({ createdAt, familyId }) =>
            signedOutAt === undefined ||
            createdAt > signedOutAt ||
            (familyId !== undefined && familyId === signedOutExcept),
        )
        .toReversed();
    },

    /**
     * Ends one session of a person.
     * @param current the family of the token that was shown for it, which it may not be
     * @throws Failure `sessions-not-tracked`, `session-not-found`, `session-is-current`
     */
    async revokeSession(
      { pool, user, id }: { readonly pool: Pool; readonly user: User; readonly id: string },
      { linked, current }: Reach & { readonly current?: string },
    ): Promise<void> {
      assertTracked(pool);
      const session = await sessions.find(pool.id, user.sub, id);
      const hasLeft = linked && session && isSso(session) && (await cameOf(session)).length > 0;
      if (!session || (isSessionOver(session) && !hasLeft))
        throw new Failure<RevocationFailure>('session-not-found', { session: id });
      if (current !== undefined && session.familyId === current)
        throw new Failure<RevocationFailure>('session-is-current');
      await (linked ? endLinked(session) : endSession(session));
    },
  };
}
