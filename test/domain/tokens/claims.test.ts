/**
 * What tokens say, claim by claim.
 *
 * Source: Cognito developer guide, "Understanding the identity (ID) token", "Understanding the access token", "Adding groups to a user pool".
 */
import assert from 'node:assert/strict';
import type { Client } from '../../../src/domain/pools/clients.ts';
import type { Group } from '../../../src/domain/users/groups.ts';
import type { Pool } from '../../../src/domain/pools/pools.ts';
import type { User } from '../../../src/domain/users/users.ts';
import {
  accessTokenClaims,
  clientTokenClaims,
  idTokenClaims,
  type ClaimsRequest,
} from '../../../src/domain/tokens/claims.ts';

const ISSUER = 'https://id.example.com/us-east-1_a';
const [FAMILY, EVENT, ID, ACCESS] = ['family', 'event', 'id', 'access'];
const AUTH_TIME = new Date('2026-01-01T00:00:00Z');
const NOW = new Date('2026-01-01T01:00:00Z');
const [AUTH_SECONDS, SECONDS] = [AUTH_TIME.getTime() / 1000, NOW.getTime() / 1000];

// Of pools, clients and people, only what tokens tell of.
const pool = { id: 'us-east-1_a' } as unknown as Pool;
const client = (more: Partial<Client> = {}) =>
  ({
    id: 'c',
    readAttributes: Object.keys(ATTRIBUTES),
    revokesTokens: true,
    idTokenSeconds: 300,
    accessTokenSeconds: 600,
    ...more,
  }) as unknown as Client;
const user = (more: Partial<User> = {}) =>
  ({ sub: 's', username: 'ada', attributes: {}, ...more }) as unknown as User;
const group = (name: string, precedence?: number, roleArn?: string) =>
  ({ name, precedence, roleArn }) as unknown as Group;
const request = (more: Partial<ClaimsRequest> = {}): ClaimsRequest => ({
  pool,
  client: client(),
  user: user(),
  groups: [],
  scopes: ['aws.cognito.signin.user.admin'],
  issuer: ISSUER,
  authTime: AUTH_TIME,
  now: NOW,
  door: 'api',
  familyId: FAMILY,
  eventId: EVENT,
  idTokenId: ID,
  accessTokenId: ACCESS,
  ...more,
});
const COMMON = {
  sub: 's',
  iss: ISSUER,
  event_id: EVENT,
  origin_jti: FAMILY,
  auth_time: AUTH_SECONDS,
  iat: SECONDS,
};
const ID_TOKEN = {
  ...COMMON,
  aud: 'c',
  token_use: 'id',
  jti: ID,
  exp: SECONDS + 300,
  'cognito:username': 'ada',
};
const ACCESS_TOKEN = {
  ...COMMON,
  client_id: 'c',
  username: 'ada',
  token_use: 'access',
  scope: 'aws.cognito.signin.user.admin',
  jti: ACCESS,
  exp: SECONDS + 600,
};
const ATTRIBUTES = {
  email: 'ada@example.com',
  email_verified: 'true',
  phone_number: '+15550100',
  phone_number_verified: 'false',
  given_name: 'Ada',
  updated_at: '1700000000',
  'custom:level': '7',
  'dev:custom:secret': 'x',
};
const ALL = {
  email: 'ada@example.com',
  email_verified: true,
  phone_number: '+15550100',
  phone_number_verified: false,
  given_name: 'Ada',
  updated_at: 1_700_000_000,
  'custom:level': '7',
};

describe('the claims of an ID token', () => {
  const rows: Readonly<Record<string, { given: Partial<ClaimsRequest>; says: object }>> = {
    'of somebody without anything': { given: {}, says: ID_TOKEN },
    'with attributes, to the type': {
      given: { user: user({ attributes: ATTRIBUTES }) },
      says: { ...ID_TOKEN, ...ALL },
    },
    'with the standard ones, of a client whose attributes are not listed': {
      given: { user: user({ attributes: ATTRIBUTES }), client: client({ readAttributes: 'standard' }) },
      says: { ...ID_TOKEN, ...ALL, 'custom:level': undefined },
    },
    'with those that the client may read': {
      given: { user: user({ attributes: ATTRIBUTES }), client: client({ readAttributes: ['given_name'] }) },
      says: { ...ID_TOKEN, given_name: 'Ada' },
    },
    'with those of the scopes, and the nonce': {
      given: {
        user: user({ attributes: ATTRIBUTES }),
        scopes: ['openid', 'email'],
        door: 'oauth',
        nonce: 'n',
      },
      says: { ...ID_TOKEN, email: ALL.email, email_verified: true, nonce: 'n' },
    },
    'with all of them for openid alone': {
      given: { user: user({ attributes: ATTRIBUTES }), scopes: ['openid', 'api/read'], door: 'oauth' },
      says: { ...ID_TOKEN, ...ALL },
    },
    'of a client that does not revoke': {
      given: { client: client({ revokesTokens: false }) },
      says: { ...ID_TOKEN, origin_jti: undefined },
    },
    'of a client that rotates': {
      given: { client: client({ revokesTokens: false, refreshRotation: { graceSeconds: 0 } }) },
      says: ID_TOKEN,
    },
    'of somebody whom a provider brings': {
      given: {
        user: user({
          identities: [
            {
              userId: '1',
              providerName: 'Google',
              providerType: 'Google',
              isPrimary: true,
              createdAt: AUTH_TIME.toISOString(),
            },
          ],
        }),
      },
      says: {
        ...ID_TOKEN,
        identities: [
          {
            userId: '1',
            providerName: 'Google',
            providerType: 'Google',
            issuer: null,
            primary: 'true',
            dateCreated: String(AUTH_TIME.getTime()),
          },
        ],
      },
    },
  };
  for (const [title, { given, says }] of Object.entries(rows))
    it(title, () => assert.deepEqual(idTokenClaims(request(given)), present(says)));
});

