/** Accounts without a password, of who signs up and of who is invited, and sign-in right after signing up. */
import assert from 'node:assert/strict';
import type { AdminCreateUserRequest, SignUpRequest } from '@aws-sdk/client-cognito-identity-provider';
import { answer, lastCode, makeChoicePool, makeFactorPool, startByChoice } from '../../../support/factors.ts';
import { PASSWORD, type MadePool } from '../../../support/pool.ts';
import { startServer, type TestServer } from '../../../support/servers/server.ts';

describe('signing up without a password', () => {
  let server: TestServer;
  let pool: MadePool;

  before(async () => {
    server = await startServer();
    pool = await makeChoicePool(server, ['PASSWORD', 'EMAIL_OTP']);
  });
  after(() => server.close());

  const signUp = (Username: string, more: Partial<SignUpRequest> = {}, { idp, ClientId } = pool) =>
    idp.signUp({
      ClientId,
      Username,
      UserAttributes: [{ Name: 'email', Value: `${Username}@example.com` }],
      ...more,
    });
  const confirm = (Username: string, Session?: string, { idp, ClientId } = pool) =>
    idp.confirmSignUp({ ClientId, Username, ConfirmationCode: lastCode(server), Session });
  const enter = (USERNAME: string, Session: string | undefined, { idp, ClientId } = pool) =>
    idp.initiateAuth({ ClientId, AuthFlow: 'USER_AUTH', AuthParameters: { USERNAME }, Session });

  it('makes an account that is entered by a code, and by no password', async () => {
    await signUp('ada');
    await confirm('ada');

    const { AvailableChallenges } = await startByChoice(pool, 'ada');
    const asked = await startByChoice(pool, 'ada', { PREFERRED_CHALLENGE: 'EMAIL_OTP' });
    const { AuthenticationResult } = await answer(pool, 'EMAIL_OTP', asked.Session, {
      USERNAME: 'ada',
      EMAIL_OTP_CODE: lastCode(server),
    });

    assert.deepEqual(AvailableChallenges, ['EMAIL_OTP']);
    assert.ok(AuthenticationResult!.AccessToken);
    for (const AuthFlow of ['USER_PASSWORD_AUTH', 'USER_SRP_AUTH'] as const)
      await assert.rejects(
        pool.idp.initiateAuth({
          ClientId: pool.ClientId,
          AuthFlow,
          AuthParameters: { USERNAME: 'ada', PASSWORD: '', SRP_A: '' },
        }),
        { name: 'InvalidParameterException' },
      );
    await assert.rejects(
      pool.idp.initiateAuth({
        ClientId: pool.ClientId,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: 'ada', PASSWORD },
      }),
      { message: 'Incorrect username or password.' },
    );
  });

  it('takes a blank password for none', async () => {
    await signUp('blank', { Password: '' });
    await confirm('blank');

    assert.deepEqual((await startByChoice(pool, 'blank')).AvailableChallenges, ['EMAIL_OTP']);
  });

  it('is refused where no code would let its owner in', async () => {
    const byPassword = await makeChoicePool(server, ['PASSWORD']);
    const required = await makeChoicePool(server, ['PASSWORD', 'EMAIL_OTP'], { mode: 'ON' });
    const refused = { name: 'InvalidPasswordException' };

    await assert.rejects(signUp('bob', {}, byPassword), refused);
    await assert.rejects(signUp('bob', {}, required), refused);
    await assert.rejects(signUp('bob', { UserAttributes: [] }), refused);
  });

  describe('or with one, and going in at once', () => {
    it('lets in who confirmed the account that he signed up, once', async () => {
      const signed = await signUp('carol', { Password: PASSWORD });
      const confirmed = await confirm('carol', signed.Session);

      const { AuthenticationResult } = await enter('carol', confirmed.Session);

      assert.ok(AuthenticationResult!.AccessToken);
      await assert.rejects(enter('carol', confirmed.Session), {
        name: 'NotAuthorizedException',
        message: 'Invalid session for the user, session is expired.',
      });
    });

    it('lets in one, of twenty who show the session at once', async () => {
      const { Session } = await confirm('dave', (await signUp('dave')).Session);

      const entries = await Promise.allSettled(Array.from({ length: 20 }, () => enter('dave', Session)));

      assert.equal(entries.filter(({ status }) => status === 'fulfilled').length, 1);
    });

    it('takes neither the session of the sign-up itself, nor that of another', async () => {
      const eve = await signUp('eve');
      const frank = await signUp('frank');
      const confirmed = await confirm('frank', frank.Session);

      await assert.rejects(enter('eve', eve.Session), { name: 'NotAuthorizedException' });
      await assert.rejects(enter('eve', confirmed.Session), { name: 'NotAuthorizedException' });
      // Whoever shows it for another does not use it up.
      assert.ok((await enter('frank', confirmed.Session)).AuthenticationResult!.AccessToken);
    });

    it('gives no session for that of another sign-up, and confirms all the same', async () => {
      const grace = await signUp('grace');
      await signUp('heidi');

      const stolen = await confirm('heidi', grace.Session);

      assert.equal(stolen.Session, undefined);
      const { UserStatus } = await pool.idp.adminGetUser({
        UserPoolId: pool.UserPoolId,
        Username: 'heidi',
      });
      assert.equal(UserStatus, 'CONFIRMED');
    });

    it('lets in who gave the code alone, which was the proof', async () => {
      await signUp('ivan');
      const { Session } = await confirm('ivan');

      assert.ok((await enter('ivan', Session)).AuthenticationResult!.AccessToken);
    });

    it('takes no session at another client', async () => {
      const { UserPoolClient } = await pool.idp.createUserPoolClient({
        UserPoolId: pool.UserPoolId,
        ClientName: 'other',
        ExplicitAuthFlows: ['ALLOW_USER_AUTH'],
      });
      const { Session } = await confirm('judy', (await signUp('judy')).Session);

      const crossed = enter('judy', Session, { ...pool, ClientId: UserPoolClient!.ClientId! });

      await assert.rejects(crossed, { name: 'NotAuthorizedException' });
    });

    it('forgets the session after a few minutes', async () => {
      const { Session } = await confirm('late', (await signUp('late')).Session);
      server.clock.pass(181);

      await assert.rejects(enter('late', Session), { name: 'NotAuthorizedException' });
    });

    it('gives no session where the client does not let its people choose, or two factors are required', async () => {
      const closed = await makeFactorPool(server, {
        mode: 'OFF',
        client: { ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'] },
      });
      const required = await makeFactorPool(server, { mode: 'ON' });

      for (const each of [closed, required])
        assert.equal((await signUp('ken', { Password: PASSWORD }, each)).Session, undefined);
    });
  });
});

