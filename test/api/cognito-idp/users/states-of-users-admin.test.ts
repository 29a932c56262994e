/**
 * What administrators do to people, in each state of their account.
 *
 * Source: Cognito API reference, errors of each operation; AdminSetUserPassword (people of a provider), AdminResetUserPassword.
 */
import assert from 'node:assert/strict';
import { secretFor } from '../../../support/devices.ts';
import { enrol } from '../../../support/factors.ts';
import { codeTo, shown } from '../../../support/people.ts';
import { NEW_PASSWORD, PASSWORD } from '../../../support/pool.ts';
import { row, statesOfUsers, type Outcomes, type Person } from '../../../support/matrices/states.ts';

const STRANGE = 'us-east-1_00000000-0000-4000-8000-000000000000';
const SMS_OPTION = { DeliveryMedium: 'SMS', AttributeName: 'phone_number' } as const;
const REFUSED = { name: 'NotAuthorizedException' };

/** Whoever is there can be seen to. */
const USUAL: Outcomes = {
  CONFIRMED: 'done',
  UNCONFIRMED: 'done',
  FORCE_CHANGE_PASSWORD: 'done',
  RESET_REQUIRED: 'done',
  disabled: 'done',
  EXTERNAL_PROVIDER: 'done',
  deleted: 'UserNotFoundException',
};
/** Who proves by a password that he is himself. */
const SIGNING_IN = {
  UNCONFIRMED: 'UserNotConfirmedException',
  RESET_REQUIRED: 'PasswordResetRequiredException',
  disabled: 'NotAuthorizedException',
  EXTERNAL_PROVIDER: 'NotAuthorizedException',
} as const;

