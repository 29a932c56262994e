/**
 * Kinds of secrets: what is one of a kind opens nothing as another, wherever it is shown.
 *
 * All pairs of what this program hands out and where such things are redeemed; of each kind it is said where it may be.
 * Source: SECURITY goal G54; Keycloak 2026-4282 (a code that was taken for another kind).
 */
import assert from 'node:assert/strict';
import { claimsOf } from '../../support/pool.ts';
import { assumeWith, createHands, type InHand } from '../../support/matrices/in-hand.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';

/** Refuses by throwing, or by an answer of 4xx. */
type Sink = (hand: InHand, shown: string) => Promise<unknown>;
const tokenEndpoint = async ({ world, client }: InHand, parameters: Record<string, string>) => {
  const response = await world.token({ client_id: client.id, ...parameters });
  if (!response.ok) throw new Error(`refused: ${response.status}`);
};
const withBearer = async (address: string, token: string, headers: Record<string, string> = {}) => {
  const response = await fetch(address, { headers: { authorization: `Bearer ${token}`, ...headers } });
  if (!response.ok) throw new Error(`refused: ${response.status}`);
};

const SINKS: Readonly<Record<string, { readonly takes: string; readonly redeem: Sink }>> = {
  GetTokensFromRefreshToken: {
    takes: 'a refresh token',
    redeem: ({ world, client }, RefreshToken) =>
      world.userPools.getTokensFromRefreshToken({ ClientId: client.id, RefreshToken }),
  },
  'InitiateAuth, to renew': {
    takes: 'a refresh token',
    redeem: ({ world, client }, REFRESH_TOKEN) =>
      world.userPools.initiateAuth({
        ClientId: client.id,
        AuthFlow: 'REFRESH_TOKEN_AUTH',
        AuthParameters: { REFRESH_TOKEN },
      }),
  },
  'the token endpoint, to renew': {
    takes: 'a refresh token',
    redeem: (hand, refresh_token) => tokenEndpoint(hand, { grant_type: 'refresh_token', refresh_token }),
  },
  'the token endpoint, for a code': {
    takes: 'a code',
    redeem: (hand, code) =>
      tokenEndpoint(hand, {
        grant_type: 'authorization_code',
        code,
        redirect_uri: 'https://app.example.com/cb',
      }),
  },
  GetUser: {
    takes: 'an access token',
    redeem: ({ world }, AccessToken) => world.userPools.getUser({ AccessToken }),
  },
  UserInfo: {
    takes: 'an access token',
    redeem: ({ world }, shown) => withBearer(`${world.base}/oauth2/userInfo`, shown),
  },
  RespondToAuthChallenge: {
    takes: 'a session string',
    redeem: ({ world, client, name }, Session) =>
      world.userPools.respondToAuthChallenge({
        ClientId: client.id,
        ChallengeName: 'SELECT_CHALLENGE',
        Session,
        ChallengeResponses: { USERNAME: name, ANSWER: 'PASSWORD', PASSWORD: 'Correct-Horse-7' },
      }),
  },
  'InitiateAuth, after signing up': {
    takes: 'nothing of these',
    redeem: ({ world, client, name }, Session) =>
      world.userPools.initiateAuth({
        ClientId: client.id,
        AuthFlow: 'USER_AUTH',
        Session,
        AuthParameters: { USERNAME: name },
      }),
  },
  AssociateSoftwareToken: {
    takes: 'nothing of these',
    redeem: ({ world }, Session) => world.userPools.associateSoftwareToken({ Session }),
  },
  'AssumeRoleWithWebIdentity, of identities': {
    takes: 'an identity’s token',
    redeem: ({ server, roleOfIdentities }, shown) => assumeWith(server, roleOfIdentities, shown),
  },
  'AssumeRoleWithWebIdentity, of the pool': {
    takes: 'an ID token',
    redeem: ({ server, roleOfPool }, shown) => assumeWith(server, roleOfPool, shown),
  },
  AdminRevokeUserSession: {
    takes: 'the id of a session',
    redeem: ({ world, name: Username }, SessionId) =>
      world.userPools.adminRevokeUserSession({ UserPoolId: world.poolId, Username, SessionId }),
  },
};
/** What somebody has in hand. */
const KINDS: Readonly<Record<string, (hand: InHand) => string>> = {
  'a refresh token': ({ refreshToken }) => refreshToken,
  'the family of a refresh token': ({ refreshToken }) => refreshToken.split('.')[0]!,
  'an access token': ({ accessToken }) => accessToken,
  'the id of an access token': ({ accessToken }) => String(claimsOf(accessToken).jti),
  'an ID token': ({ idToken }) => idToken,
  'a code': ({ code }) => code!,
  'a session string': ({ underWay }) => underWay!,
  'the id of a session': ({ sessionId }) => sessionId,
  'the cookie of a session': ({ browser: { jar } }) =>
    jar.find(({ name }) => name.startsWith('session-'))!.value,
  'an identity’s token': ({ openIdToken }) => openIdToken,
  'the token of credentials': ({ credentials }) => credentials.sessionToken,
  'the subject of a person': ({ accessToken }) => String(claimsOf(accessToken).sub),
};

describe('kinds of secrets', () => {
  let server: TestServer;
  let hand: InHand;
  before(async () => {
    server = await startServer();
    hand = await (await createHands(server)).fill('own');
  });
  after(() => server.close());

  for (const [kind, of] of Object.entries(KINDS))
    for (const [sink, { takes, redeem }] of Object.entries(SINKS))
      if (takes !== kind)
        it(`${kind} opens nothing at ${sink}`, async () => {
          await assert.rejects(redeem(hand, of(hand)));
        });

  // The last: some are good once.
  for (const [sink, { takes, redeem }] of Object.entries(SINKS))
    if (takes in KINDS)
      it(`${takes} is taken at ${sink}, after all that`, async () => {
        await redeem(hand, KINDS[takes]!(hand));
      });
});
