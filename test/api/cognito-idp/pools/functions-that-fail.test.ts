/**
 * The pool's functions that say no, answer nonsense, or cannot be asked: what each operation says then, and what stands all the same.
 *
 * Source: Cognito API reference, UserLambdaValidationException, InvalidLambdaResponseException, UnexpectedLambdaException of each operation.
 */
import assert from 'node:assert/strict';
import { codeTo, makeReachable, shown } from '../../../support/people.ts';
import { poolFunctions, type FunctionName } from '../../../support/pool-functions.ts';
import { makePool, NEW_PASSWORD, PASSWORD, signIn, type MadePool } from '../../../support/pool.ts';
import { startServer, type TestServer } from '../../../support/servers/server.ts';

/** What is wrong with a function. */
const FAULTS = {
  'says no': 'UserLambdaValidationException',
  'answers nonsense': 'InvalidLambdaResponseException',
  'cannot be asked': 'UnexpectedLambdaException',
} as const;

/** What a person has in hand before the function fails. */
interface Hand {
  readonly name: string;
  readonly AccessToken?: string | undefined;
  readonly RefreshToken?: string | undefined;
  readonly code?: string;
  readonly session?: string | undefined;
}
interface Row {
  readonly asks: FunctionName;
  readonly prepare: (name: string) => Promise<Hand>;
  readonly call: (hand: Hand) => Promise<unknown>;
  /** What stands after it failed; the pool has no function then. */
  readonly stands: (hand: Hand) => Promise<unknown>;
}

