/** What the log tells of refusals at the API, the pages and the token endpoint: who, where and why, and no secret. */
import assert from 'node:assert/strict';
import {
  claimsOf,
  createBrowser,
  createWorld,
  PASSWORD,
  type TestClient,
  type World,
} from '../oidc/world.ts';

describe('a refusal', () => {
  const logged: object[] = [];
  let world: World;
  let open: TestClient;
  let secret: TestClient;

  before(async () => {
    world = await createWorld({ logged });
    open = await world.addClient({ ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'] });
    secret = await world.addClient({ GenerateSecret: true });
  });
  beforeEach(() => logged.splice(0));
  after(() => world.close());

  /** The only line of that event; no line has the password or the secret in it. */
  function only(event: string): object {
    const lines = logged.filter((line) => 'event' in line && line.event === event);
    assert.equal(lines.length, 1, JSON.stringify(logged));
    for (const text of [PASSWORD, WRONG, secret.secret!]) assert.ok(!JSON.stringify(logged).includes(text));
    return lines[0]!;
  }
  const WRONG = 'Not-the-passw0rd!';

  it('at the API leaves its kind, pool and client beside what the caller was told', async () => {
    await assert.rejects(
      world.userPools.initiateAuth({
        ClientId: open.id,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: 'ada', PASSWORD: WRONG },
      }),
      { name: 'NotAuthorizedException' },
    );

    assert.partialDeepStrictEqual(only('api-call'), {
      operation: 'InitiateAuth',
      fault: 'NotAuthorizedException',
      kind: 'wrong-username-or-password',
      client: open.id,
      sourceIp: '127.0.0.1',
    });
  });

  it('of somebody whose token was shown leaves who it is', async () => {
    const { AuthenticationResult } = await world.userPools.initiateAuth({
      ClientId: open.id,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: 'ada', PASSWORD },
    });
    const AccessToken = AuthenticationResult!.AccessToken!;
    logged.splice(0);

    await assert.rejects(
      world.userPools.changePassword({ AccessToken, PreviousPassword: WRONG, ProposedPassword: `${WRONG}2` }),
    );

    assert.partialDeepStrictEqual(only('api-call'), {
      user: claimsOf(AccessToken)['sub'],
      pool: world.poolId,
      client: open.id,
    });
  });

  it('of an administrator leaves the pool that was named', async () => {
    await assert.rejects(world.userPools.adminGetUser({ UserPoolId: world.poolId, Username: 'nobody-here' }));

    assert.partialDeepStrictEqual(only('api-call'), { kind: 'user-not-found', pool: world.poolId });
  });

  it('at the page leaves its kind, pool and client', async () => {
    const browser = createBrowser();
    const page = await browser.open(world.authorize(open));
    await browser.send(page, { username: 'ada', password: WRONG });

    assert.partialDeepStrictEqual(only('refused'), {
      at: 'page',
      kind: 'wrong-username-or-password',
      pool: world.poolId,
      client: open.id,
      sourceIp: '127.0.0.1',
    });
  });

  for (const [title, at, endpoint] of [
    ['the token endpoint', 'token', 'token'],
    ['the revocation endpoint', 'revoke', 'revoke'],
  ] as const)
    it(`of client authentication at ${title} leaves the client that was named`, async () => {
      const response = await fetch(`${world.base}/oauth2/${endpoint}`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'authorization_code',
          code: 'x',
          token: 'x',
          redirect_uri: 'https://app.example.com/cb',
          client_id: secret.id,
          client_secret: WRONG,
        }),
      });

      assert.ok(response.status === 400 || response.status === 401);
      assert.partialDeepStrictEqual(only('refused'), {
        at,
        kind: 'invalid_client',
        pool: world.poolId,
        client: secret.id,
      });
    });
});
