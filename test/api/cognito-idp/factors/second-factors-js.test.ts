/** Second factors with amazon-cognito-identity-js, unmodified. */
import assert from 'node:assert/strict';
import {
  AuthenticationDetails,
  CognitoUser,
  CognitoUserPool,
  type CognitoUserSession,
} from 'amazon-cognito-identity-js';
import {
  lastCode,
  makeFactorPool,
  startByPassword,
  totpOf,
  makeHolder,
  PROVEN,
  type Factor,
} from '../../../support/factors.ts';
import { makeUser, PASSWORD, type MadePool } from '../../../support/pool.ts';
import { startServer, type TestServer } from '../../../support/servers/server.ts';

describe('second factors with amazon-cognito-identity-js', () => {
  let server: TestServer;
  let pool: MadePool;

  before(async () => {
    server = await startServer();
    pool = await makeFactorPool(server, { mode: 'OPTIONAL' });
  });
  after(() => server.close());

  const somebody = (name: string, factors: readonly Factor[]) => makeHolder(server, pool, name, factors);

  const userOf = ({ UserPoolId, ClientId }: MadePool, Username: string) =>
    new CognitoUser({
      Username,
      Pool: new CognitoUserPool({ UserPoolId, ClientId, endpoint: server.url }),
    });
  const details = (Username: string) => new AuthenticationDetails({ Username, Password: PASSWORD });

  /** Signs in, answering what is asked with what the handlers say. */
  const signInAs = (
    user: CognitoUser,
    handlers: Partial<Record<'mfaRequired' | 'totpRequired' | 'selectMFAType' | 'mfaSetup', Handler>>,
  ): Promise<CognitoUserSession> =>
    new Promise((resolve, reject) => {
      const callbacks = { onSuccess: resolve, onFailure: reject };
      const bound = Object.fromEntries(
        Object.entries(handlers).map(([name, handler]) => [name, () => handler(all)]),
      );
      const all = { ...callbacks, ...bound };
      user.authenticateUser(details(user.getUsername()), all);
    });
  // What each handler is given: the callbacks themselves, as the client wants them handed on.
  // oxlint-disable-next-line typescript/no-explicit-any
  type Handler = (callbacks: any) => void;

  it('sends an SMS code (sendMFACode)', async () => {
    await somebody('js-sms', ['sms']);
    const user = userOf(pool, 'js-sms');

    const session = await signInAs(user, {
      mfaRequired: (callbacks) => user.sendMFACode(lastCode(server), callbacks),
    });

    assert.ok(session.isValid());
  });

  it('sends a code of an application (sendMFACode)', async () => {
    const secret = await somebody('js-totp', ['totp']);
    const user = userOf(pool, 'js-totp');

    const session = await signInAs(user, {
      totpRequired: (callbacks) => user.sendMFACode(totpOf(server, secret), callbacks, 'SOFTWARE_TOKEN_MFA'),
    });

    assert.ok(session.isValid());
  });

  it('chooses (sendMFASelectionAnswer)', async () => {
    const secret = await somebody('js-choose', ['sms', 'totp']);
    const user = userOf(pool, 'js-choose');

    const session = await signInAs(user, {
      selectMFAType: (callbacks) => user.sendMFASelectionAnswer('SOFTWARE_TOKEN_MFA', callbacks),
      totpRequired: (callbacks) => user.sendMFACode(totpOf(server, secret), callbacks, 'SOFTWARE_TOKEN_MFA'),
    });

    assert.ok(session.isValid());
  });

  /** The code for the secret that the client hands over. */
  const verified = (user: CognitoUser): Promise<unknown> =>
    new Promise((resolve, reject) => {
      user.associateSoftwareToken({
        associateSecretCode: (secret: string) =>
          user.verifySoftwareToken(totpOf(server, secret), 'phone', {
            onSuccess: resolve,
            onFailure: reject,
          }),
        onFailure: reject,
      });
    });

  it('sets an application up where one is required (mfaSetup)', async () => {
    const required = await makeFactorPool(server, { mode: 'ON', factors: ['totp'] });
    await makeUser(required, 'ada');
    const user = userOf(required, 'ada');

    const session = await signInAs(user, {
      mfaSetup: (callbacks) => {
        void verified(user).then(callbacks.onSuccess, callbacks.onFailure);
      },
    });

    assert.ok(session.isValid());
    assert.equal((await startByPassword(required, 'ada')).ChallengeName, 'SOFTWARE_TOKEN_MFA');
  });

  it('sets one up when signed in, and prefers it (setUserMfaPreference)', async () => {
    await makeUser(pool, 'js-own', PROVEN);
    const user = userOf(pool, 'js-own');
    await signInAs(user, {});

    await verified(user);
    const preferred = await new Promise((resolve, reject) => {
      user.setUserMfaPreference(null, { PreferredMfa: true, Enabled: true }, (error, result) =>
        error ? reject(error) : resolve(result),
      );
    });

    assert.equal(preferred, 'SUCCESS');
    assert.equal((await startByPassword(pool, 'js-own')).ChallengeName, 'SOFTWARE_TOKEN_MFA');
  });
});
