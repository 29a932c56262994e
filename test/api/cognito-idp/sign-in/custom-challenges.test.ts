/** Challenges of the pool's own: CUSTOM_AUTH and its three functions. */
import assert from 'node:assert/strict';
import {
  askForWords,
  poolFunctions,
  type ChallengeResult as Result,
  type FunctionName,
} from '../../../support/pool-functions.ts';
import { makePool, makeUser, PASSWORD, type MadePool } from '../../../support/pool.ts';
import { startServer, type TestServer } from '../../../support/servers/server.ts';

describe('challenges of the pool’s own', () => {
  const told = poolFunctions();
  let server: TestServer;
  let pool: MadePool;

  before(async () => {
    server = await startServer({ functions: told.functions });
    pool = await makePool(
      server,
      {
        LambdaConfig: told.configOf(
          'DefineAuthChallenge',
          'CreateAuthChallenge',
          'VerifyAuthChallengeResponse',
          'PostAuthentication',
          'PreTokenGeneration',
        ),
      },
      {
        ExplicitAuthFlows: ['ALLOW_CUSTOM_AUTH', 'ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
        PreventUserExistenceErrors: 'ENABLED',
      },
    );
    await makeUser(pool, 'ada', { email: 'ada@example.com' });
  });
  after(() => server.close());
  beforeEach(() => {
    told.reset();
    askFor('blue', 'red');
  });

  const askFor = (...words: readonly string[]) => askForWords(told, ...words);
  const begin = (USERNAME = 'ada', { idp, ClientId } = pool) =>
    idp.initiateAuth({
      ClientId,
      AuthFlow: 'CUSTOM_AUTH',
      AuthParameters: { USERNAME },
      ClientMetadata: { step: '1' },
    });
  const answer = (Session: string | undefined, ANSWER: string, USERNAME = 'ada') =>
    pool.idp.respondToAuthChallenge({
      ClientId: pool.ClientId,
      ChallengeName: 'CUSTOM_CHALLENGE',
      Session,
      ChallengeResponses: { USERNAME, ANSWER },
      ClientMetadata: { step: '2' },
    });
  const requests = (name: FunctionName) =>
    told.asked.filter((each) => each.name === name).map(({ event }) => event.request);

  it('are asked one after another, until the functions let the person in', async () => {
    const first = await begin();
    const second = await answer(first.Session, 'blue');
    const { AuthenticationResult } = await answer(second.Session, 'red');

    assert.deepEqual(
      [first.ChallengeName, first.ChallengeParameters],
      ['CUSTOM_CHALLENGE', { USERNAME: 'ada', hint: 'word 1' }],
    );
    assert.deepEqual(second.ChallengeParameters, { USERNAME: 'ada', hint: 'word 2' });
    const { Username } = await pool.idp.getUser({ AccessToken: AuthenticationResult!.AccessToken });
    assert.equal(Username, 'ada');
    assert.deepEqual(
      told.asked.map(({ event }) => event.triggerSource),
      [
        'DefineAuthChallenge_Authentication',
        'CreateAuthChallenge_Authentication',
        'VerifyAuthChallengeResponse_Authentication',
        'DefineAuthChallenge_Authentication',
        'CreateAuthChallenge_Authentication',
        'VerifyAuthChallengeResponse_Authentication',
        'DefineAuthChallenge_Authentication',
        'PostAuthentication_Authentication',
        'TokenGeneration_Authentication',
      ],
    );
  });

  it('give each function what it is to know', async () => {
    const { Session } = await begin();
    await answer(Session, 'blue');

    const session = [
      { challengeName: 'CUSTOM_CHALLENGE', challengeResult: true, challengeMetadata: 'WORD_1' },
    ];
    const [before, after] = requests('DefineAuthChallenge');
    const { userAttributes } = before;
    assert.equal(userAttributes['cognito:user_status'], 'CONFIRMED');
    // What came with the call that began is for the functions before it alone.
    assert.deepEqual(before, { userAttributes, userNotFound: false, session: [] });
    assert.deepEqual(after, { userAttributes, userNotFound: false, session, clientMetadata: { step: '2' } });
    assert.deepEqual(requests('CreateAuthChallenge')[1], {
      userAttributes,
      userNotFound: false,
      challengeName: 'CUSTOM_CHALLENGE',
      session,
      clientMetadata: { step: '2' },
    });
    assert.deepEqual(requests('VerifyAuthChallengeResponse')[0], {
      userAttributes,
      userNotFound: false,
      privateChallengeParameters: { word: 'blue' },
      challengeAnswer: 'blue',
      clientMetadata: { step: '2' },
    });
  });

  it('show nobody what is hidden', async () => {
    assert.ok(!JSON.stringify(await begin()).includes('blue'));
  });

  it('turn away where the functions say so, in the words for a wrong password', async () => {
    const { Session } = await begin();

    await assert.rejects(answer(Session, 'wrong'), {
      name: 'NotAuthorizedException',
      message: 'Incorrect username or password.',
    });
    await assert.rejects(answer(Session, 'blue'), { name: 'NotAuthorizedException' });
    assert.equal(told.eventOf('PostAuthentication'), undefined);
  });

  it('let nobody in who was disabled while his answer waited for others', async () => {
    const { idp, UserPoolId } = pool;
    const Username = 'kept-waiting';
    await makeUser(pool, Username);
    askFor('blue');
    const sessions = await Promise.all([begin(Username), begin(Username), begin(Username)]);
    let goOn = () => {};
    const held = new Promise<void>((resolve) => (goOn = resolve));
    const asked = new Promise<void>((resolve) =>
      told.answer('VerifyAuthChallengeResponse', async () => {
        if (requests('VerifyAuthChallengeResponse').length === 2) resolve();
        await held;
        return { answerCorrect: true };
      }),
    );
    const reply = ({ Session }: { Session?: string }) => answer(Session, 'blue', Username);

    const others = sessions.slice(0, 2).map(reply);
    await asked;
    const waiting = reply(sessions[2]);
    // Round trips in which the answer comes to its place among the waiting.
    for (let time = 0; time < 5; time += 1) await idp.adminGetUser({ UserPoolId, Username });
    await idp.adminDisableUser({ UserPoolId, Username });
    goOn();

    await assert.rejects(waiting, { name: 'NotAuthorizedException', message: 'User is disabled.' });
    await Promise.allSettled(others);
  });

  it('may be asked again after a wrong answer', async () => {
    told.answer('DefineAuthChallenge', ({ request: { session } }: { request: { session: Result[] } }) =>
      session.at(-1)?.challengeResult ? { issueTokens: true } : { challengeName: 'CUSTOM_CHALLENGE' },
    );
    told.answer('CreateAuthChallenge', () => ({
      publicChallengeParameters: {},
      privateChallengeParameters: { word: 'blue' },
    }));

    const first = await begin();
    const second = await answer(first.Session, 'wrong');
    const { AuthenticationResult } = await answer(second.Session, 'blue');

    assert.ok(AuthenticationResult);
    const results: readonly Result[] = requests('DefineAuthChallenge').at(-1).session;
    assert.deepEqual(
      results.map(({ challengeResult }) => challengeResult),
      [false, true],
    );
  });

  it('take one answer a session, of a hundred right ones at once', async () => {
    askFor('blue');
    const { Session } = await begin();

    const answers = await Promise.allSettled(Array.from({ length: 100 }, () => answer(Session, 'blue')));

    assert.equal(answers.filter(({ status }) => status === 'fulfilled').length, 1);
    assert.equal(requests('VerifyAuthChallengeResponse').length, 1);
  });

  it('make guessing slow, also where an easy question comes first', async () => {
    await makeUser(pool, 'bob');
    askFor('easy', 'hard');
    const guess = async () => {
      const { Session } = await begin('bob');
      const second = await answer(Session, 'easy', 'bob');
      await answer(second.Session, 'wrong', 'bob');
    };

    for (let tries = 0; tries < 6; tries += 1)
      await assert.rejects(guess(), { message: 'Incorrect username or password.' });
    await assert.rejects(guess(), { message: 'Password attempts exceeded' });
  });

  it('may be as many as the functions want, of who is right each time', async () => {
    const words = Array.from({ length: 12 }, (_, index) => `word-${index}`);
    askFor(...words);
    await makeUser(pool, 'patient');

    let asked = await begin('patient');
    for (const word of words) asked = await answer(asked.Session, word, 'patient');

    assert.ok(asked.AuthenticationResult!.AccessToken);
  });

  it('go through the same rounds for nobody, and let nobody in', async () => {
    const rounds = async (name: string) => {
      told.asked.length = 0;
      const first = await begin(name);
      const second = await answer(first.Session, 'blue', name);
      const last = await answer(second.Session, 'red', name).catch((error: unknown) => error);
      const asked = told.asked.filter(({ event }) => event.triggerSource.includes('AuthChallenge'));
      return { shapes: [first, second].map((each) => Object.keys(each.ChallengeParameters!)), asked, last };
    };

    const known = await rounds('ada');
    const unknown = await rounds('nobody');

    assert.deepEqual(unknown.shapes, known.shapes);
    assert.deepEqual(
      unknown.asked.map(({ name }) => name),
      known.asked.map(({ name }) => name),
    );
    for (const { event } of unknown.asked) {
      assert.deepEqual([event.userName, event.request.userNotFound], ['nobody', true]);
      assert.deepEqual(event.request.userAttributes, {});
    }
    assert.ok(unknown.last instanceof Error);
    assert.equal(unknown.last.message, 'Incorrect username or password.');
  });

  it('let nobody past what is owed besides, whatever the functions say', async () => {
    const { idp, UserPoolId, ClientId } = pool;
    await idp.adminCreateUser({ UserPoolId, Username: 'new', MessageAction: 'SUPPRESS' });
    await idp.signUp({ ClientId, Username: 'unsure', Password: PASSWORD });
    told.answer('DefineAuthChallenge', () => ({ issueTokens: true }));

    assert.ok((await begin('ada')).AuthenticationResult);
    assert.equal((await begin('new')).ChallengeName, 'NEW_PASSWORD_REQUIRED');
    await assert.rejects(begin('unsure'), { name: 'UserNotConfirmedException' });
  });

  for (const [what, name, response] of [
    ['nothing next', 'DefineAuthChallenge', {}],
    ['an unknown challenge', 'DefineAuthChallenge', { challengeName: 'RIDDLE' }],
    ['truth in words', 'DefineAuthChallenge', { issueTokens: 'true' }],
    [
      'the password of who did not begin with it',
      'DefineAuthChallenge',
      { challengeName: 'PASSWORD_VERIFIER' },
    ],
    ['a number to show', 'CreateAuthChallenge', { publicChallengeParameters: { a: 1 } }],
    ['too much to show', 'CreateAuthChallenge', { publicChallengeParameters: { a: 'x'.repeat(40_000) } }],
    ['too much to hide', 'CreateAuthChallenge', { privateChallengeParameters: { a: 'x'.repeat(40_000) } }],
    ['too long a name', 'CreateAuthChallenge', { challengeMetadata: 'x'.repeat(1025) }],
  ] as const)
    it(`do not take ${what} for an answer`, async () => {
      told.answer(name, () => response);

      await assert.rejects(begin(), { name: 'InvalidLambdaResponseException' });
    });

  it('do not take a judgement in words', async () => {
    const { Session } = await begin();
    told.answer('VerifyAuthChallengeResponse', () => ({ answerCorrect: 'true' }));

    await assert.rejects(answer(Session, 'blue'), { name: 'InvalidLambdaResponseException' });
  });

  it('AdminInitiateAuth: begins them, and AdminRespondToAuthChallenge goes on to tokens that GetUser believes', async () => {
    const { idp, UserPoolId, ClientId } = pool;
    askFor('blue');
    const { Session, ChallengeName } = await idp.adminInitiateAuth({
      UserPoolId,
      ClientId,
      AuthFlow: 'CUSTOM_AUTH',
      AuthParameters: { USERNAME: 'ada', CHALLENGE_NAME: 'CUSTOM_CHALLENGE' },
    });

    const { AuthenticationResult } = await idp.adminRespondToAuthChallenge({
      UserPoolId,
      ClientId,
      ChallengeName,
      Session,
      ChallengeResponses: { USERNAME: 'ada', ANSWER: 'blue' },
    });

    assert.ok(await idp.getUser({ AccessToken: AuthenticationResult!.AccessToken }));
  });

  it('are for clients and pools that have them', async () => {
    const { UserPoolClient } = await pool.idp.createUserPoolClient({
      UserPoolId: pool.UserPoolId,
      ClientName: 'narrow',
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
    });
    const without = await makePool(server, {}, { ExplicitAuthFlows: ['ALLOW_CUSTOM_AUTH'] });
    await makeUser(without, 'ada');

    await assert.rejects(begin('ada', { ...pool, ClientId: UserPoolClient!.ClientId! }), {
      name: 'InvalidParameterException',
      message: /CUSTOM_AUTH flow not enabled/,
    });
    await assert.rejects(begin('ada', without), {
      name: 'InvalidParameterException',
      message: 'Custom auth lambda trigger is not configured for the user pool.',
    });
  });

  for (const name of ['CHALLENGE_NAME', 'ChallengeName'])
    it(`come after the password for who begins with it by ${name}`, async () => {
      told.answer('DefineAuthChallenge', () => ({ challengeName: 'PASSWORD_VERIFIER' }));

      const { ChallengeName } = await pool.idp.initiateAuth({
        ClientId: pool.ClientId,
        AuthFlow: 'CUSTOM_AUTH',
        AuthParameters: { USERNAME: 'ada', [name]: 'SRP_A', SRP_A: 'abcdef' },
      });

      assert.equal(ChallengeName, 'PASSWORD_VERIFIER');
      assert.deepEqual(requests('DefineAuthChallenge')[0].session, [
        { challengeName: 'SRP_A', challengeResult: true },
      ]);
    });

  it('leave the password where it is', async () => {
    const { AuthenticationResult } = await pool.idp.initiateAuth({
      ClientId: pool.ClientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: 'ada', PASSWORD },
    });

    assert.ok(AuthenticationResult);
    assert.equal(told.eventOf('DefineAuthChallenge'), undefined);
  });
});
