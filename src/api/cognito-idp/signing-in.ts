/** Sign-in operations of cognito-idp. */
import type { Client } from '../../domain/directory/clients.ts';
import { assertSecretHash } from '../../domain/directory/clients.ts';
import type { Pool } from '../../domain/directory/pools.ts';
import type { Outcome } from '../../domain/sign-in/sign-in.ts';
import type { Answer, StepName } from '../../domain/sign-in/step.ts';
import { SELF_SERVICE_SCOPE, type TokenSet } from '../../domain/tokens/tokens.ts';
import { Failure } from '../../base/failure.ts';
import { oneOf, structure } from '../../wire/members.ts';
import { analytics, clientId, metadata, refuse, session, userContext } from './members.ts';
import { operation, type Nouns } from './nouns.ts';

type Texts = Readonly<Record<string, string>>;

const common = {
  ClientId: clientId,
  ClientMetadata: metadata.optional(),
  AnalyticsMetadata: analytics.optional(),
  UserContextData: userContext.optional(),
};

export const InitiateAuth = operation({
  caller: 'client',
  input: structure({
    ...common,
    AuthFlow: oneOf([
      'USER_SRP_AUTH',
      'REFRESH_TOKEN_AUTH',
      'REFRESH_TOKEN',
      'CUSTOM_AUTH',
      'ADMIN_NO_SRP_AUTH',
      'USER_PASSWORD_AUTH',
      'ADMIN_USER_PASSWORD_AUTH',
      'USER_AUTH',
    ]),
    AuthParameters: metadata.optional(),
    Session: session.optional(),
  }),
  async handle({ ClientId, AuthFlow, AuthParameters = {} }, nouns, { sourceIp }) {
    const client = await nouns.clients.find(ClientId);
    const pool = await nouns.pools.get(client.poolId);
    switch (AuthFlow) {
      case 'USER_PASSWORD_AUTH':
        assertFlow(client, 'password');
        return begin(
          nouns,
          {
            pool,
            client,
            sourceIp,
            first: 'password',
            answer: { password: needed(AuthParameters, 'PASSWORD') },
          },
          AuthParameters,
        );
      case 'USER_SRP_AUTH':
        assertFlow(client, 'srp');
        return begin(
          nouns,
          { pool, client, sourceIp, first: 'srp', answer: { srpA: needed(AuthParameters, 'SRP_A') } },
          AuthParameters,
        );
      case 'REFRESH_TOKEN_AUTH':
      case 'REFRESH_TOKEN':
        return refresh(nouns, pool, client, AuthParameters);
      case 'ADMIN_NO_SRP_AUTH':
      case 'ADMIN_USER_PASSWORD_AUTH':
        return refuse('Initiate Auth method not supported.');
      default:
        return refuse(`The flow ${AuthFlow} is not supported.`);
    }
  },
});

const CHALLENGES = [
  'SMS_MFA',
  'EMAIL_OTP',
  'SOFTWARE_TOKEN_MFA',
  'SELECT_MFA_TYPE',
  'MFA_SETUP',
  'PASSWORD_VERIFIER',
  'CUSTOM_CHALLENGE',
  'SELECT_CHALLENGE',
  'DEVICE_SRP_AUTH',
  'DEVICE_PASSWORD_VERIFIER',
  'ADMIN_NO_SRP_AUTH',
  'NEW_PASSWORD_REQUIRED',
  'SMS_OTP',
  'PASSWORD',
  'WEB_AUTHN',
  'PASSWORD_SRP',
] as const;

export const RespondToAuthChallenge = operation({
  caller: 'client',
  input: structure({
    ...common,
    ChallengeName: oneOf(CHALLENGES),
    Session: session.optional(),
    ChallengeResponses: metadata.optional(),
  }),
  async handle({ ClientId, ChallengeName, Session, ChallengeResponses = {} }, nouns, { sourceIp }) {
    const client = await nouns.clients.find(ClientId);
    const pool = await nouns.pools.get(client.poolId);
    const login = needed(ChallengeResponses, 'USERNAME');
    await assertHash(nouns, pool, client, login, ChallengeResponses);
    const { step, session: given, answer } = readAnswer(ChallengeName, Session, ChallengeResponses);
    const outcome = await nouns.signIn.answer({ pool, client, session: given, step, answer, sourceIp });
    return reply(nouns, pool, client, outcome);
  },
});

/** The wire's name of a challenge, of each step that can be owed. */
const CHALLENGE_OF: Readonly<Record<StepName, (typeof CHALLENGES)[number]>> = {
  srp: 'PASSWORD_VERIFIER',
  password: 'PASSWORD',
  'new-password': 'NEW_PASSWORD_REQUIRED',
};

