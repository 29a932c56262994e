/**
 * Names that no user has, said to an app client that does not hide it (PreventUserExistenceErrors LEGACY), in AWS's words.
 *
 * Source: error texts of Cognito, as issues of its client libraries quote them.
 */
import assert from 'node:assert/strict';
import { makePool, NEW_PASSWORD, type MadePool } from '../../../support/pool.ts';
import { startServer, type TestServer } from '../../../support/servers/server.ts';

type Call = (pool: MadePool, Username: string) => Promise<unknown>;

const CALLS: Readonly<Record<string, Call>> = {
  ForgotPassword: ({ idp, ClientId }, Username) => idp.forgotPassword({ ClientId, Username }),
  ConfirmForgotPassword: ({ idp, ClientId }, Username) =>
    idp.confirmForgotPassword({ ClientId, Username, ConfirmationCode: '000000', Password: NEW_PASSWORD }),
  ResendConfirmationCode: ({ idp, ClientId }, Username) => idp.resendConfirmationCode({ ClientId, Username }),
  ConfirmSignUp: ({ idp, ClientId }, Username) =>
    idp.confirmSignUp({ ClientId, Username, ConfirmationCode: '000000' }),
};

describe('a name that no user has, to a client that does not hide it', () => {
  let server: TestServer;
  let pool: MadePool;

  before(async () => {
    server = await startServer();
    pool = await makePool(server, {}, { PreventUserExistenceErrors: 'LEGACY' });
  });
  after(() => server.close());

  for (const [operation, call] of Object.entries(CALLS))
    it(`${operation}: is told from those of users`, async () => {
      await assert.rejects(call(pool, 'ghost'), {
        name: 'UserNotFoundException',
        message: 'Username/client id combination not found.',
      });
    });
});
