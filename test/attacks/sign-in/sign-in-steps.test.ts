/**
 * Jumps over steps of a sign-in: every challenge answered in place of the one that is owed, empty answers, factors made on the way.
 *
 * Sources: CVE-2025-64103 (a second factor that could be left out), CVE-2026-49448 (an empty answer passed a step), CVE-2026-55377 (step-up by a factor of the same session), GHSA-xg6x (a session before the second factor).
 */
import assert from 'node:assert/strict';
import type { ChallengeNameType, InitiateAuthResponse } from '@aws-sdk/client-cognito-identity-provider';
import { createBrowser, createWorld, type World } from '../../api/oidc/world.ts';
import {
  answer,
  enrol,
  lastCode,
  makeChoicePool,
  makeFactorPool,
  makeHolder,
  PROVEN,
  startByChoice,
  startByPassword,
  totpOf,
  type Factor,
} from '../../support/factors.ts';
import { makeUser, PASSWORD, signIn, type MadePool } from '../../support/pool.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';

/** Answers that would be right, or at least whole, were the challenge the one that is owed. */
const ANSWERS: Readonly<Record<ChallengeNameType, Readonly<Record<string, string>>>> = {
  SMS_MFA: { SMS_MFA_CODE: '123456' },
  EMAIL_OTP: { EMAIL_OTP_CODE: '123456' },
  SMS_OTP: { SMS_OTP_CODE: '123456' },
  SOFTWARE_TOKEN_MFA: { SOFTWARE_TOKEN_MFA_CODE: '123456' },
  SELECT_MFA_TYPE: { ANSWER: 'SOFTWARE_TOKEN_MFA' },
  MFA_SETUP: {},
  PASSWORD_VERIFIER: {
    PASSWORD_CLAIM_SIGNATURE: 'c2ln',
    PASSWORD_CLAIM_SECRET_BLOCK: 'YmxvY2s=',
    TIMESTAMP: 'Mon Nov 3 02:51:00 UTC 2026',
  },
  CUSTOM_CHALLENGE: { ANSWER: 'yes' },
  SELECT_CHALLENGE: { ANSWER: 'PASSWORD', PASSWORD },
  DEVICE_SRP_AUTH: { DEVICE_KEY: 'us-east-1_00000000-0000-4000-8000-000000000000', SRP_A: 'ff' },
  DEVICE_PASSWORD_VERIFIER: {
    DEVICE_KEY: 'us-east-1_00000000-0000-4000-8000-000000000000',
    PASSWORD_CLAIM_SIGNATURE: 'c2ln',
    PASSWORD_CLAIM_SECRET_BLOCK: 'YmxvY2s=',
    TIMESTAMP: 'Mon Nov 3 02:51:00 UTC 2026',
  },
  ADMIN_NO_SRP_AUTH: { PASSWORD },
  NEW_PASSWORD_REQUIRED: { NEW_PASSWORD: 'Another-Horse-8' },
  PASSWORD: { PASSWORD },
  WEB_AUTHN: { CREDENTIAL: '{}' },
  PASSWORD_SRP: { SRP_A: 'ff' },
};
const NAMES = Object.keys(ANSWERS) as ChallengeNameType[];

