/**
 * Codes that cannot be delivered to people who are there already: the call says so, and the code is dead.
 */
import assert from 'node:assert/strict';
import { Failure } from '../../../../src/base/failure.ts';
import { makeReachable, shown } from '../../../support/people.ts';
import { makePool, PASSWORD, signIn, type MadePool } from '../../../support/pool.ts';
import { startServer, type TestServer } from '../../../support/servers/server.ts';

const FAILED = { name: 'CodeDeliveryFailureException', message: 'The message could not be delivered.' };
const EXPIRED = { name: 'ExpiredCodeException' };

describe('a code that cannot be delivered', () => {
  let server: TestServer;
  let pool: MadePool;
  let fails = false;
  /** What becomes of a delivery, besides. */
  let fate: (() => Promise<void>) | undefined;
  /** The last code that was to be delivered. */
  let lost = '';

  before(async () => {
    server = await startServer({
      async deliver({ code }) {
        lost = code;
        await fate?.();
        if (fails) throw new Failure('delivery-failed', { channel: 'email' });
      },
    });
    pool = await makePool(server);
  });
  beforeEach(() => {
    fails = false;
    fate = undefined;
  });
  after(() => server.close());

  const recover = (Username: string) =>
    pool.idp.confirmForgotPassword({
      ClientId: pool.ClientId,
      Username,
      ConfirmationCode: lost,
      Password: 'Another-Horse-8',
    });

  it('for a forgotten password is dead, and so is the one before', async () => {
    const { idp, ClientId } = pool;
    await makeReachable(pool, 'ada');
    await idp.forgotPassword({ ClientId, Username: 'ada' });
    const before = lost;
    fails = true;

    await assert.rejects(idp.forgotPassword({ ClientId, Username: 'ada' }), FAILED);

    await assert.rejects(recover('ada'), EXPIRED);
    lost = before;
    await assert.rejects(recover('ada'), EXPIRED);
    assert.ok((await signIn(pool, 'ada')).AccessToken);
  });

  it('takes no later one with it when it is long in failing', async () => {
    const { idp, ClientId } = pool;
    await makeReachable(pool, 'amy');
    const ask = () => idp.forgotPassword({ ClientId, Username: 'amy' });
    const [begun, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    fate = async () => {
      begun.resolve();
      await ended.promise;
      throw new Failure('delivery-failed', { channel: 'email' });
    };
    const first = ask();
    await begun.promise;
    fate = undefined;

    await ask();
    ended.resolve();
    await assert.rejects(first, FAILED);

    await recover('amy');
    await assert.rejects(signIn(pool, 'amy'), { message: 'Incorrect username or password.' });
  });

  it('for a password that an administrator voids leaves it void, for a code asked for later', async () => {
    const { idp, ClientId, UserPoolId } = pool;
    await makeReachable(pool, 'ben');
    fails = true;

    await assert.rejects(idp.adminResetUserPassword({ UserPoolId, Username: 'ben' }), FAILED);

    assert.equal((await shown(pool, 'ben')).status, 'RESET_REQUIRED');
    await assert.rejects(recover('ben'), EXPIRED);
    fails = false;
    await idp.forgotPassword({ ClientId, Username: 'ben' });
    await recover('ben');
    assert.equal((await shown(pool, 'ben')).status, 'CONFIRMED');
  });

  it('for a password that an administrator voids leaves nobody signed in, also once there is another', async () => {
    const { idp, ClientId, UserPoolId } = pool;
    await makeReachable(pool, 'bea');
    const { RefreshToken } = await signIn(pool, 'bea');
    server.clock.pass(1);
    fails = true;
    await assert.rejects(idp.adminResetUserPassword({ UserPoolId, Username: 'bea' }), FAILED);
    fails = false;

    await idp.forgotPassword({ ClientId, Username: 'bea' });
    await recover('bea');

    await assert.rejects(idp.getTokensFromRefreshToken({ ClientId, RefreshToken }), {
      name: 'NotAuthorizedException',
      message: 'Refresh Token has been revoked',
    });
  });

  it('for a new account leaves it as it was', async () => {
    const { idp, ClientId } = pool;
    const UserAttributes = [{ Name: 'email', Value: 'carl@example.com' }];
    await idp.signUp({ ClientId, Username: 'carl', Password: PASSWORD, UserAttributes });
    fails = true;

    await assert.rejects(idp.resendConfirmationCode({ ClientId, Username: 'carl' }), FAILED);

    await assert.rejects(idp.confirmSignUp({ ClientId, Username: 'carl', ConfirmationCode: lost }), EXPIRED);
    assert.equal((await shown(pool, 'carl')).status, 'UNCONFIRMED');
  });

  it('for an address proves nothing', async () => {
    const { idp } = pool;
    await makeReachable(pool, 'dora');
    const { AccessToken } = await signIn(pool, 'dora');
    const UserAttributes = [{ Name: 'email', Value: 'dora@new.example' }];
    const verify = () => idp.verifyUserAttribute({ AccessToken, AttributeName: 'email', Code: lost });
    fails = true;

    await assert.rejects(idp.updateUserAttributes({ AccessToken, UserAttributes }), FAILED);
    await assert.rejects(verify(), EXPIRED);
    const asked = idp.getUserAttributeVerificationCode({ AccessToken, AttributeName: 'email' });
    await assert.rejects(asked, FAILED);
    await assert.rejects(verify(), EXPIRED);

    const { attributes } = await shown(pool, 'dora');
    assert.deepEqual([attributes.email, attributes.email_verified], ['dora@new.example', 'false']);
  });
});
