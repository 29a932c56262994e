/** Passwords that their owners change and administrators void, through the official client. */
import assert from 'node:assert/strict';
import { forget, recover } from '../../../support/passwords.ts';
import { codeTo, makeReachable, shown } from '../../../support/people.ts';
import { makePool, makeUser, NEW_PASSWORD, PASSWORD, signIn, type MadePool } from '../../../support/pool.ts';
import { startServer, type TestServer } from '../../../support/servers/server.ts';

describe('passwords', () => {
  let server: TestServer;
  let pool: MadePool;

  before(async () => {
    server = await startServer();
    pool = await makePool(server);
  });
  after(() => server.close());

  describe('that are changed', () => {
    const change = (AccessToken: string, PreviousPassword?: string, ProposedPassword = NEW_PASSWORD) =>
      pool.idp.changePassword({ AccessToken, PreviousPassword, ProposedPassword });

    it('ChangePassword: replaces the password of who shows the old one', async () => {
      await makeUser(pool, 'changes');
      const { AccessToken } = await signIn(pool, 'changes');

      await pool.idp.changePassword({
        AccessToken,
        PreviousPassword: PASSWORD,
        ProposedPassword: NEW_PASSWORD,
      });

      assert.ok((await signIn(pool, 'changes', NEW_PASSWORD)).AccessToken);
      await assert.rejects(signIn(pool, 'changes'), { name: 'NotAuthorizedException' });
    });

    it('need the old one, and the right one', async () => {
      await makeUser(pool, 'cautious');
      const { AccessToken } = await signIn(pool, 'cautious');

      await assert.rejects(change(AccessToken!, 'Wrong-Horse-7'), {
        name: 'NotAuthorizedException',
        message: 'Incorrect username or password.',
      });
      await assert.rejects(change(AccessToken!), { name: 'InvalidParameterException' });
      await assert.rejects(change(AccessToken!, PASSWORD, 'short'), { name: 'InvalidPasswordException' });
      assert.ok((await signIn(pool, 'cautious')).AccessToken);
    });

    it('count wrong old ones apart from wrong ones at a sign-in, up to five an hour', async () => {
      await makeUser(pool, 'probed');
      const { AccessToken } = await signIn(pool, 'probed');
      for (let tries = 0; tries < 4; tries += 1)
        await assert.rejects(signIn(pool, 'probed', 'Wrong-Horse-7'), { name: 'NotAuthorizedException' });

      const outcomes: string[] = [];
      for (let tries = 0; tries < 6; tries += 1)
        await change(AccessToken!, 'Wrong-Horse-7').catch((error: Error) => outcomes.push(error.message));

      assert.deepEqual(
        outcomes,
        Array.from({ length: 6 }, (_, index) =>
          index < 5
            ? 'Incorrect username or password.'
            : 'Attempt limit exceeded, please try after some time.',
        ),
      );
      assert.ok((await signIn(pool, 'probed')).AccessToken);
    });

    it('count a wrong old one for the address that it came from', async () => {
      const own = await startServer();
      const crowd = await makePool(own, {}, { PreventUserExistenceErrors: 'ENABLED' });
      await makeUser(crowd, 'ada');
      const { AccessToken } = await signIn(crowd, 'ada');
      for (let tries = 0; tries < 99; tries += 1)
        await assert.rejects(signIn(crowd, `nobody-${tries}`, 'Wrong-Horse-7'));
      await signIn(crowd, 'ada');
      const wrong = { AccessToken, PreviousPassword: 'Wrong-Horse-7', ProposedPassword: NEW_PASSWORD };
      await assert.rejects(crowd.idp.changePassword(wrong), { message: 'Incorrect username or password.' });

      await assert.rejects(signIn(crowd, 'ada'), { message: 'Password attempts exceeded' });
      await own.close();
    });

    it('may be tried five times an hour', async () => {
      await makeUser(pool, 'fickle');
      const { AccessToken } = await signIn(pool, 'fickle');
      for (let tries = 0; tries < 5; tries += 1)
        await assert.rejects(change(AccessToken!, PASSWORD, 'short'), { name: 'InvalidPasswordException' });

      await assert.rejects(change(AccessToken!, PASSWORD), { name: 'LimitExceededException' });
    });

    it('are replaced by one of two changes at once', async () => {
      await makeUser(pool, 'racing');
      const { AccessToken } = await signIn(pool, 'racing');

      const outcomes = await Promise.allSettled([
        change(AccessToken!, PASSWORD, 'First-Horse-1'),
        change(AccessToken!, PASSWORD, 'Second-Horse-2'),
      ]);

      assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
    });

    it('make a code for the old one void', async () => {
      await makeReachable(pool, 'recalls');
      const { AccessToken } = await signIn(pool, 'recalls');
      await forget(pool, 'recalls');

      await change(AccessToken!, PASSWORD);

      await assert.rejects(recover(pool, 'recalls', codeTo(server, 'recalls@example.com')), {
        name: 'ExpiredCodeException',
      });
    });

    it('need an access token that is good', async () => {
      await assert.rejects(change('nonsense', PASSWORD), { name: 'NotAuthorizedException' });
    });
  });

  describe('that an administrator voids', () => {
    it('AdminResetUserPassword: bars the old one until its owner sets a new one with the code sent', async () => {
      const { idp, UserPoolId } = pool;
      await makeReachable(pool, 'reset');
      const { AccessToken } = await signIn(pool, 'reset');

      await idp.adminResetUserPassword({ UserPoolId, Username: 'reset' });

      const required = {
        name: 'PasswordResetRequiredException',
        message: 'Password reset required for the user',
      };
      assert.equal((await shown(pool, 'reset')).status, 'RESET_REQUIRED');
      assert.equal(server.sent.at(-1)!.kind, 'forgot-password');
      await assert.rejects(signIn(pool, 'reset'), required);
      await assert.rejects(idp.getUser({ AccessToken }), required);
      const ownChange = { AccessToken, PreviousPassword: PASSWORD, ProposedPassword: NEW_PASSWORD };
      await assert.rejects(idp.changePassword(ownChange), required);
      await recover(pool, 'reset', codeTo(server, 'reset@example.com'));
      // A sign-in of the moment of the new password might be one of before it.
      server.clock.pass(0.001);
      assert.ok((await signIn(pool, 'reset', NEW_PASSWORD)).AccessToken);
      assert.equal((await shown(pool, 'reset')).status, 'CONFIRMED');
    });

    it('may be voided again, and the first code is no good', async () => {
      const { idp, UserPoolId } = pool;
      await makeReachable(pool, 'again-reset');
      await idp.adminResetUserPassword({ UserPoolId, Username: 'again-reset' });
      const first = codeTo(server, 'again-reset@example.com');
      await idp.adminResetUserPassword({ UserPoolId, Username: 'again-reset' });
      const second = codeTo(server, 'again-reset@example.com');

      if (first !== second)
        await assert.rejects(recover(pool, 'again-reset', first), { name: 'CodeMismatchException' });
      await recover(pool, 'again-reset', second);
    });

    it('are not those of people who have none of their own, or cannot be reached', async () => {
      const { idp, UserPoolId, ClientId } = pool;
      const reset = (Username: string) => idp.adminResetUserPassword({ UserPoolId, Username });
      const state = {
        name: 'NotAuthorizedException',
        message: 'User password cannot be reset in the current state.',
      };
      await idp.adminCreateUser({ UserPoolId, Username: 'guest', MessageAction: 'SUPPRESS' });
      await idp.signUp({ ClientId, Username: 'unproven', Password: PASSWORD });
      await makeUser(pool, 'mute');
      await makeReachable(pool, 'barred');
      await idp.adminDisableUser({ UserPoolId, Username: 'barred' });

      await assert.rejects(reset('guest'), state);
      await assert.rejects(reset('unproven'), state);
      await assert.rejects(reset('mute'), { name: 'InvalidParameterException', message: /no registered/ });
      await assert.rejects(reset('barred'), { name: 'NotAuthorizedException', message: 'User is disabled.' });
      await assert.rejects(reset('nobody'), { name: 'UserNotFoundException' });
      assert.equal((await shown(pool, 'mute')).status, 'CONFIRMED');
    });
  });
});
