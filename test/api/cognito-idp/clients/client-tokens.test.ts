/**
 * GetClientToken: a client's own token over the API.
 *
 * Source: Cognito API reference, GetClientToken.
 */
import assert from 'node:assert/strict';
import {
  CognitoIdentityProvider,
  type CreateUserPoolClientRequest,
  type ExplicitAuthFlowsType,
} from '@aws-sdk/client-cognito-identity-provider';
import { claimsOf, makePool, makeUser, PASSWORD, type MadePool } from '../../../support/pool.ts';
import { startServer, type TestServer } from '../../../support/servers/server.ts';

/** Documented, and absent from the SDK's list of values. */
const OWN_TOKENS = 'ALLOW_CLIENT_TOKEN_AUTH' as ExplicitAuthFlowsType;
const READ = 'orders/read';
const WRITE = 'orders/write';

describe('GetClientToken', () => {
  let server: TestServer;
  let pool: MadePool;

  before(async () => {
    server = await startServer();
    pool = await makePool(server);
    await makeUser(pool, 'ada');
    await pool.idp.createResourceServer({
      UserPoolId: pool.UserPoolId,
      Identifier: 'orders',
      Name: 'Orders',
      Scopes: [
        { ScopeName: 'read', ScopeDescription: 'r' },
        { ScopeName: 'write', ScopeDescription: 'w' },
        { ScopeName: 'erase', ScopeDescription: 'e' },
      ],
    });
  });
  after(() => server.close());

  async function machine(more: Partial<CreateUserPoolClientRequest> = {}) {
    const { UserPoolClient } = await pool.idp.createUserPoolClient({
      UserPoolId: pool.UserPoolId,
      ClientName: 'machine',
      GenerateSecret: true,
      ExplicitAuthFlows: [OWN_TOKENS],
      AllowedOAuthScopes: [READ, WRITE],
      ...more,
    });
    return { ClientId: UserPoolClient!.ClientId!, Secret: UserPoolClient!.ClientSecret };
  }

  it('GetClientToken: gives a token of all the scopes that DescribeUserPoolClient shows, or of those asked for', async () => {
    const client = await machine();

    const { ClientAuthenticationResult: all } = await pool.idp.getClientToken(client);
    const { ClientAuthenticationResult: some } = await pool.idp.getClientToken({
      ...client,
      Scopes: [READ],
    });

    const { UserPoolClient } = await pool.idp.describeUserPoolClient({
      UserPoolId: pool.UserPoolId,
      ClientId: client.ClientId,
    });
    const { sub, client_id: clientId, scope, token_use: use, username } = claimsOf(all!.AccessToken!);
    assert.equal(scope, UserPoolClient!.AllowedOAuthScopes!.join(' '));
    assert.deepEqual([sub, clientId, use, username], [client.ClientId, client.ClientId, 'access', undefined]);
    assert.deepEqual([all!.ExpiresIn, all!.TokenType], [3600, 'Bearer']);
    assert.equal(claimsOf(some!.AccessToken!).scope, READ);
    assert.deepEqual(UserPoolClient!.ExplicitAuthFlows, [OWN_TOKENS]);
  });

  it('answers signed and unsigned calls alike: the secret is the proof', async () => {
    const client = await machine();
    const stranger = { accessKeyId: 'AKIASTRANGER00000000', secretAccessKey: 'of nobody' };
    const signed = new CognitoIdentityProvider(server.clientAs(stranger));

    const response = await fetch(server.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'AWSCognitoIdentityProviderService.GetClientToken',
      },
      body: JSON.stringify(client),
    });

    assert.equal(response.status, 200);
    assert.ok((await signed.getClientToken(client)).ClientAuthenticationResult?.AccessToken);
  });

  it('refuses a wrong secret, a client without one, another flow, an unknown client, and scopes that are not the client’s', async () => {
    const client = await machine();
    const person = await machine({ ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'] });
    const bare = await machine({ GenerateSecret: false });
    const scopeless = await machine({ AllowedOAuthScopes: [] });
    const ask = (given: object) => pool.idp.getClientToken({ ...client, ...given });
    const invalid = { name: 'InvalidParameterException' };

    await assert.rejects(ask({ Secret: 'x'.repeat(51) }), { name: 'NotAuthorizedException' });
    await assert.rejects(ask({ ClientId: bare.ClientId }), { name: 'NotAuthorizedException' });
    await assert.rejects(ask({ ClientId: 'unknown' }), { name: 'ResourceNotFoundException' });
    await assert.rejects(ask(person), invalid);
    await assert.rejects(ask({ Scopes: ['orders/erase'] }), invalid);
    await assert.rejects(ask({ Scopes: ['openid'] }), invalid);
    await assert.rejects(ask(scopeless), invalid);
  });

  it('is for clients that sign nobody in', async () => {
    const { ClientId } = await machine({ GenerateSecret: false });

    await assert.rejects(machine({ ExplicitAuthFlows: [OWN_TOKENS, 'ALLOW_USER_PASSWORD_AUTH'] }), {
      name: 'InvalidParameterException',
    });
    await assert.rejects(
      pool.idp.initiateAuth({
        ClientId,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: 'ada', PASSWORD },
      }),
      { name: 'InvalidParameterException' },
    );
  });

  it('gives what is nobody’s access token', async () => {
    const { ClientAuthenticationResult } = await pool.idp.getClientToken(await machine());

    await assert.rejects(pool.idp.getUser({ AccessToken: ClientAuthenticationResult!.AccessToken }), {
      name: 'NotAuthorizedException',
    });
  });
});
