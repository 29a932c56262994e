/**
 * Revocation: what was given is void from now on, at every door.
 *
 * A family's refresh tokens die by its record, all else by a cut-off. The record comes first: who renews in between is cut off, because his tokens are of a moment before that in which he was let in.
 * Source: Cognito developer guide, "Ending user sessions with token revocation", "Managing user sessions".
 */
import type { Clock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import type { Client } from '../directory/clients.ts';
import type { Pool } from '../directory/pools.ts';
import type { User, Users } from '../directory/users.ts';
import type { Signer } from '../ports/signer.ts';
import { familySubject, poolSubject, userSubject, type CutOffs } from './cut-offs.ts';
import type { Families } from './families.ts';
import { isOver, isSso, tokenSessionId, tracksSessions, type Session, type Sessions } from './sessions.ts';

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
export interface Reach {
  readonly linked: boolean;
}

export function createRevocation(parts: RevocationParts) {
  const { users, families, sessions, signer, cutOffs, clock } = parts;

  async function revokeFamily(familyId: string): Promise<void> {
    const family = await families.revoke(familyId);
    await cutOffs.cut(familySubject(familyId));
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

  /** The sessions that are linked to one, once it has ended: a browser that ended brings no more. */
  async function linkedTo(session: Session): Promise<readonly Session[]> {
    if (!isSso(session)) return originOf(session);
    const all = await sessions.ofPerson(session.poolId, session.sub);
    return all.filter(({ originId }) => originId === session.id);
  }

  async function forgetPerson(pool: Pool, { sub }: Pick<User, 'sub'>): Promise<void> {
    await cutOffs.cut(userSubject(pool.id, sub));
    await sessions.forgetAll(pool.id, sub);
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
      await revokeFamily(family.id);
      for (const each of session ? await originOf(session) : []) await endSession(each);
    },

    /**
     * Ends all sessions of a person: refresh tokens die, and all that was issued up to now is void.
     * @param change of the user, made in the same write
     * @throws Failure `user-not-found`
     */
    async signOutEverywhere(
      pool: Pool,
      user: Pick<User, 'nameKey' | 'sub'>,
      change: (user: User) => User = (present) => present,
    ): Promise<void> {
      const signedOutAt = clock.now().toISOString();
      // With the user, and so in the directory: it must outlast every refresh token, and every loss of sessions.
      await users.change(pool, user, (present) => ({ ...change(present), signedOutAt }));
      await forgetPerson(pool, user);
    },

    /** Voids what somebody has in hand who is gone, or may have nothing any more. */
    forgetPerson,

    /** The same of all people of a pool that is gone. */
    forgetPool: (poolId: string): Promise<void> => cutOffs.cut(poolSubject(poolId)),

    /** The sessions of a person, the last used first. @throws Failure `sessions-not-tracked` */
    async sessionsOf(pool: Pool, { sub, signedOutAt }: User): Promise<readonly Session[]> {
      assertTracked(pool);
      const all = await sessions.ofPerson(pool.id, sub);
      return all.filter(({ createdAt }) => signedOutAt === undefined || createdAt > signedOutAt).toReversed();
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
      if (!session || isOver(session))
        throw new Failure<RevocationFailure>('session-not-found', { session: id });
      if (current !== undefined && session.familyId === current)
        throw new Failure<RevocationFailure>('session-is-current');
      await endSession(session);
      for (const each of linked ? await linkedTo(session) : []) await endSession(each);
    },
  };
}
