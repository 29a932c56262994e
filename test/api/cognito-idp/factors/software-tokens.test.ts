/** Authenticator applications: how one becomes a second factor, and ceases to be. */
import assert from 'node:assert/strict';
import {
  answer,
  enrol,
  makeFactorPool,
  otherThan,
  startByPassword,
  totpOf,
} from '../../../support/factors.ts';
import { makeUser, signIn, type MadePool } from '../../../support/pool.ts';
import { startServer, type TestServer } from '../../../support/servers/server.ts';

describe('software tokens', () => {
  let server: TestServer;
  let pool: MadePool;
  let required: MadePool;
  let off: MadePool;

  before(async () => {
    server = await startServer();
    pool = await makeFactorPool(server, { mode: 'OPTIONAL' });
    required = await makeFactorPool(server, { mode: 'ON', factors: ['totp'] });
    off = await makeFactorPool(server, { mode: 'OFF' });
  });
  after(() => server.close());

  const tokenOf = async (name: string, of = pool): Promise<string> => {
    await makeUser(of, name);
    return (await signIn(of, name)).AccessToken!;
  };
  /** A sign-in that waits for a factor to be set up. */
  const waiting = async (name: string): Promise<string> => {
    await makeUser(required, name);
    const { ChallengeName, Session } = await startByPassword(required, name);
    assert.equal(ChallengeName, 'MFA_SETUP');
    return Session!;
  };
  const statusOf = async ({ idp, UserPoolId }: MadePool, Username: string) =>
    (await idp.adminGetUserAuthFactors({ UserPoolId, Username })).ConfiguredUserAuthFactors;

  it('AssociateSoftwareToken: gives a secret that is nothing yet, for AdminGetUserAuthFactors', async () => {
    const AccessToken = await tokenOf('associate');

    const { SecretCode, Session } = await pool.idp.associateSoftwareToken({ AccessToken });

    assert.match(SecretCode!, /^[A-Z2-7]{52}$/);
    assert.equal(Session, undefined);
    assert.deepEqual(await statusOf(pool, 'associate'), ['PASSWORD']);
  });

  it('VerifySoftwareToken: makes the secret a factor, for GetUserAuthFactors', async () => {
    const AccessToken = await tokenOf('verify');
    const { SecretCode } = await pool.idp.associateSoftwareToken({ AccessToken });

    const { Status } = await pool.idp.verifySoftwareToken({
      AccessToken,
      UserCode: totpOf(server, SecretCode!),
      FriendlyDeviceName: 'my phone',
    });

    const { ConfiguredUserAuthFactors } = await pool.idp.getUserAuthFactors({ AccessToken });
    assert.equal(Status, 'SUCCESS');
    assert.deepEqual(ConfiguredUserAuthFactors, ['PASSWORD', 'SOFTWARE_TOKEN']);
  });

  it('AdminDeleteSoftwareToken: takes the factor away, for AdminGetUser and the next sign-in', async () => {
    const AccessToken = await tokenOf('delete');
    await enrol(server, pool, 'delete', AccessToken);
    const user = { UserPoolId: pool.UserPoolId, Username: 'delete' };
    const before = await pool.idp.adminGetUser(user);

    await pool.idp.adminDeleteSoftwareToken(user);

    const after = await pool.idp.adminGetUser(user);
    assert.deepEqual(
      [before.UserMFASettingList, after.UserMFASettingList],
      [['SOFTWARE_TOKEN_MFA'], undefined],
    );
    assert.ok((await signIn(pool, 'delete')).AccessToken);
    assert.deepEqual(await statusOf(pool, 'delete'), ['PASSWORD']);
    await pool.idp.adminDeleteSoftwareToken(user);
  });

  it('refuses a code of an application that was taken away since it was asked for', async () => {
    const { idp, UserPoolId, ClientId } = pool;
    const secret = await enrol(server, pool, 'taken', await tokenOf('taken'));
    const { ChallengeName, Session } = await startByPassword(pool, 'taken');
    await idp.adminDeleteSoftwareToken({ UserPoolId, Username: 'taken' });
    const ChallengeResponses = { USERNAME: 'taken', SOFTWARE_TOKEN_MFA_CODE: totpOf(server, secret) };
    const given = { ClientId, ChallengeName, Session, ChallengeResponses };
    const refused = { name: 'SoftwareTokenMFANotFoundException' };

    await assert.rejects(idp.respondToAuthChallenge(given), refused);
    await assert.rejects(idp.adminRespondToAuthChallenge({ UserPoolId, ...given }), refused);
  });

  it('refuses a wrong code five times, and then says that it is over', async () => {
    const AccessToken = await tokenOf('wrong');
    const { SecretCode } = await pool.idp.associateSoftwareToken({ AccessToken });
    const right = totpOf(server, SecretCode!);

    for (let tries = 0; tries < 5; tries += 1)
      await assert.rejects(pool.idp.verifySoftwareToken({ AccessToken, UserCode: otherThan(right) }), {
        name: 'EnableSoftwareTokenMFAException',
        message: 'Code mismatch and fail enable Software Token MFA',
      });
    const { Status } = await pool.idp.verifySoftwareToken({ AccessToken, UserCode: right });

    assert.equal(Status, 'ERROR');
    assert.deepEqual(await statusOf(pool, 'wrong'), ['PASSWORD']);
  });

  it('takes only the newest secret', async () => {
    const AccessToken = await tokenOf('twice');
    const { SecretCode: first } = await pool.idp.associateSoftwareToken({ AccessToken });
    const { SecretCode: second } = await pool.idp.associateSoftwareToken({ AccessToken });

    await assert.rejects(pool.idp.verifySoftwareToken({ AccessToken, UserCode: totpOf(server, first!) }), {
      name: 'EnableSoftwareTokenMFAException',
    });
    const { Status } = await pool.idp.verifySoftwareToken({ AccessToken, UserCode: totpOf(server, second!) });

    assert.equal(Status, 'SUCCESS');
  });

  it('keeps the factor that is there until another one is proven', async () => {
    const AccessToken = await tokenOf('other');
    const secret = await enrol(server, pool, 'other', AccessToken);
    await pool.idp.associateSoftwareToken({ AccessToken });

    const { Session } = await startByPassword(pool, 'other');
    const { AuthenticationResult } = await answer(pool, 'SOFTWARE_TOKEN_MFA', Session, {
      USERNAME: 'other',
      SOFTWARE_TOKEN_MFA_CODE: totpOf(server, secret),
    });

    assert.ok(AuthenticationResult!.AccessToken);
  });

  it('refuses a code without a secret that it could be of', async () => {
    const AccessToken = await tokenOf('none');

    await assert.rejects(pool.idp.verifySoftwareToken({ AccessToken, UserCode: '123456' }), {
      name: 'SoftwareTokenMFANotFoundException',
    });
  });

  it('refuses pools without this factor', async () => {
    const AccessToken = await tokenOf('off', off);
    const refused = {
      name: 'SoftwareTokenMFANotFoundException',
      message: 'Software Token MFA has not been enabled by the userPool.',
    };

    await assert.rejects(off.idp.associateSoftwareToken({ AccessToken }), refused);
    await assert.rejects(off.idp.verifySoftwareToken({ AccessToken, UserCode: '123456' }), refused);
  });

  it('refuses a name that is too long to keep', async () => {
    const AccessToken = await tokenOf('named');
    const { SecretCode } = await pool.idp.associateSoftwareToken({ AccessToken });

    const verified = pool.idp.verifySoftwareToken({
      AccessToken,
      UserCode: totpOf(server, SecretCode!),
      FriendlyDeviceName: 'n'.repeat(257),
    });

    await assert.rejects(verified, { name: 'InvalidParameterException' });
  });

  it('sets a factor up on the way in, and asks for it from then on', async () => {
    const first = await waiting('way-in');

    const { SecretCode, Session } = await required.idp.associateSoftwareToken({ Session: first });
    const verified = await required.idp.verifySoftwareToken({
      Session,
      UserCode: totpOf(server, SecretCode!),
      FriendlyDeviceName: 'my phone',
    });
    const { AuthenticationResult } = await answer(required, 'MFA_SETUP', verified.Session, {
      USERNAME: 'way-in',
    });

    const again = await startByPassword(required, 'way-in');
    const user = await required.idp.getUser({ AccessToken: AuthenticationResult!.AccessToken });
    assert.equal(verified.Status, 'SUCCESS');
    assert.equal(new Set([first, Session, verified.Session]).size, 3);
    assert.deepEqual(user.UserMFASettingList, ['SOFTWARE_TOKEN_MFA']);
    assert.equal(again.ChallengeName, 'SOFTWARE_TOKEN_MFA');
    assert.equal(again.ChallengeParameters!.FRIENDLY_DEVICE_NAME, 'my phone');
  });

  it('takes the code that set a factor up for nothing more on the way in', async () => {
    const { SecretCode, Session } = await required.idp.associateSoftwareToken({
      Session: await waiting('again'),
    });
    const UserCode = totpOf(server, SecretCode!);
    const verified = await required.idp.verifySoftwareToken({ Session, UserCode });

    const again = required.idp.verifySoftwareToken({ Session: verified.Session, UserCode });

    await assert.rejects(again, { name: 'CodeMismatchException' });
    const { AuthenticationResult } = await answer(required, 'MFA_SETUP', verified.Session, {
      USERNAME: 'again',
    });
    assert.ok(AuthenticationResult!.AccessToken);
  });

  it('lets a session survive wrong codes, and end with the fifth', async () => {
    const { SecretCode, Session } = await required.idp.associateSoftwareToken({
      Session: await waiting('tries'),
    });
    const right = totpOf(server, SecretCode!);
    const verify = (UserCode: string) => required.idp.verifySoftwareToken({ Session, UserCode });

    for (let tries = 0; tries < 5; tries += 1)
      await assert.rejects(verify(otherThan(right)), { name: 'EnableSoftwareTokenMFAException' });

    await assert.rejects(verify(right), { name: 'NotAuthorizedException' });
    assert.deepEqual(await statusOf(required, 'tries'), ['PASSWORD']);
  });

  it('takes one of a hundred right codes at once on the way in', async () => {
    const { SecretCode, Session } = await required.idp.associateSoftwareToken({
      Session: await waiting('race'),
    });
    const UserCode = totpOf(server, SecretCode!);

    const answers = await Promise.allSettled(
      Array.from({ length: 100 }, () => required.idp.verifySoftwareToken({ Session, UserCode })),
    );

    assert.equal(answers.filter(({ status }) => status === 'fulfilled').length, 1);
  });

  it('sets nothing up for who got a factor since his sign-in began', async () => {
    const Session = await waiting('overtaken');
    const { SecretCode, Session: goesOn } = await required.idp.associateSoftwareToken({ Session });
    const own = await startByPassword(required, 'overtaken');
    const mine = await required.idp.associateSoftwareToken({ Session: own.Session });
    await required.idp.verifySoftwareToken({
      Session: mine.Session,
      UserCode: totpOf(server, mine.SecretCode!),
    });

    const late = required.idp.verifySoftwareToken({
      Session: goesOn,
      UserCode: totpOf(server, SecretCode!),
    });

    await assert.rejects(late, { name: 'NotAuthorizedException' });
  });

  describe('refuse', () => {
    it('a request with neither token nor session, and one with both', async () => {
      const AccessToken = await tokenOf('both');
      const Session = await waiting('both');
      const refused = { name: 'InvalidParameterException' };

      await assert.rejects(pool.idp.associateSoftwareToken({}), refused);
      await assert.rejects(pool.idp.associateSoftwareToken({ AccessToken, Session }), refused);
      await assert.rejects(pool.idp.verifySoftwareToken({ UserCode: '123456' }), refused);
      await assert.rejects(
        pool.idp.verifySoftwareToken({ AccessToken, Session, UserCode: '123456' }),
        refused,
      );
    });

    it('a session of nothing, and one that waits for something else', async () => {
      await enrol(server, pool, 'elsewhere', await tokenOf('elsewhere'));
      const { Session } = await startByPassword(pool, 'elsewhere');
      const refused = { name: 'NotAuthorizedException' };

      await assert.rejects(pool.idp.associateSoftwareToken({ Session: 'x'.repeat(64) }), refused);
      await assert.rejects(pool.idp.associateSoftwareToken({ Session }), refused);
      await assert.rejects(pool.idp.verifySoftwareToken({ Session, UserCode: '123456' }), refused);
    });

    it('a session that was spent, and one that is over', async () => {
      const Session = await waiting('spent');
      await required.idp.associateSoftwareToken({ Session });
      const late = await waiting('late');
      server.clock.pass(181);

      await assert.rejects(required.idp.associateSoftwareToken({ Session }), {
        name: 'NotAuthorizedException',
      });
      await assert.rejects(required.idp.associateSoftwareToken({ Session: late }), {
        name: 'NotAuthorizedException',
      });
    });

    it('who was disabled in the meantime, signed out, or deleted', async () => {
      const Session = await waiting('gone');
      const { UserPoolId } = pool;
      const AccessToken = await tokenOf('gone');
      await required.idp.adminDeleteUser({ UserPoolId: required.UserPoolId, Username: 'gone' });
      await pool.idp.adminDeleteUser({ UserPoolId, Username: 'gone' });

      await assert.rejects(required.idp.associateSoftwareToken({ Session }), {
        name: 'NotAuthorizedException',
      });
      await assert.rejects(pool.idp.associateSoftwareToken({ AccessToken }), (error: Error) =>
        ['UserNotFoundException', 'NotAuthorizedException'].includes(error.name),
      );
    });

    it('to delete of nobody, or of who is not confirmed', async () => {
      const { idp, UserPoolId, ClientId } = pool;
      await idp.signUp({ ClientId, Username: 'unconfirmed', Password: 'Correct-Horse-7' });
      const remove = (Username: string, id = UserPoolId) =>
        idp.adminDeleteSoftwareToken({ UserPoolId: id, Username });

      await assert.rejects(remove('nobody'), { name: 'UserNotFoundException' });
      await assert.rejects(remove('unconfirmed'), { name: 'UserNotConfirmedException' });
      await assert.rejects(remove('nobody', 'us-east-1_000000000'), { name: 'ResourceNotFoundException' });
    });
  });
});
