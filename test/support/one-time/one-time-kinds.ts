/** Kinds of one-time values: how each is made for somebody new, and the places (one-time-places.ts) where it is taken. */
import assert from 'node:assert/strict';
import { PASSWORD, TEMPORARY } from '../../api/oidc/world.ts';
import { authenticator, type RequestOptions } from '../clients/authenticator.ts';
import { challenge, confirm, startOn } from '../devices.ts';
import { totpOf } from '../factors.ts';
import { MORE_KINDS } from './one-time-more-kinds.ts';
import { KINDS_OF_PAGES, type Kind } from './one-time-page-kinds.ts';
import { WORD, type OneTimeWorld } from './one-time-world.ts';
import { askForPasskey, creationOptions, enroll, ORIGIN } from '../passkeys.ts';
import { codeTo } from '../people.ts';
import { makeInvited, signIn, signUp, type MadePool } from '../pool.ts';

const BOTH = ['client', 'pool'] as const;

async function mailed({ server }: OneTimeWorld, name: string): Promise<string> {
  await server.settled();
  return codeTo(server, `${name}@example.com`);
}
async function session(
  { idp, ClientId }: MadePool,
  AuthFlow: 'USER_AUTH' | 'USER_SRP_AUTH' | 'CUSTOM_AUTH' | 'USER_PASSWORD_AUTH',
  AuthParameters: Record<string, string>,
): Promise<string> {
  const begun = await idp.initiateAuth({ ClientId, AuthFlow, AuthParameters });
  assert.ok(begun.Session, `${AuthFlow} has a challenge`);
  return begun.Session;
}

const CODES: Readonly<Record<string, Kind>> = {
  'a code of sign-up': {
    async make(at) {
      const { pool } = at;
      const name = at.newName();
      await signUp(pool, name);
      return { name, pool, value: await mailed(at, name) };
    },
    own: ['ConfirmSignUp', 'GET /confirmUser'],
    notOf: ['pool'],
  },
  'a code for a forgotten password': {
    async make(at) {
      const { pool } = at;
      const name = await at.somebody();
      await pool.idp.forgotPassword({ ClientId: pool.ClientId, Username: name });
      return { name, pool, value: await mailed(at, name) };
    },
    own: ['ConfirmForgotPassword'],
    notOf: ['pool'],
  },
  'a code for an e-mail address': {
    async make(at) {
      const { pool } = at;
      const name = await at.somebody();
      const { AccessToken } = await signIn(pool, name);
      await pool.idp.getUserAttributeVerificationCode({ AccessToken, AttributeName: 'email' });
      return { name, pool, value: await mailed(at, name), AccessToken: AccessToken! };
    },
    own: ['VerifyUserAttribute email'],
    notOf: ['user'],
  },
  'a code for a phone number': {
    async make(at) {
      const { pool, server } = at;
      const name = await at.somebody(pool, { phone_number: '+15550001234' });
      const { AccessToken } = await signIn(pool, name);
      await pool.idp.getUserAttributeVerificationCode({ AccessToken, AttributeName: 'phone_number' });
      await server.settled();
      return { name, pool, value: server.sent.at(-1)!.code, AccessToken: AccessToken! };
    },
    own: ['VerifyUserAttribute phone_number'],
    notOf: ['user'],
  },
  'a code of a sign-in': {
    async make(at) {
      const { pool } = at;
      const name = await at.somebody();
      const parameters = { USERNAME: name, PREFERRED_CHALLENGE: 'EMAIL_OTP' };
      const kept = await session(pool, 'USER_AUTH', parameters);
      return { name, pool, value: await mailed(at, name), session: kept };
    },
    own: ['a code of EMAIL_OTP'],
    notOf: [],
  },
};

