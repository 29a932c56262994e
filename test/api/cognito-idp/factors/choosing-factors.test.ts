/** Which second factor is asked for: of several, of those a person has where one is required, and when he has none. */
import assert from 'node:assert/strict';
import {
  answer,
  lastCode,
  makeFactorPool,
  makeHolder,
  startByPassword,
  totpOf,
  type Factor,
} from '../../../support/factors.ts';
import { makeUser, PASSWORD, type MadePool } from '../../../support/pool.ts';
import { startServer, type TestServer } from '../../../support/servers/server.ts';

describe('the second factor that is asked for', () => {
  let server: TestServer;
  let pool: MadePool;

  before(async () => {
    server = await startServer();
    pool = await makeFactorPool(server, { mode: 'OPTIONAL' });
  });
  after(() => server.close());

  const somebody = (name: string, factors: readonly Factor[]) => makeHolder(server, pool, name, factors);

  it('asks which, of several and none preferred, and takes what was chosen', async () => {
    const secret = await somebody('several', ['sms', 'totp', 'email']);
    const asked = await startByPassword(pool, 'several');
    const sent = server.sent.length;

    const chosen = await answer(pool, 'SELECT_MFA_TYPE', asked.Session, {
      USERNAME: 'several',
      ANSWER: 'SOFTWARE_TOKEN_MFA',
    });
    const { AuthenticationResult } = await answer(pool, 'SOFTWARE_TOKEN_MFA', chosen.Session, {
      USERNAME: 'several',
      SOFTWARE_TOKEN_MFA_CODE: totpOf(server, secret),
    });

    assert.equal(asked.ChallengeName, 'SELECT_MFA_TYPE');
    assert.deepEqual((JSON.parse(asked.ChallengeParameters!.MFAS_CAN_CHOOSE!) as string[]).toSorted(), [
      'EMAIL_OTP',
      'SMS_MFA',
      'SOFTWARE_TOKEN_MFA',
    ]);
    assert.equal(chosen.ChallengeName, 'SOFTWARE_TOKEN_MFA');
    assert.equal(server.sent.length, sent);
    assert.ok(AuthenticationResult!.AccessToken);
  });

  for (const [ANSWER, name] of [
    ['SMS_MFA', 'SMS_MFA'],
    ['EMAIL_MFA', 'EMAIL_OTP'],
    ['EMAIL_OTP', 'EMAIL_OTP'],
  ] as const)
    it(`goes on with ${name} for who chooses ${ANSWER}`, async () => {
      const USERNAME = `chooser-${ANSWER}`;
      await somebody(USERNAME, ['sms', 'email']);
      const { Session } = await startByPassword(pool, USERNAME);

      const { ChallengeName } = await answer(pool, 'SELECT_MFA_TYPE', Session, { USERNAME, ANSWER });

      assert.equal(ChallengeName, name);
    });

  it('refuses the choice of a factor that is not on, and asks again', async () => {
    await somebody('picky', ['sms', 'email']);
    const { Session } = await startByPassword(pool, 'picky');
    const choose = (ANSWER: string) =>
      answer(pool, 'SELECT_MFA_TYPE', Session, { USERNAME: 'picky', ANSWER });

    await assert.rejects(choose('SOFTWARE_TOKEN_MFA'), { name: 'InvalidParameterException' });
    await assert.rejects(choose('constructor'), { name: 'InvalidParameterException' });

    assert.equal((await choose('SMS_MFA')).ChallengeName, 'SMS_MFA');
  });

  it('asks for the preferred one of several', async () => {
    await somebody('preferring', ['sms', 'email']);
    await pool.idp.adminSetUserMFAPreference({
      UserPoolId: pool.UserPoolId,
      Username: 'preferring',
      EmailMfaSettings: { Enabled: true, PreferredMfa: true },
    });

    assert.equal((await startByPassword(pool, 'preferring')).ChallengeName, 'EMAIL_OTP');
  });

  describe('where one is required', () => {
    it('asks for whatever a person has, and counts his number as proven', async () => {
      const required = await makeFactorPool(server, { mode: 'ON' });
      await makeUser(required, 'ada', { phone_number: '+15550001234' });

      const asked = await startByPassword(required, 'ada');
      await answer(required, 'SMS_MFA', asked.Session, {
        USERNAME: 'ada',
        SMS_MFA_CODE: lastCode(server),
      });

      const { UserAttributes } = await required.idp.adminGetUser({
        UserPoolId: required.UserPoolId,
        Username: 'ada',
      });
      assert.equal(asked.ChallengeName, 'SMS_MFA');
      assert.equal(UserAttributes!.find(({ Name }) => Name === 'phone_number_verified')!.Value, 'true');
    });

    it('asks to set one up who has none', async () => {
      const required = await makeFactorPool(server, { mode: 'ON' });
      await makeUser(required, 'ada');

      const asked = await startByPassword(required, 'ada');

      assert.equal(asked.ChallengeName, 'MFA_SETUP');
      assert.equal(asked.AuthenticationResult, undefined);
      assert.deepEqual((JSON.parse(asked.ChallengeParameters!.MFAS_CAN_SETUP!) as string[]).toSorted(), [
        'EMAIL_OTP',
        'SMS_MFA',
        'SOFTWARE_TOKEN_MFA',
      ]);
    });

    it('asks for a password of his own first', async () => {
      const required = await makeFactorPool(server, { mode: 'ON' });
      const { idp, UserPoolId } = required;
      await idp.adminCreateUser({
        UserPoolId,
        Username: 'new',
        TemporaryPassword: PASSWORD,
        MessageAction: 'SUPPRESS',
        UserAttributes: [{ Name: 'phone_number', Value: '+15550001234' }],
      });

      const first = await startByPassword(required, 'new');
      const answerWith = (responses: Record<string, string>) =>
        answer(required, 'NEW_PASSWORD_REQUIRED', first.Session, {
          USERNAME: 'new',
          NEW_PASSWORD: 'Another-Horse-8',
          ...responses,
        });
      await assert.rejects(answerWith({ 'userAttributes.phone_number': '+15559999999' }), {
        name: 'InvalidParameterException',
        message: 'Cannot modify an already provided phone_number',
      });
      const second = await answerWith({});

      assert.deepEqual(
        [first.ChallengeName, second.ChallengeName, second.AuthenticationResult],
        ['NEW_PASSWORD_REQUIRED', 'SMS_MFA', undefined],
      );
      assert.equal(server.sent.at(-1)!.to, '+15550001234');
    });
  });
});
