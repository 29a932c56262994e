/**
 * Sessions: who is signed in where, in pools that keep count of it.
 *
 * Two kinds. A token session is a family of tokens at one client; an SSO session is a browser that signed in at the hosted page, through which token sessions come. Their records stand in the directory,
 * by person, because families may live where they cannot be listed (docs/decisions/sessions.md); ids are made of what a session is about, so that either leads to the other without an index.
 * A token session that ends is removed. An SSO session that ends is marked, because the browser still has it.
 * Source: Cognito developer guide, "Managing user sessions"; API reference, SessionDescriptionType.
 */
import { plusSeconds, type Clock } from '../../base/clock.ts';
import { isFailure } from '../../base/failure.ts';
import { sha256Hex } from '../../base/secret.ts';
import type { Pool } from '../pools/pools.ts';
import {
  insert,
  remove,
  replace,
  update,
  type Collection,
  type Kept,
  type Key,
  type Records,
} from '../ports/records.ts';
import { deviceTypeOf } from './device-type.ts';
import type { Family } from './families.ts';

/** From where somebody asks. */
export interface Whence {
  readonly ip?: string;
  readonly userAgent?: string;
}
export interface Session {
  readonly poolId: string;
  readonly sub: string;
  /** 28 characters: `tkn…` or `sso…`. */
  readonly id: string;
  readonly clientId: string;
  /** A token session's. */
  readonly familyId?: string;
  /** The SSO session that a token session came through. */
  readonly originId?: string;
  /** When an SSO session ended in spite of the browser; it lives again when the person signs in there later. */
  readonly endedAt?: string;
  /** When the person last signed in at an SSO session's browser. */
  readonly signedInAt?: string;
  readonly createdAt: string;
  readonly lastActiveAt: string;
  readonly deviceType: string;
  readonly ip?: string;
  readonly until: string;
}
/** What of a pool matters here. */
type Tracking = Pick<Pool, 'id' | 'sessions'>;
/** A browser that is signed in at the hosted page. */
export interface Browser {
  readonly sub: string;
  /** What oidc-provider calls the session, the same for as long as the person stays. */
  readonly uid: string;
  readonly clientId: string;
  /** When the person last proved who he is. */
  readonly signedInAt: Date;
  /** How long the browser keeps the session. */
  readonly seconds: number;
}

export const sessionCollection: Collection<Session> = {
  name: 'user-sessions',
  key: ({ poolId, sub, id }) => [poolId, sub, id],
  lists: {
    byUse: (session) => (isOver(session) ? [] : [[session.poolId, session.sub, session.lastActiveAt]]),
  },
  until: ({ until }) => until,
};

/** Of a person. */
export const MOST_TOKEN_SESSIONS = 100;
const MOST_SSO_SESSIONS = 25;
/** More than there can be, for the moment in which too many signed in at once. */
const PAGE = 1000;
const ID_CHARACTERS = 25;

const idFor = (kind: 'tkn' | 'sso', subject: string): string =>
  kind +
  BigInt(`0x${sha256Hex(`${kind}/${subject}`)}`)
    .toString(36)
    .padStart(ID_CHARACTERS, '0')
    .slice(-ID_CHARACTERS);
export const tokenSessionId = (familyId: string): string => idFor('tkn', familyId);
export const ssoSessionId = (uid: string): string => idFor('sso', uid);
export const isSso = ({ id }: Pick<Session, 'id'>): boolean => id.startsWith('sso');

/** True in pools that keep count of sessions. */
export const tracksSessions = ({ sessions }: Pick<Pool, 'sessions'>): boolean => sessions?.isTracked ?? false;

