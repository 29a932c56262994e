/**
 * A world for tests of sessions: a pool that tracks them, somebody else in each test, and what can be done with sessions.
 *
 * Call it inside a `describe`: it starts and ends with the suite.
 */
import type { SessionDescriptionType } from '@aws-sdk/client-cognito-identity-provider';
import { createWorld, PASSWORD, type Browser, type TestClient, type World } from '../../oidc/world.ts';

export const REFUSED = { name: 'NotAuthorizedException' };
export const NOT_ENABLED = { name: 'OperationNotEnabledException' };
export const NOT_FOUND = { name: 'ResourceNotFoundException' };

export const typesOf = (sessions: readonly SessionDescriptionType[]) =>
  sessions.map(({ SessionType }) => String(SessionType)).toSorted((one, other) => (one < other ? -1 : 1));

export function sessionWorld() {
  let world: World;
  let client: TestClient;
  let app: TestClient;
  let people = 0;
  let ada: string;

  before(async () => {
    world = await createWorld();
    client = await world.addClient();
    app = await world.addClient({
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
    });
  });
  after(() => world.close());
  beforeEach(async () => {
    people += 1;
    ada = `ada-${people}`;
    await world.addPerson(ada);
    await track();
  });

  const track = (MaxPerUser = 20, UserSessionTracking: 'ENABLED' | 'DISABLED' = 'ENABLED') => {
    // Changes of a pool are told apart by their moments.
    world.server.clock.pass(1);
    return world.userPools.setUserPoolSessionConfiguration({
      UserPoolId: world.poolId,
      UserSessionTracking,
      TokenSession: { MaxPerUser },
    });
  };
  const own = async (AccessToken: string | undefined) =>
    (await world.userPools.listUserSessions({ AccessToken })).Sessions!;
  const ask = (to: TestClient) => world.authorize(to, { scope: 'openid aws.cognito.signin.user.admin' });

  return {
    get world() {
      return world;
    },
    /** Comes through the hosted page. */
    get client() {
      return client;
    },
    /** Signs in at the API. */
    get app() {
      return app;
    },
    /** The person of this test. */
    get ada() {
      return ada;
    },
    track,
    own,
    ask,

    signIn: async (USERNAME = ada, ClientId = app.id) => {
      world.server.clock.pass(1);
      const { AuthenticationResult } = await world.userPools.initiateAuth({
        ClientId,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME, PASSWORD },
      });
      return AuthenticationResult!;
    },
    renew: async (RefreshToken: string | undefined, ClientId = app.id) =>
      (await world.userPools.getTokensFromRefreshToken({ ClientId, RefreshToken })).AuthenticationResult!,
    isBelieved: (AccessToken: string | undefined) => world.userPools.getUser({ AccessToken }),

    listed: async (Username = ada) =>
      (await world.userPools.adminListUserSessions({ UserPoolId: world.poolId, Username })).Sessions!,
    current: async (AccessToken: string | undefined) =>
      (await own(AccessToken)).find(({ IsCurrentSession }) => IsCurrentSession)!,
    revoke: (SessionId: string | undefined, more = {}) =>
      world.userPools.adminRevokeUserSession({
        UserPoolId: world.poolId,
        Username: ada,
        SessionId,
        ...more,
      }),

    /** Signs in at the hosted page, or is signed in already there. */
    comeThrough: async (browser: Browser, to = client) => {
      world.server.clock.pass(1);
      const page = await browser.open(ask(to));
      const location =
        page.location ?? (await browser.send(page, { username: ada, password: PASSWORD })).location;
      return world.redeem(to, location);
    },
  };
}
