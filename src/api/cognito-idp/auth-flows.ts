/**
 * Flows of authentication: what InitiateAuth and its kin, the administrator's too, mean by their parameters and answers.
 *
 * Who may call differs, and from where wrong tries are counted; what is proven does not.
 * Source: Cognito API reference, InitiateAuth, RespondToAuthChallenge.
 */
import { Failure } from '../../base/failure.ts';
import { assertSecretHash, type Client } from '../../domain/directory/clients.ts';
import type { Pool } from '../../domain/directory/pools.ts';
import type { Outcome } from '../../domain/sign-in/sign-in.ts';
import type { Answer, StepName } from '../../domain/sign-in/step.ts';
import { SELF_SERVICE_SCOPE, type TokenSet } from '../../domain/tokens/tokens.ts';
import { analytics, clientId, metadata, refuse } from './members.ts';
import type { Nouns } from './nouns.ts';

type Texts = Readonly<Record<string, string>>;

/** Members that all of them have. */
export const common = {
  ClientId: clientId,
  ClientMetadata: metadata.optional(),
  AnalyticsMetadata: analytics.optional(),
};

export const FLOWS = [
  'USER_SRP_AUTH',
  'REFRESH_TOKEN_AUTH',
  'REFRESH_TOKEN',
  'CUSTOM_AUTH',
  'ADMIN_NO_SRP_AUTH',
  'USER_PASSWORD_AUTH',
  'ADMIN_USER_PASSWORD_AUTH',
  'USER_AUTH',
] as const;

/** For whom a flow is asked, and from where; no address where a server asks for many people. */
export interface Asker {
  readonly pool: Pool;
  readonly client: Client;
  readonly sourceIp?: string;
}

/** A flow that begins with the password, shown or proven. */
export async function begin(
  nouns: Nouns,
  { pool, client, sourceIp }: Asker,
  first: 'password' | 'srp',
  parameters: Texts,
) {
  const answer: Answer =
    first === 'srp' ? { srpA: needed(parameters, 'SRP_A') } : { password: needed(parameters, 'PASSWORD') };
  const login = needed(parameters, 'USERNAME');
  assertSecretHash(client, [login], parameters.SECRET_HASH);
  return reply(
    nouns,
    pool,
    client,
    await nouns.signIn.start({ pool, client, login, sourceIp }, first, answer),
  );
}

/** The answer to a challenge. */
export async function respond(
  nouns: Nouns,
  { pool, client, sourceIp }: Asker,
  { name, given, responses }: { name: ChallengeName; given: string | undefined; responses: Texts },
) {
  const login = needed(responses, 'USERNAME');
  await assertHash(nouns, pool, client, login, responses);
  const { step, session, answer } = readAnswer(name, given, responses);
  const outcome = await nouns.signIn.answer({ pool, client, session, step, answer, sourceIp });
  return reply(nouns, pool, client, outcome);
}

export const CHALLENGES = [
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

type ChallengeName = (typeof CHALLENGES)[number];

/** The wire's name of a challenge, of each step that can be owed. */
const CHALLENGE_OF: Readonly<Record<StepName, ChallengeName>> = {
  srp: 'PASSWORD_VERIFIER',
  password: 'PASSWORD',
  'new-password': 'NEW_PASSWORD_REQUIRED',
};

function readAnswer(
  name: ChallengeName,
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

/** A flow that goes on with a refresh token. */
export async function refresh({ tokens, users }: Nouns, { pool, client }: Asker, parameters: Texts) {
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

const FLOW_NAMES: Partial<Readonly<Record<Client['authFlows'][number], string>>> = {
  password: 'USER_PASSWORD_AUTH',
  srp: 'USER_SRP_AUTH',
  refresh: 'REFRESH_TOKEN_AUTH',
  'admin-password': 'ADMIN_USER_PASSWORD_AUTH',
};

/** @throws Failure `flow-not-enabled` */
export function assertFlow({ id, authFlows }: Client, flow: Client['authFlows'][number]): void {
  if (authFlows.includes(flow)) return;
  throw new Failure('flow-not-enabled', { flow: FLOW_NAMES[flow] ?? flow, client: id });
}

function needed(parameters: Texts, name: string): string {
  return parameters[name] || refuse(`Missing required parameter ${name}`);
}
