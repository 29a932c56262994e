/** Codes, where an app client hides who exists: what is answered tells nothing of who was sent one. */
import assert from 'node:assert/strict';
import { makePool, makeUser, PASSWORD, type MadePool } from '../../../support/pool.ts';
import { startServer, type TestServer } from '../../../support/servers/server.ts';

const TRIES = 7;

describe('a code that is not right', () => {
  let server: TestServer;
  let pool: MadePool;

  before(async () => {
    server = await startServer();
    pool = await makePool(server, {}, { PreventUserExistenceErrors: 'ENABLED' });
    const { idp, ClientId } = pool;
    await makeUser(pool, 'ada', { email: 'ada@example.com', email_verified: 'true' });
    await makeUser(pool, 'bob', { email: 'bob@example.com', email_verified: 'true' });
    await idp.forgotPassword({ ClientId, Username: 'ada' });
    const UserAttributes = [{ Name: 'email', Value: 'eve@example.com' }];
    await idp.signUp({ ClientId, Username: 'eve', Password: PASSWORD, UserAttributes });
  });
  after(() => server.close());

  /** The names of what a person's tries meet, one after the other. */
  async function met(attempt: () => Promise<unknown>): Promise<readonly string[]> {
    const names: string[] = [];
    for (let time = 0; time < TRIES; time += 1)
      names.push(
        await attempt().then(
          () => 'taken',
          (error: Error) => error.name,
        ),
      );
    return names;
  }

  it('is wrong, whether or not anybody was sent one', async () => {
    const { idp, ClientId } = pool;
    const ConfirmationCode = 'never';
    const confirming = (Username: string) =>
      met(() => idp.confirmSignUp({ ClientId, Username, ConfirmationCode }));
    const recovering = (Username: string) =>
      met(() =>
        idp.confirmForgotPassword({ ClientId, Username, ConfirmationCode, Password: 'Another-Horse-8' }),
      );

    const ofNewcomer = await confirming('eve');
    assert.equal(ofNewcomer[0], 'CodeMismatchException');
    for (const name of ['ada', 'nobody']) assert.deepEqual(await confirming(name), ofNewcomer);
    const ofForgetful = await recovering('ada');
    assert.equal(ofForgetful[0], 'CodeMismatchException');
    for (const name of ['bob', 'somebody']) assert.deepEqual(await recovering(name), ofForgetful);
  });
});
