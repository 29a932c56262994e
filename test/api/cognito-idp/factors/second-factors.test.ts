/** Second factors on the way in: which is asked for, what it takes, and when it is enough. */
import assert from 'node:assert/strict';
import {
  answer,
  lastCode,
  makeFactorPool,
  otherThan,
  startByPassword,
  totpOf,
  makeHolder,
  PROVEN,
  type Factor,
} from '../../../support/factors.ts';
import { makeUser, PASSWORD, signIn, type MadePool } from '../../../support/pool.ts';
import { startServer, type TestServer } from '../../../support/servers/server.ts';

const ON = { Enabled: true };
describe('second factors', () => {
  let server: TestServer;
  let pool: MadePool;

  before(async () => {
    server = await startServer();
    pool = await makeFactorPool(server, { mode: 'OPTIONAL' });
  });
  after(() => server.close());

  const somebody = (name: string, factors: readonly Factor[]) => makeHolder(server, pool, name, factors);

  it('sends a code by SMS, and lets in who reads it', async () => {
    await somebody('sms', ['sms']);

    const asked = await startByPassword(pool, 'sms');
    const { AuthenticationResult } = await answer(pool, 'SMS_MFA', asked.Session, {
      USERNAME: 'sms',
      SMS_MFA_CODE: lastCode(server),
    });

    assert.deepEqual(
      [asked.ChallengeName, asked.AuthenticationResult, asked.ChallengeParameters],
      [
        'SMS_MFA',
        undefined,
        {
          CODE_DELIVERY_DELIVERY_MEDIUM: 'SMS',
          CODE_DELIVERY_DESTINATION: '+*******1234',
          USER_ID_FOR_SRP: 'sms',
        },
      ],
    );
    assert.match(lastCode(server), /^\d{6}$/);
    const { channel, to, kind } = server.sent.at(-1)!;
    assert.deepEqual([channel, to, kind], ['sms', '+15550001234', 'authentication']);
    assert.ok((await pool.idp.getUser({ AccessToken: AuthenticationResult!.AccessToken })).Username);
  });

  it('sends a code by e-mail, and lets in who reads it', async () => {
    await somebody('email', ['email']);

    const asked = await startByPassword(pool, 'email');
    const { AuthenticationResult } = await answer(pool, 'EMAIL_OTP', asked.Session, {
      USERNAME: 'email',
      EMAIL_OTP_CODE: lastCode(server),
    });

    assert.equal(asked.ChallengeName, 'EMAIL_OTP');
    assert.deepEqual(
      [
        asked.ChallengeParameters!.CODE_DELIVERY_DELIVERY_MEDIUM,
        asked.ChallengeParameters!.CODE_DELIVERY_DESTINATION,
      ],
      ['EMAIL', 'a***@e***'],
    );
    assert.ok(AuthenticationResult!.AccessToken);
  });

  it('takes a code of the authenticator application once, of twenty sign-ins at once', async () => {
    const secret = await somebody('totp', ['totp']);
    const sessions = [];
    for (let begun = 0; begun < 20; begun += 1) sessions.push(await startByPassword(pool, 'totp'));
    const code = totpOf(server, secret);

    const answers = await Promise.allSettled(
      sessions.map(({ Session }) =>
        answer(pool, 'SOFTWARE_TOKEN_MFA', Session, {
          USERNAME: 'totp',
          SOFTWARE_TOKEN_MFA_CODE: code,
        }),
      ),
    );

    assert.equal(answers.filter(({ status }) => status === 'fulfilled').length, 1);
  });

  it('says that a code was used already, and takes the next one in the same session', async () => {
    const secret = await somebody('again', ['totp']);
    const respond = (Session: string | undefined, SOFTWARE_TOKEN_MFA_CODE: string) =>
      answer(pool, 'SOFTWARE_TOKEN_MFA', Session, { USERNAME: 'again', SOFTWARE_TOKEN_MFA_CODE });
    const code = totpOf(server, secret);
    await respond((await startByPassword(pool, 'again')).Session, code);

    const { Session } = await startByPassword(pool, 'again');
    await assert.rejects(respond(Session, code), {
      name: 'ExpiredCodeException',
      message: 'Your software token has already been used once.',
    });
    const { AuthenticationResult } = await respond(Session, totpOf(server, secret, 30));

    assert.ok(AuthenticationResult!.AccessToken);
  });

  it('refuses a code that is two steps old', async () => {
    const secret = await somebody('old', ['totp']);
    const { Session } = await startByPassword(pool, 'old');

    const late = answer(pool, 'SOFTWARE_TOKEN_MFA', Session, {
      USERNAME: 'old',
      SOFTWARE_TOKEN_MFA_CODE: totpOf(server, secret, -60),
    });

    await assert.rejects(late, { name: 'CodeMismatchException', message: 'Invalid code received for user' });
  });

  it('lets a session survive wrong codes, and end with the fifth', async () => {
    await somebody('tries', ['sms']);
    const { Session } = await startByPassword(pool, 'tries');
    const code = lastCode(server);
    const respond = (SMS_MFA_CODE: string) =>
      answer(pool, 'SMS_MFA', Session, { USERNAME: 'tries', SMS_MFA_CODE });

    for (let tries = 0; tries < 5; tries += 1)
      await assert.rejects(respond(otherThan(code)), {
        name: 'CodeMismatchException',
        message: 'Invalid code or auth state for the user.',
      });

    await assert.rejects(respond(code), { name: 'NotAuthorizedException' });
  });

  it('judges no more than five of a hundred guesses at once', async () => {
    await somebody('parallel', ['sms']);
    const { Session } = await startByPassword(pool, 'parallel');
    const code = lastCode(server);

    const told = await Promise.all(
      Array.from({ length: 100 }, () =>
        answer(pool, 'SMS_MFA', Session, { USERNAME: 'parallel', SMS_MFA_CODE: otherThan(code) }).then(
          () => 'in',
          ({ name }: Error) => name,
        ),
      ),
    );

    const judged = told.filter((name) => name === 'CodeMismatchException').length;
    assert.ok(judged >= 1 && judged <= 5, `${judged} were judged`);
    assert.deepEqual(new Set(told), new Set(['CodeMismatchException', 'NotAuthorizedException']));
  });

  it('takes the right code after four wrong ones, and not again', async () => {
    await somebody('fifth', ['sms']);
    const { Session } = await startByPassword(pool, 'fifth');
    const code = lastCode(server);
    const respond = (SMS_MFA_CODE: string) =>
      answer(pool, 'SMS_MFA', Session, { USERNAME: 'fifth', SMS_MFA_CODE });

    for (let tries = 0; tries < 4; tries += 1) await assert.rejects(respond(otherThan(code)));
    const { AuthenticationResult } = await respond(code);

    assert.ok(AuthenticationResult!.AccessToken);
    await assert.rejects(respond(code), { name: 'NotAuthorizedException' });
  });

  it('makes who guesses wait, in fresh sessions too', async () => {
    await somebody('guessed', ['email']);
    const guess = async () => {
      const { Session } = await startByPassword(pool, 'guessed');
      return answer(pool, 'EMAIL_OTP', Session, {
        USERNAME: 'guessed',
        EMAIL_OTP_CODE: otherThan(lastCode(server)),
      });
    };

    for (let tries = 0; tries < 6; tries += 1)
      await assert.rejects(guess(), { name: 'CodeMismatchException' });

    await assert.rejects(guess(), {
      name: 'NotAuthorizedException',
      message: 'Password attempts exceeded',
    });
  });

  describe('as time goes by', () => {
    let own: TestServer;
    let slow: MadePool;

    beforeEach(async () => {
      own = await startServer();
      slow = await makeFactorPool(own, { mode: 'OPTIONAL', factors: ['sms'] });
      await makeUser(slow, 'ada', PROVEN);
      const { UserPoolId } = slow;
      await slow.idp.adminSetUserMFAPreference({ UserPoolId, Username: 'ada', SMSMfaSettings: ON });
    });
    afterEach(() => own.close());

    it('send a person ten codes in a quarter of an hour, and no more', async () => {
      for (let letters = 0; letters < 10; letters += 1) await startByPassword(slow, 'ada');

      await assert.rejects(startByPassword(slow, 'ada'), { name: 'TooManyRequestsException' });
      assert.equal(own.sent.length, 10);
      own.clock.pass(901);
      assert.equal((await startByPassword(slow, 'ada')).ChallengeName, 'SMS_MFA');
    });

    it('forget a code with its session', async () => {
      const { Session } = await startByPassword(slow, 'ada');
      own.clock.pass(181);

      const late = answer(slow, 'SMS_MFA', Session, { USERNAME: 'ada', SMS_MFA_CODE: lastCode(own) });

      await assert.rejects(late, {
        name: 'NotAuthorizedException',
        message: 'Invalid session for the user, session is expired.',
      });
    });
  });

  it('takes no code of another session', async () => {
    await somebody('crossed', ['sms']);
    const first = await startByPassword(pool, 'crossed');
    const code = lastCode(server);
    const second = await startByPassword(pool, 'crossed');
    if (code === lastCode(server)) return;

    const crossed = answer(pool, 'SMS_MFA', second.Session, { USERNAME: 'crossed', SMS_MFA_CODE: code });

    await assert.rejects(crossed, { name: 'CodeMismatchException' });
    assert.notEqual(first.Session, second.Session);
  });

  it('asks administrators who sign people in just the same', async () => {
    await somebody('by-admin', ['sms']);
    const ids = { UserPoolId: pool.UserPoolId, ClientId: pool.ClientId };
    const asked = await pool.idp.adminInitiateAuth({
      ...ids,
      AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: 'by-admin', PASSWORD },
    });

    const { AuthenticationResult } = await pool.idp.adminRespondToAuthChallenge({
      ...ids,
      ChallengeName: 'SMS_MFA',
      Session: asked.Session,
      ChallengeResponses: { USERNAME: 'by-admin', SMS_MFA_CODE: lastCode(server) },
    });

    assert.equal(asked.ChallengeName, 'SMS_MFA');
    assert.ok(AuthenticationResult!.AccessToken);
  });

  it('asks for nothing more when the pool has no second factors any more', async () => {
    const closing = await makeFactorPool(server, { mode: 'OPTIONAL', factors: ['email'] });
    await makeUser(closing, 'ada', PROVEN);
    const { UserPoolId } = closing;
    await closing.idp.adminSetUserMFAPreference({ UserPoolId, Username: 'ada', EmailMfaSettings: ON });

    await closing.idp.setUserPoolMfaConfig({ UserPoolId, MfaConfiguration: 'OFF' });

    assert.ok((await signIn(closing, 'ada')).AccessToken);
  });
});
