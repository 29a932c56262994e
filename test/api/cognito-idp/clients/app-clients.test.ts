/** App clients, through the official client. */
import assert from 'node:assert/strict';
import {
  CognitoIdentityProvider,
  type CreateUserPoolClientRequest,
} from '@aws-sdk/client-cognito-identity-provider';
import { Failure } from '../../../../src/base/failure.ts';
import { clientCollection } from '../../../../src/domain/pools/clients.ts';
import { poolCollection } from '../../../../src/domain/pools/pools.ts';
import { replace, type Records } from '../../../../src/domain/ports/records.ts';
import { memoryRecords } from '../../../../src/stores/memory.ts';
import {
  claimsOf,
  listed,
  makePool,
  makeUser,
  PASSWORD,
  signIn,
  type MadePool,
} from '../../../support/pool.ts';
import { startServer, type TestServer } from '../../../support/servers/server.ts';

describe('app clients', () => {
  let server: TestServer;
  let pool: MadePool;

  before(async () => {
    server = await startServer();
    pool = await makePool(server);
  });
  after(() => server.close());

  it('CreateUserPoolClient: gives a client that describes itself as it was made', async () => {
    const { idp, UserPoolId } = pool;
    const { UserPoolClient } = await idp.createUserPoolClient({
      UserPoolId,
      ClientName: 'web',
      GenerateSecret: true,
      AccessTokenValidity: 30,
      TokenValidityUnits: { AccessToken: 'minutes' },
      AllowedOAuthFlowsUserPoolClient: true,
      AllowedOAuthFlows: ['code'],
      AllowedOAuthScopes: ['openid'],
      CallbackURLs: ['https://app.example.com/back', 'app.example:/back'],
      SupportedIdentityProviders: ['COGNITO'],
      PreventUserExistenceErrors: 'ENABLED',
    });

    const { UserPoolClient: described } = await idp.describeUserPoolClient({
      UserPoolId,
      ClientId: UserPoolClient!.ClientId,
    });

    assert.deepEqual(described, UserPoolClient);
    assert.match(described!.ClientId!, /^[a-z0-9]{26}$/);
    assert.match(described!.ClientSecret!, /^[a-z0-9]{51}$/);
    assert.equal(described!.RefreshTokenValidity, 30);
  });

  it('DescribeUserPoolClient: shows a client only through its own pool', async () => {
    const other = await makePool(server);

    await assert.rejects(
      other.idp.describeUserPoolClient({ UserPoolId: other.UserPoolId, ClientId: pool.ClientId }),
      { name: 'ResourceNotFoundException' },
    );
    const { UserPoolClients } = {
      UserPoolClients: [
        (await pool.idp.describeUserPoolClient({ UserPoolId: pool.UserPoolId, ClientId: pool.ClientId }))
          .UserPoolClient!,
      ],
    };
    const made = await pool.idp.createUserPoolClient({ UserPoolId: pool.UserPoolId, ClientName: 'two' });
    assert.notEqual(made.UserPoolClient!.ClientId, UserPoolClients[0]!.ClientId);
  });

  const refused: readonly (readonly [string, Partial<CreateUserPoolClientRequest>, string?])[] = [
    [
      'the implicit flow',
      {
        AllowedOAuthFlowsUserPoolClient: true,
        AllowedOAuthFlows: ['implicit'],
        AllowedOAuthScopes: ['openid'],
        CallbackURLs: ['https://a.example'],
      },
      'InvalidOAuthFlowException',
    ],
    ['a redirect that runs as script', { CallbackURLs: ['javascript:alert(1)'] }],
    ['plain http that is not loopback', { CallbackURLs: ['http://app.example.com/'] }],
    ['a redirect with a fragment', { CallbackURLs: ['https://app.example.com/#f'] }],
    ['a provider that the pool does not have', { SupportedIdentityProviders: ['Nobody'] }],
    [
      'OAuth without a callback',
      { AllowedOAuthFlowsUserPoolClient: true, AllowedOAuthFlows: ['code'], AllowedOAuthScopes: ['openid'] },
    ],
    ['a scope that does not exist', { AllowedOAuthScopes: ['made-up'] }, 'ScopeDoesNotExistException'],
    [
      'old and new names of flows together',
      { ExplicitAuthFlows: ['USER_PASSWORD_AUTH', 'ALLOW_USER_SRP_AUTH'] },
    ],
    [
      'tokens that live five seconds',
      { AccessTokenValidity: 5, TokenValidityUnits: { AccessToken: 'seconds' } },
    ],
  ];
  for (const [what, setting, name = 'InvalidParameterException'] of refused) {
    it(`refuses ${what}`, async () => {
      await assert.rejects(
        pool.idp.createUserPoolClient({ UserPoolId: pool.UserPoolId, ClientName: 'c', ...setting }),
        { name },
      );
    });
  }

  it('that a store kept without ReadAttributes and WriteAttributes have the default of both', async () => {
    const records = memoryRecords(server.clock);
    const other = await startServer({ store: { records }, clock: server.clock });
    const made = await makePool(
      other,
      { Schema: [{ Name: 'role', AttributeDataType: 'String', Mutable: true }] },
      { ReadAttributes: ['custom:role'], WriteAttributes: ['custom:role'] },
    );
    await makeUser(made, 'ada', { nickname: 'A', 'custom:role': 'admin' });
    const { record, version } = (await records.find(clientCollection, 'byId', [made.ClientId]))!;
    const { readAttributes: _, writeAttributes: __, ...older } = record;
    await records.commit(replace(clientCollection, older, version));

    const { AccessToken, IdToken } = await signIn(made, 'ada');

    const { nickname, 'custom:role': role } = claimsOf(IdToken!);
    assert.deepEqual([nickname, role], ['A', undefined]);
    await assert.rejects(
      made.idp.updateUserAttributes({ AccessToken, UserAttributes: listed({ 'custom:role': 'root' }) }),
      { name: 'NotAuthorizedException' },
    );
    await other.close();
  });

  it('are not said to be gone while nobody can look for their pool', async () => {
    const store = memoryRecords(server.clock);
    let isAway = false;
    const records: Records = {
      ...store,
      async get(collection, key) {
        if (isAway && collection.name === poolCollection.name) throw new Failure('store-unavailable');
        return store.get(collection, key);
      },
    };
    const environment = { COGNATE_LOG_LEVEL: 'silent' };
    const other = await startServer({ store: { records }, clock: server.clock, environment });
    const { ClientId } = await makePool(other);
    isAway = true;

    const asked = new CognitoIdentityProvider({ ...other.client, maxAttempts: 1 }).signUp({
      ClientId,
      Username: 'ada',
      Password: PASSWORD,
    });

    await assert.rejects(asked, { name: 'ServiceUnavailableException' });
    await other.close();
  });
});
