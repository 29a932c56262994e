/** Users and groups, the administrator's part, through the official client. */
import assert from 'node:assert/strict';
import { claimsOf, makePool, makeUser, PASSWORD, signIn, type MadePool } from '../../../support/pool.ts';
import { startServer, type TestServer } from '../../../support/servers/server.ts';

describe('users and groups', () => {
  let server: TestServer;
  let pool: MadePool;

  before(async () => {
    server = await startServer();
    pool = await makePool(server);
  });
  after(() => server.close());

  const attribute = (listed: readonly { Name?: string; Value?: string }[] | undefined, name: string) =>
    listed?.find(({ Name }) => Name === name)?.Value;

  it('AdminCreateUser: makes a user who is found by name and by subject, and invites him', async () => {
    const { idp, UserPoolId } = pool;
    const { User } = await idp.adminCreateUser({
      UserPoolId,
      Username: 'grace',
      UserAttributes: [
        { Name: 'email', Value: 'grace@example.com' },
        { Name: 'email_verified', Value: 'true' },
      ],
      DesiredDeliveryMediums: ['EMAIL'],
    });

    const byName = await idp.adminGetUser({ UserPoolId, Username: 'grace' });
    const bySubject = await idp.adminGetUser({ UserPoolId, Username: attribute(User!.Attributes, 'sub')! });

    assert.equal(byName.UserStatus, 'FORCE_CHANGE_PASSWORD');
    assert.deepEqual(byName.UserAttributes, User!.Attributes);
    assert.equal(bySubject.Username, 'grace');
    const { to, kind, text, code } = server.sent.at(-1)!;
    assert.deepEqual([to, kind], ['grace@example.com', 'invitation']);
    assert.ok(text.includes('grace') && text.includes(code));
  });

  it('AdminGetUser: knows nobody of a name that nobody has', async () => {
    const { idp, UserPoolId } = pool;
    await makeUser(pool, 'somebody');
    await idp.adminCreateUser({ UserPoolId, Username: 'somebody-else', MessageAction: 'SUPPRESS' });

    assert.equal((await idp.adminGetUser({ UserPoolId, Username: 'somebody' })).Username, 'somebody');
    await assert.rejects(idp.adminGetUser({ UserPoolId, Username: 'nobody' }), {
      name: 'UserNotFoundException',
      message: 'User does not exist.',
    });
  });

  it('AdminSetUserPassword: sets the password that signs in from then on', async () => {
    const { idp, UserPoolId, ClientId } = pool;
    await makeUser(pool, 'alan');

    await idp.adminSetUserPassword({
      UserPoolId,
      Username: 'alan',
      Password: 'Another-Horse-8',
      Permanent: true,
    });

    const signInWith = (password: string) =>
      idp.initiateAuth({
        ClientId,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: 'alan', PASSWORD: password },
      });
    assert.ok((await signInWith('Another-Horse-8')).AuthenticationResult!.AccessToken);
    await assert.rejects(signInWith(PASSWORD), {
      name: 'NotAuthorizedException',
      message: 'Incorrect username or password.',
    });
    assert.equal((await idp.adminGetUser({ UserPoolId, Username: 'alan' })).UserStatus, 'CONFIRMED');
  });

  it('refuses a password that the policy does not take', async () => {
    const { idp, UserPoolId } = pool;
    await makeUser(pool, 'weak');

    await assert.rejects(
      idp.adminSetUserPassword({ UserPoolId, Username: 'weak', Password: 'short', Permanent: true }),
      {
        name: 'InvalidPasswordException',
        message: 'Password did not conform with policy: Password not long enough',
      },
    );
  });

  it('takes a password of many scripts, whole', async () => {
    const { idp, UserPoolId, ClientId } = pool;
    await makeUser(pool, 'unicode');
    const long = `Пароль-密碼-🔑-1${'x'.repeat(80)}`;
    await idp.adminSetUserPassword({ UserPoolId, Username: 'unicode', Password: long, Permanent: true });

    const signInWith = (password: string) =>
      idp.initiateAuth({
        ClientId,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: 'unicode', PASSWORD: password },
      });

    assert.ok((await signInWith(long)).AuthenticationResult);
    await assert.rejects(signInWith(long.slice(0, -1)), { name: 'NotAuthorizedException' });
  });

  it('ListUsers: finds by attribute, by prefix, and pages', async () => {
    const own = await makePool(server);
    const { idp, UserPoolId } = own;
    for (const name of ['ann', 'anna', 'bob']) await makeUser(own, name, { email: `${name}@example.com` });
    const namesBy = async (Filter: string) =>
      (await idp.listUsers({ UserPoolId, Filter })).Users!.map(({ Username }) => Username);

    const first = await idp.listUsers({ UserPoolId, Limit: 2 });
    const second = await idp.listUsers({ UserPoolId, Limit: 2, PaginationToken: first.PaginationToken });

    assert.deepEqual(
      [...first.Users!, ...second.Users!].map(({ Username }) => Username),
      ['ann', 'anna', 'bob'],
    );
    assert.deepEqual(await namesBy('email = "anna@example.com"'), ['anna']);
    assert.deepEqual(await namesBy('username ^= "an"'), ['ann', 'anna']);
    assert.deepEqual(await namesBy('cognito:user_status = "CONFIRMED"'), ['ann', 'anna', 'bob']);
    assert.deepEqual(await namesBy('cognito:user_status ^= "conf"'), ['ann', 'anna', 'bob']);
    assert.deepEqual(await namesBy('username = "ANN"'), []);
    assert.deepEqual(await namesBy('email = "nobody\\"@example.com"'), []);
    await assert.rejects(namesBy('custom:x = "1"'), { name: 'InvalidParameterException' });
    await assert.rejects(idp.listUsers({ UserPoolId, PaginationToken: 'made-up' }), {
      name: 'InvalidParameterException',
    });
  });

  it('gives one name to one user, of a hundred who ask at once', async () => {
    const { idp, UserPoolId } = pool;
    const asked = await Promise.allSettled(
      Array.from({ length: 100 }, () =>
        idp.adminCreateUser({ UserPoolId, Username: 'wanted', MessageAction: 'SUPPRESS' }),
      ),
    );

    assert.equal(asked.filter(({ status }) => status === 'fulfilled').length, 1);
    assert.ok(
      asked.every(
        (each) => each.status === 'fulfilled' || (each.reason as Error).name === 'UsernameExistsException',
      ),
    );
  });

  it('CreateGroup: makes a group that shows in the tokens of its members', async () => {
    const { idp, UserPoolId } = pool;
    await makeUser(pool, 'member');
    const RoleArn = 'arn:aws:iam::123456789012:role/admin';
    const { Group } = await idp.createGroup({
      UserPoolId,
      GroupName: 'admins',
      Description: 'all',
      Precedence: 1,
      RoleArn,
    });

    await idp.adminAddUserToGroup({ UserPoolId, Username: 'member', GroupName: 'admins' });

    const claims = claimsOf((await signIn(pool, 'member')).IdToken!);
    assert.deepEqual(
      [claims['cognito:groups'], claims['cognito:roles'], claims['cognito:preferred_role']],
      [['admins'], [RoleArn], RoleArn],
    );
    assert.equal(Group!.Precedence, 1);
    await assert.rejects(idp.createGroup({ UserPoolId, GroupName: 'admins' }), {
      name: 'GroupExistsException',
    });
  });

  it('AdminAddUserToGroup: puts groups into tokens by their rank', async () => {
    const { idp, UserPoolId } = pool;
    await makeUser(pool, 'ranked');
    await idp.createGroup({ UserPoolId, GroupName: 'later', Precedence: 9 });
    await idp.createGroup({ UserPoolId, GroupName: 'sooner', Precedence: 2 });
    for (const GroupName of ['later', 'sooner', 'sooner'])
      await idp.adminAddUserToGroup({ UserPoolId, Username: 'ranked', GroupName });

    const { AccessToken } = await signIn(pool, 'ranked');

    assert.deepEqual(claimsOf(AccessToken!)['cognito:groups'], ['sooner', 'later']);
    await assert.rejects(idp.adminAddUserToGroup({ UserPoolId, Username: 'ranked', GroupName: 'none' }), {
      name: 'ResourceNotFoundException',
    });
  });

  it('AdminListGroupsForUser: pages through the groups that AdminAddUserToGroup put the user in', async () => {
    const { idp, UserPoolId } = pool;
    await makeUser(pool, 'joiner');
    for (const GroupName of ['one', 'two', 'three']) {
      await idp.createGroup({ UserPoolId, GroupName });
      await idp.adminAddUserToGroup({ UserPoolId, GroupName, Username: 'joiner' });
    }

    const names: (string | undefined)[] = [];
    let NextToken: string | undefined;
    do {
      const page = await idp.adminListGroupsForUser({ UserPoolId, Username: 'joiner', Limit: 2, NextToken });
      names.push(...page.Groups!.map(({ GroupName }) => GroupName));
      NextToken = page.NextToken;
    } while (NextToken);

    assert.deepEqual(names, ['one', 'three', 'two']);
    await assert.rejects(idp.adminListGroupsForUser({ UserPoolId, Username: 'nobody' }), {
      name: 'UserNotFoundException',
    });
  });

  it('AdminDeleteUser: leaves nothing for who takes the name next: no group, no token, no password', async () => {
    const { idp, UserPoolId, ClientId } = pool;
    await makeUser(pool, 'leaver', { email: 'leaver@example.com' });
    await idp.createGroup({ UserPoolId, GroupName: 'trusted' });
    await idp.adminAddUserToGroup({ UserPoolId, GroupName: 'trusted', Username: 'leaver' });
    const { AccessToken, RefreshToken } = await signIn(pool, 'leaver');

    await idp.adminDeleteUser({ UserPoolId, Username: 'leaver' });

    await assert.rejects(idp.adminGetUser({ UserPoolId, Username: 'leaver' }), {
      name: 'UserNotFoundException',
    });
    await assert.rejects(idp.getUser({ AccessToken }), { name: 'UserNotFoundException' });
    await assert.rejects(
      idp.initiateAuth({
        ClientId,
        AuthFlow: 'REFRESH_TOKEN_AUTH',
        AuthParameters: { REFRESH_TOKEN: RefreshToken! },
      }),
      { name: 'NotAuthorizedException' },
    );
    await makeUser(pool, 'leaver', { email: 'leaver@example.com' });
    const { Groups } = await idp.adminListGroupsForUser({ UserPoolId, Username: 'leaver' });
    assert.deepEqual(Groups, []);
    await assert.rejects(idp.getUser({ AccessToken }), { name: 'UserNotFoundException' });
  });

  it('lets no membership outlive its user, whoever comes first', async () => {
    const { idp, UserPoolId } = pool;
    await idp.createGroup({ UserPoolId, GroupName: 'racers' });
    for (let round = 0; round < 20; round += 1) {
      await makeUser(pool, 'racer');
      await Promise.allSettled([
        idp.adminAddUserToGroup({ UserPoolId, GroupName: 'racers', Username: 'racer' }),
        idp.adminDeleteUser({ UserPoolId, Username: 'racer' }),
      ]);
      await makeUser(pool, 'racer');

      assert.deepEqual((await idp.adminListGroupsForUser({ UserPoolId, Username: 'racer' })).Groups, []);
      await idp.adminDeleteUser({ UserPoolId, Username: 'racer' });
    }
  });
});
