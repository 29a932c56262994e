/** The pool's functions around a sign-in: PreAuthentication and PostAuthentication. */
import assert from 'node:assert/strict';
import { poolFunctions } from '../../../support/pool-functions.ts';
import {
  makeInvited,
  makePool,
  makeUser,
  PASSWORD,
  signIn,
  TEMPORARY,
  type MadePool,
} from '../../../support/pool.ts';
import { startServer, type TestServer } from '../../../support/servers/server.ts';

describe('the pool’s functions, around a sign-in', () => {
  const told = poolFunctions();
  let server: TestServer;
  let pool: MadePool;

  before(async () => {
    server = await startServer({ functions: told.functions });
    pool = await makePool(
      server,
      { LambdaConfig: told.configOf('PreAuthentication', 'PostAuthentication') },
      { PreventUserExistenceErrors: 'LEGACY' },
    );
    await makeUser(pool, 'ada', { email: 'ada@example.com' });
  });
  after(() => server.close());
  beforeEach(() => told.reset());

  const begin = (
    ClientId: string,
    USERNAME: string,
    { password = PASSWORD }: { readonly password?: string } = {},
  ) =>
    pool.idp.initiateAuth({
      ClientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME, PASSWORD: password },
      ClientMetadata: { from: 'the test' },
    });
  const refusal = () => {
    throw new Error('closed today');
  };
  /** Another client of the pool, that hides who exists. */
  const discreet = async () => {
    const { UserPoolClient } = await pool.idp.createUserPoolClient({
      UserPoolId: pool.UserPoolId,
      ClientName: 'discreet',
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
      PreventUserExistenceErrors: 'ENABLED',
    });
    return UserPoolClient!.ClientId!;
  };

  it('are asked before and after, with what is known of the person', async () => {
    await begin(pool.ClientId, 'ada');

    const { UserAttributes } = await pool.idp.adminGetUser({ UserPoolId: pool.UserPoolId, Username: 'ada' });
    const userAttributes = {
      ...Object.fromEntries(UserAttributes!.map(({ Name, Value }) => [Name, Value])),
      'cognito:user_status': 'CONFIRMED',
    };
    assert.deepEqual(
      told.asked.map(({ event }) => [event.triggerSource, event.userName, event.request]),
      [
        ['PreAuthentication_Authentication', 'ada', { userAttributes, validationData: { from: 'the test' } }],
        ['PostAuthentication_Authentication', 'ada', { userAttributes, newDeviceUsed: false }],
      ],
    );
  });

  it('PreAuthentication that says no is heard before the password is looked at', async () => {
    told.answer('PreAuthentication', refusal);

    for (const password of [PASSWORD, 'Wrong-Horse-7'])
      await assert.rejects(begin(pool.ClientId, 'ada', { password }), {
        name: 'UserLambdaValidationException',
        message: 'PreAuthentication failed with error closed today.',
      });

    assert.equal(told.eventOf('PostAuthentication'), undefined);
  });

  it('PostAuthentication that says no keeps the tokens back', async () => {
    told.answer('PostAuthentication', refusal);

    await assert.rejects(begin(pool.ClientId, 'ada'), {
      name: 'UserLambdaValidationException',
      message: 'PostAuthentication failed with error closed today.',
    });

    told.answer('PostAuthentication', undefined);
    assert.ok((await signIn(pool, 'ada')).AccessToken);
  });

  it('PostAuthentication is not asked about who proved nothing', async () => {
    await assert.rejects(begin(pool.ClientId, 'ada', { password: 'Wrong-Horse-7' }));

    assert.ok(told.eventOf('PreAuthentication'));
    assert.equal(told.eventOf('PostAuthentication'), undefined);
  });

  it('PreAuthentication is asked about nobody too, where the client hides who exists', async () => {
    const ClientId = await discreet();

    await assert.rejects(begin(ClientId, 'nobody'), { name: 'NotAuthorizedException' });
    const unknown = told.eventOf('PreAuthentication');
    await begin(ClientId, 'ada');
    const known = told.eventOf('PreAuthentication');
    told.reset();
    await assert.rejects(begin(pool.ClientId, 'nobody'), { name: 'UserNotFoundException' });

    assert.equal(unknown.userName, 'nobody');
    assert.deepEqual(unknown.request, {
      userAttributes: {},
      userNotFound: true,
      validationData: { from: 'the test' },
    });
    assert.equal(known.request.userNotFound, false);
    assert.deepEqual(told.asked, []);
  });

  it('PostAuthentication is asked once, after the last challenge', async () => {
    const { idp, ClientId } = pool;
    await makeInvited(pool, 'ben');
    const { ChallengeName, Session } = await begin(ClientId, 'ben', { password: TEMPORARY });
    assert.equal(told.eventOf('PostAuthentication'), undefined);

    await idp.respondToAuthChallenge({
      ClientId,
      ChallengeName,
      Session,
      ChallengeResponses: { USERNAME: 'ben', NEW_PASSWORD: PASSWORD },
      ClientMetadata: { step: '2' },
    });

    const { request } = told.eventOf('PostAuthentication');
    assert.deepEqual(request.clientMetadata, { step: '2' });
    assert.equal(request.userAttributes['cognito:user_status'], 'CONFIRMED');
    assert.equal(told.asked.filter(({ name }) => name === 'PreAuthentication').length, 1);
  });

  it('are not asked when tokens are renewed', async () => {
    const { RefreshToken } = await signIn(pool, 'ada');
    told.reset();

    await pool.idp.initiateAuth({
      ClientId: pool.ClientId,
      AuthFlow: 'REFRESH_TOKEN_AUTH',
      AuthParameters: { REFRESH_TOKEN: RefreshToken! },
    });

    assert.deepEqual(told.asked, []);
  });
});
