/** Session operations of cognito-idp: a person's own, and the administrator's. */
import { isSso, tokenSessionId, type Session } from '../../../domain/tokens/sessions.ts';
import { structure, text } from '../../../wire/members.ts';
import { assertUsable } from '../users/account-states.ts';
import { accessToken, onPool, pageToken, poolId, reach, username } from '../members.ts';
import { operation } from '../nouns.ts';

const sessionId = text({ max: 131_072 });

export const ListUserSessions = operation({
  caller: 'user',
  input: structure({ AccessToken: accessToken, NextToken: pageToken.optional() }),
  async handle(_input, { tokens }, { bearer }) {
    const { pool, user, familyId } = bearer;
    assertUsable(user);
    const current = familyId === undefined ? undefined : tokenSessionId(familyId);
    const sessions = await tokens.sessionsOf(pool, user);
    return { Sessions: sessions.map((session) => sessionType(session, current)) };
  },
});

export const RevokeUserSession = operation({
  caller: 'user',
  input: structure({
    AccessToken: accessToken,
    SessionId: sessionId,
    RevokeAssociatedSessions: reach.optional(),
  }),
  async handle({ SessionId: id, RevokeAssociatedSessions }, { tokens }, { bearer }) {
    const { pool, user, familyId: current } = bearer;
    assertUsable(user);
    await tokens.revokeSession(
      { pool, user, id },
      { linked: RevokeAssociatedSessions === 'LINKED', current },
    );
    return {};
  },
});

/** All of them on one page, as Cognito does. */
export const AdminListUserSessions = operation({
  caller: 'iam',
  on: onPool,
  input: structure({ UserPoolId: poolId, Username: username, NextToken: pageToken.optional() }),
  async handle({ UserPoolId, Username }, { pools, users, tokens }) {
    const pool = await pools.get(UserPoolId);
    const sessions = await tokens.sessionsOf(pool, await users.get(pool, Username));
    return { Sessions: sessions.map((session) => sessionType(session, undefined)) };
  },
});

export const AdminRevokeUserSession = operation({
  caller: 'iam',
  on: onPool,
  input: structure({
    UserPoolId: poolId,
    Username: username,
    SessionId: sessionId,
    RevokeAssociatedSessions: reach.optional(),
  }),
  async handle({ UserPoolId, Username, SessionId: id, RevokeAssociatedSessions }, { pools, users, tokens }) {
    const pool = await pools.get(UserPoolId);
    const user = await users.get(pool, Username);
    await tokens.revokeSession({ pool, user, id }, { linked: RevokeAssociatedSessions === 'LINKED' });
    return {};
  },
});

/** A session in the wire's words (SessionDescriptionType). Nobody looks up where on earth an address is. */
function sessionType(session: Session, current: string | undefined) {
  return {
    SessionId: session.id,
    SessionType: isSso(session) ? ('SSO' as const) : ('TOKEN' as const),
    ClientId: session.clientId,
    CreateDate: new Date(session.createdAt),
    LastActiveDate: new Date(session.lastActiveAt),
    DeviceType: session.deviceType,
    LastIPAddress: session.ip,
    LastLocation: { Country: 'unknown' },
    OriginSessionId: session.originId,
    IsCurrentSession: session.id === current,
  };
}
