/** Signing up, through the official client. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { makePool, PASSWORD, signIn, signUp, type MadePool } from '../../../support/pool.ts';
import { startServer, type TestServer } from '../../../support/servers/server.ts';

describe('signing up', () => {
  let server: TestServer;
  let pool: MadePool;

  before(async () => {
    server = await startServer();
    pool = await makePool(server);
  });
  after(() => server.close());

  const codeOf = (to: string) => server.sent.findLast((message) => message.to === to)!.code;

  it('SignUp: makes an unconfirmed user and sends a code', async () => {
    const { idp, UserPoolId } = pool;

    const { UserConfirmed, UserSub, CodeDeliveryDetails } = await signUp(pool, 'ada');

    const { UserStatus, UserAttributes } = await idp.adminGetUser({ UserPoolId, Username: 'ada' });
    assert.deepEqual([UserConfirmed, UserStatus], [false, 'UNCONFIRMED']);
    assert.deepEqual(CodeDeliveryDetails, {
      AttributeName: 'email',
      DeliveryMedium: 'EMAIL',
      Destination: 'a***@e***',
    });
    assert.equal(UserAttributes!.find(({ Name }) => Name === 'sub')!.Value, UserSub);
    assert.match(codeOf('ada@example.com'), /^\d{6}$/);
  });

  it('ConfirmSignUp: confirms the account and verifies the address', async () => {
    const { idp, UserPoolId, ClientId } = pool;
    await signUp(pool, 'ben');

    await idp.confirmSignUp({ ClientId, Username: 'ben', ConfirmationCode: codeOf('ben@example.com') });

    const { UserStatus, UserAttributes } = await idp.adminGetUser({ UserPoolId, Username: 'ben' });
    assert.equal(UserStatus, 'CONFIRMED');
    assert.equal(UserAttributes!.find(({ Name }) => Name === 'email_verified')!.Value, 'true');
    assert.ok((await signIn(pool, 'ben')).AccessToken);
    await assert.rejects(
      idp.confirmSignUp({ ClientId, Username: 'ben', ConfirmationCode: codeOf('ben@example.com') }),
      { name: 'NotAuthorizedException' },
    );
  });

  it('lets nobody sign in before he is confirmed', async () => {
    await signUp(pool, 'early');

    await assert.rejects(signIn(pool, 'early'), {
      name: 'UserNotConfirmedException',
      message: 'User is not confirmed.',
    });
  });

  it('takes a code back after five wrong ones', async () => {
    const { idp, ClientId } = pool;
    await signUp(pool, 'guessed');
    const right = codeOf('guessed@example.com');
    const wrong = right === '000000' ? '111111' : '000000';
    const confirm = (ConfirmationCode: string) =>
      idp.confirmSignUp({ ClientId, Username: 'guessed', ConfirmationCode });

    for (let tries = 0; tries < 5; tries += 1)
      await assert.rejects(confirm(wrong), { name: 'CodeMismatchException' });

    await assert.rejects(confirm(right), { name: 'LimitExceededException' });
  });

  it('forgets a code after a day', async () => {
    const own = await startServer();
    const day = await makePool(own);
    await signUp(day, 'slow');
    const code = own.sent.at(-1)!.code;
    own.clock.pass(86_401);

    await assert.rejects(
      day.idp.confirmSignUp({ ClientId: day.ClientId, Username: 'slow', ConfirmationCode: code }),
      { name: 'ExpiredCodeException' },
    );
    await own.close();
  });

  it('confirms once, of a hundred right answers at once', async () => {
    const { idp, ClientId } = pool;
    await signUp(pool, 'many');
    const ConfirmationCode = codeOf('many@example.com');

    const answers = await Promise.allSettled(
      Array.from({ length: 100 }, () => idp.confirmSignUp({ ClientId, Username: 'many', ConfirmationCode })),
    );

    assert.equal(answers.filter(({ status }) => status === 'fulfilled').length, 1);
  });

  it('refuses what a person may not say of himself', async () => {
    for (const [name, value] of [
      ['email_verified', 'true'],
      ['sub', 'x'],
      ['identities', '[]'],
      ['cognito:groups', 'admins'],
    ] as const) {
      await assert.rejects(
        signUp(pool, 'liar', { [name]: value }),
        (error: Error) => ['NotAuthorizedException', 'InvalidParameterException'].includes(error.name),
        name,
      );
    }
  });

  it('takes through a client only what that may write, besides the address that is the name', async () => {
    const { idp, ClientId } = await makePool(
      server,
      { UsernameAttributes: ['email', 'phone_number'] },
      { WriteAttributes: ['name'] },
    );
    const signUp = (Username: string, Name: string, Value: string) =>
      idp.signUp({ ClientId, Username, Password: PASSWORD, UserAttributes: [{ Name, Value }] });

    await assert.rejects(signUp('zoe@example.com', 'phone_number', '+15550199'), {
      name: 'NotAuthorizedException',
      message: 'A client attempted to write unauthorized attribute',
    });
    await signUp('zoe@example.com', 'name', 'Zoë');
    await signUp('+15550199', 'phone_number', '+15550199');
  });

  it('refuses a name that is taken', async () => {
    await signUp(pool, 'taken');

    await assert.rejects(signUp(pool, 'taken'), {
      name: 'UsernameExistsException',
      message: 'User already exists',
    });
  });

  it('is closed where only administrators make users', async () => {
    const closed = await makePool(server, { AdminCreateUserConfig: { AllowAdminCreateUserOnly: true } });

    await assert.rejects(signUp(closed, 'ada'), {
      name: 'NotAuthorizedException',
      message: 'SignUp is not permitted for this user pool',
    });
  });

  it('signs in with the e-mail in pools where that is the name', async () => {
    const byEmail = await makePool(server, {
      UsernameAttributes: ['email'],
      UsernameConfiguration: { CaseSensitive: false },
    });
    const { idp, ClientId, UserPoolId } = byEmail;
    const { UserSub } = await idp.signUp({ ClientId, Username: 'Ada@Example.com', Password: PASSWORD });
    await idp.confirmSignUp({
      ClientId,
      Username: 'ada@example.com',
      ConfirmationCode: server.sent.at(-1)!.code,
    });

    const { AccessToken } = await signIn(byEmail, 'ADA@example.com');

    assert.equal((await idp.getUser({ AccessToken })).Username, UserSub);
    assert.equal((await idp.adminGetUser({ UserPoolId, Username: 'ada@example.com' })).Username, UserSub);
    await assert.rejects(idp.signUp({ ClientId, Username: 'aDa@example.com', Password: PASSWORD }), {
      name: 'UsernameExistsException',
    });
    await assert.rejects(idp.signUp({ ClientId, Username: 'no-address', Password: PASSWORD }), {
      name: 'InvalidParameterException',
    });
  });

  it('demands the secret hash of a client with a secret', async () => {
    const secretive = await makePool(server, {}, { GenerateSecret: true });
    const { idp, ClientId, ClientSecret } = secretive;
    const hash = (name: string) =>
      createHmac('sha256', ClientSecret!)
        .update(name + ClientId)
        .digest('base64');
    const attempt = (SecretHash?: string) =>
      idp.signUp({ ClientId, Username: 'ada', Password: PASSWORD, SecretHash });

    await assert.rejects(attempt(), {
      name: 'NotAuthorizedException',
      message: `Unable to verify secret hash for client ${ClientId}`,
    });
    await assert.rejects(attempt(hash('eve')), { name: 'NotAuthorizedException' });
    assert.ok((await attempt(hash('ada'))).UserSub);
  });
});
