/**
 * One line in the log for each refused sign-in and each refused code: under the id that the caller was shown, with the
 * `sub` of a user that there is, and with nothing that was sent to prove anything.
 *
 * Entry points and kinds of refusal are tables; every pair of them that there is, is tried.
 */
import assert from 'node:assert/strict';
import { codeTo, otherThan } from '../../support/people.ts';
import { NEW_PASSWORD, signUp } from '../../support/pool.ts';
import {
  answered,
  refused,
  watchRefusals,
  WRONG,
  type Answer,
  type Watched,
} from '../../support/matrices/refusal-lines.ts';
import { createBrowser, PASSWORD } from '../oidc/world.ts';

type Try = (name: string, password: string) => Promise<Answer | (() => Promise<Answer>)>;

let watched: Watched;

/** Where a name and a password are shown. */
const SIGN_INS: Readonly<Record<string, Try>> = {
  'InitiateAuth by password': (USERNAME, password) =>
    refused(
      watched.pool.idp.initiateAuth({
        ClientId: watched.pool.ClientId,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME, PASSWORD: password },
      }),
    ),
  'InitiateAuth by choice': (USERNAME, password) =>
    refused(
      watched.pool.idp.initiateAuth({
        ClientId: watched.pool.ClientId,
        AuthFlow: 'USER_AUTH',
        AuthParameters: { USERNAME, PREFERRED_CHALLENGE: 'PASSWORD', PASSWORD: password },
      }),
    ),
  AdminInitiateAuth: (USERNAME, password) =>
    refused(
      watched.pool.idp.adminInitiateAuth({
        UserPoolId: watched.pool.UserPoolId,
        ClientId: watched.pool.ClientId,
        AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME, PASSWORD: password },
      }),
    ),
  async RespondToAuthChallenge(USERNAME, password) {
    const { idp, ClientId } = watched.pool;
    const AuthParameters = { USERNAME };
    const begun = await idp.initiateAuth({ ClientId, AuthFlow: 'USER_AUTH', AuthParameters });
    return () =>
      refused(
        idp.respondToAuthChallenge({
          ClientId,
          ChallengeName: 'SELECT_CHALLENGE',
          Session: watched.secret(begun.Session),
          ChallengeResponses: { USERNAME, ANSWER: 'PASSWORD', PASSWORD: password },
        }),
      );
  },
  async 'the hosted page'(username, password) {
    const browser = createBrowser();
    const page = await browser.open(watched.world.authorize(watched.client));
    for (const { value } of browser.jar) watched.secret(value);
    const shown = await browser.send(page, { username, password });
    assert.equal(shown.status, 400, shown.html);
    return { id: shown.headers.get('x-amzn-requestid'), text: shown.html };
  },
};

describe('a refused sign-in leaves one line', function () {
  this.timeout(20_000);
  before(async () => {
    watched = await watchRefusals();
  });
  after(() => watched.world.close());

  for (const [where, attempt] of Object.entries(SIGN_INS)) {
    it(`with the user: a wrong password at ${where}`, async () => {
      const { name, sub } = await watched.newcomer();

      await watched.assertLine(() => attempt(name, WRONG), sub);
    });
    it(`with the user: a disabled one at ${where}`, async () => {
      const { name, sub } = await watched.newcomer();
      await watched.pool.idp.adminDisableUser({ UserPoolId: watched.pool.UserPoolId, Username: name });

      await watched.assertLine(() => attempt(name, PASSWORD), sub);
    });
    it(`with the user: too many tries at ${where}`, async () => {
      const { name, sub } = await watched.newcomer();
      for (let at = 0; at < 6; at += 1) await done(attempt(name, WRONG));

      const line = await watched.assertLine(() => attempt(name, PASSWORD), sub);

      assert.partialDeepStrictEqual(line, { kind: 'password-attempts-exceeded' });
    });
    it(`without one: an unknown name at ${where}`, async () => {
      await watched.assertLine(() => attempt(`nobody-${where.length}`, WRONG), undefined);
    });
  }

  it('without the user that the browser is signed in as: an unknown name at the hosted page', async () => {
    const browser = createBrowser();
    await watched.world.signIn(watched.world.authorize(watched.client), 'ada', browser);
    const page = await browser.open(watched.world.authorize(watched.client, { prompt: 'login' }));

    await watched.assertLine(async () => {
      const shown = await browser.send(page, { username: 'nobody-at-all', password: WRONG });
      return { id: shown.headers.get('x-amzn-requestid'), text: shown.html };
    }, undefined);
  });
  it('with nothing of the passwords, codes, sessions, tokens and cookies that were sent', () => {
    watched.assertNothingTold({ least: 21 });
  });
});