export function createSessions({ records, clock }: { records: Records; clock: Clock }) {
  const nowText = () => clock.now().toISOString();

  /** Changes a session as it stands; whoever was first meanwhile has done as much. */
  async function touch(key: Key, change: (session: Session) => Session): Promise<void> {
    const kept = await records.get(sessionCollection, key);
    if (!kept || isOver(kept.record)) return;
    await ignoring(records.commit(replace(sessionCollection, change(kept.record), kept.version)));
  }

  const seenNow = (whence: Whence) => ({
    lastActiveAt: nowText(),
    deviceType: deviceTypeOf(whence.userAgent),
    ip: whence.ip,
  });

  /** Those of a person, least lately used first. */
  async function ofPerson(poolId: string, sub: string): Promise<readonly Session[]> {
    const { records: found } = await records.page(sessionCollection, {
      index: 'byUse',
      prefix: [poolId, sub],
      limit: PAGE,
    });
    return found;
  }

  /** Of one kind, those beyond the newest `most`. */
  const beyond = (sessions: readonly Session[], most: number): readonly Session[] =>
    sessions.slice(0, Math.max(0, sessions.length - most));

  async function forget({ poolId, sub, id }: Pick<Session, 'poolId' | 'sub' | 'id'>): Promise<void> {
    await ignoring(records.commit(remove(sessionCollection, [poolId, sub, id])));
  }

  /** Marks an SSO session, or forgets a token session. @throws Failure `changed-meanwhile` */
  async function end(session: Pick<Session, 'poolId' | 'sub' | 'id'>): Promise<void> {
    if (!isSso(session)) return forget(session);
    const ended = update(records, sessionCollection, [session.poolId, session.sub, session.id], (present) =>
      isOver(present) ? present : { ...present, endedAt: nowText() },
    );
    await ignoring(ended, ['not-kept']);
  }

  /** Keeps what a browser does now, in place of `kept`. */
  async function keepBrowser(kept: Kept<Session> | undefined, session: Session): Promise<void> {
    if (kept) {
      // Another tab may have been first, and has done as much.
      await ignoring(records.commit(replace(sessionCollection, session, kept.version)));
      return;
    }
    await ignoring(records.commit(insert(sessionCollection, session)), ['already-kept']);
    const browsers = (await ofPerson(session.poolId, session.sub)).filter(isSso);
    for (const each of beyond(browsers, MOST_SSO_SESSIONS)) await end(each);
  }

  async function isBrowserOver(
    poolId: string,
    { sub, uid, signedInAt }: Pick<Browser, 'sub' | 'uid' | 'signedInAt'>,
  ): Promise<boolean> {
    const kept = await records.get(sessionCollection, [poolId, sub, ssoSessionId(uid)]);
    return kept !== undefined && isEndedFor(kept.record, signedInAt);
  }

  return {
    ofPerson,
    end,
    forget,

    find: async (poolId: string, sub: string, id: string): Promise<Session | undefined> =>
      (await records.get(sessionCollection, [poolId, sub, id]))?.record,

    /**
     * A new family of tokens is a new session.
     * @returns the sessions that must end for it: least lately used, beyond what the pool allows
     */
    async begun(
      pool: Tracking,
      { id: familyId, sub, clientId, until }: Family,
      { whence, browserUid }: { readonly whence: Whence; readonly browserUid?: string },
    ): Promise<readonly Session[]> {
      const session: Session = {
        poolId: pool.id,
        sub,
        id: tokenSessionId(familyId),
        clientId,
        familyId,
        originId: browserUid === undefined ? undefined : ssoSessionId(browserUid),
        createdAt: nowText(),
        ...seenNow(whence),
        until,
      };
      await records.commit(insert(sessionCollection, session));
      // Read after the insert: of many who sign in at once, the last sees them all.
      const tokenSessions = (await ofPerson(pool.id, sub)).filter((each) => !isSso(each));
      return beyond(tokenSessions, pool.sessions?.maxPerUser ?? MOST_TOKEN_SESSIONS);
    },

    /** A family was renewed. */
    async used({ poolId, sub, id }: Family, whence: Whence): Promise<void> {
      const seen = seenNow(whence);
      let originId: string | undefined;
      await touch([poolId, sub, tokenSessionId(id)], (session) => {
        ({ originId } = session);
        return { ...session, ...seen };
      });
      if (originId !== undefined)
        await touch([poolId, sub, originId], (session) => ({ ...session, lastActiveAt: seen.lastActiveAt }));
    },

    /**
     * A browser is given a code.
     * @returns false when its session ended after the person last proved who he is
     */
    async browserUsed(pool: Tracking, browser: Browser, whence: Whence): Promise<boolean> {
      const { sub, uid, clientId, signedInAt, seconds } = browser;
      const key = [pool.id, sub, ssoSessionId(uid)];
      const fresh: Session = {
        poolId: pool.id,
        sub,
        id: ssoSessionId(uid),
        clientId,
        createdAt: nowText(),
        ...seenNow(whence),
        signedInAt: signedInAt.toISOString(),
        until: plusSeconds(signedInAt, seconds).toISOString(),
      };
      const kept = await records.get(sessionCollection, key);
      if (kept && isEndedFor(kept.record, signedInAt)) return false;
      const { createdAt, clientId: first } = kept && !isOver(kept.record) ? kept.record : fresh;
      await keepBrowser(kept, { ...fresh, createdAt, clientId: first, endedAt: kept?.record.endedAt });
      // It may have ended while this was written.
      return !(await isBrowserOver(pool.id, browser));
    },

    /** True when a browser's session was ended after the person last proved who he is there. */
    isBrowserOver,

    /** All of a user's are gone, whatever becomes of their tokens. @param spares the id of one that stays */
    async forgetAll(
      poolId: string,
      sub: string,
      { spares }: { readonly spares?: string } = {},
    ): Promise<void> {
      const all = await ofPerson(poolId, sub);
      await Promise.all(all.filter(({ id }) => id !== spares).map((each) => end(each)));
    },
  };
}
export type Sessions = ReturnType<typeof createSessions>;

/** For who signed in at that moment. */
const isEndedFor = ({ endedAt }: Session, signedInAt: Date): boolean =>
  endedAt !== undefined && signedInAt.getTime() <= Date.parse(endedAt);

/** True of a session that ended and was not begun again. */
export const isOver = (session: Session): boolean =>
  session.endedAt !== undefined && isEndedFor(session, new Date(session.signedInAt ?? session.createdAt));

/** @returns false when somebody else was first */
async function ignoring(
  commit: Promise<unknown>,
  kinds: readonly string[] = ['changed-meanwhile', 'not-kept'],
): Promise<boolean> {
  try {
    await commit;
    return true;
  } catch (error) {
    if (isFailure(error, ...kinds)) return false;
    throw error;
  }
}
