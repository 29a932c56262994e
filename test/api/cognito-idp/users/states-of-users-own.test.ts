/**
 * What people do with their own access token, in each state of their account.
 *
 * Source: Cognito API reference, errors of each operation; developer guide, "Adding MFA to a user pool" (people of a provider have no factors here).
 */
import assert from 'node:assert/strict';
import { authenticator, type CreationOptions } from '../../../support/clients/authenticator.ts';
import { secretFor } from '../../../support/devices.ts';
import { totpOf } from '../../../support/factors.ts';
import { enroll, ORIGIN } from '../../../support/passkeys.ts';
import { codeTo, shown } from '../../../support/people.ts';
import { NEW_PASSWORD, PASSWORD } from '../../../support/pool.ts';
import { row, statesOfUsers, type Outcomes, type Person } from '../../../support/matrices/states.ts';

const STRANGE = 'us-east-1_00000000-0000-4000-8000-000000000000';
const SMS_OPTION = { DeliveryMedium: 'SMS', AttributeName: 'phone_number' } as const;

/** Bearing a token, each is asked first what became of him. */
const USUAL: Outcomes = {
  CONFIRMED: 'done',
  UNCONFIRMED: 'UserNotConfirmedException',
  FORCE_CHANGE_PASSWORD: 'done',
  RESET_REQUIRED: 'PasswordResetRequiredException',
  disabled: 'NotAuthorizedException',
  EXTERNAL_PROVIDER: 'done',
  deleted: 'UserNotFoundException',
};

