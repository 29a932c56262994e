/** Operations of cognito-idp that say whether a pool keeps count of sessions, and how long a client reuses a browser's. */
import { Failure } from '../../../base/failure.ts';
import type { Client } from '../../../domain/pools/clients.ts';
import { DEFAULT_SESSIONS, DEFAULT_SSO_MINUTES, type Pool } from '../../../domain/pools/pools.ts';
import { MOST_TOKEN_SESSIONS, tracksSessions } from '../../../domain/tokens/sessions.ts';
import { integer, oneOf, structure } from '../../../wire/members.ts';
import { assertBeyondLite, clientId, onPool, poolId } from '../members.ts';
import { operation } from '../nouns.ts';

const MOST_SSO_MINUTES = 129_600;

export const GetUserPoolSessionConfiguration = operation({
  caller: 'iam',
  on: onPool,
  input: structure({ UserPoolId: poolId }),
  async handle({ UserPoolId }, { pools }) {
    return poolType(await pools.get(UserPoolId));
  },
});

export const SetUserPoolSessionConfiguration = operation({
  caller: 'iam',
  on: onPool,
  input: structure({
    UserPoolId: poolId,
    UserSessionTracking: oneOf(['ENABLED', 'DISABLED']),
    TokenSession: structure({ MaxPerUser: integer({ min: 1, max: MOST_TOKEN_SESSIONS }) }),
  }),
  async handle({ UserPoolId, UserSessionTracking, TokenSession: { MaxPerUser } }, { pools }) {
    const changed = await pools.update(UserPoolId, (pool) => {
      assertTier(pool);
      const isTracked = UserSessionTracking === 'ENABLED';
      return { ...pool, sessions: { ...sessionsOf(pool), isTracked, maxPerUser: MaxPerUser } };
    });
    return poolType(changed);
  },
});

export const GetUserPoolClientSessionConfiguration = operation({
  caller: 'iam',
  on: onPool,
  input: structure({ UserPoolId: poolId, ClientId: clientId }),
  async handle({ UserPoolId, ClientId }, { clients }) {
    return clientType(await clients.get(UserPoolId, ClientId));
  },
});

export const SetUserPoolClientSessionConfiguration = operation({
  caller: 'iam',
  on: onPool,
  input: structure({
    UserPoolId: poolId,
    ClientId: clientId,
    SSOSession: structure({ MaxValidityMinutes: integer({ min: 0, max: MOST_SSO_MINUTES }) }),
  }),
  async handle({ UserPoolId, ClientId, SSOSession: { MaxValidityMinutes: minutes } }, { pools, clients }) {
    await clients.get(UserPoolId, ClientId);
    // The pool first: a browser that keeps its session for too long asks for nothing that the client would not give.
    await pools.update(UserPoolId, (pool) => {
      assertTier(pool);
      if (!tracksSessions(pool)) throw new Failure('sessions-not-tracked', { pool: pool.id });
      const sessions = sessionsOf(pool);
      return {
        ...pool,
        sessions: { ...sessions, longestSsoMinutes: Math.max(sessions.longestSsoMinutes, minutes) },
      };
    });
    return clientType(await clients.setSsoMinutes(UserPoolId, ClientId, minutes));
  },
});

const sessionsOf = ({ sessions = DEFAULT_SESSIONS }: Pool) => sessions;

/** @throws Failure `feature-not-in-tier` */
const assertTier = (pool: Pool): void => assertBeyondLite(pool, 'Session management');

/** A pool's session settings in the wire's words. */
function poolType(pool: Pool) {
  const { isTracked, maxPerUser } = sessionsOf(pool);
  return {
    UserPoolId: pool.id,
    UserSessionTracking: isTracked ? ('ENABLED' as const) : ('DISABLED' as const),
    TokenSession: { MaxPerUser: maxPerUser },
  };
}

const clientType = ({ id, poolId: UserPoolId, ssoMinutes }: Client) => ({
  UserPoolId,
  ClientId: id,
  SSOSession: { MaxValidityMinutes: ssoMinutes ?? DEFAULT_SSO_MINUTES },
});
