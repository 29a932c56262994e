/** Identity pools: one identity a person, a role, credentials that the policies of the role bound. Through the official clients. */
import assert from 'node:assert/strict';
import type { CognitoIdentity } from '@aws-sdk/client-cognito-identity';
import { CognitoIdentityProvider } from '@aws-sdk/client-cognito-identity-provider';
import { STS } from '@aws-sdk/client-sts';
import {
  createIdentityWorld,
  IDENTITY_POOLS,
  ofIdentityPool,
  trustOf,
  type IdentityWorld,
} from '../../support/identity-pool.ts';
import { makePool, makeUser, signIn, type MadePool } from '../../support/pool.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';

describe('identity pools', () => {
  let server: TestServer;
  let world: IdentityWorld;
  let people: MadePool;
  let identity: CognitoIdentity;
  let provider: string;

  before(async () => {
    server = await startServer();
    world = await createIdentityWorld(server);
    ({ people, identity, provider } = world);
  });
  after(() => server.close());

  async function makeIdentityPool(more: { guests?: boolean; name?: string } = {}): Promise<string> {
    const ProviderName = more.name ?? provider;
    return world.makePool({
      AllowUnauthenticatedIdentities: more.guests ?? false,
      CognitoIdentityProviders: [{ ProviderName, ClientId: people.ClientId, ServerSideTokenCheck: true }],
    });
  }
  const loginOf = async (name: string, as = provider) => ({ [as]: (await signIn(people, name)).IdToken! });
  const credentialsOf = async (
    IdentityId: string | undefined,
    Logins?: Record<string, string>,
    CustomRoleArn?: string,
  ) => {
    const { Credentials } = await identity.getCredentialsForIdentity({ IdentityId, Logins, CustomRoleArn });
    return {
      accessKeyId: Credentials!.AccessKeyId!,
      secretAccessKey: Credentials!.SecretKey!,
      sessionToken: Credentials!.SessionToken!,
    };
  };
  const callerOf = async (credentials: Awaited<ReturnType<typeof credentialsOf>>) =>
    (await new STS(server.clientAs(credentials)).getCallerIdentity({})).Arn!;

  it('CreateIdentityPool: gives a pool that describes itself as it was made', async () => {
    const { $metadata: _made, ...made } = await identity.createIdentityPool({
      IdentityPoolName: 'made',
      AllowUnauthenticatedIdentities: true,
      CognitoIdentityProviders: [
        { ProviderName: provider, ClientId: people.ClientId, ServerSideTokenCheck: true },
      ],
      IdentityPoolTags: { team: 'a' },
    });

    const { $metadata: _described, ...described } = await identity.describeIdentityPool({
      IdentityPoolId: made.IdentityPoolId,
    });

    assert.deepEqual(described, made);
    assert.match(described.IdentityPoolId!, /^us-east-1:[0-9a-f-]{36}$/);
  });

  it('DescribeIdentityPool: says that a pool is not there', async () => {
    await makeIdentityPool();
    const { IdentityPoolId } = await identity.createIdentityPool({
      IdentityPoolName: 'there',
      AllowUnauthenticatedIdentities: false,
    });

    assert.equal((await identity.describeIdentityPool({ IdentityPoolId })).IdentityPoolName, 'there');
    await assert.rejects(
      identity.describeIdentityPool({ IdentityPoolId: 'us-east-1:00000000-0000-4000-8000-000000000000' }),
      { name: 'ResourceNotFoundException' },
    );
  });

  it('SetIdentityPoolRoles: sets the roles that GetIdentityPoolRoles shows', async () => {
    const IdentityPoolId = await makeIdentityPool();
    const Roles = {
      authenticated: 'arn:aws:iam::123456789012:role/in',
      unauthenticated: 'arn:aws:iam::123456789012:role/out',
    };
    const RoleMappings = {
      [`${provider}:${people.ClientId}`]: { Type: 'Token', AmbiguousRoleResolution: 'Deny' },
    } as const;

    await identity.setIdentityPoolRoles({ IdentityPoolId, Roles, RoleMappings });

    const shown = await identity.getIdentityPoolRoles({ IdentityPoolId });
    assert.deepEqual([shown.Roles, shown.RoleMappings], [Roles, RoleMappings]);
  });

  it('GetIdentityPoolRoles: shows none before any are set', async () => {
    const IdentityPoolId = await makeIdentityPool();

    const before = await identity.getIdentityPoolRoles({ IdentityPoolId });
    await identity.setIdentityPoolRoles({ IdentityPoolId, Roles: {} });

    assert.deepEqual(before.Roles, {});
    await assert.rejects(
      identity.setIdentityPoolRoles({
        IdentityPoolId,
        Roles: { authenticated: 'arn:aws:s3:::not-a-role-at-all' },
      }),
      { name: 'InvalidParameterException' },
    );
  });

  it('GetId: gives a person one identity, under either name of the pool, on a hundred devices at once', async () => {
    const IdentityPoolId = await makeIdentityPool();
    const Logins = await loginOf('ada');
    const own = await makeIdentityPool({ name: `${new URL(server.url).host}/${people.UserPoolId}` });

    const asked = await Promise.all(
      Array.from({ length: 100 }, () => identity.getId({ IdentityPoolId, Logins })),
    );
    const again = await identity.getId({
      IdentityPoolId,
      Logins: await loginOf('ada', `${new URL(server.url).host}/${people.UserPoolId}`),
    });

    assert.equal(new Set([...asked, again].map(({ IdentityId }) => IdentityId)).size, 1);
    assert.notEqual((await identity.getId({ IdentityPoolId: own, Logins })).IdentityId, again.IdentityId);
    assert.equal((await identity.describeIdentityPool({ IdentityPoolId })).IdentityPoolId, IdentityPoolId);
  });

  it('refuses logins that prove nothing', async () => {
    const IdentityPoolId = await makeIdentityPool();
    const { IdToken, AccessToken } = await signIn(people, 'ada');
    const other = await makePool(server);
    await makeUser(other, 'ada');
    const foreign = (await signIn(other, 'ada')).IdToken!;
    const [head, body] = IdToken!.split('.');

    for (const token of [AccessToken!, foreign, `${head}.${body}.AAAA`, 'x']) {
      await assert.rejects(identity.getId({ IdentityPoolId, Logins: { [provider]: token } }), {
        name: 'NotAuthorizedException',
      });
    }
    await assert.rejects(identity.getId({ IdentityPoolId, Logins: { 'accounts.google.com': IdToken! } }), {
      name: 'NotAuthorizedException',
    });
    await assert.rejects(identity.getId({ IdentityPoolId }), {
      name: 'NotAuthorizedException',
      message: /Unauthenticated access is not supported/,
    });
  });

  it('GetCredentialsForIdentity: gives credentials that may do what the role may, and no more', async () => {
    const IdentityPoolId = await makeIdentityPool();
    const authenticated = await world.makeRole(trustOf(ofIdentityPool(IdentityPoolId)), [
      { Effect: 'Allow', Action: 'cognito-idp:DescribeUserPool', Resource: people.Arn },
    ]);
    await identity.setIdentityPoolRoles({ IdentityPoolId, Roles: { authenticated } });
    const Logins = await loginOf('ada');
    const { IdentityId } = await identity.getId({ IdentityPoolId, Logins });

    const credentials = await credentialsOf(IdentityId, Logins);

    const asAda = new CognitoIdentityProvider(server.clientAs(credentials));
    assert.equal(
      (await asAda.describeUserPool({ UserPoolId: people.UserPoolId })).UserPool!.Id,
      people.UserPoolId,
    );
    await assert.rejects(asAda.listUsers({ UserPoolId: people.UserPoolId }), {
      name: 'AccessDeniedException',
      message: /because no identity-based policy allows/,
    });
    assert.match(await callerOf(credentials), /assumed-role\/role-[\w-]+\/CognitoIdentityCredentials$/);
  });

  it("gives nobody the credentials of another's identity", async () => {
    const IdentityPoolId = await makeIdentityPool();
    await identity.setIdentityPoolRoles({
      IdentityPoolId,
      Roles: { authenticated: await world.makeRole(trustOf(ofIdentityPool(IdentityPoolId))) },
    });
    await makeUser(people, 'eve');
    const { IdentityId } = await identity.getId({ IdentityPoolId, Logins: await loginOf('ada') });

    await assert.rejects(credentialsOf(IdentityId, await loginOf('eve')), { name: 'NotAuthorizedException' });
    await assert.rejects(credentialsOf(IdentityId), { name: 'NotAuthorizedException' });
  });

  const trusts: readonly (readonly [string, (pool: string) => string])[] = [
    ['of another pool', () => trustOf(ofIdentityPool('us-east-1:00000000-0000-4000-8000-000000000000'))],
    [
      'that names no pool',
      () => trustOf({ 'ForAnyValue:StringLike': { 'cognito-identity.amazonaws.com:amr': 'authenticated' } }),
    ],
    [
      'of guests only',
      (pool) =>
        trustOf({
          ...ofIdentityPool(pool),
          'ForAnyValue:StringLike': { 'cognito-identity.amazonaws.com:amr': 'unauthenticated' },
        }),
    ],
    ['of another provider', (pool) => trustOf(ofIdentityPool(pool), 'accounts.google.com')],
    ['for another action', (pool) => trustOf(ofIdentityPool(pool), IDENTITY_POOLS, 'sts:AssumeRole')],
  ];
  for (const [what, document] of trusts) {
    it(`refuses a role whose trust is ${what}`, async () => {
      const IdentityPoolId = await makeIdentityPool();
      await identity.setIdentityPoolRoles({
        IdentityPoolId,
        Roles: { authenticated: await world.makeRole(document(IdentityPoolId)) },
      });
      const Logins = await loginOf('ada');
      const { IdentityId } = await identity.getId({ IdentityPoolId, Logins });

      await assert.rejects(credentialsOf(IdentityId, Logins), {
        name: 'InvalidIdentityPoolConfigurationException',
      });
    });
  }

  it('takes the role from the token, where the pool says so', async () => {
    const IdentityPoolId = await makeIdentityPool();
    const [admin, ordinary, unoffered] = [
      await world.makeRole(trustOf(ofIdentityPool(IdentityPoolId))),
      await world.makeRole(trustOf(ofIdentityPool(IdentityPoolId))),
      await world.makeRole(trustOf(ofIdentityPool(IdentityPoolId))),
    ];
    await identity.setIdentityPoolRoles({
      IdentityPoolId,
      Roles: { authenticated: ordinary },
      RoleMappings: {
        [`${provider}:${people.ClientId}`]: { Type: 'Token', AmbiguousRoleResolution: 'Deny' },
      },
    });
    await makeUser(people, 'chief');
    await people.idp.createGroup({
      UserPoolId: people.UserPoolId,
      GroupName: 'chiefs',
      RoleArn: admin,
      Precedence: 1,
    });
    await people.idp.adminAddUserToGroup({
      UserPoolId: people.UserPoolId,
      Username: 'chief',
      GroupName: 'chiefs',
    });
    const Logins = await loginOf('chief');
    const { IdentityId } = await identity.getId({ IdentityPoolId, Logins });

    assert.ok((await callerOf(await credentialsOf(IdentityId, Logins))).includes(admin.split('/')[1]!));
    assert.ok(
      (await callerOf(await credentialsOf(IdentityId, Logins, admin))).includes(admin.split('/')[1]!),
    );
    await assert.rejects(credentialsOf(IdentityId, Logins, unoffered), { name: 'NotAuthorizedException' });
    const roleless = await loginOf('ada');
    const other = await identity.getId({ IdentityPoolId, Logins: roleless });
    await assert.rejects(credentialsOf(other.IdentityId, roleless), { name: 'NotAuthorizedException' });
  });

  it('gives a guest an identity of his own, with less than the role allows', async () => {
    const IdentityPoolId = await makeIdentityPool({ guests: true });
    const unauthenticated = await world.makeRole(trustOf(ofIdentityPool(IdentityPoolId)), [
      { Effect: 'Allow', Action: '*', Resource: '*' },
    ]);
    await identity.setIdentityPoolRoles({ IdentityPoolId, Roles: { unauthenticated } });
    const [one, other] = [await identity.getId({ IdentityPoolId }), await identity.getId({ IdentityPoolId })];

    const credentials = await credentialsOf(one.IdentityId);

    assert.notEqual(one.IdentityId, other.IdentityId);
    await assert.rejects(
      new CognitoIdentityProvider(server.clientAs(credentials)).listUsers({ UserPoolId: people.UserPoolId }),
      { name: 'AccessDeniedException', message: /no session policy allows/ },
    );
  });

  it('refuses a login after its person signed out everywhere', async () => {
    const IdentityPoolId = await makeIdentityPool();
    await makeUser(people, 'gone');
    const { IdToken, AccessToken } = await signIn(people, 'gone');
    await people.idp.globalSignOut({ AccessToken });

    await assert.rejects(identity.getId({ IdentityPoolId, Logins: { [provider]: IdToken! } }), {
      name: 'NotAuthorizedException',
    });
  });
});
