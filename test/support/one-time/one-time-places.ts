/**
 * Places that take one-time values: operations, their challenges, and routes of the pages. Each shows a value as if it were
 * the right one there; it resolves where the value is taken and rejects otherwise, with the answer's status.
 */
import type { CompleteWebAuthnRegistrationRequest } from '@aws-sdk/client-cognito-identity-provider';
import { PASSWORD } from '../../api/oidc/world.ts';
import { CHALLENGES, type ChallengeName } from '../../../src/api/cognito-idp/auth/challenges.ts';
import { NotTaken, ROUTES_THAT_TAKE, type Place } from './one-time-routes.ts';
import type { OneTimeWorld, Value } from './one-time-world.ts';
import { codeTo } from '../people.ts';
import { NEW_PASSWORD, signUp } from '../pool.ts';

/** Right in form; what a value brings stands before it. */
const RESPONSES: Readonly<Record<ChallengeName, Readonly<Record<string, string>>>> = {
  SMS_MFA: { SMS_MFA_CODE: '000000' },
  EMAIL_OTP: { EMAIL_OTP_CODE: '000000' },
  SOFTWARE_TOKEN_MFA: { SOFTWARE_TOKEN_MFA_CODE: '000000' },
  SELECT_MFA_TYPE: { ANSWER: 'SOFTWARE_TOKEN_MFA' },
  MFA_SETUP: {},
  PASSWORD_VERIFIER: proof(),
  CUSTOM_CHALLENGE: { ANSWER: 'red' },
  SELECT_CHALLENGE: { ANSWER: 'EMAIL_OTP' },
  DEVICE_SRP_AUTH: { SRP_A: 'abcdef', DEVICE_KEY: 'us-east-1_00000000-0000-4000-8000-000000000000' },
  DEVICE_PASSWORD_VERIFIER: { ...proof(), DEVICE_KEY: 'us-east-1_00000000-0000-4000-8000-000000000000' },
  ADMIN_NO_SRP_AUTH: { PASSWORD },
  NEW_PASSWORD_REQUIRED: { NEW_PASSWORD },
  SMS_OTP: { SMS_OTP_CODE: '000000' },
  PASSWORD: { PASSWORD },
  WEB_AUTHN: { CREDENTIAL: '{}' },
  PASSWORD_SRP: { SRP_A: 'abcdef' },
};
function proof(): Readonly<Record<string, string>> {
  return {
    PASSWORD_CLAIM_SECRET_BLOCK: 'AAAA',
    PASSWORD_CLAIM_SIGNATURE: 'AAAA',
    TIMESTAMP: 'Mon Nov 3 02:51:00 UTC 2026',
  };
}

const respondTo =
  (ChallengeName: ChallengeName) =>
  ({ pool: { idp, ClientId }, name, value: Session, answers }: Value): Promise<unknown> =>
    idp.respondToAuthChallenge({
      ClientId,
      ChallengeName,
      Session,
      ChallengeResponses: { USERNAME: name, ...RESPONSES[ChallengeName], ...answers },
    });
const adminRespondTo =
  (ChallengeName: ChallengeName) =>
  ({ pool: { idp, ClientId, UserPoolId }, name, value: Session, answers }: Value): Promise<unknown> =>
    idp.adminRespondToAuthChallenge({
      UserPoolId,
      ClientId,
      ChallengeName,
      Session,
      ChallengeResponses: { USERNAME: name, ...RESPONSES[ChallengeName], ...answers },
    });

const OF_CHALLENGES: Readonly<Record<string, Place>> = Object.fromEntries(
  CHALLENGES.flatMap((name) => [
    [name, { operation: 'RespondToAuthChallenge', show: respondTo(name) }],
    [`Admin ${name}`, { operation: 'AdminRespondToAuthChallenge', show: adminRespondTo(name) }],
  ]),
);

