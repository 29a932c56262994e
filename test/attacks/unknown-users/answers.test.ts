/**
 * Answers to one session: five, however they are spread over time and clients, and none once the proof before it is void.
 *
 * Source: SECURITY G21, G53.
 */
import assert from 'node:assert/strict';
import {
  answer,
  lastCode,
  makeChoicePool,
  makeFactorPool,
  makeHolder,
  otherThan,
  startByChoice,
  startByPassword,
  totpOf,
} from '../../support/factors.ts';
import { makeReachable } from '../../support/people.ts';
import { makePool, PASSWORD, type MadePool } from '../../support/pool.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';

describe('answers to a session', () => {
  let server: TestServer;
  before(async () => (server = await startServer()));
  after(() => server.close());

  it('are counted as long as it lives, also when the first came by a client of shorter ones', async () => {
    const pool = await makeChoicePool(server, ['PASSWORD', 'EMAIL_OTP'], {
      client: { AuthSessionValidity: 15 },
    });
    const { UserPoolClient } = await pool.idp.createUserPoolClient({
      UserPoolId: pool.UserPoolId,
      ClientName: 'short',
      AuthSessionValidity: 3,
    });
    await makeReachable(pool, 'ada');
    const { Session } = await startByChoice(pool, 'ada', { PREFERRED_CHALLENGE: 'EMAIL_OTP' });
    const code = lastCode(server);
    const guess = (by: MadePool, EMAIL_OTP_CODE: string) =>
      answer(by, 'EMAIL_OTP', Session, { USERNAME: 'ada', EMAIL_OTP_CODE });

    await assert.rejects(guess({ ...pool, ClientId: UserPoolClient!.ClientId! }, code), {
      name: 'NotAuthorizedException',
    });
    for (let tries = 0; tries < 3; tries += 1)
      await assert.rejects(guess(pool, otherThan(code)), { name: 'CodeMismatchException' });
    server.clock.pass(4 * 60);
    await assert.rejects(guess(pool, otherThan(code)), { name: 'CodeMismatchException' });

    await assert.rejects(guess(pool, code), { name: 'NotAuthorizedException' });
  });

  it('are counted also when they name another challenge, person or client, at once', async () => {
    const pool = await makeChoicePool(server, ['PASSWORD', 'EMAIL_OTP']);
    const other = await makePool(server);
    await makeReachable(pool, 'ada');
    const { Session } = await startByChoice(pool, 'ada', { PREFERRED_CHALLENGE: 'EMAIL_OTP' });
    const right = { USERNAME: 'ada', EMAIL_OTP_CODE: lastCode(server) };

    const strays = await Promise.allSettled([
      answer(pool, 'SMS_MFA', Session, { USERNAME: 'ada', SMS_MFA_CODE: '123456' }),
      answer(pool, 'PASSWORD', Session, { USERNAME: 'ada', PASSWORD }),
      answer(pool, 'EMAIL_OTP', Session, { ...right, USERNAME: 'eve' }),
      answer(other, 'EMAIL_OTP', Session, right),
      pool.idp.associateSoftwareToken({ Session }),
    ]);

    assert.ok(strays.every(({ status }) => status === 'rejected'));
    await assert.rejects(answer(pool, 'EMAIL_OTP', Session, right), { name: 'NotAuthorizedException' });
  });

  describe('after the password that was proven has been replaced', () => {
    const EXPIRED = {
      name: 'NotAuthorizedException',
      message: 'Invalid session for the user, session is expired.',
    };
    const replace = ({ idp, UserPoolId }: MadePool, Username: string, Permanent: boolean) =>
      idp.adminSetUserPassword({ UserPoolId, Username, Password: 'Replaced-Horse-9', Permanent });

    it('set no password of one’s own', async () => {
      const pool = await makePool(server);
      await pool.idp.adminCreateUser({
        UserPoolId: pool.UserPoolId,
        Username: 'new',
        TemporaryPassword: PASSWORD,
        MessageAction: 'SUPPRESS',
      });
      const { ChallengeName, Session } = await startByPassword(pool, 'new');
      await replace(pool, 'new', false);

      const taken = answer(pool, ChallengeName, Session, {
        USERNAME: 'new',
        NEW_PASSWORD: 'Thief-Horse-10',
      });

      await assert.rejects(taken, EXPIRED);
    });

    it('let nobody in by a second factor', async () => {
      const pool = await makeFactorPool(server, { mode: 'OPTIONAL' });
      const secret = await makeHolder(server, pool, 'ada', ['totp']);
      const { ChallengeName, Session } = await startByPassword(pool, 'ada');
      await replace(pool, 'ada', true);

      const proven = answer(pool, ChallengeName, Session, {
        USERNAME: 'ada',
        SOFTWARE_TOKEN_MFA_CODE: totpOf(server, secret),
      });

      await assert.rejects(proven, EXPIRED);
    });

    it('count where it was a code that was proven', async () => {
      const pool = await makeChoicePool(server, ['PASSWORD', 'EMAIL_OTP']);
      await makeReachable(pool, 'ada');
      const { ChallengeName, Session } = await startByChoice(pool, 'ada', {
        PREFERRED_CHALLENGE: 'EMAIL_OTP',
      });
      await replace(pool, 'ada', true);

      const { AuthenticationResult } = await answer(pool, ChallengeName, Session, {
        USERNAME: 'ada',
        EMAIL_OTP_CODE: lastCode(server),
      });

      assert.ok(AuthenticationResult!.AccessToken);
    });
  });
});
