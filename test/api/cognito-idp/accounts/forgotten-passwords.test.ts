/** Passwords that were forgotten, through the official client. */
import assert from 'node:assert/strict';
import { forget, recover } from '../../../support/passwords.ts';
import { codeTo, makeReachable, otherThan, shown } from '../../../support/people.ts';
import { makePool, NEW_PASSWORD, PASSWORD, signIn, type MadePool } from '../../../support/pool.ts';
import { startServer, type TestServer } from '../../../support/servers/server.ts';

describe('forgotten passwords', () => {
  let server: TestServer;
  let pool: MadePool;

  before(async () => {
    server = await startServer();
    pool = await makePool(server);
  });
  after(() => server.close());

  describe('recovered by a code', () => {
    it('ForgotPassword: sends a code to the verified address, that ConfirmForgotPassword takes', async () => {
      const { idp, ClientId } = pool;
      await makeReachable(pool, 'ada');

      const { CodeDeliveryDetails } = await idp.forgotPassword({ ClientId, Username: 'ada' });

      const message = server.sent.at(-1)!;
      assert.deepEqual(CodeDeliveryDetails, {
        AttributeName: 'email',
        DeliveryMedium: 'EMAIL',
        Destination: 'a***@e***',
      });
      assert.deepEqual([message.kind, message.to], ['forgot-password', 'ada@example.com']);
      await recover(pool, 'ada', message.code);
      assert.ok((await signIn(pool, 'ada', NEW_PASSWORD)).AccessToken);
    });

    it('ConfirmForgotPassword: sets the password in place of the old one', async () => {
      const { idp, ClientId } = pool;
      await makeReachable(pool, 'ben');
      await idp.forgotPassword({ ClientId, Username: 'ben' });

      await idp.confirmForgotPassword({
        ClientId,
        Username: 'ben',
        ConfirmationCode: codeTo(server, 'ben@example.com'),
        Password: NEW_PASSWORD,
      });

      assert.equal((await shown(pool, 'ben')).status, 'CONFIRMED');
      assert.ok((await signIn(pool, 'ben', NEW_PASSWORD)).AccessToken);
      await assert.rejects(signIn(pool, 'ben'), { name: 'NotAuthorizedException' });
    });

    it('take a code once, of many right answers at once', async () => {
      await makeReachable(pool, 'many');
      await forget(pool, 'many');
      const code = codeTo(server, 'many@example.com');

      const answers = await Promise.allSettled(
        Array.from({ length: 8 }, (_, index) => recover(pool, 'many', code, `Another-Horse-${index}`)),
      );

      const won = answers.flatMap(({ status }, index) => (status === 'fulfilled' ? [index] : []));
      assert.equal(won.length, 1);
      assert.ok((await signIn(pool, 'many', `Another-Horse-${won[0]}`)).AccessToken);
      await assert.rejects(recover(pool, 'many', code), { name: 'ExpiredCodeException' });
    });

    it('take five wrong codes, and no right one after them', async () => {
      await makeReachable(pool, 'guessed');
      await forget(pool, 'guessed');
      const code = codeTo(server, 'guessed@example.com');

      for (let tries = 0; tries < 5; tries += 1)
        await assert.rejects(recover(pool, 'guessed', otherThan(code)), {
          name: 'CodeMismatchException',
          message: 'Invalid verification code provided, please try again.',
        });

      await assert.rejects(recover(pool, 'guessed', code), {
        name: 'LimitExceededException',
        message: 'Attempt limit exceeded, please try after some time.',
      });
      await forget(pool, 'guessed');
      await recover(pool, 'guessed', codeTo(server, 'guessed@example.com'));
    });

    it('leave the code when the new password is refused', async () => {
      await makeReachable(pool, 'weak');
      await forget(pool, 'weak');
      const code = codeTo(server, 'weak@example.com');

      for (let tries = 0; tries < 6; tries += 1)
        await assert.rejects(recover(pool, 'weak', code, 'short'), { name: 'InvalidPasswordException' });

      await recover(pool, 'weak', code);
      assert.ok((await signIn(pool, 'weak', NEW_PASSWORD)).AccessToken);
    });

    it('leave the code when the person had that password before', async () => {
      const mindful = await makePool(server, { Policies: { PasswordPolicy: { PasswordHistorySize: 2 } } });
      await makeReachable(mindful, 'again');
      await forget(mindful, 'again');
      const code = codeTo(server, 'again@example.com');

      await assert.rejects(recover(mindful, 'again', code, PASSWORD), {
        name: 'PasswordHistoryPolicyViolationException',
      });
      await assert.rejects(recover(mindful, 'again', otherThan(code), PASSWORD), {
        name: 'CodeMismatchException',
      });

      await recover(mindful, 'again', code);
    });

    it('take only the newest code', async () => {
      await makeReachable(pool, 'twice');
      await forget(pool, 'twice');
      const first = codeTo(server, 'twice@example.com');
      await forget(pool, 'twice');
      const second = codeTo(server, 'twice@example.com');

      if (first !== second)
        await assert.rejects(recover(pool, 'twice', first), { name: 'CodeMismatchException' });
      await recover(pool, 'twice', second);
    });

    it('take a code for an hour', async () => {
      const own = await startServer();
      const hour = await makePool(own);
      await makeReachable(hour, 'slow');
      await forget(hour, 'slow');
      own.clock.pass(3601);

      await assert.rejects(recover(hour, 'slow', codeTo(own, 'slow@example.com')), {
        name: 'ExpiredCodeException',
        message: 'Invalid code provided, please request a code again.',
      });
      await own.close();
    });

    it('take no code where none was asked for, and none of another purpose', async () => {
      await makeReachable(pool, 'unasked');
      const { AccessToken } = await signIn(pool, 'unasked');
      await pool.idp.getUserAttributeVerificationCode({ AccessToken, AttributeName: 'email' });

      await assert.rejects(recover(pool, 'unasked', codeTo(server, 'unasked@example.com')), {
        name: 'ExpiredCodeException',
      });
    });

    it('take no code of another person', async () => {
      await makeReachable(pool, 'mine');
      await makeReachable(pool, 'yours');
      await forget(pool, 'mine');
      await forget(pool, 'yours');
      const [mine, yours] = [codeTo(server, 'mine@example.com'), codeTo(server, 'yours@example.com')];

      if (mine !== yours)
        await assert.rejects(recover(pool, 'yours', mine), { name: 'CodeMismatchException' });
    });

    it('take no code that went to an address which is no longer his', async () => {
      await makeReachable(pool, 'moved');
      await forget(pool, 'moved');
      const UserAttributes = [
        { Name: 'email', Value: 'moved@example.org' },
        { Name: 'email_verified', Value: 'true' },
      ];
      await pool.idp.adminUpdateUserAttributes({
        UserPoolId: pool.UserPoolId,
        Username: 'moved',
        UserAttributes,
      });

      await assert.rejects(recover(pool, 'moved', codeTo(server, 'moved@example.com')), {
        name: 'ExpiredCodeException',
      });
    });

    it('clear the tries that the person used up', async () => {
      await makeReachable(pool, 'locked');
      for (let tries = 0; tries < 7; tries += 1)
        await signIn(pool, 'locked', 'Wrong-Horse-7').catch(() => undefined);
      await forget(pool, 'locked');

      await recover(pool, 'locked', codeTo(server, 'locked@example.com'));

      assert.ok((await signIn(pool, 'locked', NEW_PASSWORD)).AccessToken);
    });

    it('may be asked for five times an hour, by whatever name', async () => {
      const own = await startServer();
      const byAlias = await makePool(own, { AliasAttributes: ['email'] });
      await makeReachable(byAlias, 'often');
      for (const name of ['often', 'often@example.com', 'often', 'often@example.com', 'often'])
        await forget(byAlias, name);

      await assert.rejects(forget(byAlias, 'often@example.com'), { name: 'LimitExceededException' });
      own.clock.pass(3601);
      await forget(byAlias, 'often@example.com');
      await own.close();
    });

    it('may be asked for so often from one address, whoever is meant', async () => {
      const own = await startServer();
      const crowd = await makePool(own);
      const asked = await Promise.allSettled(
        Array.from({ length: 102 }, (_, index) => forget(crowd, `nobody-${index}`)),
      );

      const names = asked.map((each) => (each.status === 'rejected' ? (each.reason as Error).name : 'sent'));
      assert.equal(names.filter((name) => name === 'UserNotFoundException').length, 100);
      assert.equal(names.filter((name) => name === 'LimitExceededException').length, 2);
      await own.close();
    });

    it('are told apart by client and secret hash', async () => {
      const secretive = await makePool(server, {}, { GenerateSecret: true });

      await assert.rejects(forget(secretive, 'ada'), {
        name: 'NotAuthorizedException',
        message: /secret hash/,
      });
      await assert.rejects(recover(secretive, 'ada', '123456'), { name: 'NotAuthorizedException' });
      await assert.rejects(pool.idp.forgotPassword({ ClientId: 'none', Username: 'ada' }), {
        name: 'ResourceNotFoundException',
      });
    });
  });
});