describe('what administrators do to people', () => {
  const at = statesOfUsers();
  const isBroughtByProvider = ({ state }: Person): boolean => state === 'EXTERNAL_PROVIDER';
  const seen = ({ name }: Person) => shown(at.pool, name);
  const factorsOf = async ({ whose }: Person) =>
    (await at.idp.adminGetUserAuthFactors(whose)).ConfiguredUserAuthFactors!;
  const client = () => {
    const { ClientId, pool } = at;
    return { ClientId, UserPoolId: pool.UserPoolId };
  };
  const renew = ({ RefreshToken }: Person) =>
    at.idp.getTokensFromRefreshToken({ ClientId: at.ClientId, RefreshToken });

  describe('about the account', () => {
    const notOfSignUp = 'NotAuthorizedException';
    at.table(USUAL, {
      AdminConfirmSignUp: row({
        call: ({ whose }) => at.idp.adminConfirmSignUp(whose),
        async effect(person) {
          assert.equal((await seen(person)).status, 'CONFIRMED');
          assert.ok((await at.enter(person.name, PASSWORD)).AuthenticationResult);
        },
        unusual: {
          CONFIRMED: notOfSignUp,
          FORCE_CHANGE_PASSWORD: notOfSignUp,
          RESET_REQUIRED: notOfSignUp,
          disabled: notOfSignUp,
          EXTERNAL_PROVIDER: notOfSignUp,
        },
      }),
      AdminEnableUser: row({
        call: ({ whose }) => at.idp.adminEnableUser(whose),
        async effect(person) {
          assert.equal((await seen(person)).isEnabled, true);
          if (person.state === 'disabled')
            assert.ok((await at.enter(person.name, PASSWORD)).AuthenticationResult);
        },
      }),
      AdminDisableUser: row({
        call: ({ whose }) => at.idp.adminDisableUser(whose),
        async effect(person) {
          assert.equal((await seen(person)).isEnabled, false);
          await assert.rejects(at.idp.getUser(person), { ...REFUSED, message: 'User is disabled.' });
          await assert.rejects(at.enter(person.name, person.password), REFUSED);
        },
      }),
      AdminUpdateUserAttributes: row({
        call: ({ whose }) =>
          at.idp.adminUpdateUserAttributes({
            ...whose,
            UserAttributes: [{ Name: 'nickname', Value: 'New' }],
          }),
        effect: async (person) => assert.equal((await seen(person)).attributes.nickname, 'New'),
      }),
    });
  });

  describe('about passwords', () => {
    at.table(USUAL, {
      AdminSetUserPassword: row({
        call: ({ whose }) =>
          at.idp.adminSetUserPassword({ ...whose, Password: NEW_PASSWORD, Permanent: true }),
        async effect(person) {
          assert.equal((await seen(person)).status, 'CONFIRMED');
          await at.idp.adminEnableUser(person.whose);
          assert.ok((await at.enter(person.name, NEW_PASSWORD)).AuthenticationResult);
        },
      }),
      'AdminSetUserPassword, for a while': row({
        call: ({ whose }) =>
          at.idp.adminSetUserPassword({ ...whose, Password: NEW_PASSWORD, Permanent: false }),
        async effect(person) {
          assert.equal((await seen(person)).status, 'FORCE_CHANGE_PASSWORD');
          await at.idp.adminEnableUser(person.whose);
          const { ChallengeName } = await at.enter(person.name, NEW_PASSWORD);
          assert.equal(ChallengeName, 'NEW_PASSWORD_REQUIRED');
        },
      }),
      AdminResetUserPassword: row({
        call: ({ whose }) => at.idp.adminResetUserPassword(whose),
        async effect(person) {
          assert.equal((await seen(person)).status, 'RESET_REQUIRED');
          const required = { name: 'PasswordResetRequiredException' };
          await assert.rejects(at.enter(person.name, PASSWORD), required);
          await assert.rejects(at.idp.getUser(person), required);
          await at.idp.confirmForgotPassword({
            ClientId: at.ClientId,
            Username: person.name,
            ConfirmationCode: codeTo(at.server, (await seen(person)).attributes.phone_number!),
            Password: NEW_PASSWORD,
          });
          assert.ok((await at.enter(person.name, NEW_PASSWORD)).AuthenticationResult);
        },
        unusual: {
          UNCONFIRMED: 'NotAuthorizedException',
          FORCE_CHANGE_PASSWORD: 'NotAuthorizedException',
          disabled: 'NotAuthorizedException',
          EXTERNAL_PROVIDER: 'NotAuthorizedException',
        },
      }),
      AdminInitiateAuth: row({
        call: ({ name, password }) =>
          at.idp.adminInitiateAuth({
            ...client(),
            AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
            AuthParameters: { USERNAME: name, PASSWORD: password },
          }),
        effect: at.isIn,
        unusual: SIGNING_IN,
      }),
      AdminRespondToAuthChallenge: row({
        async prepare({ name }) {
          const { Session } = await at.idp.adminInitiateAuth({
            ...client(),
            AuthFlow: 'USER_AUTH',
            AuthParameters: { USERNAME: name },
          });
          return { session: Session! };
        },
        call: ({ name, password, begun }) =>
          at.idp.adminRespondToAuthChallenge({
            ...client(),
            ChallengeName: 'SELECT_CHALLENGE',
            Session: begun.session,
            ChallengeResponses: { USERNAME: name, ANSWER: 'PASSWORD', PASSWORD: password },
          }),
        effect: at.isIn,
        // The session was of who is gone.
        unusual: { ...SIGNING_IN, deleted: 'NotAuthorizedException' },
      }),
    });
  });

  describe('about factors', () => {
    at.table(USUAL, {
      AdminGetUserAuthFactors: row({
        call: ({ whose }) => at.idp.adminGetUserAuthFactors(whose),
        async effect(person, { Username, ConfiguredUserAuthFactors }) {
          const own = isBroughtByProvider(person) ? [] : ['PASSWORD', 'EMAIL_OTP', 'SMS_OTP'];
          assert.deepEqual([Username, ConfiguredUserAuthFactors], [person.name, own]);
          const UserAttributes = [{ Name: 'email_verified', Value: 'false' }];
          await at.idp.adminUpdateUserAttributes({ ...person.whose, UserAttributes });
          assert.deepEqual(
            await factorsOf(person),
            own.filter((factor) => factor !== 'EMAIL_OTP'),
          );
        },
      }),
      AdminSetUserMFAPreference: row({
        call: ({ whose }) =>
          at.idp.adminSetUserMFAPreference({
            ...whose,
            EmailMfaSettings: { Enabled: true, PreferredMfa: true },
          }),
        effect: async ({ whose }) =>
          assert.equal((await at.idp.adminGetUser(whose)).PreferredMfaSetting, 'EMAIL_OTP'),
        unusual: {
          UNCONFIRMED: 'UserNotConfirmedException',
          RESET_REQUIRED: 'PasswordResetRequiredException',
          EXTERNAL_PROVIDER: 'InvalidParameterException',
        },
      }),
      AdminSetUserSettings: row({
        call: ({ whose }) => at.idp.adminSetUserSettings({ ...whose, MFAOptions: [SMS_OPTION] }),
        effect: async ({ whose }) =>
          assert.deepEqual((await at.idp.adminGetUser(whose)).UserMFASettingList, ['SMS_MFA']),
        unusual: { EXTERNAL_PROVIDER: 'InvalidParameterException' },
      }),
      AdminDeleteSoftwareToken: row({
        prepare: async (person) => ({
          secret: isBroughtByProvider(person)
            ? ''
            : await enrol(at.server, at.pool, person.name, person.AccessToken),
        }),
        call: ({ whose }) => at.idp.adminDeleteSoftwareToken(whose),
        async effect(person) {
          assert.ok(!(await factorsOf(person)).includes('SOFTWARE_TOKEN'));
          assert.equal((await at.idp.adminGetUser(person.whose)).UserMFASettingList, undefined);
        },
        unusual: { UNCONFIRMED: 'UserNotConfirmedException' },
      }),
    });
  });

  describe('about devices', () => {
    const confirmed = async ({ AccessToken, promised }: Person) => {
      if (!promised) return { key: STRANGE };
      const { key, verifier } = secretFor(promised);
      await at.idp.confirmDevice({ AccessToken, DeviceKey: key, DeviceSecretVerifierConfig: verifier });
      return { key };
    };
    const one = ({ whose, begun }: Person) => ({ ...whose, DeviceKey: begun.key });
    const devicesOf = async ({ whose }: Person) => (await at.idp.adminListDevices(whose)).Devices!;
    /** The hosted page keeps track of no devices. */
    const unusual = { EXTERNAL_PROVIDER: 'ResourceNotFoundException' } as const;

    at.table(USUAL, {
      AdminGetDevice: row({
        prepare: confirmed,
        call: (person) => at.idp.adminGetDevice(one(person)),
        effect: async (person, { Device }) => assert.deepEqual([Device], await devicesOf(person)),
        unusual,
      }),
      AdminListDevices: row({
        prepare: confirmed,
        call: ({ whose }) => at.idp.adminListDevices(whose),
        async effect(person, { Devices }) {
          if (isBroughtByProvider(person)) return assert.deepEqual(Devices, []);
          const { Device } = await at.idp.adminGetDevice(one(person));
          return assert.deepEqual(Devices, [Device]);
        },
      }),
      AdminUpdateDeviceStatus: row({
        prepare: confirmed,
        call: (person) =>
          at.idp.adminUpdateDeviceStatus({ ...one(person), DeviceRememberedStatus: 'remembered' }),
        async effect(person) {
          const { Device } = await at.idp.adminGetDevice(one(person));
          assert.ok(Device!.DeviceAttributes!.some(({ Value }) => Value === 'remembered'));
        },
        unusual,
      }),
      AdminForgetDevice: row({
        prepare: confirmed,
        call: (person) => at.idp.adminForgetDevice(one(person)),
        effect: async (person) => assert.deepEqual(await devicesOf(person), []),
        unusual,
      }),
    });
  });

  describe('about sessions', () => {
    const tokenSession = async ({ whose }: Person) => {
      const { Sessions } = await at.idp.adminListUserSessions(whose);
      return { id: Sessions!.find(({ SessionType }) => SessionType === 'TOKEN')!.SessionId! };
    };
    /** Who was signed out by what brought him into his state. */
    const isSignedOut = ({ state }: Person): boolean => ['RESET_REQUIRED', 'disabled'].includes(state);

    at.table(USUAL, {
      AdminUserGlobalSignOut: row({
        call: ({ whose }) => at.idp.adminUserGlobalSignOut(whose),
        async effect(person) {
          await assert.rejects(at.idp.getUser(person), /revoked|reset|disabled/);
          await assert.rejects(renew(person), /revoked|reset|disabled/);
        },
      }),
      AdminListUserSessions: row({
        prepare: tokenSession,
        call: ({ whose }) => at.idp.adminListUserSessions(whose),
        async effect(person, { Sessions }) {
          const ids = Sessions!.map(({ SessionId }) => SessionId);
          assert.equal(ids.includes(person.begun.id), !isSignedOut(person));
          if (isSignedOut(person)) return assert.deepEqual(ids, []);
          await renew(person);
          return assert.equal(
            Sessions!.every(({ IsCurrentSession }) => !IsCurrentSession),
            true,
          );
        },
      }),
      AdminRevokeUserSession: row({
        prepare: tokenSession,
        call: ({ whose, begun }) => at.idp.adminRevokeUserSession({ ...whose, SessionId: begun.id }),
        async effect(person) {
          await assert.rejects(at.idp.getUser(person), {
            ...REFUSED,
            message: 'Access Token has been revoked',
          });
          await assert.rejects(renew(person), { ...REFUSED, message: 'Refresh Token has been revoked' });
        },
        unusual: { RESET_REQUIRED: 'ResourceNotFoundException', disabled: 'ResourceNotFoundException' },
      }),
    });
  });
});
