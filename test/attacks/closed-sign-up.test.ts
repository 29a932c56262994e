/**
 * A pool in which administrators alone make users has no other way in (SECURITY G25; Zitadel CVE-2026-29193).
 */
import assert from 'node:assert/strict';
import { codeTo } from '../support/people.ts';
import { makePool, PASSWORD, type MadePool } from '../support/pool.ts';
import { startServer, type TestServer } from '../support/servers/server.ts';

const CLOSED = {
  name: 'NotAuthorizedException',
  message: 'SignUp is not permitted for this user pool',
};

describe('a pool without self-service sign-up', () => {
  let server: TestServer;
  let pool: MadePool;
  /** Whoever signed up while the pool was open, and is not confirmed. */
  let code: string;

  before(async () => {
    server = await startServer();
    pool = await makePool(server);
    const { idp, ClientId, UserPoolId } = pool;
    const UserAttributes = [{ Name: 'email', Value: 'early@example.com' }];
    await idp.signUp({ ClientId, Username: 'early', Password: PASSWORD, UserAttributes });
    code = codeTo(server, 'early@example.com');
    await idp.updateUserPool({
      UserPoolId,
      AutoVerifiedAttributes: ['email'],
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
    });
  });
  after(() => server.close());

  const PATHS: Readonly<Record<string, () => Promise<unknown>>> = {
    SignUp: () => pool.idp.signUp({ ClientId: pool.ClientId, Username: 'new', Password: PASSWORD }),
    ResendConfirmationCode: () =>
      pool.idp.resendConfirmationCode({ ClientId: pool.ClientId, Username: 'early' }),
    'ResendConfirmationCode for a stranger': () =>
      pool.idp.resendConfirmationCode({ ClientId: pool.ClientId, Username: 'new' }),
    ConfirmSignUp: () =>
      pool.idp.confirmSignUp({ ClientId: pool.ClientId, Username: 'early', ConfirmationCode: code }),
  };
  for (const [path, attempt] of Object.entries(PATHS))
    it(`is closed to ${path}`, async () => {
      const before = server.sent.length;

      await assert.rejects(attempt(), CLOSED);

      assert.equal(server.sent.length, before);
    });

  it('is closed to who forgot the password that he signed up with, though his address is proven', async () => {
    const own = await makePool(server);
    const { idp, ClientId, UserPoolId } = own;
    const UserAttributes = [{ Name: 'email', Value: 'proven@example.com' }];
    const asked = { ClientId, Username: 'proven' };
    await idp.signUp({ ...asked, Password: PASSWORD, UserAttributes });
    await idp.adminUpdateUserAttributes({
      UserPoolId,
      Username: 'proven',
      UserAttributes: [{ Name: 'email_verified', Value: 'true' }],
    });
    await idp.forgotPassword(asked);
    const close = { AdminCreateUserConfig: { AllowAdminCreateUserOnly: true } };
    await idp.updateUserPool({ UserPoolId, AutoVerifiedAttributes: ['email'], ...close });
    const sent = server.sent.length;

    await assert.rejects(idp.forgotPassword(asked), {
      name: 'NotAuthorizedException',
      message: 'User password cannot be reset in the current state.',
    });
    const ConfirmationCode = codeTo(server, 'proven@example.com');
    await assert.rejects(idp.confirmForgotPassword({ ...asked, ConfirmationCode, Password: PASSWORD }), {
      name: 'ExpiredCodeException',
    });

    assert.equal(server.sent.length, sent);
    const { UserStatus } = await idp.adminGetUser({ UserPoolId, Username: 'proven' });
    assert.equal(UserStatus, 'UNCONFIRMED');
  });

  const UNKNOWING: Readonly<Record<string, () => Promise<unknown>>> = {
    ForgotPassword: () => pool.idp.forgotPassword({ ClientId: pool.ClientId, Username: 'new' }),
    ConfirmForgotPassword: () =>
      pool.idp.confirmForgotPassword({
        ClientId: pool.ClientId,
        Username: 'new',
        ConfirmationCode: '123456',
        Password: PASSWORD,
      }),
    InitiateAuth: () =>
      pool.idp.initiateAuth({
        ClientId: pool.ClientId,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: 'new', PASSWORD },
      }),
  };
  for (const [path, attempt] of Object.entries(UNKNOWING))
    it(`gets nobody by ${path}`, () => assert.rejects(attempt(), { name: 'UserNotFoundException' }));

  for (const page of [
    'signup',
    'confirm',
    'confirmUser?client_id=x&user_name=early&confirmation_code=000000',
  ])
    it(`gets nobody by the page ${page.split('?')[0]}`, async () => {
      const { status } = await fetch(`${server.url}/${pool.UserPoolId}/${page}`);

      assert.ok(status >= 400, String(status));
    });

  it('is not opened by the link of a letter that was sent before', async () => {
    const { ClientId, UserPoolId, idp } = pool;
    const query = new URLSearchParams({ client_id: ClientId, user_name: 'early', confirmation_code: code });

    await fetch(`${server.url}/${UserPoolId}/confirmUser?${query.toString()}`);

    assert.equal((await idp.adminGetUser({ UserPoolId, Username: 'early' })).UserStatus, 'UNCONFIRMED');
  });

  it('has the people whom its administrators make and confirm, and nobody else', async () => {
    const { idp, UserPoolId } = pool;
    await idp.adminCreateUser({ UserPoolId, Username: 'made', MessageAction: 'SUPPRESS' });
    await idp.adminConfirmSignUp({ UserPoolId, Username: 'early' });

    const { Users } = await idp.listUsers({ UserPoolId });

    assert.deepEqual(
      Users!.map(({ Username, UserStatus }) => [Username, UserStatus]),
      [
        ['early', 'CONFIRMED'],
        ['made', 'FORCE_CHANGE_PASSWORD'],
      ],
    );
  });
});