describe('the claims of an access token', () => {
  const rows: Readonly<Record<string, { given: Partial<ClaimsRequest>; says: object }>> = {
    'of the API': { given: { user: user({ attributes: ATTRIBUTES }) }, says: ACCESS_TOKEN },
    'of the OAuth endpoints': {
      given: { door: 'oauth', scopes: ['openid', 'email'] },
      says: { ...ACCESS_TOKEN, version: 2, scope: 'openid email' },
    },
    'of a device': {
      given: { deviceKey: 'us-east-1_d' },
      says: { ...ACCESS_TOKEN, device_key: 'us-east-1_d' },
    },
    'with groups, and without roles': {
      given: { groups: [group('admins', 1, 'arn:a')] },
      says: { ...ACCESS_TOKEN, 'cognito:groups': ['admins'] },
    },
    'in a pool that tracks sessions, of a client that does not revoke': {
      given: {
        client: client({ revokesTokens: false }),
        pool: { ...pool, sessions: { isTracked: true, maxPerUser: 1, longestSsoMinutes: 60 } },
      },
      says: ACCESS_TOKEN,
    },
  };
  for (const [title, { given, says }] of Object.entries(rows))
    it(title, () => assert.deepEqual(accessTokenClaims(request(given)), present(says)));

  it('of a client itself', () => {
    const asked = {
      client: client(),
      scopes: ['a/b', 'a/c'],
      issuer: ISSUER,
      now: NOW,
      accessTokenId: ACCESS,
    };

    assert.deepEqual(clientTokenClaims(asked), {
      sub: 'c',
      iss: ISSUER,
      client_id: 'c',
      scope: 'a/b a/c',
      version: 2,
      token_use: 'access',
      auth_time: SECONDS,
      iat: SECONDS,
      exp: SECONDS + 600,
      jti: ACCESS,
    });
  });
});

describe('the preferred role', () => {
  // By rank, as they are handed over.
  const rows: Readonly<Record<string, { groups: readonly Group[]; roles?: string[]; preferred?: string }>> = {
    'is none of groups without roles': { groups: [group('a', 1)] },
    'is that of the lowest precedence': {
      groups: [group('a', 1, 'arn:a'), group('b', 2, 'arn:b')],
      roles: ['arn:a', 'arn:b'],
      preferred: 'arn:a',
    },
    'passes over a group without a role': {
      groups: [group('a', 0), group('b', 2, 'arn:b')],
      roles: ['arn:b'],
      preferred: 'arn:b',
    },
    'is none of two that are equal': {
      groups: [group('a', 1, 'arn:a'), group('b', 1, 'arn:b')],
      roles: ['arn:a', 'arn:b'],
    },
    'is the one that two equals share': {
      groups: [group('a', 1, 'arn:a'), group('b', 1, 'arn:a')],
      roles: ['arn:a'],
      preferred: 'arn:a',
    },
    'is that of a precedence before that of none': {
      groups: [group('b', 9, 'arn:b'), group('a', undefined, 'arn:a')],
      roles: ['arn:b', 'arn:a'],
      preferred: 'arn:b',
    },
    'is that of the only group, though it has no precedence': {
      groups: [group('a', undefined, 'arn:a')],
      roles: ['arn:a'],
      preferred: 'arn:a',
    },
    'is none of two without a precedence': {
      groups: [group('a', undefined, 'arn:a'), group('b', undefined, 'arn:b')],
      roles: ['arn:a', 'arn:b'],
    },
  };
  for (const [title, { groups, roles, preferred }] of Object.entries(rows))
    it(title, () => {
      const claims = idTokenClaims(request({ groups }));

      assert.deepEqual([claims['cognito:roles'], claims['cognito:preferred_role']], [roles, preferred]);
    });
});

const present = (claims: object): object =>
  Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