describe('the pool’s functions that fail', () => {
  const told = poolFunctions();
  let server: TestServer;
  let pool: MadePool;
  let people = 0;

  before(async () => {
    server = await startServer({ functions: told.functions });
    pool = await makePool(
      server,
      {},
      {
        ExplicitAuthFlows: [
          'ALLOW_USER_PASSWORD_AUTH',
          'ALLOW_ADMIN_USER_PASSWORD_AUTH',
          'ALLOW_REFRESH_TOKEN_AUTH',
        ],
      },
    );
  });
  after(() => server.close());
  beforeEach(() => told.reset());

  const setFunctions = (LambdaConfig: Record<string, string>) =>
    pool.idp.updateUserPool({
      UserPoolId: pool.UserPoolId,
      AutoVerifiedAttributes: ['email'],
      LambdaConfig,
    });
  async function breakFunction(name: FunctionName, fault: keyof typeof FAULTS): Promise<void> {
    const { [name]: arn = '' } = told.configOf(name);
    await setFunctions({ [name]: fault === 'cannot be asked' ? `${arn}-lost` : arn });
    told.answer(name, () => {
      if (fault === 'says no') throw new Error('not today');
      return 'nonsense';
    });
  }

  const named = ({ name }: Hand) => ({ ClientId: pool.ClientId, Username: name });
  const whose = ({ name }: Hand) => ({ UserPoolId: pool.UserPoolId, Username: name });
  const byServer = () => ({ ClientId: pool.ClientId, UserPoolId: pool.UserPoolId });
  const email = (name: string) => `${name}@example.com`;
  const moved = (name: string) => [{ Name: 'email', Value: `${name}@new.example` }];
  const statusOf = async ({ name }: Hand) => (await shown(pool, name)).status;
  const enter = ({ name }: Hand, password = PASSWORD) =>
    pool.idp.initiateAuth({
      ClientId: pool.ClientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: name, PASSWORD: password },
    });

  async function newcomer(name: string): Promise<Hand> {
    await pool.idp.signUp({
      ...named({ name }),
      Password: PASSWORD,
      UserAttributes: [{ Name: 'email', Value: email(name) }],
    });
    return { name, code: codeTo(server, email(name)) };
  }
  async function reachable(name: string): Promise<Hand> {
    await makeReachable(pool, name);
    return { name, ...(await signIn(pool, name)) };
  }
  async function forgetful(name: string): Promise<Hand> {
    await makeReachable(pool, name);
    await pool.idp.forgotPassword(named({ name }));
    return { name, code: codeTo(server, email(name)) };
  }
  async function invited(name: string): Promise<Hand> {
    const given = { ...whose({ name }), TemporaryPassword: PASSWORD, MessageAction: 'SUPPRESS' } as const;
    await pool.idp.adminCreateUser(given);
    return { name, session: (await enter({ name })).Session };
  }
  const respond = ({ name, session }: Hand) => ({
    ChallengeName: 'NEW_PASSWORD_REQUIRED' as const,
    Session: session,
    ChallengeResponses: { USERNAME: name, NEW_PASSWORD },
  });

  const isConfirmed = async (hand: Hand) => assert.equal(await statusOf(hand), 'CONFIRMED');
  const mayComeIn = async (hand: Hand) => assert.ok((await enter(hand)).AuthenticationResult);
  const cameThroughWith = async (hand: Hand) =>
    assert.ok((await enter(hand, NEW_PASSWORD)).AuthenticationResult);
  const isUnproven = async ({ name }: Hand) => {
    const { attributes } = await shown(pool, name);
    assert.deepEqual([attributes.email, attributes.email_verified], [`${name}@new.example`, 'false']);
  };

  const ROWS: Readonly<Record<string, Row>> = {
    SignUp: {
      asks: 'PreSignUp',
      prepare: async (name) => ({ name }),
      call: (hand) => pool.idp.signUp({ ...named(hand), Password: PASSWORD }),
      stands: (hand) => assert.rejects(statusOf(hand), { name: 'UserNotFoundException' }),
    },
    ConfirmSignUp: {
      asks: 'PostConfirmation',
      prepare: newcomer,
      call: (hand) => pool.idp.confirmSignUp({ ...named(hand), ConfirmationCode: hand.code }),
      stands: isConfirmed,
    },
    AdminConfirmSignUp: {
      asks: 'PostConfirmation',
      prepare: newcomer,
      call: (hand) => pool.idp.adminConfirmSignUp(whose(hand)),
      stands: isConfirmed,
    },
    ResendConfirmationCode: {
      asks: 'CustomMessage',
      prepare: newcomer,
      call: (hand) => pool.idp.resendConfirmationCode(named(hand)),
      // The code before it is void too.
      stands: (hand) =>
        assert.rejects(pool.idp.confirmSignUp({ ...named(hand), ConfirmationCode: hand.code }), {
          name: 'ExpiredCodeException',
        }),
    },
    ForgotPassword: {
      asks: 'CustomMessage',
      prepare: reachable,
      call: (hand) => pool.idp.forgotPassword(named(hand)),
      stands: mayComeIn,
    },
    ConfirmForgotPassword: {
      asks: 'PostConfirmation',
      prepare: forgetful,
      call: (hand) =>
        pool.idp.confirmForgotPassword({
          ...named(hand),
          ConfirmationCode: hand.code,
          Password: NEW_PASSWORD,
        }),
      stands: cameThroughWith,
    },
    AdminResetUserPassword: {
      asks: 'CustomMessage',
      prepare: reachable,
      call: (hand) => pool.idp.adminResetUserPassword(whose(hand)),
      stands: async (hand) => assert.equal(await statusOf(hand), 'RESET_REQUIRED'),
    },
    InitiateAuth: {
      asks: 'PreAuthentication',
      prepare: reachable,
      call: enter,
      stands: mayComeIn,
    },
    AdminInitiateAuth: {
      asks: 'PreAuthentication',
      prepare: reachable,
      call: ({ name }) =>
        pool.idp.adminInitiateAuth({
          ...byServer(),
          AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
          AuthParameters: { USERNAME: name, PASSWORD },
        }),
      stands: mayComeIn,
    },
    RespondToAuthChallenge: {
      asks: 'PostAuthentication',
      prepare: invited,
      call: (hand) => pool.idp.respondToAuthChallenge({ ClientId: pool.ClientId, ...respond(hand) }),
      stands: cameThroughWith,
    },
    AdminRespondToAuthChallenge: {
      asks: 'PreTokenGeneration',
      prepare: invited,
      call: (hand) => pool.idp.adminRespondToAuthChallenge({ ...byServer(), ...respond(hand) }),
      stands: cameThroughWith,
    },
    UpdateUserAttributes: {
      asks: 'CustomMessage',
      prepare: reachable,
      call: ({ name, AccessToken }) =>
        pool.idp.updateUserAttributes({ AccessToken, UserAttributes: moved(name) }),
      stands: isUnproven,
    },
    AdminUpdateUserAttributes: {
      asks: 'CustomMessage',
      prepare: reachable,
      call: (hand) =>
        pool.idp.adminUpdateUserAttributes({ ...whose(hand), UserAttributes: moved(hand.name) }),
      stands: isUnproven,
    },
    GetUserAttributeVerificationCode: {
      asks: 'CustomMessage',
      prepare: reachable,
      call: ({ AccessToken }) =>
        pool.idp.getUserAttributeVerificationCode({ AccessToken, AttributeName: 'email' }),
      stands: ({ AccessToken }) =>
        assert.rejects(
          pool.idp.verifyUserAttribute({ AccessToken, AttributeName: 'email', Code: '123456' }),
          { name: 'ExpiredCodeException' },
        ),
    },
    GetTokensFromRefreshToken: {
      asks: 'PreTokenGeneration',
      prepare: reachable,
      call: ({ RefreshToken }) =>
        pool.idp.getTokensFromRefreshToken({ ClientId: pool.ClientId, RefreshToken }),
      async stands({ RefreshToken }) {
        const { ClientId } = pool;
        const { AuthenticationResult } = await pool.idp.getTokensFromRefreshToken({ ClientId, RefreshToken });
        assert.ok(AuthenticationResult!.AccessToken);
      },
    },
  };

  for (const [operation, { asks, prepare, call, stands }] of Object.entries(ROWS))
    for (const fault of Object.keys(FAULTS) as (keyof typeof FAULTS)[])
      it(`${operation} is ${FAULTS[fault]} when ${asks} ${fault}`, async () => {
        people += 1;
        await setFunctions({});
        const hand = await prepare(`person-${people}`);
        await breakFunction(asks, fault);
        const sent = server.sent.length;

        await assert.rejects(call(hand), { name: FAULTS[fault] });

        assert.equal(server.sent.length, sent);
        assert.equal(told.asked.length, fault === 'cannot be asked' ? 0 : 1);
        await setFunctions({});
        await stands(hand);
      });
});
