/**
 * Messages that cannot be delivered: whoever was to be told is not there by half.
 */
import assert from 'node:assert/strict';
import { Failure } from '../../../../src/base/failure.ts';
import type { Message } from '../../../../src/domain/ports/messages.ts';
import { poolFunctions } from '../../../support/pool-functions.ts';
import { makePool, PASSWORD, signIn, signUp, type MadePool } from '../../../support/pool.ts';
import { functionArn, startServer, type TestServer } from '../../../support/servers/server.ts';

const FAILED = { name: 'CodeDeliveryFailureException' };
const KMSKeyID = 'arn:aws:kms:us-east-1:123456789012:key/5f0c4a8e-0000-4000-8000-000000000000';

describe('a message that cannot be delivered', () => {
  const told = poolFunctions();
  let server: TestServer;
  let pool: MadePool;
  /** What becomes of each message: nothing, or a failure. */
  let fate: (message: Message) => Promise<void>;
  let attempts: Message[];

  before(async () => {
    server = await startServer({
      functions: told.functions,
      // All of the hundreds come from one address.
      messageLimits: { emailsPerAddress: 10_000, perRecipient: 10_000 },
      async deliver(message) {
        attempts.push(message);
        await fate(message);
      },
    });
    pool = await makePool(server, { AliasAttributes: ['email', 'preferred_username'] });
  });
  beforeEach(() => {
    told.reset();
    attempts = [];
    fate = fails;
  });
  after(() => server.close());

  const fails = async (): Promise<void> => {
    throw new Failure('delivery-failed', { channel: 'email' });
  };
  const arrives = async (): Promise<void> => undefined;
  const invite = (Username: string, more: object = {}) =>
    pool.idp.adminCreateUser({
      UserPoolId: pool.UserPoolId,
      Username,
      DesiredDeliveryMediums: ['EMAIL'],
      UserAttributes: [{ Name: 'email', Value: `${Username}@example.com` }],
      ...more,
    });
  const find = (Username: string) => pool.idp.adminGetUser({ UserPoolId: pool.UserPoolId, Username });
  async function assertNobody(Username: string) {
    const { idp, UserPoolId } = pool;
    await assert.rejects(find(Username), { name: 'UserNotFoundException' });
    const { Users } = await idp.listUsers({ UserPoolId, Filter: `email = "${Username}@example.com"` });
    assert.deepEqual(Users, []);
  }

  describe('at sign-up', () => {
    it('leaves no user, and the name free', async () => {
      await assert.rejects(signUp(pool, 'ada', { preferred_username: 'countess' }), FAILED);
      await assertNobody('ada');
      fate = arrives;

      const { UserConfirmed } = await signUp(pool, 'ada', { preferred_username: 'countess' });

      assert.equal(UserConfirmed, false);
      assert.equal((await find('countess')).Username, 'ada');
    });

    it('leaves no code that is good for whoever has the name later', async () => {
      await assert.rejects(signUp(pool, 'ben'), FAILED);
      fate = arrives;
      await signUp(pool, 'ben');
      const [lost, good] = attempts.map(({ code }) => code);
      const confirm = (ConfirmationCode?: string) =>
        pool.idp.confirmSignUp({ ClientId: pool.ClientId, Username: 'ben', ConfirmationCode });

      if (lost !== good) await assert.rejects(confirm(lost), { name: 'CodeMismatchException' });
      await confirm(good);

      assert.equal((await find('ben')).UserStatus, 'CONFIRMED');
    });

    it('leaves an address free that would have been the name', async () => {
      const byEmail = await makePool(server, { UsernameAttributes: ['email'] });
      const { idp, ClientId } = byEmail;
      const attempt = () => idp.signUp({ ClientId, Username: 'cleo@example.com', Password: PASSWORD });
      await assert.rejects(attempt(), FAILED);
      fate = arrives;

      assert.ok((await attempt()).UserSub);
      await assert.rejects(attempt(), /exists/);
      assert.equal(attempts.length, 2);
    });

    it('is not even tried for a name that is taken', async () => {
      fate = arrives;
      await signUp(pool, 'dora', { preferred_username: 'dodo' });
      attempts = [];

      await assert.rejects(signUp(pool, 'dora'), { name: 'UsernameExistsException' });
      await assert.rejects(signUp(pool, 'other', { preferred_username: 'dodo' }), {
        name: 'AliasExistsException',
      });

      assert.deepEqual(attempts, []);
    });

    it('is none of a person whom the pool’s function confirms', async () => {
      const trusting = await makePool(server, { LambdaConfig: told.configOf('PreSignUp') });
      told.answer('PreSignUp', () => ({ autoConfirmUser: true }));

      assert.equal((await signUp(trusting, 'evan')).UserConfirmed, true);
      assert.ok((await signIn(trusting, 'evan')).AccessToken);
    });

    for (const [trigger, setting] of [
      ['CustomMessage', { CustomMessage: functionArn('CustomMessage') }],
      [
        'CustomEmailSender',
        {
          KMSKeyID,
          CustomEmailSender: { LambdaArn: functionArn('CustomEmailSender'), LambdaVersion: 'V1_0' },
        },
      ],
    ] as const)
      // prettier-ignore
      it(`leaves no user when the pool’s ${trigger} says no`, async () => {
        const own = await makePool(server, { LambdaConfig: setting });
        const { idp, UserPoolId } = own;
        fate = arrives;
        told.answer(trigger, () => {
          throw new Error('No stamps left');
        });

        await assert.rejects(signUp(own, 'fred'), {
          name: 'UserLambdaValidationException',
          message: `${trigger} failed with error No stamps left.`,
        });

        assert.deepEqual(attempts, []);
        await assert.rejects(idp.adminGetUser({ UserPoolId, Username: 'fred' }), {
          name: 'UserNotFoundException',
        });
        told.answer(trigger, undefined);
        assert.ok((await signUp(own, 'fred')).UserSub);
      });

    it('says so, of a hundred at once, and leaves nobody', async () => {
      const answers = await Promise.allSettled(Array.from({ length: 100 }, () => signUp(pool, 'gus')));

      assert.ok(answers.every(({ status }) => status === 'rejected'));
      await assertNobody('gus');
      fate = arrives;
      assert.ok((await signUp(pool, 'gus')).UserSub);
    });

    it('is one message, of a hundred who sign up under one name at once', async () => {
      fate = arrives;

      const answers = await Promise.allSettled(Array.from({ length: 100 }, () => signUp(pool, 'hal')));

      const names = answers.flatMap((each) =>
        each.status === 'rejected' ? [(each.reason as Error).name] : [],
      );
      assert.equal(names.length, 99);
      assert.deepEqual(new Set(names), new Set(['UsernameExistsException']));
      assert.equal(attempts.length, 1);
    });

    it('does not undo who took the name in the meantime', async () => {
      const { idp, UserPoolId, ClientId } = pool;
      fate = async () => {
        // An administrator, through another process for all that this one knows.
        fate = arrives;
        await idp.adminCreateUser({ UserPoolId, Username: 'ivy2', MessageAction: 'SUPPRESS' });
      };
      const late = idp.signUp({
        ClientId,
        Username: 'ivy2',
        Password: PASSWORD,
        UserAttributes: [{ Name: 'email', Value: 'ivy@example.com' }],
      });

      await assert.rejects(late, { name: 'UsernameExistsException' });

      const { UserStatus } = await find('ivy2');
      assert.equal(UserStatus, 'FORCE_CHANGE_PASSWORD');
      await assert.rejects(
        idp.confirmSignUp({ ClientId, Username: 'ivy2', ConfirmationCode: attempts[0]!.code }),
        (error: Error) => error.name !== 'InternalErrorException',
      );
      assert.equal((await find('ivy2')).UserStatus, 'FORCE_CHANGE_PASSWORD');
    });
  });

  describe('with an invitation', () => {
    it('leaves no user, and the name free', async () => {
      await assert.rejects(invite('jack'), FAILED);
      await assertNobody('jack');
      fate = arrives;

      await invite('jack');

      assert.equal((await find('jack')).UserStatus, 'FORCE_CHANGE_PASSWORD');
    });

    it('takes no address away from who signs in with it', async () => {
      const { idp, UserPoolId } = pool;
      const address = [
        { Name: 'email', Value: 'kim@example.com' },
        { Name: 'email_verified', Value: 'true' },
      ];
      await idp.adminCreateUser({
        UserPoolId,
        Username: 'kim',
        MessageAction: 'SUPPRESS',
        UserAttributes: address,
      });
      const takeOver = () => invite('kim2', { UserAttributes: address, ForceAliasCreation: true });

      await assert.rejects(takeOver(), FAILED);
      assert.equal((await find('kim@example.com')).Username, 'kim');
      fate = arrives;
      await takeOver();

      assert.equal((await find('kim@example.com')).Username, 'kim2');
    });

    it('leaves nobody when one of two channels fails', async () => {
      fate = (message) => (message.channel === 'sms' ? fails() : arrives());

      await assert.rejects(
        invite('lena', {
          DesiredDeliveryMediums: ['EMAIL', 'SMS'],
          UserAttributes: [
            { Name: 'email', Value: 'lena@example.com' },
            { Name: 'phone_number', Value: '+15550100' },
          ],
        }),
        FAILED,
      );

      await assertNobody('lena');
    });

    it('that is sent again leaves the user, and the password that he has', async () => {
      const { idp, UserPoolId, ClientId } = pool;
      const temporary = 'First-Horse-1';
      await idp.adminCreateUser({
        UserPoolId,
        Username: 'mia',
        MessageAction: 'SUPPRESS',
        TemporaryPassword: temporary,
        UserAttributes: [{ Name: 'email', Value: 'mia@example.com' }],
      });
      const tryIn = (PASSWORD_: string) =>
        idp.initiateAuth({
          ClientId,
          AuthFlow: 'USER_PASSWORD_AUTH',
          AuthParameters: { USERNAME: 'mia', PASSWORD: PASSWORD_ },
        });

      await assert.rejects(invite('mia', { MessageAction: 'RESEND' }), FAILED);
      const lost = attempts[0]!.code;

      assert.equal((await tryIn(temporary)).ChallengeName, 'NEW_PASSWORD_REQUIRED');
      await assert.rejects(tryIn(lost), { name: 'NotAuthorizedException' });
      fate = arrives;
      await invite('mia', { MessageAction: 'RESEND' });
      assert.equal((await tryIn(attempts.at(-1)!.code)).ChallengeName, 'NEW_PASSWORD_REQUIRED');
      await assert.rejects(tryIn(temporary), { name: 'NotAuthorizedException' });
    });
  });
});
