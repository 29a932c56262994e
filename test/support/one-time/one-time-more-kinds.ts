/** Kinds of one-time values of flows that have more than one step before them: second factors, SRP, sign-up, promised devices. */
import assert from 'node:assert/strict';
import { createBrowser, formOf, TEMPORARY } from '../../api/oidc/world.ts';
import { createSrpClient } from '../../bench/callers.ts';
import { secretFor } from '../devices.ts';
import { totpOf } from '../factors.ts';
import type { Kind } from './one-time-page-kinds.ts';
import type { OneTimeWorld } from './one-time-world.ts';
import { codeTo } from '../people.ts';
import { makeInvited, PASSWORD, signIn, signUp } from '../pool.ts';

const BOTH = ['client', 'pool'] as const;
const PHONE = { phone_number: '+15550001234', phone_number_verified: 'true' };

/** Somebody with text messages as a second factor, and an authenticator application as another. */
async function withFactors(at: OneTimeWorld, { both }: { readonly both: boolean }): Promise<string> {
  const { pool, server } = at;
  const name = await at.somebody(pool, PHONE);
  const { AccessToken } = await signIn(pool, name);
  if (both) {
    const { SecretCode = '' } = await pool.idp.associateSoftwareToken({ AccessToken });
    await pool.idp.verifySoftwareToken({ AccessToken, UserCode: totpOf(server, SecretCode) });
  }
  await pool.idp.setUserMFAPreference({
    AccessToken,
    SMSMfaSettings: { Enabled: true },
    ...(both && { SoftwareTokenMfaSettings: { Enabled: true } }),
  });
  return name;
}

async function byPassword({ pool: { idp, ClientId } }: OneTimeWorld, USERNAME: string): Promise<string> {
  const AuthParameters = { USERNAME, PASSWORD };
  const { Session } = await idp.initiateAuth({ ClientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters });
  assert.ok(Session);
  return Session;
}

/** A sign-in by SRP up to its answer, and the answer. */
async function bySrp({ pool: { idp, ClientId, UserPoolId }, server }: OneTimeWorld, name: string) {
  let Session = '';
  let answers: Readonly<Record<string, string>> = {};
  const client = createSrpClient({
    poolId: UserPoolId,
    clientId: ClientId,
    now: () => server.clock.now(),
    async call(operation, input) {
      if (operation === 'InitiateAuth')
        return idp.initiateAuth(input as Parameters<typeof idp.initiateAuth>[0]);
      ({ Session, ChallengeResponses: answers } = input as {
        Session: string;
        ChallengeResponses: Record<string, string>;
      });
      return {};
    },
  });
  await client(name, PASSWORD);
  return { value: Session, answers };
}

export const MORE_KINDS: Readonly<Record<string, Kind>> = {
  'a session of a sign-up': {
    async make(at) {
      const { pool, server } = at;
      const name = at.newName();
      const { Session } = await signUp(pool, name);
      await server.settled();
      return { name, pool, value: Session!, answers: { code: codeTo(server, `${name}@example.com`) } };
    },
    own: ['ConfirmSignUp Session'],
    notOf: [],
  },
  'a session of SRP': {
    async make(at) {
      const name = await at.somebody();
      return { name, pool: at.pool, ...(await bySrp(at, name)) };
    },
    own: ['PASSWORD_VERIFIER', 'Admin PASSWORD_VERIFIER'],
    notOf: BOTH,
  },
  'a session of a text message': {
    async make(at) {
      const name = await withFactors(at, { both: false });
      const value = await byPassword(at, name);
      await at.server.settled();
      return { name, pool: at.pool, value, answers: { SMS_MFA_CODE: at.server.sent.at(-1)!.code } };
    },
    own: ['SMS_MFA', 'Admin SMS_MFA'],
    notOf: BOTH,
  },
  'a session of a choice of second factors': {
    async make(at) {
      const name = await withFactors(at, { both: true });
      return { name, pool: at.pool, value: await byPassword(at, name), answers: { ANSWER: 'SMS_MFA' } };
    },
    own: ['SELECT_MFA_TYPE', 'Admin SELECT_MFA_TYPE'],
    notOf: BOTH,
  },
  'a promised device': {
    async make(at) {
      const { pool } = at;
      const name = await at.somebody();
      const { AccessToken = '', NewDeviceMetadata = {} } = await signIn(pool, name);
      const { key, verifier } = secretFor(NewDeviceMetadata);
      return { name, pool, value: key, AccessToken, answers: verifier };
    },
    own: ['ConfirmDevice'],
    notOf: ['user'],
  },
  'a login at the pages that waits for a new password': {
    async make(at) {
      const { pool } = at;
      const name = at.newName();
      await makeInvited(pool, name);
      const browser = createBrowser();
      const login = await browser.open(at.authorize(pool));
      const page = await browser.send(login, { username: name, password: TEMPORARY });
      assert.match(page.html, /new_password/);
      const value = login.url.pathname.split('/').at(-1)!;
      return { name, pool, value, browser, page, answers: { csrf: formOf(page.html).members['csrf']! } };
    },
    own: ['POST /login/:id/new-password'],
    notOf: ['pool', 'browser'],
  },
};
