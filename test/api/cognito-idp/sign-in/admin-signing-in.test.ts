/** Signing people in under a server's own credentials. */
import assert from 'node:assert/strict';
import {
  claimsOf,
  makeInvited,
  makePool,
  makeUser,
  PASSWORD,
  TEMPORARY,
  type MadePool,
} from '../../../support/pool.ts';
import { startServer, type TestServer } from '../../../support/servers/server.ts';

describe('signing in through a server', () => {
  let server: TestServer;
  let pool: MadePool;

  before(async () => {
    server = await startServer();
    pool = await makePool(
      server,
      {},
      { ExplicitAuthFlows: ['ALLOW_ADMIN_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'] },
    );
    await makeUser(pool, 'ada');
  });
  after(() => server.close());

  const begin = (
    USERNAME: string,
    password = PASSWORD,
    AuthFlow:
      | 'ADMIN_USER_PASSWORD_AUTH'
      | 'ADMIN_NO_SRP_AUTH'
      | 'USER_PASSWORD_AUTH'
      | 'USER_SRP_AUTH' = 'ADMIN_USER_PASSWORD_AUTH',
  ) =>
    pool.idp.adminInitiateAuth({
      UserPoolId: pool.UserPoolId,
      ClientId: pool.ClientId,
      AuthFlow,
      AuthParameters: { USERNAME, PASSWORD: password },
    });

  it('AdminInitiateAuth: gives tokens that GetUser believes, and that are renewed', async () => {
    const { AuthenticationResult } = await begin('ada');

    const { Username } = await pool.idp.getUser({ AccessToken: AuthenticationResult!.AccessToken });
    const renewed = await pool.idp.adminInitiateAuth({
      UserPoolId: pool.UserPoolId,
      ClientId: pool.ClientId,
      AuthFlow: 'REFRESH_TOKEN_AUTH',
      AuthParameters: { REFRESH_TOKEN: AuthenticationResult!.RefreshToken! },
    });

    assert.equal(Username, 'ada');
    assert.equal(claimsOf(renewed.AuthenticationResult!.IdToken!)['cognito:username'], 'ada');
  });

  it('AdminRespondToAuthChallenge: takes a password of the person’s own, that AdminInitiateAuth takes from then on', async () => {
    const { UserPoolId, ClientId, idp } = pool;
    await makeInvited(pool, 'bob');
    const { ChallengeName, Session } = await begin('bob', TEMPORARY);
    assert.equal(ChallengeName, 'NEW_PASSWORD_REQUIRED');

    const { AuthenticationResult } = await idp.adminRespondToAuthChallenge({
      UserPoolId,
      ClientId,
      ChallengeName,
      Session,
      ChallengeResponses: { USERNAME: 'bob', NEW_PASSWORD: PASSWORD },
    });

    assert.ok(AuthenticationResult?.AccessToken);
    assert.ok((await begin('bob')).AuthenticationResult);
    await assert.rejects(begin('bob', TEMPORARY), { name: 'NotAuthorizedException' });
  });

  it('asks for a flow that the client allows, and for one that a server may use', async () => {
    const { UserPoolId, idp } = pool;
    const { UserPoolClient } = await idp.createUserPoolClient({
      UserPoolId,
      ClientName: 'narrow',
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
    });

    await assert.rejects(
      idp.adminInitiateAuth({
        UserPoolId,
        ClientId: UserPoolClient!.ClientId,
        AuthFlow: 'ADMIN_NO_SRP_AUTH',
        AuthParameters: { USERNAME: 'ada', PASSWORD },
      }),
      { name: 'InvalidParameterException', message: /ADMIN_USER_PASSWORD_AUTH flow not enabled/ },
    );
    await assert.rejects(begin('ada', PASSWORD, 'USER_PASSWORD_AUTH'), { name: 'InvalidParameterException' });
    await assert.rejects(begin('ada', PASSWORD, 'USER_SRP_AUTH'), { name: 'InvalidParameterException' });
  });

  it('knows a client of its own pool only, and no caller without credentials', async () => {
    const other = await makePool(server);

    await assert.rejects(
      pool.idp.adminInitiateAuth({
        UserPoolId: pool.UserPoolId,
        ClientId: other.ClientId,
        AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: 'ada', PASSWORD },
      }),
      { name: 'ResourceNotFoundException' },
    );
    const response = await fetch(server.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'AWSCognitoIdentityProviderService.AdminInitiateAuth',
      },
      body: JSON.stringify({
        UserPoolId: pool.UserPoolId,
        ClientId: pool.ClientId,
        AuthFlow: 'USER_SRP_AUTH',
      }),
    });
    assert.equal(response.status, 403);
  });

  it('counts wrong passwords by person, and never the server’s address against its people', async () => {
    await makeUser(pool, 'careless');
    for (let wrong = 0; wrong < 120; wrong += 1)
      await assert.rejects(begin(wrong % 2 ? 'careless' : `nobody-${wrong}`, 'Wrong-Horse-7'));

    await assert.rejects(begin('careless'), { message: 'Password attempts exceeded' });
    assert.ok((await begin('ada')).AuthenticationResult);
  });
});
