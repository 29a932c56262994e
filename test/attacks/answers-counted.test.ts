/**
 * Answers to one session: five, however they are spread over time and clients.
 *
 * Source: SECURITY G21, G53.
 */
import assert from 'node:assert/strict';
import { answer, lastCode, makeChoicePool, otherThan, startByChoice } from '../support/factors.ts';
import { makeReachable } from '../support/people.ts';
import type { MadePool } from '../support/pool.ts';
import { startServer, type TestServer } from '../support/server.ts';

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
});
