/** User pools, through the official client. */
import assert from 'node:assert/strict';
import { CognitoIdentityProvider } from '@aws-sdk/client-cognito-identity-provider';
import { startServer, type TestServer } from '../../../support/servers/server.ts';

describe('user pools', () => {
  let server: TestServer;
  let idp: CognitoIdentityProvider;

  before(async () => {
    server = await startServer();
    idp = new CognitoIdentityProvider(server.client);
  });
  after(() => server.close());

  it('CreateUserPool: gives a pool that describes itself as it was made', async () => {
    const { UserPool } = await idp.createUserPool({
      PoolName: 'made',
      Policies: { PasswordPolicy: { MinimumLength: 10, RequireNumbers: true } },
      Schema: [
        {
          Name: 'tier',
          AttributeDataType: 'String',
          Mutable: false,
          StringAttributeConstraints: { MaxLength: '5' },
        },
      ],
      UsernameConfiguration: { CaseSensitive: false },
      UserPoolTags: { team: 'a' },
    });

    const { UserPool: described } = await idp.describeUserPool({ UserPoolId: UserPool!.Id });

    assert.deepEqual(described, UserPool);
    assert.match(described!.Arn!, /^arn:aws:cognito-idp:us-east-1:123456789012:userpool\/us-east-1_\w{9}$/);
    assert.equal(described!.Policies!.PasswordPolicy!.MinimumLength, 10);
    assert.equal(described!.Policies!.PasswordPolicy!.RequireSymbols, false);
    assert.deepEqual(
      described!.SchemaAttributes!.find(({ Name }) => Name === 'custom:tier')!.StringAttributeConstraints,
      { MaxLength: '5' },
    );
    assert.deepEqual(described!.UserPoolTags, { team: 'a' });
  });

  it('DescribeUserPool: counts the users that were made', async () => {
    const { UserPool } = await idp.createUserPool({ PoolName: 'counted' });
    await idp.adminCreateUser({ UserPoolId: UserPool!.Id, Username: 'ada', MessageAction: 'SUPPRESS' });

    const { UserPool: described } = await idp.describeUserPool({ UserPoolId: UserPool!.Id });

    assert.equal(described!.EstimatedNumberOfUsers, 1);
  });

  it('ListUserPools: pages through the pools of the region, each once', async () => {
    const west = new CognitoIdentityProvider({ ...server.client, region: 'eu-west-1' });
    for (const PoolName of ['a', 'b', 'c']) await west.createUserPool({ PoolName });

    const first = await west.listUserPools({ MaxResults: 2 });
    const second = await west.listUserPools({ MaxResults: 2, NextToken: first.NextToken });

    assert.deepEqual(
      [...first.UserPools!, ...second.UserPools!]
        .map(({ Name }) => Name!)
        .toSorted((one, other) => one.localeCompare(other)),
      ['a', 'b', 'c'],
    );
    assert.equal(second.NextToken, undefined);
    assert.ok(first.UserPools!.every(({ Id }) => Id!.startsWith('eu-west-1_')));
  });

  it('DeleteUserPool: makes the pool gone for every reader', async () => {
    const { UserPool } = await idp.createUserPool({ PoolName: 'short-lived' });
    const UserPoolId = UserPool!.Id!;
    const { UserPoolClient } = await idp.createUserPoolClient({ UserPoolId, ClientName: 'app' });

    await idp.deleteUserPool({ UserPoolId });

    await assert.rejects(idp.describeUserPool({ UserPoolId }), {
      name: 'ResourceNotFoundException',
      message: `User pool ${UserPoolId} does not exist.`,
    });
    await assert.rejects(idp.deleteUserPool({ UserPoolId }), { name: 'ResourceNotFoundException' });
    await assert.rejects(idp.adminGetUser({ UserPoolId, Username: 'ada' }), {
      name: 'ResourceNotFoundException',
    });
    const ClientId = UserPoolClient!.ClientId!;
    await assert.rejects(idp.signUp({ ClientId, Username: 'ada', Password: 'Correct-Horse-7' }), {
      name: 'ResourceNotFoundException',
    });
    assert.ok((await idp.listUserPools({ MaxResults: 60 })).UserPools!.every(({ Id }) => Id !== UserPoolId));
  });

  it('keeps a protected pool', async () => {
    const { UserPool } = await idp.createUserPool({ PoolName: 'kept', DeletionProtection: 'ACTIVE' });

    await assert.rejects(idp.deleteUserPool({ UserPoolId: UserPool!.Id }), {
      name: 'InvalidParameterException',
      message: /deletion protection/,
    });
  });

  for (const [what, setting] of [
    ['threat protection', { UserPoolAddOns: { AdvancedSecurityMode: 'ENFORCED' } }],
    ['client registration', { DcrConfiguration: { EnableStatus: 'Enabled' } }],
    ['another issuer', { IssuerConfiguration: { Type: 'UPDATED' } }],
  ] as const) {
    it(`refuses ${what}, which it would not carry out`, async () => {
      await assert.rejects(idp.createUserPool({ PoolName: 'p', ...setting }), {
        name: 'InvalidParameterException',
        message: /is not supported/,
      });
    });
  }

  it('says which constraints an input breaks, and never the value', async () => {
    await assert.rejects(idp.createUserPool({ PoolName: '', MfaConfiguration: 'MAYBE' as 'ON' }), {
      name: 'InvalidParameterException',
      message:
        /^\d validation errors detected: .*Value at 'poolName' failed to satisfy constraint: Member must have length greater than or equal to 1/,
    });
  });

  // Tried as AWS writes their patterns, in every way that they can be read, each would take minutes.
  for (const [what, setting] of [
    ['a letter', { EmailVerificationMessage: `${'{####}'.repeat(3000)}\0` }],
    [
      'a letter with a link',
      { VerificationMessageTemplate: { EmailMessageByLink: `${'{####}'.repeat(3000)}\0` } },
    ],
    ['an address', { EmailConfiguration: { ReplyToEmailAddress: `${'@'.repeat(200_000)} ` } }],
  ] as const)
    it(`refuses ${what} full of marks, and does not try each of them`, async () => {
      await assert.rejects(idp.createUserPool({ PoolName: 'p', ...setting }), {
        name: 'InvalidParameterException',
        message: /failed to satisfy constraint: Member must satisfy regular expression pattern: \[/,
      });
    });

  it('CreateResourceServer: gives a server that DescribeResourceServer shows as it was made', async () => {
    const { UserPool } = await idp.createUserPool({ PoolName: 'with-servers' });
    const server = {
      UserPoolId: UserPool!.Id,
      Identifier: 'https://api.example.com',
      Name: 'api',
      Scopes: [{ ScopeName: 'read', ScopeDescription: 'Read' }],
    };

    const made = await idp.createResourceServer(server);

    assert.deepEqual(made.ResourceServer, server);
    await assert.rejects(idp.createResourceServer(server), { name: 'InvalidParameterException' });
    await assert.rejects(
      idp.createResourceServer({
        ...server,
        Identifier: 'b',
        Scopes: [server.Scopes[0]!, server.Scopes[0]!],
      }),
      { name: 'InvalidParameterException' },
    );
    const { ResourceServer } = await idp.describeResourceServer({
      UserPoolId: UserPool!.Id,
      Identifier: server.Identifier,
    });
    assert.deepEqual(ResourceServer, server);
  });

  it('DescribeResourceServer: says that a server is not there, after CreateResourceServer of another', async () => {
    const { UserPool } = await idp.createUserPool({ PoolName: 'with-one' });
    await idp.createResourceServer({ UserPoolId: UserPool!.Id, Identifier: 'a', Name: 'a' });

    await assert.rejects(idp.describeResourceServer({ UserPoolId: UserPool!.Id, Identifier: 'b' }), {
      name: 'ResourceNotFoundException',
    });
  });

  it('CreateUserPoolDomain: gives a pool a name that DescribeUserPoolDomain and DescribeUserPool show', async () => {
    const [one, other] = await Promise.all(
      ['one', 'other'].map(async (PoolName) => (await idp.createUserPool({ PoolName })).UserPool!.Id!),
    );
    await idp.createUserPoolDomain({ Domain: 'my-app', UserPoolId: one, ManagedLoginVersion: 2 });

    const { DomainDescription } = await idp.describeUserPoolDomain({ Domain: 'my-app' });

    assert.deepEqual(DomainDescription, {
      UserPoolId: one,
      AWSAccountId: '123456789012',
      Domain: 'my-app',
      Status: 'ACTIVE',
      ManagedLoginVersion: 2,
    });
    assert.equal((await idp.describeUserPool({ UserPoolId: one })).UserPool!.Domain, 'my-app');
    await assert.rejects(idp.createUserPoolDomain({ Domain: 'my-app', UserPoolId: other }), {
      name: 'InvalidParameterException',
      message: 'Domain already associated with another user pool.',
    });
    await assert.rejects(idp.createUserPoolDomain({ Domain: 'second', UserPoolId: one }), {
      name: 'InvalidParameterException',
    });
  });

  it('DescribeUserPoolDomain: describes nothing for a name before CreateUserPoolDomain, and after DeleteUserPool', async () => {
    assert.deepEqual((await idp.describeUserPoolDomain({ Domain: 'nobody' })).DomainDescription, {});
    const { UserPool } = await idp.createUserPool({ PoolName: 'short' });
    await idp.createUserPoolDomain({ Domain: 'short', UserPoolId: UserPool!.Id });
    await idp.deleteUserPool({ UserPoolId: UserPool!.Id });

    // The name is free again once what hung on the pool is swept.
    let described: object = { UserPoolId: 'x' };
    for (let left = 200; 'UserPoolId' in described && left > 0; left -= 1)
      described = (await idp.describeUserPoolDomain({ Domain: 'short' })).DomainDescription!;
    assert.deepEqual(described, {});
  });
});
