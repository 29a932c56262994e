/**
 * Guests who turn out to be users that have an identity already, as happens on every new device of
 * an application that lets guests in: Amplify asks with the guest's id and the fresh login.
 *
 * Source: Cognito developer guide, "Switching unauthenticated users to authenticated users".
 */
import assert from 'node:assert/strict';
import { fromCognitoIdentity } from '@aws-sdk/credential-providers';
import {
  createIdentityWorld,
  ofIdentityPool,
  trustOf,
  type IdentityWorld,
} from '../../support/identity-pool.ts';
import { makeUser } from '../../support/pool.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';

describe('a guest who has an identity already', () => {
  let server: TestServer;
  let world: IdentityWorld;
  let IdentityPoolId: string;
  before(async () => {
    server = await startServer();
    world = await createIdentityWorld(server);
    await makeUser(world.people, 'grace', { email: 'grace@example.com' });
    IdentityPoolId = await world.makePool({ AllowUnauthenticatedIdentities: true, AllowClassicFlow: true });
    const role = await world.makeRole(trustOf(ofIdentityPool(IdentityPoolId)));
    await world.identity.setIdentityPoolRoles({
      IdentityPoolId,
      Roles: { authenticated: role, unauthenticated: role },
    });
  });
  after(() => server.close());

  const guest = async (): Promise<string> => (await world.identity.getId({ IdentityPoolId })).IdentityId!;
  const idOf = async (name: string) => {
    const Logins = await world.loginOf(name);
    return { Logins, known: (await world.identity.getId({ IdentityPoolId, Logins })).IdentityId! };
  };

  it('gets that identity by GetCredentialsForIdentity, also the second time', async () => {
    const { Logins, known } = await idOf('ada');
    const IdentityId = await guest();

    const first = await world.identity.getCredentialsForIdentity({ IdentityId, Logins });
    const second = await world.identity.getCredentialsForIdentity({ IdentityId, Logins });

    assert.deepEqual([first.IdentityId, second.IdentityId], [known, known]);
    assert.notEqual(known, IdentityId);
  });

  it('gets that identity by GetOpenIdToken', async () => {
    const { Logins, known } = await idOf('ada');

    const { IdentityId, Token } = await world.identity.getOpenIdToken({ IdentityId: await guest(), Logins });

    assert.equal(IdentityId, known);
    assert.ok(Buffer.from(Token!.split('.')[1]!, 'base64url').toString().includes(known));
  });

  it('gets credentials by the SDK provider that remembers the guest', async () => {
    const { Logins } = await idOf('ada');

    const credentials = await fromCognitoIdentity({
      identityId: await guest(),
      logins: Logins,
      clientConfig: server.client,
    })();

    assert.match(credentials.accessKeyId, /^ASIA/);
  });

  it('is a guest no more: without a login, or with the login of somebody else, the id gives nothing', async () => {
    const { Logins } = await idOf('ada');
    const other = await idOf('grace');
    const IdentityId = await guest();
    await world.identity.getCredentialsForIdentity({ IdentityId, Logins });

    await assert.rejects(world.identity.getCredentialsForIdentity({ IdentityId }), {
      name: 'NotAuthorizedException',
    });
    await assert.rejects(world.identity.getCredentialsForIdentity({ IdentityId, Logins: other.Logins }), {
      name: 'ResourceConflictException',
    });
  });

  it('is merged once when many devices ask at the same moment', async () => {
    const { Logins, known } = await idOf('ada');
    const IdentityId = await guest();

    const answers = await Promise.all(
      Array.from({ length: 10 }, () => world.identity.getCredentialsForIdentity({ IdentityId, Logins })),
    );

    assert.deepEqual([...new Set(answers.map(({ IdentityId: id }) => id))], [known]);
  });

  it('of another pool is not merged', async () => {
    const { Logins } = await idOf('ada');
    const other = await world.makePool({ AllowUnauthenticatedIdentities: true, IdentityPoolName: 'other' });
    const { IdentityId } = await world.identity.getId({ IdentityPoolId: other });
    const role = await world.makeRole(trustOf(ofIdentityPool(other)));
    await world.identity.setIdentityPoolRoles({
      IdentityPoolId: other,
      Roles: { authenticated: role, unauthenticated: role },
    });

    const answer = await world.identity.getCredentialsForIdentity({ IdentityId, Logins });

    assert.equal(answer.IdentityId, IdentityId);
  });

  it('whose user has no identity yet keeps the id that it has', async () => {
    await makeUser(world.people, 'newcomer', { email: 'new@example.com' });
    const IdentityId = await guest();

    const answer = await world.identity.getCredentialsForIdentity({
      IdentityId,
      Logins: await world.loginOf('newcomer'),
    });

    assert.equal(answer.IdentityId, IdentityId);
  });
});

describe('identities of two users', () => {
  it('are not merged', async () => {
    const server = await startServer();
    const world = await createIdentityWorld(server);
    await makeUser(world.people, 'grace', { email: 'grace@example.com' });
    const IdentityPoolId = await world.makePool();
    const [ada, grace] = await Promise.all([world.loginOf('ada'), world.loginOf('grace')]);
    const { IdentityId } = await world.identity.getId({ IdentityPoolId, Logins: ada });
    await world.identity.getId({ IdentityPoolId, Logins: grace });

    await assert.rejects(world.identity.getCredentialsForIdentity({ IdentityId, Logins: grace }), {
      name: 'NotAuthorizedException',
    });
    await server.close();
  });
});
