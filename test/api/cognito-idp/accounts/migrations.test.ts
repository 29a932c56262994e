/** People of an older directory, brought over by the pool's function: UserMigration at a sign-in. */
import assert from 'node:assert/strict';
import type { CreateUserPoolRequest } from '@aws-sdk/client-cognito-identity-provider';
import { poolFunctions } from '../../../support/pool-functions.ts';
import { makePool, makeUser, PASSWORD, type MadePool } from '../../../support/pool.ts';
import { startServer, type TestServer } from '../../../support/servers/server.ts';

/** Shorter than the pool's policy has it. */
const OLD = 'old';

describe('people of an older directory', () => {
  const told = poolFunctions();
  let server: TestServer;
  let pool: MadePool;
  let discreet: MadePool;

  before(async () => {
    server = await startServer({ functions: told.functions });
    pool = await makeTestPool({ AliasAttributes: ['email'] }, 'LEGACY');
    discreet = await makeTestPool({}, 'ENABLED');
  });
  after(() => server.close());
  beforeEach(() => {
    told.reset();
    told.answer('UserMigration', ({ userName, request }) => {
      if (request.password !== OLD) throw new Error('Bad password');
      return vouched(userName);
    });
  });

  const makeTestPool = (settings: Partial<CreateUserPoolRequest>, hiding: 'LEGACY' | 'ENABLED') =>
    makePool(
      server,
      { LambdaConfig: told.configOf('UserMigration', 'PreSignUp', 'PreAuthentication'), ...settings },
      {
        PreventUserExistenceErrors: hiding,
        ExplicitAuthFlows: [
          'ALLOW_USER_PASSWORD_AUTH',
          'ALLOW_ADMIN_USER_PASSWORD_AUTH',
          'ALLOW_USER_SRP_AUTH',
          'ALLOW_REFRESH_TOKEN_AUTH',
        ],
      },
    );
  const vouched = (name: string, more: object = {}) => ({
    userAttributes: { email: `${name}@example.com`, email_verified: 'true' },
    messageAction: 'SUPPRESS',
    ...more,
  });
  const begin = (USERNAME: string, password = OLD, { idp, ClientId } = pool) =>
    idp.initiateAuth({
      ClientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME, PASSWORD: password },
      ClientMetadata: { from: 'the test' },
    });
  const find = (Username: string, { idp, UserPoolId } = pool) => idp.adminGetUser({ UserPoolId, Username });
  const isAbsent = (name: string, of = pool) =>
    assert.rejects(find(name, of), { name: 'UserNotFoundException' });
  const wrong = { name: 'NotAuthorizedException', message: 'Incorrect username or password.' };

  it('sign in with the password that they have there, and are users from then on', async () => {
    const sent = server.sent.length;

    const { AuthenticationResult } = await begin('ada');
    const { request, triggerSource, userName } = told.eventOf('UserMigration');
    told.reset();
    const again = await begin('ada');

    assert.ok(AuthenticationResult?.AccessToken && again.AuthenticationResult?.AccessToken);
    assert.deepEqual([triggerSource, userName], ['UserMigration_Authentication', 'ada']);
    assert.deepEqual(request, { password: OLD, validationData: { from: 'the test' } });
    assert.equal(told.eventOf('UserMigration'), undefined);
    const { UserStatus, UserAttributes } = await find('ada');
    assert.equal(UserStatus, 'CONFIRMED');
    assert.equal(UserAttributes!.find(({ Name }) => Name === 'email_verified')!.Value, 'true');
    assert.equal(server.sent.length, sent);
  });

  it('are told of by the other functions as users', async () => {
    await begin('amy');

    assert.deepEqual(
      told.asked.map(({ name }) => name),
      ['UserMigration', 'PreAuthentication'],
    );
    const { request } = told.eventOf('PreAuthentication');
    assert.equal(request.userAttributes['cognito:user_status'], 'CONFIRMED');
  });

  it('are nobody with another password', async () => {
    await assert.rejects(begin('ben', 'Wrong-Horse-7'), { name: 'UserNotFoundException' });
    await assert.rejects(begin('ben', 'Wrong-Horse-7', discreet), wrong);

    await isAbsent('ben');
    await isAbsent('ben', discreet);
    assert.equal(told.eventOf('PreAuthentication').request.userNotFound, true);
  });

  it('come through servers too', async () => {
    const { idp, UserPoolId, ClientId } = discreet;

    const { AuthenticationResult } = await idp.adminInitiateAuth({
      UserPoolId,
      ClientId,
      AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: 'cora', PASSWORD: OLD },
    });

    assert.ok(AuthenticationResult?.AccessToken);
  });

  for (const [what, name, settings] of [
    ['', 'dan', {}],
    [' where an address is the name', 'dan@example.com', { UsernameAttributes: ['email'] }],
  ] as const)
    it(`are one user each${what}, though many ask at once`, async () => {
      const crowded = await makeTestPool(
        { ...settings, UsernameAttributes: [...(settings.UsernameAttributes ?? [])] },
        'LEGACY',
      );
      told.answer('UserMigration', () => ({ userAttributes: { name: 'Dan', email_verified: 'true' } }));

      const all = await Promise.allSettled(Array.from({ length: 100 }, () => begin(name, OLD, crowded)));

      const refusals = all.flatMap((each) => (each.status === 'rejected' ? [each.reason.message] : []));
      assert.ok(refusals.length < all.length);
      // Tries are counted before they are judged, right ones too.
      assert.deepEqual(
        refusals.filter((message) => message !== 'Password attempts exceeded'),
        [],
      );
      const { Users } = await crowded.idp.listUsers({ UserPoolId: crowded.UserPoolId });
      assert.equal(Users!.length, 1);
    });

  it('are not looked for by a name that is none', async () => {
    const byEmail = await makeTestPool({ UsernameAttributes: ['email'] }, 'LEGACY');

    await assert.rejects(begin('not an address', OLD, byEmail), { name: 'UserNotFoundException' });

    assert.equal(told.eventOf('UserMigration'), undefined);
  });

  it('may be called otherwise than they sign in', async () => {
    told.answer('UserMigration', ({ userName }) => ({
      userAttributes: { username: 'faye', email: userName, email_verified: 'true' },
    }));

    await begin('faye@example.com');

    assert.equal((await find('faye')).UserStatus, 'CONFIRMED');
    assert.ok((await begin('faye@example.com')).AuthenticationResult);
  });

  it('choose a new password where the function says so', async () => {
    told.answer('UserMigration', ({ userName }) => vouched(userName, { finalUserStatus: 'RESET_REQUIRED' }));

    await assert.rejects(begin('gus'), { name: 'PasswordResetRequiredException' });

    assert.equal((await find('gus')).UserStatus, 'RESET_REQUIRED');
  });

  it('take an address from who has it only where the function says so', async () => {
    const email = 'shared@example.com';
    await makeUser(pool, 'holder', { email, email_verified: 'true' });
    const claim = (forceAliasCreation: boolean) =>
      told.answer('UserMigration', () => ({
        userAttributes: { email, email_verified: 'true' },
        forceAliasCreation,
      }));

    claim(false);
    await assert.rejects(begin('hugo'), { name: 'AliasExistsException' });
    await isAbsent('hugo');
    claim(true);
    await begin('hugo');

    const { UserAttributes } = await find('holder');
    assert.equal(UserAttributes!.find(({ Name }) => Name === 'email_verified')!.Value, 'false');
  });

  it('are looked for by password alone', async () => {
    const { idp, ClientId } = discreet;

    await idp.initiateAuth({
      ClientId,
      AuthFlow: 'USER_SRP_AUTH',
      AuthParameters: { USERNAME: 'ida', SRP_A: 'abcdef' },
    });

    assert.equal(told.eventOf('UserMigration'), undefined);
  });

  it('are guessed at no faster than users', async () => {
    await makeUser(discreet, 'known');
    const tries = async (name: string) => {
      const answers: string[] = [];
      for (let count = 0; count < 8; count += 1)
        answers.push(
          await begin(name, 'Wrong-Horse-7', discreet)
            .catch(({ message }: Error) => message)
            .then(String),
        );
      return answers;
    };

    const [known, unknown] = [await tries('known'), await tries('unknown')];

    assert.deepEqual(unknown, known);
    assert.ok(unknown.includes('Password attempts exceeded'));
    assert.ok(told.asked.filter(({ name }) => name === 'UserMigration').length < 8);
  });

  for (const [what, response] of [
    ['no attributes', {}],
    ['empty attributes', { userAttributes: {} }],
    ['attributes that are none', { userAttributes: { email: 'ada' } }],
    ['attributes of no schema', { userAttributes: { 'custom:rank': '1' } }],
    ['numbers', { userAttributes: { name: 1 } }],
    ['another status', { userAttributes: { name: 'A' }, finalUserStatus: 'UNCONFIRMED' }],
    ['another message', { userAttributes: { name: 'A' }, messageAction: 'SHOUT' }],
    ['another medium', { userAttributes: { name: 'A' }, desiredDeliveryMediums: ['PIGEON'] }],
    ['a second factor that the pool has not', { userAttributes: { name: 'A' }, enableSMSMFA: true }],
  ] as const)
    it(`are not brought by an answer with ${what}, and nothing tells where that is hidden`, async () => {
      told.answer('UserMigration', () => response);

      // A name of its own each, because tries are counted.
      const name = what.replaceAll(' ', '-');

      await assert.rejects(begin(name), { name: 'InvalidLambdaResponseException' });
      await assert.rejects(begin(name, OLD, discreet), wrong);

      await isAbsent(name);
      await isAbsent(name, discreet);
    });

  it('leave users of the pool alone', async () => {
    await makeUser(pool, 'native');

    await assert.rejects(begin('native', OLD), wrong);
    assert.ok((await begin('native', PASSWORD)).AuthenticationResult);

    assert.equal(told.eventOf('UserMigration'), undefined);
  });
});