/** Where a code is shown; each makes ready what it needs, for somebody or for nobody, and gives the call. */
const CODES: Readonly<Record<string, (name: string) => Promise<() => Promise<unknown>>>> = {
  async ConfirmForgotPassword(Username) {
    const { idp, ClientId } = watched.pool;
    await idp.forgotPassword({ ClientId, Username });
    const ConfirmationCode = await wrongCodeOf(Username);
    return () => idp.confirmForgotPassword({ ClientId, Username, ConfirmationCode, Password: NEW_PASSWORD });
  },
  async ConfirmSignUp(Username) {
    const { idp, ClientId } = watched.pool;
    return () => idp.confirmSignUp({ ClientId, Username, ConfirmationCode: watched.secret('024680') });
  },
  async 'RespondToAuthChallenge with EMAIL_OTP'(USERNAME) {
    const { idp, ClientId } = watched.pool;
    const { Session } = await idp.initiateAuth({
      ClientId,
      AuthFlow: 'USER_AUTH',
      AuthParameters: { USERNAME, PREFERRED_CHALLENGE: 'EMAIL_OTP' },
    });
    const EMAIL_OTP_CODE = await wrongCodeOf(USERNAME);
    return () =>
      idp.respondToAuthChallenge({
        ClientId,
        ChallengeName: 'EMAIL_OTP',
        Session: watched.secret(Session),
        ChallengeResponses: { USERNAME, EMAIL_OTP_CODE },
      });
  },
};

/** The code that was sent is kept out of the log as well. */
async function wrongCodeOf(name: string): Promise<string> {
  await watched.world.server.settled();
  const { sent } = watched.world.server;
  const to = `${name}@example.com`;
  return watched.secret(
    otherThan(sent.some((each) => each.to === to) ? watched.secret(codeTo(watched.world.server, to)) : ''),
  );
}

describe('a refused code leaves one line', function () {
  this.timeout(20_000);
  before(async () => {
    watched = await watchRefusals();
  });
  after(() => watched.world.close());

  for (const [where, prepare] of Object.entries(CODES)) {
    it(`with the user: at ${where}`, async () => {
      const { name, sub } = await watched.newcomer();
      const call = await prepare(name);

      await watched.assertLine(() => refused(call()), sub);
    });
    it(`without one: of an unknown name at ${where}`, async () => {
      const call = await prepare(`nobody-${where.length}`);

      await watched.assertLine(() => refused(call()), undefined);
    });
    it(`when there were too many: at ${where}`, async () => {
      const { name, sub } = await watched.newcomer();
      const call = await prepare(name);
      for (let at = 0; at < 20; at += 1) await call().catch(() => undefined);

      // A session that is spent is nobody's any more.
      await watched.assertLine(() => refused(call()), where.startsWith('Respond') ? undefined : sub);
    });
  }
  it('with the user who confirms: a link of the hosted pages', async () => {
    const name = 'link-follower';
    await signUp(watched.pool, name);
    const sub = await watched.subOf(name);
    const query = new URLSearchParams({
      client_id: watched.pool.ClientId,
      user_name: name,
      confirmation_code: otherThan(watched.secret(codeTo(watched.world.server, `${name}@example.com`))),
    });

    await watched.assertLine(
      async () => answered(await fetch(`${watched.world.base}/confirmUser?${query}`)),
      sub,
    );
  });
  it('with nothing of the passwords, codes, sessions, tokens and cookies that were sent', () => {
    watched.assertNothingTold({ least: 10 });
  });
});

/** A try to its end. */
async function done(tried: ReturnType<Try>): Promise<void> {
  const answer = await tried;
  if (typeof answer === 'function') await answer();
}
