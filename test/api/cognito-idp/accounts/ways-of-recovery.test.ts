/** Whose forgotten password is recovered, and by which address, through the official client. */
import assert from 'node:assert/strict';
import type { CreateUserPoolRequest } from '@aws-sdk/client-cognito-identity-provider';
import { forget, recover } from '../../../support/passwords.ts';
import { codeTo, makeReachable, place, shown } from '../../../support/people.ts';
import { makePool, makeUser, PASSWORD, type MadePool } from '../../../support/pool.ts';
import { startServer, type TestServer } from '../../../support/servers/server.ts';

describe('the ways of recovery, for passwords', () => {
  let server: TestServer;
  let pool: MadePool;

  before(async () => {
    server = await startServer();
    pool = await makePool(server);
  });
  after(() => server.close());

  describe('asked about by', () => {
    const NONE = {
      name: 'InvalidParameterException',
      message: 'Cannot reset password for the user as there is no registered/verified email or phone_number',
    };
    const STATE = {
      name: 'NotAuthorizedException',
      message: 'User password cannot be reset in the current state.',
    };

    it('nobody', async () => {
      await assert.rejects(forget(pool, 'nobody'), { name: 'UserNotFoundException' });
      await assert.rejects(recover(pool, 'nobody', '123456'), { name: 'UserNotFoundException' });
    });

    it('somebody without a verified address', async () => {
      await makeUser(pool, 'unreachable', { email: 'unreachable@example.com' });

      await assert.rejects(forget(pool, 'unreachable'), NONE);
    });

    it('somebody who must choose a password of his own', async () => {
      await pool.idp.adminCreateUser({
        UserPoolId: pool.UserPoolId,
        Username: 'invited',
        MessageAction: 'SUPPRESS',
        UserAttributes: [
          { Name: 'email', Value: 'invited@example.com' },
          { Name: 'email_verified', Value: 'true' },
        ],
      });

      await assert.rejects(forget(pool, 'invited'), STATE);
      await assert.rejects(recover(pool, 'invited', '123456'), { name: 'ExpiredCodeException' });
    });

    it('somebody who became one while his code was on its way', async () => {
      const { idp, UserPoolId } = pool;
      await makeReachable(pool, 'overtaken');
      await forget(pool, 'overtaken');
      const temporary = { Password: 'Temporary-Horse-1', Permanent: false };
      await idp.adminSetUserPassword({ UserPoolId, Username: 'overtaken', ...temporary });

      await assert.rejects(recover(pool, 'overtaken', codeTo(server, 'overtaken@example.com')), {
        name: 'ExpiredCodeException',
      });
      assert.equal((await shown(pool, 'overtaken')).status, 'FORCE_CHANGE_PASSWORD');
    });

    it('somebody who never confirmed his account: it is confirmed', async () => {
      const { idp, UserPoolId, ClientId } = pool;
      const UserAttributes = [{ Name: 'email', Value: 'half@example.com' }];
      await idp.signUp({ ClientId, Username: 'half', Password: PASSWORD, UserAttributes });
      await assert.rejects(forget(pool, 'half'), NONE);
      const verified = [{ Name: 'email_verified', Value: 'true' }];
      await idp.adminUpdateUserAttributes({ UserPoolId, Username: 'half', UserAttributes: verified });

      await forget(pool, 'half');
      await recover(pool, 'half', codeTo(server, 'half@example.com'));

      assert.equal((await shown(pool, 'half')).status, 'CONFIRMED');
    });

    it('somebody who was disabled', async () => {
      const { idp, UserPoolId } = pool;
      await makeReachable(pool, 'out');
      await forget(pool, 'out');
      await idp.adminDisableUser({ UserPoolId, Username: 'out' });

      const disabled = { name: 'NotAuthorizedException', message: 'User is disabled.' };
      await assert.rejects(forget(pool, 'out'), disabled);
      await assert.rejects(recover(pool, 'out', codeTo(server, 'out@example.com')), disabled);
    });
  });

  describe('are recovered', () => {
    const both = (name: string, Priority: number) => ({ Name: name as 'verified_email', Priority });
    const recovery = (...names: string[]): Partial<CreateUserPoolRequest> => ({
      AccountRecoverySetting: { RecoveryMechanisms: names.map((name, index) => both(name, index + 1)) },
    });
    const PHONE = { phone_number: '+15550001234', phone_number_verified: 'true' };

    const ROWS: readonly (readonly [
      string,
      Partial<CreateUserPoolRequest>,
      Record<string, string>,
      string,
    ])[] = [
      ['by phone first, where the pool says nothing', {}, PHONE, 'phone_number +*******1234'],
      ['by e-mail where the phone is not verified', {}, { phone_number: '+15550001234' }, 'email r***@e***'],
      [
        'by e-mail first, where the pool says so',
        recovery('verified_email', 'verified_phone_number'),
        PHONE,
        'email r***@e***',
      ],
      [
        'by phone first, where the pool says so',
        recovery('verified_phone_number', 'verified_email'),
        PHONE,
        'phone_number +*******1234',
      ],
      [
        'by the second way, where the first is not verified',
        recovery('verified_phone_number', 'verified_email'),
        {},
        'email r***@e***',
      ],
      [
        'by the only way that the pool has',
        recovery('verified_phone_number'),
        PHONE,
        'phone_number +*******1234',
      ],
    ];
    for (const [how, settings, attributes, expected] of ROWS)
      it(how, async () => {
        const own = await makePool(server, settings);
        await makeReachable(own, 'reached', attributes);

        assert.equal(place((await forget(own, 'reached')).CodeDeliveryDetails), expected);
      });

    const SMS = { Enabled: true, PreferredMfa: true };
    const secondFactors = {
      MfaConfiguration: 'OPTIONAL',
      SmsConfiguration: { SnsCallerArn: 'arn:aws:iam::123456789012:role/sms' },
    } as const;
    const withSms = async (own: MadePool) => {
      await makeReachable(own, 'reached', PHONE);
      const { idp, UserPoolId } = own;
      await idp.adminSetUserMFAPreference({ UserPoolId, Username: 'reached', SMSMfaSettings: SMS });
      return place((await forget(own, 'reached')).CodeDeliveryDetails);
    };

    it('not by the phone that is the second factor, where the pool chose its ways', async () => {
      const ways = recovery('verified_phone_number', 'verified_email');

      assert.equal(await withSms(await makePool(server, { ...secondFactors, ...ways })), 'email r***@e***');
      const only = await makePool(server, { ...secondFactors, ...recovery('verified_phone_number') });
      await assert.rejects(withSms(only), { name: 'InvalidParameterException' });
    });

    it('by the phone that is the second factor too, where the pool says nothing', async () => {
      assert.equal(await withSms(await makePool(server, secondFactors)), 'phone_number +*******1234');
    });

    it('by no way that the pool does not have', async () => {
      const own = await makePool(server, recovery('verified_phone_number'));
      await makeReachable(own, 'ada');

      await assert.rejects(forget(own, 'ada'), { name: 'InvalidParameterException' });
    });

    it('by an administrator alone, where the pool says so', async () => {
      const { UserPoolId, idp, ...own } = await makePool(server, recovery('admin_only'));
      await makeReachable({ UserPoolId, idp, ...own }, 'ada');
      const closed = { name: 'NotAuthorizedException', message: 'Contact administrator to reset password.' };

      await assert.rejects(forget({ UserPoolId, idp, ...own }, 'ada'), closed);
      await assert.rejects(idp.adminResetUserPassword({ UserPoolId, Username: 'ada' }), closed);
      assert.equal((await shown({ UserPoolId, idp, ...own }, 'ada')).status, 'CONFIRMED');
    });

    it('by an administrator alone from the moment on that the pool says so', async () => {
      const own = await makePool(server);
      const { idp, UserPoolId } = own;
      await makeReachable(own, 'ada');
      await forget(own, 'ada');
      await idp.updateUserPool({ UserPoolId, ...recovery('admin_only') });

      await assert.rejects(recover(own, 'ada', codeTo(server, 'ada@example.com')), {
        name: 'NotAuthorizedException',
        message: 'Contact administrator to reset password.',
      });
    });
  });
});