const SESSIONS: Readonly<Record<string, Kind>> = {
  'a session of a confirmed sign-up': {
    async make(at) {
      const { pool } = at;
      const { idp, ClientId } = pool;
      const name = at.newName();
      const { Session } = await signUp(pool, name);
      const ConfirmationCode = await mailed(at, name);
      const confirmed = await idp.confirmSignUp({ ClientId, Username: name, ConfirmationCode, Session });
      return { name, pool, value: confirmed.Session! };
    },
    own: ['InitiateAuth Session', 'AdminInitiateAuth Session'],
    notOf: BOTH,
  },
  'a session of a choice': {
    async make(at) {
      const name = await at.somebody();
      return { name, pool: at.pool, value: await session(at.pool, 'USER_AUTH', { USERNAME: name }) };
    },
    own: ['SELECT_CHALLENGE', 'Admin SELECT_CHALLENGE'],
    notOf: BOTH,
  },
  'a session of a sent code': {
    async make(at) {
      const { pool } = at;
      const name = await at.somebody();
      const value = await session(pool, 'USER_AUTH', { USERNAME: name, PREFERRED_CHALLENGE: 'EMAIL_OTP' });
      return { name, pool, value, answers: { EMAIL_OTP_CODE: await mailed(at, name) } };
    },
    own: ['EMAIL_OTP', 'Admin EMAIL_OTP'],
    notOf: BOTH,
  },
  'a session of a new password': {
    async make(at) {
      const { pool } = at;
      const name = at.newName();
      await makeInvited(pool, name);
      const parameters = { USERNAME: name, PASSWORD: TEMPORARY };
      const value = await session(pool, 'USER_PASSWORD_AUTH', parameters);
      return { name, pool, value };
    },
    own: ['NEW_PASSWORD_REQUIRED', 'Admin NEW_PASSWORD_REQUIRED'],
    notOf: BOTH,
  },
  'a session of a second factor': {
    async make(at) {
      const { pool, server } = at;
      const name = await at.somebody();
      const { AccessToken } = await signIn(pool, name);
      const { SecretCode: secret = '' } = await pool.idp.associateSoftwareToken({ AccessToken });
      await pool.idp.verifySoftwareToken({ AccessToken, UserCode: totpOf(server, secret, -30) });
      const SoftwareTokenMfaSettings = { Enabled: true };
      await pool.idp.setUserMFAPreference({ AccessToken, SoftwareTokenMfaSettings });
      const value = await session(pool, 'USER_PASSWORD_AUTH', { USERNAME: name, PASSWORD });
      return { name, pool, value, answers: { SOFTWARE_TOKEN_MFA_CODE: totpOf(server, secret) } };
    },
    own: ['SOFTWARE_TOKEN_MFA', 'Admin SOFTWARE_TOKEN_MFA'],
    notOf: BOTH,
  },
  'a session in which a factor is to be set up': {
    async make(at) {
      const name = await at.somebody(at.strict);
      const value = await session(at.strict, 'USER_PASSWORD_AUTH', { USERNAME: name, PASSWORD });
      return { name, pool: at.strict, value };
    },
    own: ['AssociateSoftwareToken'],
    // The call names no client.
    notOf: [],
  },
  'a session in which a factor is being set up': {
    async make(at) {
      const name = await at.somebody(at.strict);
      const Session = await session(at.strict, 'USER_PASSWORD_AUTH', { USERNAME: name, PASSWORD });
      const begun = await at.strict.idp.associateSoftwareToken({ Session });
      const UserCode = totpOf(at.server, begun.SecretCode!);
      return { name, pool: at.strict, value: begun.Session!, answers: { UserCode } };
    },
    own: ['VerifySoftwareToken Session', 'AssociateSoftwareToken'],
    notOf: [],
  },
  'a session of the pool’s own challenge': {
    async make(at) {
      const name = await at.somebody();
      const value = await session(at.pool, 'CUSTOM_AUTH', { USERNAME: name });
      return { name, pool: at.pool, value, answers: { ANSWER: WORD } };
    },
    own: ['CUSTOM_CHALLENGE', 'Admin CUSTOM_CHALLENGE'],
    notOf: BOTH,
  },
  'a session of a device': {
    async make(at) {
      const { name, device } = await onDevice(at);
      const { Session } = await startOn(at.pool, name, device.key);
      return { name, pool: at.pool, value: Session!, answers: { DEVICE_KEY: device.key, SRP_A: 'abcdef' } };
    },
    own: ['DEVICE_SRP_AUTH', 'Admin DEVICE_SRP_AUTH'],
    notOf: BOTH,
  },
  'a session of a device’s proof': {
    async make(at) {
      const { name, device } = await onDevice(at);
      const { Session } = await startOn(at.pool, name, device.key);
      const { asked, responses } = await challenge(at.pool, name, device, Session, {
        now: at.server.clock.now(),
      });
      return { name, pool: at.pool, value: asked.Session!, answers: responses };
    },
    own: ['DEVICE_PASSWORD_VERIFIER', 'Admin DEVICE_PASSWORD_VERIFIER'],
    notOf: BOTH,
  },
  'a session of a passkey': {
    async make(at) {
      const { name, asked, credential } = await withPasskey(at);
      return { name, pool: at.pool, value: asked.Session!, answers: { CREDENTIAL: credential } };
    },
    own: ['WEB_AUTHN', 'Admin WEB_AUTHN'],
    notOf: BOTH,
  },
};

