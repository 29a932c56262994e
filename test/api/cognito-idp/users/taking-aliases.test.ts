/**
 * Addresses that people sign in with, taken from who has them by who proves or is vouched for them.
 *
 * Source: Cognito API reference, AdminCreateUser and ConfirmSignUp, "ForceAliasCreation".
 */
import assert from 'node:assert/strict';
import { codeTo, makeReachable, shown } from '../../../support/people.ts';
import { makePool, makeUser, PASSWORD, type MadePool } from '../../../support/pool.ts';
import { startServer, type TestServer } from '../../../support/servers/server.ts';

describe('an address that is an alias', () => {
  let server: TestServer;

  before(async () => {
    server = await startServer();
  });
  after(() => server.close());

  const attributes = (given: Readonly<Record<string, string>>) =>
    Object.entries(given).map(([Name, Value]) => ({ Name, Value }));
  const invite = ({ idp, UserPoolId }: MadePool, Username: string, given: Readonly<Record<string, string>>) =>
    idp.adminCreateUser({
      UserPoolId,
      Username,
      ForceAliasCreation: true,
      UserAttributes: attributes({ email_verified: 'true', ...given }),
      DesiredDeliveryMediums: ['EMAIL'],
    });

  it('is taken also from who writes it in other letters', async () => {
    const pool = await makePool(server, {
      AliasAttributes: ['email'],
      UsernameConfiguration: { CaseSensitive: false },
    });
    const { idp, ClientId, UserPoolId } = pool;
    await makeReachable(pool, 'ada');
    const UserAttributes = attributes({ email: 'Ada@Example.com' });
    await idp.signUp({ ClientId, Username: 'new', Password: PASSWORD, UserAttributes });

    await idp.confirmSignUp({
      ClientId,
      Username: 'new',
      ConfirmationCode: codeTo(server, 'Ada@Example.com'),
      ForceAliasCreation: true,
    });

    assert.equal((await idp.adminGetUser({ UserPoolId, Username: 'ada@example.com' })).Username, 'new');
    assert.equal((await shown(pool, 'ada')).attributes.email_verified, 'false');
  });

  it('stays with who has it when the newcomer cannot be kept, nor is he told', async () => {
    const pool = await makePool(server, { AliasAttributes: ['email', 'preferred_username'] });
    await makeReachable(pool, 'ada');
    await makeUser(pool, 'carol', { preferred_username: 'cc' });
    const before = server.sent.length;
    const newcomer = { email: 'ada@example.com', preferred_username: 'cc' };

    await assert.rejects(invite(pool, 'new', newcomer), { name: 'AliasExistsException' });
    const { idp, UserPoolId } = pool;
    const silently = idp.adminCreateUser({
      UserPoolId,
      Username: 'new',
      ForceAliasCreation: true,
      UserAttributes: attributes({ email_verified: 'true', ...newcomer }),
      MessageAction: 'SUPPRESS',
    });
    await assert.rejects(silently, { name: 'AliasExistsException' });

    assert.equal(server.sent.length, before);
    assert.equal((await shown(pool, 'ada@example.com')).attributes.email_verified, 'true');
  });

  it('is not taken where it is the name', async () => {
    const pool = await makePool(server, { UsernameAttributes: ['email'] });
    await makeReachable(pool, 'ada@example.com', { email: 'ada@example.com' });
    const before = server.sent.length;

    await assert.rejects(invite(pool, 'ada@example.com', {}), { name: 'UsernameExistsException' });

    assert.equal(server.sent.length, before);
    assert.equal((await shown(pool, 'ada@example.com')).attributes.email_verified, 'true');
  });
});
