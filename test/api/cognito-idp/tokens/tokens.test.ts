/** What tokens are good for, and how they end; through the official client. */
import assert from 'node:assert/strict';
import { claimsOf, makePool, makeUser, signIn, type MadePool } from '../../../support/pool.ts';
import { startServer, type TestServer } from '../../../support/servers/server.ts';

describe('tokens of the API', () => {
  let server: TestServer;
  let pool: MadePool;

  before(async () => {
    server = await startServer();
    pool = await makePool(server);
    await makeUser(pool, 'ada', { email: 'ada@example.com' });
  });
  after(() => server.close());

  it('GetUser: believes only an access token of its own', async () => {
    const { AccessToken, IdToken } = await signIn(pool, 'ada');
    const [head, body, signature] = AccessToken!.split('.');
    const forged = `${head}.${Buffer.from(JSON.stringify({ ...claimsOf(AccessToken!), username: 'root' })).toString('base64url')}.${signature}`;
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${body}.`;

    for (const token of [IdToken!, forged, none, `${AccessToken}x`, 'a.b.c']) {
      await assert.rejects(pool.idp.getUser({ AccessToken: token }), {
        name: 'NotAuthorizedException',
        message: 'Invalid Access Token',
      });
    }
    await pool.idp.globalSignOut({ AccessToken });
    await assert.rejects(pool.idp.getUser({ AccessToken }), { name: 'NotAuthorizedException' });
  });

  it('GlobalSignOut: ends access and refresh at once, and no later sign-in', async () => {
    await makeUser(pool, 'leaver');
    const { idp, ClientId } = pool;
    const { AccessToken, RefreshToken } = await signIn(pool, 'leaver');
    const renew = () =>
      idp.initiateAuth({
        ClientId,
        AuthFlow: 'REFRESH_TOKEN_AUTH',
        AuthParameters: { REFRESH_TOKEN: RefreshToken! },
      });
    assert.ok((await renew()).AuthenticationResult!.AccessToken);

    await idp.globalSignOut({ AccessToken });

    await assert.rejects(idp.getUser({ AccessToken }), {
      name: 'NotAuthorizedException',
      message: 'Access Token has been revoked',
    });
    await assert.rejects(renew(), {
      name: 'NotAuthorizedException',
      message: 'Refresh Token has been revoked',
    });
    server.clock.pass(0.001);
    assert.ok((await idp.getUser({ AccessToken: (await signIn(pool, 'leaver')).AccessToken })).Username);
  });

  it('AdminUserGlobalSignOut: ends what GetUser believed and what would renew it, whoever asks for it', async () => {
    await makeUser(pool, 'sent');
    const { idp, ClientId, UserPoolId } = pool;
    const { AccessToken, RefreshToken } = await signIn(pool, 'sent');
    await idp.getUser({ AccessToken });

    await idp.adminUserGlobalSignOut({ UserPoolId, Username: 'sent' });

    await assert.rejects(idp.getUser({ AccessToken }), {
      name: 'NotAuthorizedException',
      message: 'Access Token has been revoked',
    });
    await assert.rejects(idp.getTokensFromRefreshToken({ ClientId, RefreshToken }), {
      name: 'NotAuthorizedException',
    });
    await assert.rejects(idp.adminUserGlobalSignOut({ UserPoolId, Username: 'nobody' }), {
      name: 'UserNotFoundException',
    });
    await assert.rejects(idp.adminUserGlobalSignOut({ UserPoolId: 'us-east-1_Absent', Username: 'sent' }), {
      name: 'ResourceNotFoundException',
    });
  });

  it('renews with a refresh token, keeping when the person signed in', async () => {
    const { idp, ClientId } = pool;
    const { AccessToken, RefreshToken } = await signIn(pool, 'ada');
    server.clock.pass(10);

    const { AuthenticationResult } = await idp.initiateAuth({
      ClientId,
      AuthFlow: 'REFRESH_TOKEN_AUTH',
      AuthParameters: { REFRESH_TOKEN: RefreshToken! },
    });

    assert.equal(claimsOf(AuthenticationResult!.AccessToken!).auth_time, claimsOf(AccessToken!).auth_time);
    assert.equal(AuthenticationResult!.RefreshToken, undefined);
    await assert.rejects(
      idp.initiateAuth({
        ClientId,
        AuthFlow: 'REFRESH_TOKEN_AUTH',
        AuthParameters: { REFRESH_TOKEN: `${RefreshToken}x` },
      }),
      {
        name: 'NotAuthorizedException',
        message: 'Invalid Refresh Token',
      },
    );
  });

  it('RevokeToken: ends the sign-in of a refresh token, that GetUser believed, and no other', async () => {
    const { idp, ClientId } = pool;
    const one = await signIn(pool, 'ada');
    const other = await signIn(pool, 'ada');

    await idp.revokeToken({ ClientId, Token: one.RefreshToken });

    await assert.rejects(idp.getUser({ AccessToken: one.AccessToken }), {
      message: 'Access Token has been revoked',
    });
    await assert.rejects(
      idp.initiateAuth({
        ClientId,
        AuthFlow: 'REFRESH_TOKEN_AUTH',
        AuthParameters: { REFRESH_TOKEN: one.RefreshToken! },
      }),
      { message: 'Refresh Token has been revoked' },
    );
    await idp.getUser({ AccessToken: other.AccessToken });
    // Once more is no fault, nor is a token that never was.
    await idp.revokeToken({ ClientId, Token: one.RefreshToken });
    await idp.revokeToken({ ClientId, Token: 'made.up' });
  });

  it('revokes no token of another kind, of another client, or for who does not know the secret', async () => {
    const { idp, UserPoolId, ClientId } = pool;
    const { AccessToken, IdToken, RefreshToken } = await signIn(pool, 'ada');
    const { UserPoolClient: other } = await idp.createUserPoolClient({
      UserPoolId,
      ClientName: 'other',
      GenerateSecret: true,
    });
    const { UserPoolClient: keeping } = await idp.createUserPoolClient({
      UserPoolId,
      ClientName: 'keeping',
      EnableTokenRevocation: false,
    });
    const { ClientId: otherId, ClientSecret } = other!;

    for (const Token of [AccessToken, IdToken])
      await assert.rejects(idp.revokeToken({ ClientId, Token }), { name: 'UnsupportedTokenTypeException' });
    await assert.rejects(idp.revokeToken({ ClientId: otherId, ClientSecret, Token: RefreshToken }), {
      name: 'UnauthorizedException',
    });
    await assert.rejects(idp.revokeToken({ ClientId: otherId, Token: RefreshToken }), {
      name: 'UnauthorizedException',
    });
    await assert.rejects(idp.revokeToken({ ClientId: keeping!.ClientId, Token: RefreshToken }), {
      name: 'UnsupportedOperationException',
    });
    await idp.getUser({ AccessToken });
  });
});
