/** Challenges of the pool's own, as an application meets them: amazon-cognito-identity-js, unmodified. */
import assert from 'node:assert/strict';
import {
  AuthenticationDetails,
  CognitoUser,
  CognitoUserPool,
  type CognitoUserSession,
  type IAuthenticationCallback,
} from 'amazon-cognito-identity-js';
import { askForWords, poolFunctions, type ChallengeResult } from '../../../support/pool-functions.ts';
import { makePool, makeUser, PASSWORD, type MadePool } from '../../../support/pool.ts';
import { startServer, type TestServer } from '../../../support/servers/server.ts';

describe('challenges of the pool’s own, with an unmodified client', () => {
  const told = poolFunctions();
  let server: TestServer;
  let pool: MadePool;

  before(async () => {
    server = await startServer({ functions: told.functions });
    const LambdaConfig = told.configOf(
      'DefineAuthChallenge',
      'CreateAuthChallenge',
      'VerifyAuthChallengeResponse',
    );
    pool = await makePool(
      server,
      { LambdaConfig },
      { ExplicitAuthFlows: ['ALLOW_CUSTOM_AUTH'], PreventUserExistenceErrors: 'ENABLED' },
    );
    await makeUser(pool, 'ada');
  });
  after(() => server.close());
  beforeEach(() => {
    told.reset();
    askForWords(told, 'blue', 'red');
  });

  type Outcome = { readonly challenge: unknown } | { readonly session: CognitoUserSession };
  const personOf = (Username: string) =>
    new CognitoUser({
      Username,
      Pool: new CognitoUserPool({
        UserPoolId: pool.UserPoolId,
        ClientId: pool.ClientId,
        endpoint: server.url,
      }),
    });
  /** What a call of the client leads to. */
  const outcomeOf = (call: (callbacks: IAuthenticationCallback) => void) =>
    new Promise<Outcome>((resolve, reject) =>
      call({
        onSuccess: (session) => resolve({ session }),
        onFailure: reject,
        customChallenge: (challenge: unknown) => resolve({ challenge }),
      }),
    );
  const isValid = (outcome: Outcome) => 'session' in outcome && outcome.session.isValid();

  it('are begun without a password', async () => {
    const user = personOf('ada');
    user.setAuthenticationFlowType('CUSTOM_AUTH');
    const details = new AuthenticationDetails({ Username: 'ada' });

    const first = await outcomeOf((callbacks) => user.initiateAuth(details, callbacks));
    const second = await outcomeOf((callbacks) => user.sendCustomChallengeAnswer('blue', callbacks));
    const last = await outcomeOf((callbacks) => user.sendCustomChallengeAnswer('red', callbacks));

    assert.deepEqual(first, { challenge: { USERNAME: 'ada', hint: 'word 1' } });
    assert.deepEqual(second, { challenge: { USERNAME: 'ada', hint: 'word 2' } });
    assert.ok(isValid(last));
  });

  /** As the developer guide's example: the password by SRP first, then one challenge. */
  function askForPasswordFirst(): void {
    told.answer(
      'DefineAuthChallenge',
      ({ request: { session } }: { request: { session: ChallengeResult[] } }) => {
        const last = session.at(-1);
        if (last?.challengeName === 'SRP_A') return { challengeName: 'PASSWORD_VERIFIER' };
        if (!last?.challengeResult) return { failAuthentication: true };
        if (last.challengeName === 'PASSWORD_VERIFIER') return { challengeName: 'CUSTOM_CHALLENGE' };
        return { issueTokens: true };
      },
    );
    told.answer('CreateAuthChallenge', () => ({
      publicChallengeParameters: { hint: 'the word' },
      privateChallengeParameters: { word: 'blue' },
    }));
  }

  it('come after the password, where the functions want that', async () => {
    askForPasswordFirst();
    const user = personOf('ada');
    user.setAuthenticationFlowType('CUSTOM_AUTH');
    const details = new AuthenticationDetails({ Username: 'ada', Password: PASSWORD });

    const first = await outcomeOf((callbacks) => user.authenticateUser(details, callbacks));
    const last = await outcomeOf((callbacks) => user.sendCustomChallengeAnswer('blue', callbacks));

    assert.deepEqual(first, { challenge: { USERNAME: 'ada', hint: 'the word' } });
    assert.ok(isValid(last));
    assert.deepEqual(told.eventOf('DefineAuthChallenge').request.session, [
      { challengeName: 'SRP_A', challengeResult: true },
      { challengeName: 'PASSWORD_VERIFIER', challengeResult: true },
      { challengeName: 'CUSTOM_CHALLENGE', challengeResult: true },
    ]);
  });

  it('are never reached with a wrong password, or without a name', async () => {
    askForPasswordFirst();
    for (const [name, Password] of [
      ['ada', 'Wrong-Horse-7'],
      ['nobody', PASSWORD],
    ] as const) {
      const user = personOf(name);
      user.setAuthenticationFlowType('CUSTOM_AUTH');
      const details = new AuthenticationDetails({ Username: name, Password });

      await assert.rejects(
        outcomeOf((callbacks) => user.authenticateUser(details, callbacks)),
        { message: 'Incorrect username or password.' },
      );
    }

    assert.equal(told.eventOf('CreateAuthChallenge'), undefined);
  });
});
