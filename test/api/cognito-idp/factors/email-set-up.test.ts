/** An e-mail address that becomes the second factor on the way in: MFA_SETUP answered with EMAIL, as Amplify does it. */
import assert from 'node:assert/strict';
import {
  answer,
  enrol,
  lastCode,
  makeFactorPool,
  otherThan,
  startByPassword,
  totpOf,
} from '../../../support/factors.ts';
import { makeUser, signIn, type MadePool } from '../../../support/pool.ts';
import { startServer, type TestServer } from '../../../support/servers/server.ts';

describe('an e-mail address set up on the way in', () => {
  let server: TestServer;
  let pool: MadePool;

  before(async () => {
    server = await startServer();
  });
  after(() => server.close());
  beforeEach(async () => {
    pool = await makeFactorPool(server, {
      mode: 'ON',
      factors: ['email', 'totp'],
      pool: { AliasAttributes: ['email'] },
    });
    await makeUser(pool, 'ada');
  });

  const setUp = async (EMAIL: string, of = pool) => {
    const { Session } = await startByPassword(of, 'ada');
    return answer(of, 'MFA_SETUP', Session, { USERNAME: 'ada', EMAIL });
  };
  const confirm = (Session: string | undefined, EMAIL_OTP_CODE: string, of = pool) =>
    answer(of, 'EMAIL_OTP', Session, { USERNAME: 'ada', EMAIL_OTP_CODE });
  const ada = async ({ idp, UserPoolId } = pool) => {
    const user = await idp.adminGetUser({ UserPoolId, Username: 'ada' });
    const attribute = (name: string) => user.UserAttributes!.find(({ Name }) => Name === name)?.Value;
    const address = [attribute('email'), attribute('email_verified')];
    return { address, factors: user.UserMFASettingList };
  };

  it('gets a code, lets its owner in by it, and is his second factor from then on', async () => {
    const asked = await setUp('ada@example.com');
    const before = await ada();
    const { to } = server.sent.at(-1)!;
    const { AuthenticationResult } = await confirm(asked.Session, lastCode(server));

    assert.equal(asked.ChallengeName, 'EMAIL_OTP');
    assert.equal(asked.ChallengeParameters!.CODE_DELIVERY_DESTINATION, 'a***@e***');
    assert.equal(to, 'ada@example.com');
    assert.deepEqual(before, { address: [undefined, undefined], factors: undefined });
    assert.ok(AuthenticationResult!.AccessToken);
    assert.deepEqual(await ada(), { address: ['ada@example.com', 'true'], factors: ['EMAIL_OTP'] });
    assert.equal((await startByPassword(pool, 'ada')).ChallengeName, 'EMAIL_OTP');
  });

  it('is nobody’s before the right code, which may be given once', async () => {
    const { Session } = await setUp('ada@example.com');
    const code = lastCode(server);

    await assert.rejects(confirm(Session, otherThan(code)), { name: 'CodeMismatchException' });
    assert.deepEqual((await ada()).address, [undefined, undefined]);
    const both = await Promise.allSettled([confirm(Session, code), confirm(Session, code)]);
    assert.equal(both.filter(({ status }) => status === 'fulfilled').length, 1);
  });

  it('is refused when it is none, and the session stays', async () => {
    const { Session } = await startByPassword(pool, 'ada');
    const give = (EMAIL: string) => answer(pool, 'MFA_SETUP', Session, { USERNAME: 'ada', EMAIL });

    await assert.rejects(give('ada@'), { name: 'InvalidParameterException' });

    assert.equal((await give('ada@example.com')).ChallengeName, 'EMAIL_OTP');
  });

  it('is not taken from who has it', async () => {
    await makeUser(pool, 'grace', { email: 'grace@example.com', email_verified: 'true' });
    const { Session } = await setUp('grace@example.com');

    await assert.rejects(confirm(Session, lastCode(server)), { name: 'AliasExistsException' });

    assert.deepEqual((await ada()).address, [undefined, undefined]);
  });

  it('is refused where e-mail is no factor, or the app client may not write it', async () => {
    const others = await Promise.all([
      makeFactorPool(server, { mode: 'ON', factors: ['totp'] }),
      makeFactorPool(server, { mode: 'ON', factors: ['email'], client: { WriteAttributes: ['nickname'] } }),
    ]);
    const sent = server.sent.length;

    for (const each of others) {
      await makeUser(each, 'ada');
      await assert.rejects(setUp('ada@example.com', each), (error: Error) =>
        ['InvalidParameterException', 'NotAuthorizedException'].includes(error.name),
      );
      assert.deepEqual((await ada(each)).address, [undefined, undefined]);
    }
    assert.equal(server.sent.length, sent);
  });

  it('is refused to who has just set up an application, and nothing is sent', async () => {
    const { idp } = pool;
    const { Session } = await startByPassword(pool, 'ada');
    const begun = await idp.associateSoftwareToken({ Session });
    const UserCode = totpOf(server, begun.SecretCode!);
    const verified = await idp.verifySoftwareToken({ Session: begun.Session, UserCode });
    const sent = server.sent.length;
    const end = (more: Record<string, string>) =>
      answer(pool, 'MFA_SETUP', verified.Session, { USERNAME: 'ada', ...more });

    await assert.rejects(end({ EMAIL: 'ada@example.com' }), { name: 'InvalidParameterException' });

    assert.equal(server.sent.length, sent);
    assert.ok((await end({})).AuthenticationResult!.AccessToken);
  });

  it('comes too late for who got a factor meanwhile', async () => {
    const { idp, UserPoolId } = pool;
    const mode = async (MfaConfiguration: 'ON' | 'OPTIONAL') =>
      idp.setUserPoolMfaConfig({
        UserPoolId,
        MfaConfiguration,
        SoftwareTokenMfaConfiguration: { Enabled: true },
        EmailMfaConfiguration: {},
      });
    await mode('OPTIONAL');
    const { AccessToken } = await signIn(pool, 'ada');
    await mode('ON');
    const { Session } = await setUp('thief@example.com');
    await enrol(server, pool, 'ada', AccessToken!);

    await assert.rejects(confirm(Session, lastCode(server)), { name: 'NotAuthorizedException' });

    assert.deepEqual(await ada(), { address: [undefined, undefined], factors: ['SOFTWARE_TOKEN_MFA'] });
  });
});
