/** The pool's functions about forgotten passwords: UserMigration and PostConfirmation. */
import assert from 'node:assert/strict';
import { poolFunctions } from '../../../support/pool-functions.ts';
import { makePool, makeUser, NEW_PASSWORD, PASSWORD, type MadePool } from '../../../support/pool.ts';
import { startServer, type TestServer } from '../../../support/servers/server.ts';

describe('the pool’s functions, about forgotten passwords', () => {
  const told = poolFunctions();
  let server: TestServer;
  let open: MadePool;
  let discreet: MadePool;

  before(async () => {
    server = await startServer({ functions: told.functions });
    const LambdaConfig = told.configOf('UserMigration', 'PostConfirmation');
    open = await makePool(server, { LambdaConfig }, { PreventUserExistenceErrors: 'LEGACY' });
    discreet = await makePool(server, { LambdaConfig }, { PreventUserExistenceErrors: 'ENABLED' });
  });
  after(() => server.close());
  beforeEach(() => {
    told.reset();
    told.answer('UserMigration', ({ userName }) => {
      if (userName.startsWith('nobody')) throw new Error('User not found');
      return { userAttributes: { email: `${userName}@example.com`, email_verified: 'true' } };
    });
  });

  const forget = ({ idp, ClientId }: MadePool, Username: string) =>
    idp.forgotPassword({ ClientId, Username, ClientMetadata: { from: 'the test' } });
  const recover = ({ idp, ClientId }: MadePool, Username: string) =>
    idp.confirmForgotPassword({
      ClientId,
      Username,
      ConfirmationCode: server.sent.findLast(({ to }) => to === `${Username}@example.com`)!.code,
      Password: NEW_PASSWORD,
      ClientMetadata: { step: '2' },
    });
  const signIn = ({ idp, ClientId }: MadePool, USERNAME: string, password: string) =>
    idp.initiateAuth({
      ClientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME, PASSWORD: password },
    });

  for (const [what, poolOf] of [
    ['', () => open],
    [', where it is hidden who exists', () => discreet],
  ] as const)
    it(`bring people of an older directory over, who choose a password then${what}`, async () => {
      const pool = poolOf();

      const { CodeDeliveryDetails } = await forget(pool, 'ada');
      const { triggerSource, userName, request } = told.eventOf('UserMigration');
      const { UserStatus } = await pool.idp.adminGetUser({ UserPoolId: pool.UserPoolId, Username: 'ada' });
      await recover(pool, 'ada');

      assert.deepEqual(
        [triggerSource, userName, request],
        ['UserMigration_ForgotPassword', 'ada', { clientMetadata: { from: 'the test' } }],
      );
      assert.equal(CodeDeliveryDetails!.DeliveryMedium, 'EMAIL');
      assert.equal(UserStatus, 'RESET_REQUIRED');
      assert.ok((await signIn(pool, 'ada', NEW_PASSWORD)).AuthenticationResult);
    });

  it('leave nobody who is unknown there too', async () => {
    await assert.rejects(forget(open, 'nobody'), { name: 'UserNotFoundException' });
    assert.ok((await forget(discreet, 'nobody')).CodeDeliveryDetails);

    for (const { idp, UserPoolId } of [open, discreet])
      await assert.rejects(idp.adminGetUser({ UserPoolId, Username: 'nobody' }), {
        name: 'UserNotFoundException',
      });
  });

  it('are asked about one name as often as codes may be asked for, and no more', async () => {
    for (let asked = 0; asked < 30; asked += 1) await forget(open, 'nobody-else').catch(() => undefined);

    assert.ok(told.asked.length < 30);
    await assert.rejects(forget(open, 'nobody-else'), { name: 'LimitExceededException' });
  });

  it('PostConfirmation hears of a password that was recovered', async () => {
    await makeUser(open, 'ben', { email: 'ben@example.com', email_verified: 'true' });
    await forget(open, 'ben');
    assert.equal(told.eventOf('UserMigration'), undefined);

    await recover(open, 'ben');

    const { triggerSource, userName, request, callerContext } = told.eventOf('PostConfirmation');
    assert.deepEqual([triggerSource, userName], ['PostConfirmation_ConfirmForgotPassword', 'ben']);
    assert.equal(callerContext.clientId, open.ClientId);
    assert.deepEqual(request.clientMetadata, { step: '2' });
    assert.equal(request.userAttributes.email, 'ben@example.com');
    await assert.rejects(signIn(open, 'ben', PASSWORD));
  });
});
