/**
 * What strangers have sent to somebody leaves that user the codes of a second factor.
 *
 * Anybody may sign up with anybody's address, and so use up what is sent there in an hour.
 */
import assert from 'node:assert/strict';
import { makeFactorPool } from '../../support/factors.ts';
import { makeUser, PASSWORD, signUp, type MadePool } from '../../support/pool.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';

const VICTIM = 'victim@example.com';
const MOST = 2;
const owned = { email: VICTIM, email_verified: 'true' };

describe('messages that strangers had sent', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer({
      messageLimits: { perRecipient: MOST },
      environment: { COGNATE_LOG_LEVEL: 'silent' },
    });
  });
  after(() => server.close());

  async function sendByStrangers(pool: MadePool): Promise<void> {
    for (let index = 0; index < MOST; index += 1) await signUp(pool, `stranger-${index}`, { email: VICTIM });
    await assert.rejects(signUp(pool, 'one-more', { email: VICTIM }), { name: 'LimitExceededException' });
  }

  it('leave a second factor to its owner, whatever strangers had sent there', async () => {
    const pool = await makeFactorPool(server, { mode: 'OPTIONAL', factors: ['email'] });
    await makeUser(pool, 'ada', owned);
    await pool.idp.adminSetUserMFAPreference({
      UserPoolId: pool.UserPoolId,
      Username: 'ada',
      EmailMfaSettings: { Enabled: true, PreferredMfa: true },
    });
    await sendByStrangers(pool);

    const { ChallengeName } = await pool.idp.initiateAuth({
      ClientId: pool.ClientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: 'ada', PASSWORD },
    });

    assert.equal(ChallengeName, 'EMAIL_OTP');
  });

  it('count for a second factor whose address is not proven', async () => {
    const pool = await makeFactorPool(server, { mode: 'ON', factors: ['email'] });
    await makeUser(pool, 'ada', { email: VICTIM });
    await sendByStrangers(pool);

    await assert.rejects(
      pool.idp.initiateAuth({
        ClientId: pool.ClientId,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: 'ada', PASSWORD },
      }),
      { name: 'TooManyRequestsException' },
    );
  });
});
