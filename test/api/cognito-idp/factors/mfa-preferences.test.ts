/** What people turn on, and what they may sign in with. */
import assert from 'node:assert/strict';
import type { SetUserMFAPreferenceRequest } from '@aws-sdk/client-cognito-identity-provider';
import { enrol, makeFactorPool, startByPassword } from '../../../support/factors.ts';
import { makeUser, PASSWORD, signIn, type MadePool } from '../../../support/pool.ts';
import { startServer, type TestServer } from '../../../support/servers/server.ts';

const ON = { Enabled: true };
const PREFERRED = { Enabled: true, PreferredMfa: true };
const OFF = { Enabled: false, PreferredMfa: false };
const REACHABLE = {
  email: 'ada@example.com',
  email_verified: 'true',
  phone_number: '+15550001234',
  phone_number_verified: 'true',
};

describe('preferences of second factors', () => {
  let server: TestServer;
  let pool: MadePool;

  before(async () => {
    server = await startServer();
    pool = await makeFactorPool(server, {
      mode: 'OPTIONAL',
      pool: { Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP', 'SMS_OTP'] } } },
    });
  });
  after(() => server.close());

  /** A user who is signed in. */
  async function somebody(name: string, attributes: Readonly<Record<string, string>> = REACHABLE) {
    await makeUser(pool, name, attributes);
    return {
      AccessToken: (await signIn(pool, name)).AccessToken!,
      UserPoolId: pool.UserPoolId,
      Username: name,
    };
  }
  const shown = async ({ AccessToken }: { AccessToken: string }) => {
    const { UserMFASettingList, PreferredMfaSetting, MFAOptions } = await pool.idp.getUser({ AccessToken });
    return { list: UserMFASettingList, preferred: PreferredMfaSetting, options: MFAOptions };
  };
  const NOTHING = { list: undefined, preferred: undefined, options: undefined };
  const SMS_OPTION = { DeliveryMedium: 'SMS', AttributeName: 'phone_number' } as const;

  it('SetUserMFAPreference: turns factors on and off, one of them preferred, as GetUser shows', async () => {
    const { AccessToken } = await somebody('set');
    const set = (wishes: Omit<SetUserMFAPreferenceRequest, 'AccessToken'>) =>
      pool.idp.setUserMFAPreference({ AccessToken, ...wishes });

    await set({ SMSMfaSettings: ON, EmailMfaSettings: PREFERRED });
    const both = await shown({ AccessToken });
    await set({ SMSMfaSettings: PREFERRED });
    const other = await shown({ AccessToken });
    await set({ SMSMfaSettings: { PreferredMfa: false } });
    const none = await shown({ AccessToken });
    await set({ SMSMfaSettings: OFF });
    const less = await shown({ AccessToken });
    await set({ EmailMfaSettings: OFF });

    assert.deepEqual(both, { list: ['SMS_MFA', 'EMAIL_OTP'], preferred: 'EMAIL_OTP', options: [SMS_OPTION] });
    assert.deepEqual([other.preferred, none.preferred], ['SMS_MFA', undefined]);
    assert.deepEqual(less, { list: ['EMAIL_OTP'], preferred: undefined, options: undefined });
    assert.deepEqual(await shown({ AccessToken }), NOTHING);
    assert.ok((await signIn(pool, 'set')).AccessToken);
  });

  it('AdminSetUserMFAPreference: does the same for a user, as AdminGetUser shows', async () => {
    const { UserPoolId, Username } = await somebody('admin-set');

    await pool.idp.adminSetUserMFAPreference({ UserPoolId, Username, EmailMfaSettings: PREFERRED });

    const user = await pool.idp.adminGetUser({ UserPoolId, Username });
    assert.deepEqual([user.UserMFASettingList, user.PreferredMfaSetting], [['EMAIL_OTP'], 'EMAIL_OTP']);
    assert.equal((await startByPassword(pool, Username)).ChallengeName, 'EMAIL_OTP');
  });

  it('SetUserSettings: turns SMS on and off, as GetUser shows', async () => {
    const { AccessToken } = await somebody('settings');

    await pool.idp.setUserSettings({ AccessToken, MFAOptions: [SMS_OPTION] });
    const on = await shown({ AccessToken });
    await pool.idp.setUserSettings({ AccessToken, MFAOptions: [] });

    const { UserMFASettingList } = await pool.idp.getUser({ AccessToken });
    assert.deepEqual([on.list, on.options], [['SMS_MFA'], [SMS_OPTION]]);
    assert.equal(UserMFASettingList, undefined);
  });

  it('AdminSetUserSettings: turns SMS on for a user, and the next InitiateAuth asks for it', async () => {
    const { UserPoolId, Username } = await somebody('admin-settings');

    await pool.idp.adminSetUserSettings({ UserPoolId, Username, MFAOptions: [SMS_OPTION] });

    const { UserMFASettingList } = await pool.idp.adminGetUser({ UserPoolId, Username });
    assert.deepEqual(UserMFASettingList, ['SMS_MFA']);
    assert.equal((await startByPassword(pool, Username)).ChallengeName, 'SMS_MFA');
  });

  it('GetUserAuthFactors: tells what a person may begin with, and follows SetUserMFAPreference', async () => {
    const { AccessToken } = await somebody('factors');
    const before = await pool.idp.getUserAuthFactors({ AccessToken });

    await pool.idp.setUserMFAPreference({ AccessToken, SMSMfaSettings: PREFERRED });

    const after = await pool.idp.getUserAuthFactors({ AccessToken });
    assert.deepEqual(before.ConfiguredUserAuthFactors, ['PASSWORD', 'EMAIL_OTP', 'SMS_OTP']);
    assert.deepEqual(
      [after.Username, after.ConfiguredUserAuthFactors, after.UserMFASettingList, after.PreferredMfaSetting],
      ['factors', ['PASSWORD'], ['SMS_MFA'], 'SMS_MFA'],
    );
  });

  it('AdminGetUserAuthFactors: tells the same of a user, as AdminUpdateUserAttributes or AdminCreateUser left him', async () => {
    const { UserPoolId } = pool;
    await pool.idp.adminCreateUser({ UserPoolId, Username: 'bare', MessageAction: 'SUPPRESS' });

    const { ConfiguredUserAuthFactors } = await pool.idp.adminGetUserAuthFactors({
      UserPoolId,
      Username: 'bare',
    });

    assert.deepEqual(ConfiguredUserAuthFactors, ['PASSWORD']);
  });

  describe('refuse', () => {
    const impossible = (factor: string) => ({
      name: 'InvalidParameterException',
      message: `User does not have delivery config set to turn on ${factor}`,
    });

    it('a factor that the person does not have, or not proven', async () => {
      const { AccessToken } = await somebody('bare-hands', { phone_number: '+15550001234' });
      const set = (wishes: Omit<SetUserMFAPreferenceRequest, 'AccessToken'>) =>
        pool.idp.setUserMFAPreference({ AccessToken, ...wishes });

      await assert.rejects(set({ SMSMfaSettings: ON }), impossible('SMS_MFA'));
      await assert.rejects(set({ EmailMfaSettings: ON }), impossible('EMAIL_OTP'));
      await assert.rejects(set({ SoftwareTokenMfaSettings: ON }), impossible('SOFTWARE_TOKEN_MFA'));
      await assert.rejects(
        pool.idp.setUserSettings({ AccessToken, MFAOptions: [SMS_OPTION] }),
        impossible('SMS_MFA'),
      );
      assert.deepEqual(await shown({ AccessToken }), NOTHING);
    });

    it('a factor that the pool does not have', async () => {
      const bare = await makeFactorPool(server, { mode: 'OPTIONAL', factors: ['totp'] });
      await makeUser(bare, 'ada', REACHABLE);

      const set = bare.idp.adminSetUserMFAPreference({
        UserPoolId: bare.UserPoolId,
        Username: 'ada',
        SMSMfaSettings: ON,
      });

      await assert.rejects(set, impossible('SMS_MFA'));
    });

    it('two preferred factors, and one that is not on', async () => {
      const { AccessToken } = await somebody('preferring');
      const refused = { name: 'InvalidParameterException' };

      await assert.rejects(
        pool.idp.setUserMFAPreference({
          AccessToken,
          SMSMfaSettings: PREFERRED,
          EmailMfaSettings: PREFERRED,
        }),
        refused,
      );
      await assert.rejects(
        pool.idp.setUserMFAPreference({ AccessToken, SMSMfaSettings: { PreferredMfa: true } }),
        refused,
      );
      await assert.rejects(
        pool.idp.setUserMFAPreference({
          AccessToken,
          SMSMfaSettings: { Enabled: false, PreferredMfa: true },
        }),
        refused,
      );
      assert.deepEqual(await shown({ AccessToken }), NOTHING);
    });

    it('settings of the older form that are not of SMS', async () => {
      const { AccessToken } = await somebody('older');
      const set = (MFAOptions: { DeliveryMedium?: 'SMS' | 'EMAIL'; AttributeName?: string }[]) =>
        pool.idp.setUserSettings({ AccessToken, MFAOptions });

      for (const listed of [
        [{ DeliveryMedium: 'EMAIL' as const, AttributeName: 'email' }],
        [{ DeliveryMedium: 'SMS' as const, AttributeName: 'email' }],
        [{ DeliveryMedium: 'SMS' as const }],
        [SMS_OPTION, SMS_OPTION],
      ])
        await assert.rejects(set(listed), { name: 'InvalidParameterException' });
    });

    it('passkeys as two factors where the pool does not say so, and without another factor', async () => {
      const { UserPoolId, Username } = await somebody('passkey');
      const set = (wishes: Omit<SetUserMFAPreferenceRequest, 'AccessToken'>) =>
        pool.idp.adminSetUserMFAPreference({ UserPoolId, Username, ...wishes });
      const multi = await makeFactorPool(server, { mode: 'OPTIONAL' });
      await multi.idp.setUserPoolMfaConfig({
        UserPoolId: multi.UserPoolId,
        WebAuthnConfiguration: {
          RelyingPartyId: 'example.com',
          UserVerification: 'required',
          FactorConfiguration: 'MULTI_FACTOR_WITH_USER_VERIFICATION',
        },
      });
      await makeUser(multi, 'ada', REACHABLE);
      const ada = { UserPoolId: multi.UserPoolId, Username: 'ada', WebAuthnMfaSettings: ON };

      await assert.rejects(set({ EmailMfaSettings: ON, WebAuthnMfaSettings: ON }), {
        name: 'InvalidParameterException',
      });
      await assert.rejects(multi.idp.adminSetUserMFAPreference(ada), { name: 'InvalidParameterException' });
      await multi.idp.adminSetUserMFAPreference({ ...ada, EmailMfaSettings: ON });
      await assert.rejects(
        multi.idp.adminSetUserMFAPreference({
          UserPoolId: multi.UserPoolId,
          Username: 'ada',
          EmailMfaSettings: OFF,
        }),
        { name: 'InvalidParameterException' },
      );
    });

    const STATES: readonly [string, (name: string) => Promise<unknown>, string][] = [
      [
        'is not confirmed',
        (Username) => pool.idp.signUp({ ClientId: pool.ClientId, Username, Password: PASSWORD }),
        'UserNotConfirmedException',
      ],
      [
        'is to be reset',
        async (Username) => {
          await makeUser(pool, Username, REACHABLE);
          await pool.idp.adminResetUserPassword({ UserPoolId: pool.UserPoolId, Username });
        },
        'PasswordResetRequiredException',
      ],
      ['does not exist', async () => undefined, 'UserNotFoundException'],
    ];
    for (const [state, make, name] of STATES)
      it(`of a user who ${state}`, async () => {
        const Username = `state-${name}`;
        await make(Username);

        const set = pool.idp.adminSetUserMFAPreference({
          UserPoolId: pool.UserPoolId,
          Username,
          EmailMfaSettings: OFF,
        });

        await assert.rejects(set, { name });
      });

    it('to who is to be reset what is his own to change', async () => {
      const { AccessToken, UserPoolId, Username } = await somebody('resetting');
      await pool.idp.adminResetUserPassword({ UserPoolId, Username });

      for (const request of [
        pool.idp.setUserMFAPreference({ AccessToken, EmailMfaSettings: OFF }),
        pool.idp.setUserSettings({ AccessToken, MFAOptions: [] }),
        pool.idp.getUserAuthFactors({ AccessToken }),
        pool.idp.verifySoftwareToken({ AccessToken, UserCode: '123456' }),
      ])
        await assert.rejects(request, (error: Error) =>
          ['PasswordResetRequiredException', 'NotAuthorizedException'].includes(error.name),
        );
    });

    it('of nobody, in a pool that is none, and with a token that is none', async () => {
      const nobody = { UserPoolId: pool.UserPoolId, Username: 'nobody' };
      const nowhere = { UserPoolId: 'us-east-1_000000000', Username: 'nobody' };
      const AccessToken = 'not.a.token';
      const { idp } = pool;

      for (const request of [
        idp.adminSetUserSettings({ ...nobody, MFAOptions: [] }),
        idp.adminGetUserAuthFactors(nobody),
      ])
        await assert.rejects(request, { name: 'UserNotFoundException' });
      for (const request of [
        idp.adminSetUserSettings({ ...nowhere, MFAOptions: [] }),
        idp.adminGetUserAuthFactors(nowhere),
        idp.adminSetUserMFAPreference(nowhere),
      ])
        await assert.rejects(request, { name: 'ResourceNotFoundException' });
      for (const request of [
        idp.setUserSettings({ AccessToken, MFAOptions: [] }),
        idp.getUserAuthFactors({ AccessToken }),
        idp.setUserMFAPreference({ AccessToken }),
        idp.verifySoftwareToken({ AccessToken, UserCode: '123456' }),
      ])
        await assert.rejects(request, { name: 'NotAuthorizedException' });
    });
  });

  it('keeps what else is on, of many changes at once', async () => {
    const { UserPoolId, Username, AccessToken } = await somebody('many');
    await enrol(server, pool, Username, AccessToken);
    const set = (wishes: Omit<SetUserMFAPreferenceRequest, 'AccessToken'>) =>
      pool.idp.adminSetUserMFAPreference({ UserPoolId, Username, ...wishes });

    await Promise.all([set({ SMSMfaSettings: ON }), set({ EmailMfaSettings: ON })]);

    const { UserMFASettingList } = await pool.idp.adminGetUser({ UserPoolId, Username });
    assert.deepEqual(UserMFASettingList!.toSorted(), ['EMAIL_OTP', 'SMS_MFA', 'SOFTWARE_TOKEN_MFA']);
  });
});
