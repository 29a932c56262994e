/** The pool's functions that are asked about newcomers: PreSignUp and PostConfirmation. */
import assert from 'node:assert/strict';
import { poolFunctions } from '../../../support/pool-functions.ts';
import { makePool, makeUser, PASSWORD, signIn, type MadePool } from '../../../support/pool.ts';
import { REGION, startServer, type TestServer } from '../../../support/servers/server.ts';

describe('the pool’s functions, about newcomers', () => {
  const told = poolFunctions();
  let server: TestServer;
  let pool: MadePool;

  before(async () => {
    server = await startServer({ functions: told.functions });
    pool = await makePool(server, {
      AliasAttributes: ['email'],
      LambdaConfig: told.configOf('PreSignUp', 'PostConfirmation'),
    });
  });
  after(() => server.close());
  beforeEach(() => told.reset());

  const signUp = (Username: string, email = `${Username}@example.com`) =>
    pool.idp.signUp({
      ClientId: pool.ClientId,
      Username,
      Password: PASSWORD,
      UserAttributes: [{ Name: 'email', Value: email }],
      ValidationData: [{ Name: 'invitation', Value: 'blue' }],
      ClientMetadata: { from: 'the test' },
    });
  const find = (Username: string) => pool.idp.adminGetUser({ UserPoolId: pool.UserPoolId, Username });
  const attributeOf = async (Username: string, name: string) =>
    (await find(Username)).UserAttributes!.find(({ Name }) => Name === name)?.Value;
  const codeOf = (to: string) => server.sent.findLast((message) => message.to === to)!.code;

  it('PreSignUp is told who signs up, with what the client gave for it', async () => {
    await signUp('ada');

    assert.deepEqual(told.eventOf('PreSignUp'), {
      version: '1',
      triggerSource: 'PreSignUp_SignUp',
      region: REGION,
      userPoolId: pool.UserPoolId,
      userName: 'ada',
      callerContext: { awsSdkVersion: 'aws-sdk-unknown-unknown', clientId: pool.ClientId },
      request: {
        userAttributes: { email: 'ada@example.com' },
        validationData: { invitation: 'blue' },
        clientMetadata: { from: 'the test' },
      },
      response: { autoConfirmUser: false, autoVerifyEmail: false, autoVerifyPhone: false },
    });
  });

  it('PreSignUp that says no leaves nobody, and sends nothing', async () => {
    told.answer('PreSignUp', () => {
      throw new Error('Only for members');
    });
    const sent = server.sent.length;

    await assert.rejects(signUp('eve'), {
      name: 'UserLambdaValidationException',
      message: 'PreSignUp failed with error Only for members.',
    });

    await assert.rejects(find('eve'), { name: 'UserNotFoundException' });
    assert.equal(server.sent.length, sent);
  });

  it('PreSignUp confirms and verifies at once; PostConfirmation hears of it', async () => {
    told.answer('PreSignUp', () => ({ autoConfirmUser: true, autoVerifyEmail: true }));
    const sent = server.sent.length;

    const { UserConfirmed, UserSub, CodeDeliveryDetails } = await signUp('ben');

    assert.deepEqual([UserConfirmed, CodeDeliveryDetails], [true, undefined]);
    assert.equal((await find('ben')).UserStatus, 'CONFIRMED');
    assert.equal(server.sent.length, sent);
    // The verified address is a name to sign in with.
    assert.ok((await signIn(pool, 'ben@example.com')).AccessToken);
    const { triggerSource, request } = told.eventOf('PostConfirmation');
    assert.equal(triggerSource, 'PostConfirmation_ConfirmSignUp');
    assert.deepEqual(request, {
      userAttributes: {
        sub: UserSub,
        email: 'ben@example.com',
        email_verified: 'true',
        'cognito:user_status': 'CONFIRMED',
        'cognito:email_alias': 'ben@example.com',
      },
      clientMetadata: { from: 'the test' },
    });
  });

  it('PreSignUp that verifies an address only leaves the account to be confirmed', async () => {
    told.answer('PreSignUp', () => ({ autoVerifyEmail: true }));

    const { UserConfirmed } = await signUp('bea');

    assert.equal(UserConfirmed, false);
    assert.equal(await attributeOf('bea', 'email_verified'), 'true');
    assert.equal(told.eventOf('PostConfirmation'), undefined);
  });

  it('PreSignUp that verifies an address takes it from who has it, unless the name is taken', async () => {
    told.answer('PreSignUp', () => ({ autoConfirmUser: true, autoVerifyEmail: true }));
    await signUp('first', 'shared@example.com');

    await assert.rejects(signUp('ben', 'shared@example.com'), { name: 'UsernameExistsException' });
    assert.equal(await attributeOf('first', 'email_verified'), 'true');
    await signUp('second', 'shared@example.com');

    assert.equal(await attributeOf('first', 'email_verified'), 'false');
    const { AccessToken } = await signIn(pool, 'shared@example.com');
    const { Username } = await pool.idp.getUser({ AccessToken });
    assert.equal(Username, 'second');
  });

  for (const [what, response] of [
    ['a truth value in words', { autoConfirmUser: 'true' }],
    ['a verified address that is not there', { autoVerifyPhone: true }],
    ['a number', { autoVerifyEmail: 1 }],
  ] as const)
    it(`PreSignUp that answers ${what} is no answer, and leaves nobody`, async () => {
      told.answer('PreSignUp', () => response);

      await assert.rejects(signUp('odd'), { name: 'InvalidLambdaResponseException' });

      await assert.rejects(find('odd'), { name: 'UserNotFoundException' });
    });

  it('PreSignUp may answer null for what it does not say', async () => {
    told.answer('PreSignUp', () => ({ autoConfirmUser: null }));

    assert.equal((await signUp('nil')).UserConfirmed, false);
  });

  it('PreSignUp that is configured nowhere keeps everybody out', async () => {
    const lost = await makePool(server, {
      LambdaConfig: { PreSignUp: `${told.configOf('PreSignUp')['PreSignUp']}-lost` },
    });

    await assert.rejects(lost.idp.signUp({ ClientId: lost.ClientId, Username: 'ada', Password: PASSWORD }), {
      name: 'UnexpectedLambdaException',
    });
  });

  it('PreSignUp is asked about people whom an administrator makes, and only its no counts', async () => {
    const { idp, UserPoolId } = pool;
    const make = (Username: string) =>
      idp.adminCreateUser({
        UserPoolId,
        Username,
        MessageAction: 'SUPPRESS',
        UserAttributes: [{ Name: 'email', Value: `${Username}@example.com` }],
        ValidationData: [{ Name: 'invitation', Value: 'red' }],
        ClientMetadata: { from: 'an office' },
      });
    told.answer('PreSignUp', () => ({ autoConfirmUser: true, autoVerifyEmail: true }));

    await make('carl');
    const { triggerSource, callerContext, request } = told.eventOf('PreSignUp');
    told.answer('PreSignUp', () => {
      throw new Error('no more');
    });

    assert.equal(triggerSource, 'PreSignUp_AdminCreateUser');
    assert.equal(callerContext.clientId, 'CLIENT_ID_NOT_APPLICABLE');
    assert.deepEqual(request, {
      userAttributes: { email: 'carl@example.com' },
      validationData: { invitation: 'red' },
      clientMetadata: { from: 'an office' },
    });
    assert.equal((await find('carl')).UserStatus, 'FORCE_CHANGE_PASSWORD');
    assert.equal(await attributeOf('carl', 'email_verified'), undefined);
    await assert.rejects(make('cora'), { name: 'UserLambdaValidationException' });
    await assert.rejects(find('cora'), { name: 'UserNotFoundException' });
  });

  it('PostConfirmation hears of who confirms himself; he stays confirmed when it fails', async () => {
    await signUp('dora');
    await signUp('dan');
    const confirm = (Username: string) =>
      pool.idp.confirmSignUp({
        ClientId: pool.ClientId,
        Username,
        ConfirmationCode: codeOf(`${Username}@example.com`),
        ClientMetadata: { step: '2' },
      });

    await confirm('dora');
    const { userName, request } = told.eventOf('PostConfirmation');
    told.answer('PostConfirmation', () => {
      throw new Error('not listening');
    });
    await assert.rejects(confirm('dan'), {
      name: 'UserLambdaValidationException',
      message: 'PostConfirmation failed with error not listening.',
    });

    assert.equal(userName, 'dora');
    assert.equal(request.userAttributes['cognito:user_status'], 'CONFIRMED');
    assert.equal(request.userAttributes.email_verified, 'true');
    assert.deepEqual(request.clientMetadata, { step: '2' });
    assert.equal((await find('dan')).UserStatus, 'CONFIRMED');
  });

  it('PreSignUp gets the lasting name where people sign up with an address', async () => {
    const byEmail = await makePool(server, {
      UsernameAttributes: ['email'],
      LambdaConfig: told.configOf('PreSignUp'),
    });

    const { UserSub } = await byEmail.idp.signUp({
      ClientId: byEmail.ClientId,
      Username: 'faye@example.com',
      Password: PASSWORD,
    });

    const { userName, request } = told.eventOf('PreSignUp');
    assert.equal(userName, UserSub);
    assert.deepEqual(request, { userAttributes: { email: 'faye@example.com' } });
  });

  it('are not asked by pools that name none', async () => {
    const plain = await makePool(server);

    await makeUser(plain, 'gus');

    assert.deepEqual(told.asked, []);
  });
});