describe('inviting without a password', () => {
  let server: TestServer;
  let pool: MadePool;

  before(async () => {
    server = await startServer();
    pool = await makeChoicePool(server, ['PASSWORD', 'EMAIL_OTP']);
  });
  after(() => server.close());

  const invite = (Username: string, more: Partial<AdminCreateUserRequest> = {}, { idp, UserPoolId } = pool) =>
    idp.adminCreateUser({
      UserPoolId,
      Username,
      UserAttributes: [
        { Name: 'email', Value: `${Username}@example.com` },
        { Name: 'email_verified', Value: 'true' },
      ],
      DesiredDeliveryMediums: ['EMAIL'],
      ...more,
    });
  const statusOf = async (Username: string, { idp, UserPoolId } = pool) =>
    (await idp.adminGetUser({ UserPoolId, Username })).UserStatus;

  it('makes an account that is entered by a code at once, and tells its name alone', async () => {
    await invite('ada');
    const letter = server.sent.at(-1)!;

    const { AvailableChallenges } = await startByChoice(pool, 'ada');
    const asked = await startByChoice(pool, 'ada', { PREFERRED_CHALLENGE: 'EMAIL_OTP' });
    const { AuthenticationResult } = await answer(pool, 'EMAIL_OTP', asked.Session, {
      USERNAME: 'ada',
      EMAIL_OTP_CODE: lastCode(server),
    });

    assert.deepEqual(
      [letter.to, letter.kind, letter.text],
      ['ada@example.com', 'invitation', 'Your username is ada.'],
    );
    assert.equal(await statusOf('ada'), 'CONFIRMED');
    assert.deepEqual(AvailableChallenges, ['EMAIL_OTP']);
    assert.ok(AuthenticationResult!.AccessToken);
  });

  it('takes a blank password for none', async () => {
    await invite('blank', { TemporaryPassword: '' });

    assert.equal(await statusOf('blank'), 'CONFIRMED');
  });

  it("writes in the pool's words where they ask for no password", async () => {
    const { idp, UserPoolId } = pool;
    const say = async (name: string, EmailMessage: string) => {
      const InviteMessageTemplate = { EmailMessage, EmailSubject: 'Come in' };
      await idp.updateUserPool({
        UserPoolId,
        Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } },
        AdminCreateUserConfig: { InviteMessageTemplate },
      });
      await invite(name);
      return server.sent.at(-1)!;
    };

    const own = await say('bob', 'Welcome, {username}!');
    assert.deepEqual([own.subject, own.text], ['Come in', 'Welcome, bob!']);
    assert.equal((await say('carol', '{username}: {####}')).text, 'Your username is carol.');
  });

  it('gives a password to who could not come in without', async () => {
    const byPassword = await makeChoicePool(server, ['PASSWORD']);
    const required = await makeFactorPool(server, { mode: 'ON' });
    await invite('unproven', { UserAttributes: [{ Name: 'email', Value: 'unproven@example.com' }] });
    await invite('asked', { TemporaryPassword: PASSWORD });
    for (const each of [byPassword, required]) await invite('dan', {}, each);

    assert.equal(await statusOf('unproven'), 'FORCE_CHANGE_PASSWORD');
    assert.equal(await statusOf('asked'), 'FORCE_CHANGE_PASSWORD');
    for (const each of [byPassword, required])
      assert.equal(await statusOf('dan', each), 'FORCE_CHANGE_PASSWORD');
    assert.ok(server.sent.at(-1)!.code.length >= 8);
  });
});
