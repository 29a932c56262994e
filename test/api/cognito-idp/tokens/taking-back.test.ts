/**
 * Groups, app clients and identity providers, as they are changed and taken back. What becomes of all that they gave is the matrix of revocation's to say.
 *
 * Source: Cognito API reference, each operation named.
 */
import assert from 'node:assert/strict';
import { CognitoIdentity } from '@aws-sdk/client-cognito-identity';
import { groupCollection, membershipCollection } from '../../../../src/domain/users/groups.ts';
import { insert, type Records } from '../../../../src/domain/ports/records.ts';
import { memoryRecords } from '../../../../src/stores/memory.ts';
import { claimsOf, makePool, makeUser, signIn, type MadePool } from '../../../support/pool.ts';
import { startServer, stillClock, type TestServer } from '../../../support/servers/server.ts';

const ROLE = 'arn:aws:iam::123456789012:role/staff';

describe('what a user pool takes back', () => {
  let server: TestServer;
  let pool: MadePool;
  let records: Records;
  let made = 0;

  before(async () => {
    const clock = stillClock();
    records = memoryRecords(clock);
    server = await startServer({ clock, store: { records } });
    pool = await makePool(server);
  });
  after(() => server.close());

  /** Somebody in a new group, who is signed in. */
  async function makeMember() {
    const { idp, UserPoolId } = pool;
    made += 1;
    const [Username, GroupName] = [`person-${made}`, `group-${made}`];
    await makeUser(pool, Username);
    await idp.createGroup({ UserPoolId, GroupName, RoleArn: ROLE });
    await idp.adminAddUserToGroup({ UserPoolId, Username, GroupName });
    return { Username, GroupName, tokens: await signIn(pool, Username) };
  }
  const groupsOf = async (Username: string) =>
    (await pool.idp.adminListGroupsForUser({ UserPoolId: pool.UserPoolId, Username })).Groups!.map(
      (group) => group.GroupName,
    );
  const refresh = (REFRESH_TOKEN: string) =>
    pool.idp.initiateAuth({
      ClientId: pool.ClientId,
      AuthFlow: 'REFRESH_TOKEN_AUTH',
      AuthParameters: { REFRESH_TOKEN },
    });

  describe('groups', () => {
    it('AdminRemoveUserFromGroup: leaves the group out of the next tokens, and out of no one else’s', async () => {
      const { idp, UserPoolId } = pool;
      const { Username, GroupName, tokens } = await makeMember();
      await makeUser(pool, 'another');
      await idp.adminAddUserToGroup({ UserPoolId, Username: 'another', GroupName });
      assert.deepEqual(claimsOf(tokens.IdToken!)['cognito:roles'], [ROLE]);

      await idp.adminRemoveUserFromGroup({ UserPoolId, Username, GroupName });

      assert.deepEqual(await groupsOf(Username), []);
      assert.deepEqual(await groupsOf('another'), [GroupName]);
      const { AuthenticationResult } = await refresh(tokens.RefreshToken!);
      for (const token of [AuthenticationResult!.IdToken!, AuthenticationResult!.AccessToken!])
        for (const claim of ['cognito:groups', 'cognito:roles', 'cognito:preferred_role'])
          assert.equal(claimsOf(token)[claim], undefined);
      assert.ok(await idp.getUser({ AccessToken: tokens.AccessToken! }));
    });

    it('AdminRemoveUserFromGroup: says who or what is not there, and minds no stranger to the group', async () => {
      const { idp, UserPoolId } = pool;
      const { GroupName } = await makeMember();
      await makeUser(pool, 'stranger');

      await idp.adminRemoveUserFromGroup({ UserPoolId, Username: 'stranger', GroupName });

      await assert.rejects(idp.adminRemoveUserFromGroup({ UserPoolId, Username: 'nobody', GroupName }), {
        name: 'UserNotFoundException',
      });
      await assert.rejects(
        idp.adminRemoveUserFromGroup({ UserPoolId, Username: 'stranger', GroupName: 'none' }),
        { name: 'ResourceNotFoundException' },
      );
    });

    it('DeleteGroup: leaves nothing to a group that is made again by the same name', async () => {
      const { idp, UserPoolId } = pool;
      const { Username, GroupName, tokens } = await makeMember();

      await idp.deleteGroup({ UserPoolId, GroupName });
      await idp.createGroup({ UserPoolId, GroupName, RoleArn: ROLE });

      assert.deepEqual(await groupsOf(Username), []);
      const { AuthenticationResult } = await refresh(tokens.RefreshToken!);
      assert.equal(claimsOf(AuthenticationResult!.IdToken!)['cognito:groups'], undefined);
      await idp.adminAddUserToGroup({ UserPoolId, Username, GroupName });
      assert.deepEqual(await groupsOf(Username), [GroupName]);
      await idp.deleteGroup({ UserPoolId, GroupName });
      await assert.rejects(idp.deleteGroup({ UserPoolId, GroupName }), {
        name: 'ResourceNotFoundException',
        message: 'Group not found.',
      });
    });

    it('revive no membership of a group that was, which is not swept yet', async () => {
      const { idp, UserPoolId } = pool;
      const { Username, GroupName } = await makeMember();
      const { id: groupId } = (await records.get(groupCollection, [UserPoolId, GroupName]))!.record;
      await idp.adminRemoveUserFromGroup({ UserPoolId, Username, GroupName });
      await idp.deleteGroup({ UserPoolId, GroupName });
      // As whoever was adding it at that moment leaves it behind.
      const late = { poolId: UserPoolId, group: GroupName, groupId, nameKey: Username };
      await records.commit(insert(membershipCollection, late));

      await idp.createGroup({ UserPoolId, GroupName, RoleArn: ROLE });

      assert.deepEqual(await groupsOf(Username), []);
      await idp.adminAddUserToGroup({ UserPoolId, Username, GroupName });
      assert.deepEqual(await groupsOf(Username), [GroupName]);
    });

    it('are not to be had by the tokens of before at an identity pool; those of others are good', async () => {
      const { idp, UserPoolId } = pool;
      const { Username, GroupName, tokens } = await makeMember();
      await makeUser(pool, 'of-no-group');
      const identity = new CognitoIdentity(server.client);
      const provider = `cognito-idp.us-east-1.amazonaws.com/${UserPoolId}`;
      const { IdentityPoolId } = await identity.createIdentityPool({
        IdentityPoolName: 'app',
        AllowUnauthenticatedIdentities: false,
        CognitoIdentityProviders: [{ ProviderName: provider, ClientId: pool.ClientId }],
      });
      const enter = (token: string) => identity.getId({ IdentityPoolId, Logins: { [provider]: token } });
      const other = await signIn(pool, 'of-no-group');
      const another = await makeMember();
      await enter(tokens.IdToken!);

      server.clock.pass(0.001);
      await idp.adminRemoveUserFromGroup({ UserPoolId, Username, GroupName });
      const { GroupName: gone } = await makeMember();
      await idp.deleteGroup({ UserPoolId, GroupName: gone });

      await assert.rejects(enter(tokens.IdToken!), { name: 'NotAuthorizedException' });
      await enter(other.IdToken!);
      await enter(another.tokens.IdToken!);
      server.clock.pass(0.001);
      const { AuthenticationResult } = await refresh(tokens.RefreshToken!);
      await enter(AuthenticationResult!.IdToken!);
    });
  });

  it('DeleteUserPoolClient: ends the client, and no other has its id', async () => {
    const { idp, UserPoolId } = pool;
    const { UserPoolClient } = await idp.createUserPoolClient({ UserPoolId, ClientName: 'gone' });
    const ClientId = UserPoolClient!.ClientId!;
    const [other] = [await makePool(server)];
    await assert.rejects(idp.deleteUserPoolClient({ UserPoolId: other.UserPoolId, ClientId }), {
      name: 'ResourceNotFoundException',
    });

    await idp.deleteUserPoolClient({ UserPoolId, ClientId });

    const gone = {
      name: 'ResourceNotFoundException',
      message: `User pool client ${ClientId} does not exist.`,
    };
    await assert.rejects(idp.describeUserPoolClient({ UserPoolId, ClientId }), gone);
    await assert.rejects(idp.deleteUserPoolClient({ UserPoolId, ClientId }), gone);
    const again = await idp.createUserPoolClient({ UserPoolId, ClientName: 'gone' });
    assert.notEqual(again.UserPoolClient!.ClientId, ClientId);
  });

  describe('identity providers', () => {
    /** Of a provider that is there: the pool's own address. */
    const details = () => ({
      client_id: 'id',
      client_secret: 'secret',
      oidc_issuer: `${server.url}/${pool.UserPoolId}`,
      authorize_scopes: 'openid email',
      attributes_request_method: 'GET',
    });
    async function addProvider() {
      made += 1;
      const ProviderName = `Login${made}`;
      await pool.idp.createIdentityProvider({
        UserPoolId: pool.UserPoolId,
        ProviderName,
        ProviderType: 'OIDC',
        ProviderDetails: details(),
        AttributeMapping: { email: 'email' },
        IdpIdentifiers: [`login${made}.example`],
      });
      return { UserPoolId: pool.UserPoolId, ProviderName };
    }

    it('UpdateIdentityProvider: changes what it names and leaves the rest, as DescribeIdentityProvider shows', async () => {
      const { idp } = pool;
      const provider = await addProvider();
      const { IdentityProvider: before } = await idp.describeIdentityProvider(provider);
      server.clock.pass(1);

      const { IdentityProvider: mapped } = await idp.updateIdentityProvider({
        ...provider,
        AttributeMapping: { email: 'mail', name: 'name' },
      });
      const ProviderDetails = { ...details(), client_secret: 'another' };
      await idp.updateIdentityProvider({ ...provider, ProviderDetails, IdpIdentifiers: [] });

      const { IdentityProvider: after } = await idp.describeIdentityProvider(provider);
      assert.deepEqual(mapped!.ProviderDetails, details());
      assert.deepEqual(mapped!.IdpIdentifiers, before!.IdpIdentifiers);
      assert.deepEqual(after, {
        ...before,
        ProviderDetails,
        AttributeMapping: { email: 'mail', name: 'name' },
        IdpIdentifiers: [],
        LastModifiedDate: after!.LastModifiedDate,
      });
      assert.ok(after.LastModifiedDate! > before!.LastModifiedDate!);
    });

    it('UpdateIdentityProvider: takes nothing that CreateIdentityProvider would not take', async () => {
      const { idp } = pool;
      const provider = await addProvider();
      const { IdentityProvider: before } = await idp.describeIdentityProvider(provider);

      for (const refused of [
        { ProviderDetails: { ...details(), client_id: '' } },
        { ProviderDetails: { ...details(), unknown: 'x' } },
        { ProviderDetails: { ...details(), oidc_issuer: 'no address' } },
        { AttributeMapping: { 'custom:absent': 'x' } },
        { AcrMapping: { a: 'b' } },
      ])
        await assert.rejects(idp.updateIdentityProvider({ ...provider, ...refused }), {
          name: 'InvalidParameterException',
        });

      assert.deepEqual((await idp.describeIdentityProvider(provider)).IdentityProvider, before);
      await assert.rejects(idp.updateIdentityProvider({ ...provider, ProviderName: 'Nobody' }), {
        name: 'ResourceNotFoundException',
      });
    });

    it('DeleteIdentityProvider: ends a provider; DescribeIdentityProvider finds none', async () => {
      const { idp } = pool;
      const provider = await addProvider();

      await idp.deleteIdentityProvider(provider);

      const gone = { name: 'ResourceNotFoundException' };
      await assert.rejects(idp.describeIdentityProvider(provider), gone);
      await assert.rejects(idp.deleteIdentityProvider(provider), gone);
    });
  });
});