describe('jumps over steps of a sign-in', () => {
  let server: TestServer;
  let optional: MadePool;
  let required: MadePool;
  let choice: MadePool;
  let people = 0;

  before(async () => {
    server = await startServer();
    optional = await makeFactorPool(server, { mode: 'OPTIONAL' });
    required = await makeFactorPool(server, { mode: 'ON', factors: ['totp'] });
    choice = await makeChoicePool(server, ['PASSWORD', 'EMAIL_OTP', 'SMS_OTP']);
  });
  after(() => server.close());

  interface Standing {
    readonly pool: MadePool;
    readonly name: string;
    readonly asked: InitiateAuthResponse;
  }
  const newName = (): string => `person-${(people += 1)}`;
  async function withFactors(...factors: Factor[]): Promise<Standing> {
    const name = newName();
    await makeHolder(server, optional, name, factors);
    return { pool: optional, name, asked: await startByPassword(optional, name) };
  }
  async function byChoice(parameters: Record<string, string>): Promise<Standing> {
    const name = newName();
    await makeUser(choice, name, PROVEN);
    return { pool: choice, name, asked: await startByChoice(choice, name, parameters) };
  }
  async function settingUp(): Promise<Standing> {
    const name = newName();
    await makeUser(required, name);
    return { pool: required, name, asked: await startByPassword(required, name) };
  }
  async function newcomer(): Promise<Standing> {
    const [name, { idp, UserPoolId }] = [newName(), required];
    await idp.adminCreateUser({
      UserPoolId,
      Username: name,
      MessageAction: 'SUPPRESS',
      TemporaryPassword: PASSWORD,
    });
    return { pool: required, name, asked: await startByPassword(required, name) };
  }

  /** Where a sign-in may stand, by what is owed there. */
  const STATES: Partial<Record<ChallengeNameType, () => Promise<Standing>>> = {
    SMS_MFA: () => withFactors('sms'),
    EMAIL_OTP: () => withFactors('email'),
    SOFTWARE_TOKEN_MFA: () => withFactors('totp'),
    SELECT_MFA_TYPE: () => withFactors('sms', 'email'),
    MFA_SETUP: settingUp,
    NEW_PASSWORD_REQUIRED: newcomer,
    SELECT_CHALLENGE: () => byChoice({}),
    SMS_OTP: () => byChoice({ PREFERRED_CHALLENGE: 'SMS_OTP' }),
    PASSWORD: () => byChoice({ PREFERRED_CHALLENGE: 'PASSWORD' }),
    PASSWORD_SRP: () => byChoice({ PREFERRED_CHALLENGE: 'PASSWORD_SRP' }),
  };
  const states = Object.entries(STATES) as [ChallengeNameType, () => Promise<Standing>][];

  async function assertRefused(attempt: Promise<InitiateAuthResponse>, what: string): Promise<void> {
    const told = await attempt.then(
      (given) => JSON.stringify(given),
      ({ name }: Error) => name,
    );
    assert.match(told, /^(NotAuthorized|InvalidParameter|CodeMismatch)Exception$/, what);
  }

  for (const [owed, stand] of states)
    it(`CVE-2025-64103: passes ${owed} by the answer to no other challenge`, async () => {
      for (const name of NAMES.filter((each) => each !== owed)) {
        const { pool, name: USERNAME, asked } = await stand();
        assert.equal(asked.ChallengeName, owed);
        assert.equal(asked.AuthenticationResult, undefined);

        await assertRefused(
          answer(pool, name, asked.Session, { USERNAME, ...ANSWERS[name] }),
          `${owed} by ${name}`,
        );
      }
    });

  for (const [owed, stand] of states)
    it(`CVE-2026-49448: passes ${owed} by no empty answer`, async () => {
      const { pool, name: USERNAME, asked } = await stand();
      const blank = Object.fromEntries(Object.keys(ANSWERS[owed]).map((member) => [member, '']));

      const empty: Record<string, string>[] = [{ USERNAME }, { USERNAME, ...blank }, {}, { USERNAME: '' }];
      for (const responses of empty)
        await assertRefused(answer(pool, owed, asked.Session, responses), JSON.stringify(responses));
      await assertRefused(
        pool.idp.respondToAuthChallenge({
          ClientId: pool.ClientId,
          ChallengeName: owed,
          Session: asked.Session,
        }),
        'no answers at all',
      );
      await assertRefused(answer(pool, owed, undefined, { USERNAME, ...ANSWERS[owed] }), 'no session');
    });

  it('CVE-2025-64103: passes no step by the session of another person, pool or client', async () => {
    const [mine, theirs] = [await withFactors('sms'), await withFactors('sms')];
    const SMS_MFA_CODE = lastCode(server);
    const { UserPoolClient } = await optional.idp.createUserPoolClient({
      UserPoolId: optional.UserPoolId,
      ClientName: 'other',
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
    });
    const elsewhere = { ...optional, ClientId: UserPoolClient!.ClientId! };
    const { Session } = theirs.asked;

    await assertRefused(
      answer(optional, 'SMS_MFA', Session, { USERNAME: mine.name, SMS_MFA_CODE }),
      'another person',
    );
    await assertRefused(
      answer(elsewhere, 'SMS_MFA', Session, { USERNAME: theirs.name, SMS_MFA_CODE }),
      'another client',
    );
    await assertRefused(
      answer(required, 'SMS_MFA', Session, { USERNAME: theirs.name, SMS_MFA_CODE }),
      'another pool',
    );
  });

  describe('CVE-2026-55377: a factor made on the way in', () => {
    it('is set up by nobody who has one', async () => {
      for (const { asked } of [await withFactors('sms'), await withFactors('sms', 'email')]) {
        const { Session } = asked;

        await assert.rejects(optional.idp.associateSoftwareToken({ Session }), {
          name: 'NotAuthorizedException',
        });
      }
    });

    it('counts only once it is verified', async () => {
      const { name: USERNAME, asked } = await settingUp();
      const { Session } = await required.idp.associateSoftwareToken({ Session: asked.Session });

      await assertRefused(answer(required, 'MFA_SETUP', asked.Session, { USERNAME }), 'the first session');
      await assertRefused(answer(required, 'MFA_SETUP', Session, { USERNAME }), 'that of the secret');
    });

    it('counts no more once the owner has set up another', async () => {
      const { name: USERNAME, asked } = await settingUp();
      const thief = await required.idp.associateSoftwareToken({ Session: asked.Session });
      const verified = await required.idp.verifySoftwareToken({
        Session: thief.Session,
        UserCode: totpOf(server, thief.SecretCode!),
      });
      const { UserPoolId } = required;
      await required.idp.adminDeleteSoftwareToken({ UserPoolId, Username: USERNAME });
      const own = await startByPassword(required, USERNAME);
      const mine = await required.idp.associateSoftwareToken({ Session: own.Session });
      await required.idp.verifySoftwareToken({
        Session: mine.Session,
        UserCode: totpOf(server, mine.SecretCode!),
      });

      await assertRefused(answer(required, 'MFA_SETUP', verified.Session, { USERNAME }), 'the old one');
    });

    it('does not take the place of the one that was there', async () => {
      const name = newName();
      await makeUser(optional, name, PROVEN);
      const { AccessToken } = await signIn(optional, name);
      const secret = await enrol(server, optional, name, AccessToken!);
      await optional.idp.associateSoftwareToken({ AccessToken });

      const { Session } = await startByPassword(optional, name);
      const { AuthenticationResult } = await answer(optional, 'SOFTWARE_TOKEN_MFA', Session, {
        USERNAME: name,
        SOFTWARE_TOKEN_MFA_CODE: totpOf(server, secret),
      });

      assert.ok(AuthenticationResult!.AccessToken);
    });
  });

  it('GHSA-xg6x: hands out no token, and nothing to renew, before all factors passed', async () => {
    for (const [owed, stand] of states) {
      const { asked } = await stand();
      const text = JSON.stringify(asked);

      assert.equal(asked.AuthenticationResult, undefined, owed);
      assert.doesNotMatch(text, /eyJ|RefreshToken/, owed);
      await assert.rejects(
        required.idp.initiateAuth({
          ClientId: required.ClientId,
          AuthFlow: 'REFRESH_TOKEN_AUTH',
          AuthParameters: { REFRESH_TOKEN: asked.Session! },
        }),
        { name: 'NotAuthorizedException' },
      );
    }
  });

  describe('GHSA-xg6x: the sign-in page', () => {
    let world: World;
    before(async () => {
      world = await createWorld();
      await world.userPools.setUserPoolMfaConfig({
        UserPoolId: world.poolId,
        MfaConfiguration: 'ON',
        SoftwareTokenMfaConfiguration: { Enabled: true },
      });
    });
    after(() => world.close());

    it('makes no browser session of a password where a second factor is owed', async () => {
      const client = await world.addClient();
      const browser = createBrowser();
      const page = await browser.open(world.authorize(client));

      const next = await browser.send(page, { username: 'ada', password: PASSWORD });

      const silent = await browser.open(world.authorize(client, { prompt: 'none' }));
      assert.match(next.html, /Your account asks for a step that this page does not offer/);
      assert.equal(next.location, undefined);
      assert.equal(silent.location?.searchParams.get('error'), 'login_required');
      assert.equal(silent.location?.searchParams.get('code'), null);
    });

    it('nor of a new password', async () => {
      const client = await world.addClient();
      const browser = createBrowser();
      await world.userPools.adminCreateUser({
        UserPoolId: world.poolId,
        Username: 'newcomer',
        MessageAction: 'SUPPRESS',
        TemporaryPassword: PASSWORD,
      });
      const page = await browser.open(world.authorize(client));
      const form = await browser.send(page, { username: 'newcomer', password: PASSWORD });

      const next = await browser.send(form, {
        new_password: 'Another-Horse-8',
        repeated: 'Another-Horse-8',
      });

      const silent = await browser.open(world.authorize(client, { prompt: 'none' }));
      assert.equal(next.location, undefined);
      assert.equal(silent.location?.searchParams.get('error'), 'login_required');
    });
  });

  it('goes from step to step in one order, each with a session of its own', async () => {
    const { pool, name: USERNAME, asked } = await newcomer();
    const second = await answer(pool, 'NEW_PASSWORD_REQUIRED', asked.Session, {
      USERNAME,
      NEW_PASSWORD: 'Another-Horse-8',
    });
    const { SecretCode, Session } = await pool.idp.associateSoftwareToken({ Session: second.Session });
    const verified = await pool.idp.verifySoftwareToken({
      Session,
      UserCode: totpOf(server, SecretCode!),
    });

    const { AuthenticationResult } = await answer(pool, 'MFA_SETUP', verified.Session, { USERNAME });

    assert.deepEqual([asked.ChallengeName, second.ChallengeName], ['NEW_PASSWORD_REQUIRED', 'MFA_SETUP']);
    assert.equal(new Set([asked.Session, second.Session, Session, verified.Session]).size, 4);
    assert.ok(AuthenticationResult!.AccessToken);
  });
});