async function onDevice({ pool, ...at }: OneTimeWorld) {
  const name = await at.somebody();
  return { name, device: await confirm(pool, await signIn(pool, name)) };
}
async function withPasskey({ pool, ...at }: OneTimeWorld) {
  const name = await at.somebody();
  const { AccessToken } = await signIn(pool, name);
  const device = authenticator({ origin: ORIGIN });
  await enroll(pool, device, AccessToken!);
  const asked = await askForPasskey(pool, name);
  return { name, asked, credential: device.get(asked.options satisfies RequestOptions) };
}

const CREDENTIALS: Readonly<Record<string, Kind>> = {
  'an answer by passkey': {
    async make(at) {
      const { name, asked, credential } = await withPasskey(at);
      return { name, pool: at.pool, value: credential, session: asked.Session };
    },
    own: ['a credential of WEB_AUTHN'],
    notOf: [],
  },
  'a new passkey': {
    async make(at) {
      const name = await at.somebody();
      const { AccessToken = '' } = await signIn(at.pool, name);
      const made = authenticator({ origin: ORIGIN }).create(await creationOptions(at.pool, AccessToken));
      return { name, pool: at.pool, value: JSON.stringify(made), AccessToken };
    },
    own: ['CompleteWebAuthnRegistration'],
    notOf: ['user'],
  },
};

const TOKENS: Readonly<Record<string, Kind>> = {
  'a refresh token': {
    async make(at) {
      const name = await at.somebody();
      return { name, pool: at.pool, value: (await signIn(at.pool, name)).RefreshToken! };
    },
    own: [
      'GetTokensFromRefreshToken',
      'InitiateAuth REFRESH_TOKEN_AUTH',
      'AdminInitiateAuth REFRESH_TOKEN_AUTH',
      'POST /oauth2/token refresh_token',
      'RevokeToken',
      'POST /oauth2/revoke',
    ],
    isReusable: true,
    notOf: BOTH,
  },
  'a refresh token that rotates': {
    async make(at) {
      const name = await at.somebody();
      return { name, pool: at.rotating, value: (await signIn(at.rotating, name)).RefreshToken! };
    },
    own: [
      'GetTokensFromRefreshToken',
      'POST /oauth2/token refresh_token',
      'RevokeToken',
      'POST /oauth2/revoke',
    ],
    notOf: BOTH,
  },
  'a code of the authorization endpoint': {
    async make(at) {
      const name = await at.somebody();
      const back = await at.world.signIn(at.authorize(at.pool), name);
      return { name, pool: at.pool, value: back.searchParams.get('code')! };
    },
    own: ['POST /oauth2/token authorization_code'],
    notOf: BOTH,
  },
};

export const KINDS: Readonly<Record<string, Kind>> = {
  ...CODES,
  ...SESSIONS,
  ...CREDENTIALS,
  ...TOKENS,
  ...MORE_KINDS,
  ...KINDS_OF_PAGES,
};
