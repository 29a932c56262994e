/** Identity providers of a pool, through the official client. */
import assert from 'node:assert/strict';
import { makePool, type MadePool } from '../../support/pool.ts';
import { startServer, type TestServer } from '../../support/server.ts';

const DETAILS = {
  client_id: 'id',
  client_secret: 'secret',
  oidc_issuer: 'https://login.example.com',
  authorize_scopes: 'openid email',
  attributes_request_method: 'GET',
};

describe('identity providers', () => {
  let server: TestServer;
  let pool: MadePool;

  before(async () => {
    server = await startServer();
    pool = await makePool(server);
  });
  after(() => server.close());

  it('CreateIdentityProvider: gives a provider that describes itself as it was made', async () => {
    const { idp, UserPoolId } = pool;
    const { IdentityProvider } = await idp.createIdentityProvider({
      UserPoolId,
      ProviderName: 'Login',
      ProviderType: 'OIDC',
      ProviderDetails: DETAILS,
      AttributeMapping: { email: 'email' },
      IdpIdentifiers: ['login.example'],
    });

    const { IdentityProvider: described } = await idp.describeIdentityProvider({
      UserPoolId,
      ProviderName: 'Login',
    });

    assert.deepEqual(described, IdentityProvider);
    assert.deepEqual(described!.ProviderDetails, DETAILS);
  });

  it('DescribeIdentityProvider: knows a provider of the type Google', async () => {
    const { idp, UserPoolId } = pool;
    const ProviderDetails = { client_id: 'id', client_secret: 'secret', authorize_scopes: 'openid email' };
    await idp.createIdentityProvider({
      UserPoolId,
      ProviderName: 'Google',
      ProviderType: 'Google',
      ProviderDetails,
    });

    const { IdentityProvider } = await idp.describeIdentityProvider({ UserPoolId, ProviderName: 'Google' });

    assert.equal(IdentityProvider!.ProviderType, 'Google');
  });

  it('refuses a second provider of one name', async () => {
    const { idp, UserPoolId } = pool;
    const twice = {
      UserPoolId,
      ProviderName: 'Twice',
      ProviderType: 'OIDC',
      ProviderDetails: DETAILS,
    } as const;
    await idp.createIdentityProvider(twice);

    await assert.rejects(idp.createIdentityProvider(twice), { name: 'DuplicateProviderException' });
  });

  it('refuses details that are missing, unknown or no address', async () => {
    const { idp, UserPoolId } = pool;
    const { oidc_issuer: _, ...incomplete } = DETAILS;

    for (const ProviderDetails of [
      incomplete,
      { ...DETAILS, made_up: 'x' },
      { ...DETAILS, oidc_issuer: 'file:///etc/passwd' },
    ]) {
      await assert.rejects(
        idp.createIdentityProvider({
          UserPoolId,
          ProviderName: 'Bad',
          ProviderType: 'OIDC',
          ProviderDetails,
        }),
        { name: 'InvalidParameterException' },
      );
    }
  });

  it('refuses types that it does not speak', async () => {
    const { idp, UserPoolId } = pool;

    await assert.rejects(
      idp.createIdentityProvider({
        UserPoolId,
        ProviderName: 'Corp',
        ProviderType: 'SignInWithApple',
        ProviderDetails: {},
      }),
      {
        name: 'InvalidParameterException',
        message: 'ProviderType SignInWithApple is not supported.',
      },
    );
  });

  it('says that a provider is not there', async () => {
    const { idp, UserPoolId } = pool;

    await assert.rejects(idp.describeIdentityProvider({ UserPoolId, ProviderName: 'Absent' }), {
      name: 'ResourceNotFoundException',
    });
  });
});
