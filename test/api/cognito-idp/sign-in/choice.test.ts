/** Sign-in that begins as the person chooses (USER_AUTH). */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import type { AuthFactorType } from '@aws-sdk/client-cognito-identity-provider';
import {
  answer,
  enrol,
  lastCode,
  makeChoicePool,
  PROVEN,
  startByChoice,
  totpOf,
  type FactorPool,
} from '../../../support/factors.ts';
import { makeUser, PASSWORD, signIn, type MadePool } from '../../../support/pool.ts';
import { startServer, type TestServer } from '../../../support/servers/server.ts';

const SRP_A = 'f'.repeat(256);

describe('sign-in by choice', () => {
  let server: TestServer;
  let pool: MadePool;

  const poolWith = (factors: readonly AuthFactorType[], more: Partial<FactorPool> = {}) =>
    makeChoicePool(server, factors, more);
  const begin = (name: string, parameters: Readonly<Record<string, string>> = {}, of = pool) =>
    startByChoice(of, name, parameters);

  before(async () => {
    server = await startServer();
    pool = await poolWith(['PASSWORD', 'EMAIL_OTP', 'SMS_OTP']);
    await makeUser(pool, 'ada', PROVEN);
  });
  after(() => server.close());

  it('shows what there is to choose from, and nothing else', async () => {
    const sent = server.sent.length;

    const { ChallengeName, AvailableChallenges, Session, AuthenticationResult } = await begin('ada');

    assert.equal(ChallengeName, 'SELECT_CHALLENGE');
    assert.deepEqual(AvailableChallenges!.toSorted(), ['EMAIL_OTP', 'PASSWORD', 'PASSWORD_SRP', 'SMS_OTP']);
    assert.ok(Session!.length >= 20);
    assert.equal(AuthenticationResult, undefined);
    assert.equal(server.sent.length, sent);
  });

  it('goes on with a password that came with the choice', async () => {
    const { Session } = await begin('ada');

    const { AuthenticationResult } = await answer(pool, 'SELECT_CHALLENGE', Session, {
      USERNAME: 'ada',
      ANSWER: 'PASSWORD',
      PASSWORD,
    });

    assert.ok(AuthenticationResult!.AccessToken);
  });

  it('leaves the session after a wrong password that came with the choice', async () => {
    const { Session } = await begin('ada');
    const choose = (password: string) =>
      answer(pool, 'SELECT_CHALLENGE', Session, {
        USERNAME: 'ada',
        ANSWER: 'PASSWORD',
        PASSWORD: password,
      });

    await assert.rejects(choose('Wrong-Horse-7'), { message: 'Incorrect username or password.' });

    assert.ok((await choose(PASSWORD)).AuthenticationResult!.AccessToken);
  });

  it('asks for the password of who only chose it (PASSWORD)', async () => {
    const { Session } = await begin('ada');
    const asked = await answer(pool, 'SELECT_CHALLENGE', Session, { USERNAME: 'ada', ANSWER: 'PASSWORD' });

    const { AuthenticationResult } = await answer(pool, 'PASSWORD', asked.Session, {
      USERNAME: 'ada',
      PASSWORD,
    });

    assert.equal(asked.ChallengeName, 'PASSWORD');
    assert.ok(AuthenticationResult!.AccessToken);
  });

  it('asks for an SRP value of who only chose that, and for the proof then (PASSWORD_SRP)', async () => {
    const { Session } = await begin('ada');
    const asked = await answer(pool, 'SELECT_CHALLENGE', Session, {
      USERNAME: 'ada',
      ANSWER: 'PASSWORD_SRP',
    });

    const proof = await answer(pool, 'PASSWORD_SRP', asked.Session, { USERNAME: 'ada', SRP_A });

    assert.equal(asked.ChallengeName, 'PASSWORD_SRP');
    assert.equal(proof.ChallengeName, 'PASSWORD_VERIFIER');
    assert.ok(proof.ChallengeParameters!.SRP_B);
  });

  it('asks for the proof of an SRP value that came with the choice', async () => {
    const { Session } = await begin('ada');

    const { ChallengeName } = await answer(pool, 'SELECT_CHALLENGE', Session, {
      USERNAME: 'ada',
      ANSWER: 'PASSWORD_SRP',
      SRP_A,
    });

    assert.equal(ChallengeName, 'PASSWORD_VERIFIER');
  });

  for (const [what, medium, member] of [
    ['EMAIL_OTP', 'EMAIL', 'EMAIL_OTP_CODE'],
    ['SMS_OTP', 'SMS', 'SMS_OTP_CODE'],
  ] as const)
    it(`sends a code, and lets in who reads it (${what})`, async () => {
      const { Session } = await begin('ada');
      const asked = await answer(pool, 'SELECT_CHALLENGE', Session, { USERNAME: 'ada', ANSWER: what });

      const { AuthenticationResult } = await answer(pool, what, asked.Session, {
        USERNAME: 'ada',
        [member]: lastCode(server),
      });

      assert.equal(asked.ChallengeName, what);
      assert.equal(asked.ChallengeParameters!.CODE_DELIVERY_DELIVERY_MEDIUM, medium);
      assert.ok(AuthenticationResult!.AccessToken);
    });

  it('goes straight to what is preferred', async () => {
    const preferring = (PREFERRED_CHALLENGE: string, more = {}) =>
      begin('ada', { PREFERRED_CHALLENGE, ...more });

    assert.equal((await preferring('EMAIL_OTP')).ChallengeName, 'EMAIL_OTP');
    assert.equal((await preferring('SMS_OTP')).ChallengeName, 'SMS_OTP');
    assert.equal((await preferring('PASSWORD')).ChallengeName, 'PASSWORD');
    assert.equal((await preferring('PASSWORD_SRP')).ChallengeName, 'PASSWORD_SRP');
    assert.equal((await preferring('PASSWORD_SRP', { SRP_A })).ChallengeName, 'PASSWORD_VERIFIER');
    assert.ok((await preferring('PASSWORD', { PASSWORD })).AuthenticationResult!.AccessToken);
  });

  it('lets a person choose who cannot have what he prefers', async () => {
    await makeUser(pool, 'bare');

    const { ChallengeName, AvailableChallenges } = await begin('bare', { PREFERRED_CHALLENGE: 'EMAIL_OTP' });

    assert.equal(ChallengeName, 'SELECT_CHALLENGE');
    assert.deepEqual(AvailableChallenges!.toSorted(), ['PASSWORD', 'PASSWORD_SRP']);
  });

  it('offers no code to an address that nobody proved', async () => {
    await makeUser(pool, 'unproven', { email: 'u@example.com', phone_number: '+15550009999' });
    const { Session, AvailableChallenges } = await begin('unproven');

    const chosen = answer(pool, 'SELECT_CHALLENGE', Session, { USERNAME: 'unproven', ANSWER: 'EMAIL_OTP' });

    assert.deepEqual(AvailableChallenges!.toSorted(), ['PASSWORD', 'PASSWORD_SRP']);
    await assert.rejects(chosen, { name: 'InvalidParameterException' });
  });

  it('offers a password alone to who has a second factor, which is asked for then', async () => {
    const careful = await poolWith(['PASSWORD', 'EMAIL_OTP'], { mode: 'OPTIONAL' });
    await makeUser(careful, 'ada', PROVEN);
    const secret = await enrol(server, careful, 'ada', (await signIn(careful, 'ada')).AccessToken!);

    const { AvailableChallenges, Session } = await begin('ada', {}, careful);
    const asked = await answer(careful, 'SELECT_CHALLENGE', Session, {
      USERNAME: 'ada',
      ANSWER: 'PASSWORD',
      PASSWORD,
    });
    const { AuthenticationResult } = await answer(careful, 'SOFTWARE_TOKEN_MFA', asked.Session, {
      USERNAME: 'ada',
      SOFTWARE_TOKEN_MFA_CODE: totpOf(server, secret),
    });

    assert.deepEqual(AvailableChallenges!.toSorted(), ['PASSWORD', 'PASSWORD_SRP']);
    assert.deepEqual([asked.ChallengeName, asked.AuthenticationResult], ['SOFTWARE_TOKEN_MFA', undefined]);
    assert.ok(AuthenticationResult!.AccessToken);
  });

  it('offers no codes where a second factor is required', async () => {
    const required = await poolWith(['PASSWORD', 'EMAIL_OTP', 'SMS_OTP'], { mode: 'ON' });
    await makeUser(required, 'ada', PROVEN);

    const { AvailableChallenges } = await begin('ada', { PREFERRED_CHALLENGE: 'EMAIL_OTP' }, required);

    assert.deepEqual(AvailableChallenges!.toSorted(), ['PASSWORD', 'PASSWORD_SRP']);
  });

  it('signs people in for an administrator, by the same rules', async () => {
    const ids = { UserPoolId: pool.UserPoolId, ClientId: pool.ClientId };
    const { Session, ChallengeName } = await pool.idp.adminInitiateAuth({
      ...ids,
      AuthFlow: 'USER_AUTH',
      AuthParameters: { USERNAME: 'ada', PREFERRED_CHALLENGE: 'EMAIL_OTP' },
    });

    const { AuthenticationResult } = await pool.idp.adminRespondToAuthChallenge({
      ...ids,
      ChallengeName: 'EMAIL_OTP',
      Session,
      ChallengeResponses: { USERNAME: 'ada', EMAIL_OTP_CODE: lastCode(server) },
    });

    assert.equal(ChallengeName, 'EMAIL_OTP');
    assert.ok(AuthenticationResult!.AccessToken);
  });

  it('demands the secret hash wherever the client has a secret', async () => {
    const secretive = await poolWith(['PASSWORD'], { client: { GenerateSecret: true } });
    await makeUser(secretive, 'ada', PROVEN);
    const SECRET_HASH = createHmac('sha256', secretive.ClientSecret!)
      .update(`ada${secretive.ClientId}`)
      .digest('base64');

    await assert.rejects(begin('ada', {}, secretive), { name: 'NotAuthorizedException' });
    const { Session } = await begin('ada', { SECRET_HASH }, secretive);
    const choice = { USERNAME: 'ada', ANSWER: 'PASSWORD', PASSWORD };
    await assert.rejects(answer(secretive, 'SELECT_CHALLENGE', Session, choice), {
      name: 'NotAuthorizedException',
    });
    const { AuthenticationResult } = await answer(secretive, 'SELECT_CHALLENGE', Session, {
      ...choice,
      SECRET_HASH,
    });

    assert.ok(AuthenticationResult!.AccessToken);
  });

  describe('refuses', () => {
    it('clients that do not allow it', async () => {
      const closed = await poolWith(['PASSWORD'], {
        client: { ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'] },
      });
      await makeUser(closed, 'ada', PROVEN);

      await assert.rejects(begin('ada', {}, closed), {
        name: 'InvalidParameterException',
        message: 'USER_AUTH flow not enabled for this client',
      });
    });

    for (const [what, parameters] of [
      ['a first factor that is none', { PREFERRED_CHALLENGE: 'SOFTWARE_TOKEN_MFA' }],
      ['a first factor of another world', { PREFERRED_CHALLENGE: 'constructor' }],
      ['levels of authentication', { TARGET_ACR_VALUES: 'urn:cognito:loa:2' }],
      ['an access token to step up from', { ACCESS_TOKEN: 'a.b.c' }],
      ['an age of the sign-in', { MAX_AGE: '60' }],
      ['nobody in particular', { USERNAME: '' }],
    ] as const)
      it(what, async () => {
        await assert.rejects(begin('ada', parameters), { name: 'InvalidParameterException' });
      });

    it('a name that nobody has, where the client may tell', async () => {
      await assert.rejects(begin('nobody'), { name: 'UserNotFoundException' });
    });

    it('whose account is disabled, or to be reset, though the code is right', async () => {
      const { UserPoolId, idp } = pool;
      const enter = async (USERNAME: string, between: () => Promise<unknown>) => {
        await makeUser(pool, USERNAME, PROVEN);
        const { Session } = await begin(USERNAME, { PREFERRED_CHALLENGE: 'EMAIL_OTP' });
        const EMAIL_OTP_CODE = lastCode(server);
        await between();
        return answer(pool, 'EMAIL_OTP', Session, { USERNAME, EMAIL_OTP_CODE });
      };

      const disabled = enter('off', () => idp.adminDisableUser({ UserPoolId, Username: 'off' }));
      await assert.rejects(disabled, { name: 'NotAuthorizedException', message: 'User is disabled.' });
      const reset = enter('reset', () => idp.adminResetUserPassword({ UserPoolId, Username: 'reset' }));
      await assert.rejects(reset, { name: 'PasswordResetRequiredException' });
    });

    it('who has not confirmed his account', async () => {
      const { idp, ClientId } = pool;
      await idp.signUp({ ClientId, Username: 'unconfirmed', Password: PASSWORD });

      const entered = begin('unconfirmed', { PREFERRED_CHALLENGE: 'PASSWORD', PASSWORD });

      await assert.rejects(entered, { name: 'UserNotConfirmedException' });
    });
  });
});
