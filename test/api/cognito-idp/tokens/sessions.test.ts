/**
 * Sessions of people: tracked where the pool says so, shown, limited, and ended one by one.
 *
 * Sources: Cognito developer guide, "Managing user sessions"; API reference, SessionDescriptionType, ClientSSOSessionConfigType.
 */
import assert from 'node:assert/strict';
import { createBrowser, PASSWORD } from '../../oidc/world.ts';
import { NOT_ENABLED, NOT_FOUND, REFUSED, sessionWorld, typesOf } from './session-world.ts';

const CHROME =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 Safari/537.36';

describe('sessions', () => {
  const at = sessionWorld();
  const { signIn, renew, isBelieved, listed, own, current, revoke, comeThrough, track } = at;

  it('are not kept in a pool that does not track', async () => {
    await track(20, 'DISABLED');
    const { AccessToken } = await signIn();

    await assert.rejects(listed(), NOT_ENABLED);
    await assert.rejects(own(AccessToken), NOT_ENABLED);
    await assert.rejects(revoke('tkn'.padEnd(28, 'a')), NOT_ENABLED);
    await track();
    assert.deepEqual(await listed(), []);
  });

  it('ListUserSessions: shows a person his own, one for each InitiateAuth, the last used first', async () => {
    const { AccessToken, RefreshToken } = await signIn();
    await signIn('bob');
    const later = await signIn();

    const { Sessions } = await at.world.userPools.listUserSessions({ AccessToken });

    const [first, second, ...more] = Sessions!;

    assert.deepEqual([more, first!.IsCurrentSession, second!.IsCurrentSession], [[], false, true]);
    assert.match(second!.SessionId!, /^tkn[a-z0-9]{25}$/);
    const { SessionType, ClientId, LastIPAddress, LastLocation, OriginSessionId } = second!;
    assert.deepEqual(
      [SessionType, ClientId, LastIPAddress, LastLocation, OriginSessionId],
      ['TOKEN', at.app.id, '127.0.0.1', { Country: 'unknown' }, undefined],
    );
    assert.match(second!.DeviceType!, /^aws-sdk-js\//);
    assert.ok(first!.CreateDate! > second!.CreateDate!);
    at.world.server.clock.pass(60);
    await renew(RefreshToken);
    const [now] = await own(later.AccessToken);
    assert.equal(now!.SessionId, second!.SessionId);
    assert.equal(now!.LastActiveDate!.getTime() - now!.CreateDate!.getTime(), 62_000);
  });

  it('AdminListUserSessions: shows those of a person, and the browser that GetUser’s token came through', async () => {
    const { access_token: AccessToken } = await comeThrough(createBrowser());
    await at.world.userPools.getUser({ AccessToken });

    const sessions = await at.world.userPools.adminListUserSessions({
      UserPoolId: at.world.poolId,
      Username: at.ada,
    });

    assert.deepEqual(typesOf(sessions.Sessions!), ['SSO', 'TOKEN']);
    const byType = (type: string) => sessions.Sessions!.find(({ SessionType }) => SessionType === type)!;
    assert.match(byType('SSO').SessionId!, /^sso[a-z0-9]{25}$/);
    assert.equal(byType('TOKEN').OriginSessionId, byType('SSO').SessionId);
    assert.deepEqual(
      sessions.Sessions!.map(({ IsCurrentSession, ClientId }) => [IsCurrentSession, ClientId]),
      [
        [false, at.client.id],
        [false, at.client.id],
      ],
    );
    await assert.rejects(listed('nobody'), { name: 'UserNotFoundException' });
  });

  it('tell devices apart by what they call themselves', async () => {
    const response = await fetch(at.world.server.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'AWSCognitoIdentityProviderService.InitiateAuth',
        'user-agent': CHROME,
      },
      body: JSON.stringify({
        ClientId: at.app.id,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: at.ada, PASSWORD },
      }),
    });
    assert.equal(response.status, 200);

    const [session] = await listed();

    assert.equal(session!.DeviceType, 'Chrome 125 / macOS 10.15');
  });

  it('RevokeUserSession: ends another of a person’s sessions, whose tokens GetUser believed, and no other', async () => {
    const lost = await signIn();
    const kept = await signIn();
    const { SessionId } = await current(lost.AccessToken);

    await at.world.userPools.revokeUserSession({ AccessToken: kept.AccessToken, SessionId });

    await assert.rejects(at.world.userPools.getUser({ AccessToken: lost.AccessToken }), {
      ...REFUSED,
      message: 'Access Token has been revoked',
    });
    await assert.rejects(renew(lost.RefreshToken), REFUSED);
    assert.ok((await renew(kept.RefreshToken)).AccessToken);
    assert.equal((await own(kept.AccessToken)).length, 1);
  });

  it('are not revoked by who has them in hand, by others, or twice', async () => {
    const [ada, bob] = [await signIn(), await signIn('bob')];
    const { SessionId } = await current(ada.AccessToken);
    const asAda = { AccessToken: ada.AccessToken };
    const asBob = { AccessToken: bob.AccessToken };

    await assert.rejects(at.world.userPools.revokeUserSession({ ...asAda, SessionId }), {
      name: 'InvalidParameterException',
    });
    await assert.rejects(at.world.userPools.revokeUserSession({ ...asBob, SessionId }), NOT_FOUND);
    await assert.rejects(
      at.world.userPools.adminRevokeUserSession({ UserPoolId: at.world.poolId, Username: 'bob', SessionId }),
      NOT_FOUND,
    );
    await assert.rejects(
      at.world.userPools.adminRevokeUserSession({
        UserPoolId: at.world.poolId,
        Username: 'nobody',
        SessionId,
      }),
      { name: 'UserNotFoundException' },
    );
    await isBelieved(ada.AccessToken);
    await revoke(SessionId);
    await assert.rejects(revoke(SessionId), NOT_FOUND);
  });

  it('AdminRevokeUserSession: ends a session that AdminListUserSessions shows, with its access tokens also where the client does not revoke', async () => {
    const { id } = await at.world.addClient({
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
      EnableTokenRevocation: false,
    });
    const { AccessToken, RefreshToken } = await signIn(at.ada, id);
    const { Sessions } = await at.world.userPools.adminListUserSessions({
      UserPoolId: at.world.poolId,
      Username: at.ada,
    });

    await at.world.userPools.adminRevokeUserSession({
      UserPoolId: at.world.poolId,
      Username: at.ada,
      SessionId: Sessions![0]!.SessionId,
    });

    await assert.rejects(isBelieved(AccessToken), REFUSED);
    await assert.rejects(renew(RefreshToken, id), REFUSED);
    assert.deepEqual(await listed(), []);
  });

  it('end with whatever ends their tokens', async () => {
    const byToken = await signIn();
    await at.world.userPools.revokeToken({ ClientId: at.app.id, Token: byToken.RefreshToken });
    assert.deepEqual(await listed(), []);

    await signIn();
    await comeThrough(createBrowser());
    await at.world.userPools.adminUserGlobalSignOut({ UserPoolId: at.world.poolId, Username: at.ada });
    assert.deepEqual(await listed(), []);
  });

  describe('beyond what a person may have', () => {
    it('end least lately used first, at the next sign-in', async () => {
      await track(2);
      const [first, second] = [await signIn(), await signIn()];
      at.world.server.clock.pass(1);
      await renew(first.RefreshToken);

      const third = await signIn();

      await assert.rejects(isBelieved(second.AccessToken), REFUSED);
      await assert.rejects(renew(second.RefreshToken), REFUSED);
      for (const { AccessToken } of [first, third]) await isBelieved(AccessToken);
      assert.equal((await listed()).length, 2);
    });

    it('stay until the next sign-in when the limit is lowered', async () => {
      const tokens = [await signIn(), await signIn(), await signIn()];
      await track(1);
      for (const { AccessToken } of tokens) await isBelieved(AccessToken);

      await signIn();

      assert.equal((await listed()).length, 1);
    });
  });
});