/** The access token of the value's owner, or of the person of that name. */
const tokenOf = async ({ AccessToken }: Value, at: OneTimeWorld): Promise<string> =>
  AccessToken ?? (await at.bearer());

const OF_OPERATIONS: Readonly<Record<string, Place>> = {
  ConfirmSignUp: {
    operation: 'ConfirmSignUp',
    show: ({ pool: { idp, ClientId }, name: Username, value: ConfirmationCode }) =>
      idp.confirmSignUp({ ClientId, Username, ConfirmationCode }),
  },
  'ConfirmSignUp Session': {
    operation: 'ConfirmSignUp',
    /** With the right code, of the value's owner or of somebody new: the session that is shown gives another, or it is not taken. */
    async show({ name: owner, value: Session, answers }, at) {
      const { pool } = at;
      const Username = answers?.['code'] === undefined ? at.newName() : owner;
      if (Username !== owner) await signUp(pool, Username);
      await at.server.settled();
      const ConfirmationCode = answers?.['code'] ?? codeTo(at.server, `${Username}@example.com`);
      const { idp, ClientId } = pool;
      const confirmed = await idp.confirmSignUp({ ClientId, Username, ConfirmationCode, Session });
      if (confirmed.Session === undefined) throw new NotTaken(400, 'no session');
    },
  },
  ConfirmDevice: {
    operation: 'ConfirmDevice',
    async show(value, at) {
      const AccessToken = await tokenOf(value, at);
      const DeviceSecretVerifierConfig = value.answers ?? { Salt: 'AAAA', PasswordVerifier: 'AAAA' };
      return value.pool.idp.confirmDevice({
        AccessToken,
        DeviceKey: value.value,
        DeviceSecretVerifierConfig,
      });
    },
  },
  ConfirmForgotPassword: {
    operation: 'ConfirmForgotPassword',
    show: ({ pool: { idp, ClientId }, name: Username, value: ConfirmationCode }) =>
      idp.confirmForgotPassword({ ClientId, Username, ConfirmationCode, Password: NEW_PASSWORD }),
  },
  ...Object.fromEntries(
    ['email', 'phone_number'].map((AttributeName) => [
      `VerifyUserAttribute ${AttributeName}`,
      {
        operation: 'VerifyUserAttribute',
        async show(value: Value, at: OneTimeWorld) {
          const AccessToken = await tokenOf(value, at);
          return value.pool.idp.verifyUserAttribute({ AccessToken, AttributeName, Code: value.value });
        },
      },
    ]),
  ),
  'a code of EMAIL_OTP': {
    operation: 'RespondToAuthChallenge',
    async show({ pool: { idp, ClientId }, name: USERNAME, value: EMAIL_OTP_CODE, session }) {
      const begin = () =>
        idp.initiateAuth({
          ClientId,
          AuthFlow: 'USER_AUTH',
          AuthParameters: { USERNAME, PREFERRED_CHALLENGE: 'EMAIL_OTP' },
        });
      return idp.respondToAuthChallenge({
        ClientId,
        ChallengeName: 'EMAIL_OTP',
        Session: session ?? (await begin()).Session,
        ChallengeResponses: { USERNAME, EMAIL_OTP_CODE },
      });
    },
  },
  'a credential of WEB_AUTHN': {
    operation: 'RespondToAuthChallenge',
    async show({ pool: { idp, ClientId }, name: USERNAME, value: CREDENTIAL, session }) {
      const begin = () =>
        idp.initiateAuth({
          ClientId,
          AuthFlow: 'USER_AUTH',
          AuthParameters: { USERNAME, PREFERRED_CHALLENGE: 'WEB_AUTHN' },
        });
      return idp.respondToAuthChallenge({
        ClientId,
        ChallengeName: 'WEB_AUTHN',
        Session: session ?? (await begin()).Session,
        ChallengeResponses: { USERNAME, CREDENTIAL },
      });
    },
  },
  CompleteWebAuthnRegistration: {
    operation: 'CompleteWebAuthnRegistration',
    async show(value, at) {
      const AccessToken = await tokenOf(value, at);
      const Credential = documentIn(value.value);
      return value.pool.idp.completeWebAuthnRegistration({ AccessToken, Credential });
    },
  },
  'InitiateAuth Session': {
    operation: 'InitiateAuth',
    show: ({ pool: { idp, ClientId }, name: USERNAME, value: Session }) =>
      idp.initiateAuth({ ClientId, AuthFlow: 'USER_AUTH', AuthParameters: { USERNAME }, Session }),
  },
  'AdminInitiateAuth Session': {
    operation: 'AdminInitiateAuth',
    show: ({ pool: { idp, ClientId, UserPoolId }, name: USERNAME, value: Session }) =>
      idp.adminInitiateAuth({
        UserPoolId,
        ClientId,
        AuthFlow: 'USER_AUTH',
        AuthParameters: { USERNAME },
        Session,
      }),
  },
  'InitiateAuth REFRESH_TOKEN_AUTH': {
    operation: 'InitiateAuth',
    show: ({ pool: { idp, ClientId }, value: REFRESH_TOKEN }) =>
      idp.initiateAuth({ ClientId, AuthFlow: 'REFRESH_TOKEN_AUTH', AuthParameters: { REFRESH_TOKEN } }),
  },
  'AdminInitiateAuth REFRESH_TOKEN_AUTH': {
    operation: 'AdminInitiateAuth',
    show: ({ pool: { idp, ClientId, UserPoolId }, value: REFRESH_TOKEN }) =>
      idp.adminInitiateAuth({
        UserPoolId,
        ClientId,
        AuthFlow: 'REFRESH_TOKEN_AUTH',
        AuthParameters: { REFRESH_TOKEN },
      }),
  },
  AssociateSoftwareToken: {
    operation: 'AssociateSoftwareToken',
    show: ({ pool: { idp }, value: Session }) => idp.associateSoftwareToken({ Session }),
  },
  'VerifySoftwareToken Session': {
    operation: 'VerifySoftwareToken',
    async show({ pool: { idp }, value: Session, answers }) {
      const { Status } = await idp.verifySoftwareToken({
        Session,
        UserCode: answers?.['UserCode'] ?? '000000',
      });
      if (Status !== 'SUCCESS') throw new NotTaken(400, String(Status));
    },
  },
  'VerifySoftwareToken UserCode': {
    operation: 'VerifySoftwareToken',
    async show(value, at) {
      const AccessToken = await tokenOf(value, at);
      await value.pool.idp.associateSoftwareToken({ AccessToken });
      const { Status } = await value.pool.idp.verifySoftwareToken({ AccessToken, UserCode: value.value });
      if (Status !== 'SUCCESS') throw new NotTaken(400, String(Status));
    },
  },
  GetTokensFromRefreshToken: {
    operation: 'GetTokensFromRefreshToken',
    show: ({ pool: { idp, ClientId }, value: RefreshToken }) =>
      idp.getTokensFromRefreshToken({ ClientId, RefreshToken }),
  },
  RevokeToken: {
    operation: 'RevokeToken',
    isSilent: true,
    show: ({ pool: { idp, ClientId }, value: Token }) => idp.revokeToken({ ClientId, Token }),
  },
};

function documentIn(text: string): Document {
  try {
    const document = JSON.parse(text) as Document;
    if (typeof document === 'object') return document;
  } catch {
    // It is no credential, and is sent as one all the same.
  }
  return { id: text, rawId: text, type: 'public-key', response: { clientDataJSON: text } };
}

type Document = NonNullable<CompleteWebAuthnRegistrationRequest['Credential']>;

export const PLACES: Readonly<Record<string, Place>> = {
  ...OF_OPERATIONS,
  ...OF_CHALLENGES,
  ...ROUTES_THAT_TAKE,
};