function readAnswer(
  name: (typeof CHALLENGES)[number],
  given: string | undefined,
  responses: Texts,
): { step: StepName; session: string; answer: Answer } {
  if (name === 'PASSWORD_VERIFIER') {
    const secretBlock = needed(responses, 'PASSWORD_CLAIM_SECRET_BLOCK');
    const answer = {
      secretBlock,
      signature: needed(responses, 'PASSWORD_CLAIM_SIGNATURE'),
      timestamp: needed(responses, 'TIMESTAMP'),
    };
    // The block names its own attempt; not every client sends the session back with it.
    return { step: 'srp', session: secretBlock, answer };
  }
  if (name === 'NEW_PASSWORD_REQUIRED') {
    if (given === undefined) refuse('Missing required parameter Session');
    return {
      step: 'new-password',
      session: given,
      answer: { newPassword: needed(responses, 'NEW_PASSWORD'), ...attributesIn(responses) },
    };
  }
  return refuse(`The challenge ${name} is not supported.`);
}

const attributesIn = (responses: Texts): Texts =>
  Object.fromEntries(Object.entries(responses).filter(([name]) => name.startsWith('userAttributes.')));

async function begin(
  nouns: Nouns,
  {
    pool,
    client,
    sourceIp,
    first,
    answer,
  }: { pool: Pool; client: Client; sourceIp: string; first: 'password' | 'srp'; answer: Answer },
  parameters: Texts,
) {
  const login = needed(parameters, 'USERNAME');
  assertSecretHash(client, [login], parameters.SECRET_HASH);
  return reply(
    nouns,
    pool,
    client,
    await nouns.signIn.start({ pool, client, login, sourceIp }, first, answer),
  );
}

async function refresh({ tokens, users }: Nouns, pool: Pool, client: Client, parameters: Texts) {
  // With rotation on, only GetTokensFromRefreshToken and the token endpoint renew.
  assertFlow(client, 'refresh');
  const refreshToken = needed(parameters, 'REFRESH_TOKEN');
  const sub = client.secret === undefined ? undefined : await tokens.subjectOf(refreshToken);
  const user = sub === undefined ? undefined : await users.bySub(pool.id, sub);
  assertSecretHash(client, user ? [user.username, user.sub] : [], parameters.SECRET_HASH);
  return {
    AuthenticationResult: authenticationResult(await tokens.refresh({ pool, client, refreshToken })),
    ChallengeParameters: {},
  };
}

async function reply({ tokens, clock }: Nouns, pool: Pool, client: Client, outcome: Outcome) {
  if ('proven' in outcome) {
    const granted = await tokens.grant({
      pool,
      client,
      user: outcome.proven,
      scopes: [SELF_SERVICE_SCOPE],
      authTime: clock.now(),
      door: 'api',
    });
    return { AuthenticationResult: authenticationResult(granted), ChallengeParameters: {} };
  }
  const { owed, session: given, asks } = outcome;
  return { ChallengeName: CHALLENGE_OF[owed], Session: given, ChallengeParameters: { ...asks } };
}

function authenticationResult({ accessToken, idToken, refreshToken, expiresInSeconds }: TokenSet) {
  return {
    AccessToken: accessToken,
    ExpiresIn: expiresInSeconds,
    TokenType: 'Bearer',
    RefreshToken: refreshToken,
    IdToken: idToken,
  };
}

/** The client may have hashed the name it was given or the one it was told. @throws Failure `secret-hash-refused` */
async function assertHash(
  { users }: Nouns,
  pool: Pool,
  client: Client,
  login: string,
  { SECRET_HASH: hash }: Texts,
): Promise<void> {
  const user = client.secret === undefined ? undefined : await users.locate(pool, login);
  assertSecretHash(client, [login, ...(user ? [user.username, user.sub] : [])], hash);
}

/** @throws Failure `flow-not-enabled` */
function assertFlow({ id, authFlows }: Client, flow: Client['authFlows'][number]): void {
  if (authFlows.includes(flow)) return;
  const names = {
    password: 'USER_PASSWORD_AUTH',
    srp: 'USER_SRP_AUTH',
    refresh: 'REFRESH_TOKEN_AUTH',
  } as const;
  const name = flow === 'password' || flow === 'srp' || flow === 'refresh' ? names[flow] : flow;
  throw new Failure('flow-not-enabled', { flow: name, client: id });
}

function needed(parameters: Texts, name: string): string {
  return parameters[name] || refuse(`Missing required parameter ${name}`);
}