describe('what people do with their own access token', () => {
  const at = statesOfUsers();
  const isBroughtByProvider = ({ state }: Person): boolean => state === 'EXTERNAL_PROVIDER';
  const attributesOf = async ({ name }: Person) => (await shown(at.pool, name)).attributes;
  const factorsOf = async ({ whose }: Person) =>
    (await at.idp.adminGetUserAuthFactors(whose)).ConfiguredUserAuthFactors!;
  const sessionsOf = async ({ whose }: Person) => (await at.idp.adminListUserSessions(whose)).Sessions!;

  describe('about the account', () => {
    at.table(USUAL, {
      GetUser: row({
        call: ({ AccessToken }) => at.idp.getUser({ AccessToken }),
        async effect({ whose, name }, { Username, UserAttributes }) {
          assert.equal(Username, name);
          assert.deepEqual(UserAttributes, (await at.idp.adminGetUser(whose)).UserAttributes);
        },
      }),
      DeleteUser: row({
        call: ({ AccessToken }) => at.idp.deleteUser({ AccessToken }),
        effect: ({ whose }) => assert.rejects(at.idp.adminGetUser(whose), { name: 'UserNotFoundException' }),
      }),
      UpdateUserAttributes: row({
        call: ({ AccessToken }) =>
          at.idp.updateUserAttributes({ AccessToken, UserAttributes: [{ Name: 'nickname', Value: 'New' }] }),
        effect: async (person) => assert.equal((await attributesOf(person)).nickname, 'New'),
      }),
      DeleteUserAttributes: row({
        call: ({ AccessToken }) =>
          at.idp.deleteUserAttributes({ AccessToken, UserAttributeNames: ['nickname', 'phone_number'] }),
        async effect(person) {
          const names = Object.keys(await attributesOf(person));
          for (const gone of ['nickname', 'phone_number', 'phone_number_verified'])
            assert.ok(!names.includes(gone), gone);
        },
      }),
      GetUserAttributeVerificationCode: row({
        call: ({ AccessToken }) =>
          at.idp.getUserAttributeVerificationCode({ AccessToken, AttributeName: 'email' }),
        effect: ({ AccessToken, email }) =>
          at.idp.verifyUserAttribute({ AccessToken, AttributeName: 'email', Code: codeTo(at.server, email) }),
      }),
      VerifyUserAttribute: row({
        async prepare({ AccessToken, whose, email }) {
          await at.idp.getUserAttributeVerificationCode({ AccessToken, AttributeName: 'email' });
          const UserAttributes = [{ Name: 'email_verified', Value: 'false' }];
          await at.idp.adminUpdateUserAttributes({ ...whose, UserAttributes });
          return { code: codeTo(at.server, email) };
        },
        call: ({ AccessToken, begun }) =>
          at.idp.verifyUserAttribute({ AccessToken, AttributeName: 'email', Code: begun.code }),
        effect: async (person) => assert.equal((await attributesOf(person)).email_verified, 'true'),
      }),
      ChangePassword: row({
        call: ({ AccessToken, password }) =>
          at.idp.changePassword({
            AccessToken,
            PreviousPassword: password,
            ProposedPassword: NEW_PASSWORD,
          }),
        async effect({ state, name, password }) {
          const { ChallengeName, AuthenticationResult } = await at.enter(name, NEW_PASSWORD);
          // A temporary password is one still: only NEW_PASSWORD_REQUIRED ends that.
          if (state === 'FORCE_CHANGE_PASSWORD') assert.equal(ChallengeName, 'NEW_PASSWORD_REQUIRED');
          else assert.ok(AuthenticationResult);
          await assert.rejects(at.enter(name, password), { name: 'NotAuthorizedException' });
        },
        unusual: { EXTERNAL_PROVIDER: 'NotAuthorizedException' },
      }),
    });
  });

  describe('about second factors', () => {
    at.table(USUAL, {
      GetUserAuthFactors: row({
        call: ({ AccessToken }) => at.idp.getUserAuthFactors({ AccessToken }),
        async effect(person, { ConfiguredUserAuthFactors }) {
          const own = isBroughtByProvider(person) ? [] : ['PASSWORD', 'EMAIL_OTP', 'SMS_OTP'];
          assert.deepEqual(ConfiguredUserAuthFactors, own);
          assert.deepEqual(await factorsOf(person), own);
        },
      }),
      AssociateSoftwareToken: row({
        call: ({ AccessToken }) => at.idp.associateSoftwareToken({ AccessToken }),
        async effect(person, { SecretCode }) {
          const UserCode = totpOf(at.server, SecretCode!);
          const verified = at.idp.verifySoftwareToken({ AccessToken: person.AccessToken, UserCode });
          if (person.state === 'UNCONFIRMED')
            await assert.rejects(verified, { name: 'UserNotConfirmedException' });
          else assert.equal((await verified).Status, 'SUCCESS');
        },
        // Not among the errors of this operation; the next one says it.
        unusual: { UNCONFIRMED: 'done', EXTERNAL_PROVIDER: 'NotAuthorizedException' },
      }),
      VerifySoftwareToken: row({
        async prepare(person) {
          if (isBroughtByProvider(person)) return { code: '123456' };
          const { AccessToken } = person;
          const { SecretCode } = await at.idp.associateSoftwareToken({ AccessToken });
          return { code: totpOf(at.server, SecretCode!) };
        },
        call: ({ AccessToken, begun }) => at.idp.verifySoftwareToken({ AccessToken, UserCode: begun.code }),
        effect: async (person) => assert.ok((await factorsOf(person)).includes('SOFTWARE_TOKEN')),
        unusual: { EXTERNAL_PROVIDER: 'NotAuthorizedException' },
      }),
      SetUserMFAPreference: row({
        call: ({ AccessToken }) =>
          at.idp.setUserMFAPreference({
            AccessToken,
            EmailMfaSettings: { Enabled: true, PreferredMfa: true },
          }),
        effect: async ({ whose }) =>
          assert.equal((await at.idp.adminGetUser(whose)).PreferredMfaSetting, 'EMAIL_OTP'),
        unusual: { EXTERNAL_PROVIDER: 'InvalidParameterException' },
      }),
      SetUserSettings: row({
        call: ({ AccessToken }) => at.idp.setUserSettings({ AccessToken, MFAOptions: [SMS_OPTION] }),
        effect: async ({ whose }) =>
          assert.deepEqual((await at.idp.adminGetUser(whose)).UserMFASettingList, ['SMS_MFA']),
        unusual: { EXTERNAL_PROVIDER: 'InvalidParameterException' },
      }),
    });
  });

  describe('about passkeys', () => {
    const enrolled = async (person: Person) => {
      if (isBroughtByProvider(person)) return { credentialId: 'none' };
      const device = authenticator({ origin: ORIGIN });
      await enroll(at.pool, device, person.AccessToken);
      return { credentialId: device.made[0]!.id };
    };
    const listed = async ({ AccessToken }: Person) =>
      (await at.idp.listWebAuthnCredentials({ AccessToken })).Credentials!.map(
        ({ CredentialId }) => CredentialId,
      );
    const create = (options: unknown) => authenticator({ origin: ORIGIN }).create(options as CreationOptions);

    at.table(USUAL, {
      StartWebAuthnRegistration: row({
        call: ({ AccessToken }) => at.idp.startWebAuthnRegistration({ AccessToken }),
        async effect(person, { CredentialCreationOptions }) {
          const Credential = create(CredentialCreationOptions);
          await at.idp.completeWebAuthnRegistration({ AccessToken: person.AccessToken, Credential });
          assert.deepEqual(await listed(person), [Credential.id]);
        },
        unusual: { EXTERNAL_PROVIDER: 'NotAuthorizedException' },
      }),
      CompleteWebAuthnRegistration: row({
        async prepare(person) {
          if (isBroughtByProvider(person)) return { credential: '{}' };
          const { AccessToken } = person;
          const { CredentialCreationOptions } = await at.idp.startWebAuthnRegistration({ AccessToken });
          return { credential: JSON.stringify(create(CredentialCreationOptions)) };
        },
        call: ({ AccessToken, begun }) =>
          at.idp.completeWebAuthnRegistration({ AccessToken, Credential: JSON.parse(begun.credential!) }),
        effect: async (person) =>
          assert.deepEqual(await listed(person), [JSON.parse(person.begun.credential!).id]),
        unusual: { EXTERNAL_PROVIDER: 'NotAuthorizedException' },
      }),
      ListWebAuthnCredentials: row({
        prepare: enrolled,
        call: ({ AccessToken }) => at.idp.listWebAuthnCredentials({ AccessToken }),
        async effect(person, { Credentials }) {
          const ids = Credentials!.map(({ CredentialId }) => CredentialId);
          assert.deepEqual(ids, isBroughtByProvider(person) ? [] : [person.begun.credentialId]);
          assert.equal((await factorsOf(person)).includes('WEB_AUTHN'), ids.length > 0);
        },
      }),
      DeleteWebAuthnCredential: row({
        prepare: enrolled,
        call: ({ AccessToken, begun }) =>
          at.idp.deleteWebAuthnCredential({ AccessToken, CredentialId: begun.credentialId }),
        effect: async (person) => assert.deepEqual(await listed(person), []),
        unusual: { EXTERNAL_PROVIDER: 'ResourceNotFoundException' },
      }),
    });
  });

  describe('about devices', () => {
    const confirmed = async ({ AccessToken, promised }: Person) => {
      if (!promised) return { key: STRANGE };
      const { key, verifier } = secretFor(promised);
      await at.idp.confirmDevice({
        AccessToken,
        DeviceKey: key,
        DeviceSecretVerifierConfig: verifier,
        DeviceName: 'a laptop',
      });
      return { key };
    };
    const devicesOf = async ({ whose }: Person) => (await at.idp.adminListDevices(whose)).Devices!;
    /** The hosted page keeps track of no devices. */
    const unusual = { EXTERNAL_PROVIDER: 'ResourceNotFoundException' } as const;

    at.table(USUAL, {
      ConfirmDevice: row({
        call: ({ AccessToken, promised }) =>
          at.idp.confirmDevice({ AccessToken, DeviceKey: promised?.DeviceKey ?? STRANGE }),
        effect: async (person) =>
          assert.equal((await devicesOf(person))[0]!.DeviceKey, person.promised!.DeviceKey),
        unusual: { EXTERNAL_PROVIDER: 'InvalidParameterException' },
      }),
      GetDevice: row({
        prepare: confirmed,
        call: ({ AccessToken, begun }) => at.idp.getDevice({ AccessToken, DeviceKey: begun.key }),
        effect: async (person, { Device }) => assert.deepEqual([Device], await devicesOf(person)),
        unusual,
      }),
      ListDevices: row({
        prepare: confirmed,
        call: ({ AccessToken }) => at.idp.listDevices({ AccessToken }),
        async effect(person, { Devices }) {
          assert.equal(Devices!.length, isBroughtByProvider(person) ? 0 : 1);
          assert.deepEqual(Devices, await devicesOf(person));
        },
      }),
      UpdateDeviceStatus: row({
        prepare: confirmed,
        call: ({ AccessToken, begun }) =>
          at.idp.updateDeviceStatus({
            AccessToken,
            DeviceKey: begun.key,
            DeviceRememberedStatus: 'remembered',
          }),
        async effect(person) {
          const [device] = await devicesOf(person);
          assert.ok(device!.DeviceAttributes!.some(({ Value }) => Value === 'remembered'));
        },
        unusual,
      }),
      ForgetDevice: row({
        prepare: confirmed,
        call: ({ AccessToken, begun }) => at.idp.forgetDevice({ AccessToken, DeviceKey: begun.key }),
        effect: async (person) => assert.deepEqual(await devicesOf(person), []),
        unusual,
      }),
    });
  });

  describe('about sessions', () => {
    at.table(USUAL, {
      GlobalSignOut: row({
        call: ({ AccessToken }) => at.idp.globalSignOut({ AccessToken }),
        async effect({ AccessToken, RefreshToken }) {
          const refused = { name: 'NotAuthorizedException' };
          await assert.rejects(at.idp.getUser({ AccessToken }), refused);
          const renewed = at.idp.getTokensFromRefreshToken({ ClientId: at.ClientId, RefreshToken });
          await assert.rejects(renewed, refused);
        },
      }),
      ListUserSessions: row({
        call: ({ AccessToken }) => at.idp.listUserSessions({ AccessToken }),
        async effect(person, { Sessions }) {
          const idsOf = (sessions: typeof Sessions) => sessions!.map(({ SessionId }) => SessionId);
          assert.deepEqual(idsOf(Sessions), idsOf(await sessionsOf(person)));
          assert.equal(Sessions!.filter(({ IsCurrentSession }) => IsCurrentSession).length, 1);
        },
      }),
      RevokeUserSession: row({
        async prepare(person) {
          // Of who comes through the hosted page the other session is the browser's.
          if (!isBroughtByProvider(person)) await at.enter(person.name, PASSWORD);
          const { AccessToken } = person;
          const { Sessions } = await at.idp.listUserSessions({ AccessToken });
          return { id: Sessions!.find(({ IsCurrentSession }) => !IsCurrentSession)!.SessionId! };
        },
        call: ({ AccessToken, begun }) => at.idp.revokeUserSession({ AccessToken, SessionId: begun.id }),
        async effect(person) {
          const left = await sessionsOf(person);
          assert.deepEqual([left.length, left[0]!.SessionId === person.begun.id], [1, false]);
        },
      }),
    });
  });
});
