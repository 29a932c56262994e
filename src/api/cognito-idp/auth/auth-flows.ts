/**
 * Flows of authentication: what InitiateAuth and its kin, the administrator's too, mean by their parameters and answers.
 *
 * Who may call differs, and from where wrong tries are counted; what is proven does not.
 * Source: Cognito API reference, InitiateAuth, RespondToAuthChallenge.
 */
import { Failure, isFailure } from '../../../base/failure.ts';
import type { CallerContext } from '../../../domain/ports/caller-context.ts';
import { assertSecretHash, type Client } from '../../../domain/pools/clients.ts';
import type { Pool } from '../../../domain/pools/pools.ts';
import { hadSecondFactor } from '../../../domain/sign-in/second-factors.ts';
import { DEVICE_KEY } from '../../../domain/sign-in/named-device.ts';
import type { Outcome } from '../../../domain/sign-in/sign-in.ts';
import type { Answer, SignInFailure, StepName } from '../../../domain/sign-in/challenges/challenge.ts';
import type { TokenOccasion } from '../../../domain/tokens/customization.ts';
import { SELF_SERVICE_SCOPE, type TokenSet } from '../../../domain/tokens/tokens.ts';
import type { Whence } from '../../../domain/tokens/sessions.ts';
import {
  CHALLENGE_OF,
  FIRST_CHOICES,
  needed,
  readAnswer,
  withChoice,
  type ChallengeName,
  type Texts,
} from './challenges.ts';
import { analytics, assertBeyondLite, CHOICE, clientId, metadata, refuse } from '../members.ts';
import type { Nouns } from '../nouns.ts';

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
type Flow = (typeof FLOWS)[number];

/** For whom a flow is asked, and from where. */
export interface Asker {
  readonly pool: Pool;
  readonly client: Client;
  readonly caller: CallerContext;
  /** From where the person asks, for telling his sessions apart. */
  readonly whence?: Whence;
  /** For the pool's triggers. */
  readonly metadata?: Texts;
}

/** The flows that people and servers have alike; how a password is shown, each has for itself. */
export async function startFlow(
  nouns: Nouns,
  asker: Asker,
  { flow, parameters, session }: { flow: Flow; parameters: Texts; session: string | undefined },
) {
  switch (flow) {
    case 'USER_SRP_AUTH':
      assertFlow(asker.client, 'srp');
      return begin(nouns, asker, 'srp', parameters);
    case 'USER_AUTH':
      return beginByChoice(nouns, asker, { parameters, session });
    case 'CUSTOM_AUTH':
      assertFlow(asker.client, 'custom');
      return begin(nouns, asker, 'custom', parameters);
    case 'REFRESH_TOKEN_AUTH':
    case 'REFRESH_TOKEN':
      return refresh(nouns, asker, parameters);
    default:
      // How the others show a password.
      return refuse('Initiate Auth method not supported.');
  }
}

/** A flow that begins with the password, shown or proven, or with challenges of the pool's own. */
export async function begin(
  nouns: Nouns,
  asker: Asker,
  first: 'password' | 'srp' | 'custom',
  parameters: Texts,
) {
  const answer = { ...firstAnswer(first, parameters), deviceKey: parameters.DEVICE_KEY };
  const login = needed(parameters, 'USERNAME');
  assertSecretHash(asker.client, [login], parameters.SECRET_HASH);
  const start = { ...asker, login, flow: first };
  return reply(nouns, asker, { outcome: () => nouns.signIn.start(start, first, answer) });
}

/** What USER_AUTH has besides, and is not carried out: who asks for more proof relies on getting it. */
const STEP_UP = ['TARGET_ACR_VALUES', 'ACCESS_TOKEN', 'MAX_AGE'];

/** The flow that leaves the first factor to choice (USER_AUTH); with a session of ConfirmSignUp, that is the first factor. */
async function beginByChoice(
  nouns: Nouns,
  asker: Asker,
  { parameters, session }: { parameters: Texts; session: string | undefined },
) {
  assertFlow(asker.client, 'choice');
  // The pool may have had a larger plan when the client was allowed it.
  assertBeyondLite(asker.pool, CHOICE);
  const unsupported = STEP_UP.find((name) => parameters[name] !== undefined);
  if (unsupported !== undefined) refuse(`${unsupported} is not supported.`);
  const login = needed(parameters, 'USERNAME');
  assertSecretHash(asker.client, [login], parameters.SECRET_HASH);
  const start = { ...asker, login, flow: 'choice' } as const;
  if (session !== undefined)
    return reply(nouns, asker, {
      outcome: () => nouns.signIn.start(start, 'signed-up', { signUpSession: session }),
    });
  const preferred = parameters.PREFERRED_CHALLENGE;
  const choice = preferred === undefined ? undefined : FIRST_CHOICES.get(preferred);
  if (preferred !== undefined && choice === undefined) refuse('PREFERRED_CHALLENGE is not a first factor.');
  const answer = { choice, ...withChoice(parameters), deviceKey: parameters.DEVICE_KEY };
  return reply(nouns, asker, { outcome: () => nouns.signIn.start(start, 'choose-first', answer) });
}

function firstAnswer(first: 'password' | 'srp' | 'custom', parameters: Texts): Answer {
  if (first === 'password') return { password: needed(parameters, 'PASSWORD') };
  // Clients write it in capitals, the API reference as a member's name.
  const hasSrp = first === 'srp' || (parameters.CHALLENGE_NAME ?? parameters.ChallengeName) === 'SRP_A';
  return hasSrp ? { srpA: needed(parameters, 'SRP_A') } : {};
}

/** The answer to a challenge. */
export async function respond(
  nouns: Nouns,
  asker: Asker,
  { name, given, responses }: { name: ChallengeName; given: string | undefined; responses: Texts },
) {
  const login = needed(responses, 'USERNAME');
  await assertHash(nouns, asker, login, responses);
  const continuation = { ...asker, login, ...readAnswer(name, given, responses) };
  return reply(nouns, asker, {
    outcome: () => nouns.signIn.answer(continuation),
    metadata: asker.metadata,
  });
}

/** A flow that goes on with a refresh token. */
async function refresh({ tokens, users }: Nouns, asker: Asker, parameters: Texts) {
  const { pool, client } = asker;
  // With rotation on, only GetTokensFromRefreshToken and the token endpoint renew.
  assertFlow(client, 'refresh');
  const refreshToken = needed(parameters, 'REFRESH_TOKEN');
  const sub = client.secret === undefined ? undefined : await tokens.subjectOf(refreshToken);
  const user = sub === undefined ? undefined : await users.bySub(pool.id, sub);
  assertSecretHash(client, user ? [user.username, user.sub] : [], parameters.SECRET_HASH);
  return {
    AuthenticationResult: authenticationResult(
      await tokens.refresh({
        pool,
        client,
        refreshToken,
        deviceKey: parameters.DEVICE_KEY,
        whence: asker.whence,
      }),
    ),
    ChallengeParameters: {},
  };
}

/** What tokens are given on, by the last step. */
const OCCASIONS: Partial<Readonly<Record<StepName, TokenOccasion>>> = {
  'new-password': 'NewPasswordChallenge',
  'device-password': 'AuthenticateDevice',
};

interface Proving {
  readonly outcome: () => Promise<Outcome>;
  /** What the caller gave for the functions that are asked about tokens: not what came with the call that began. */
  readonly metadata?: Texts;
}

async function reply(
  { tokens, devices, clock }: Nouns,
  { pool, client, whence, caller }: Asker,
  proving: Proving,
) {
  // Security: of a moment before anything is judged, so that what ends all sessions meanwhile, a new password above all, ends this one too.
  const since = clock.now();
  const outcome = await proving.outcome();
  if ('proven' in outcome) {
    const { proven: user, by, memory } = outcome;
    const device = await devices.arrived({
      pool,
      client,
      user,
      named: memory[DEVICE_KEY],
      isProven: by.includes('device-password'),
      hadSecondFactor: hadSecondFactor(by, memory),
      ip: caller.kind === 'user' ? caller.ip : undefined,
    });
    const grant = {
      pool,
      client,
      user,
      scopes: [SELF_SERVICE_SCOPE],
      authTime: clock.now(),
      door: 'api' as const,
      occasion: OCCASIONS[by.at(-1) ?? 'password'] ?? 'Authentication',
      metadata: proving.metadata,
      whence,
      deviceKey: device.key,
      since,
    };
    const granted = await tokens.grant(grant).catch(asNotIn);
    const { promised } = device;
    return {
      AuthenticationResult: {
        ...authenticationResult(granted),
        NewDeviceMetadata: promised && { DeviceKey: promised.key, DeviceGroupKey: promised.groupKey },
      },
      ChallengeParameters: {},
    };
  }
  const { owed, session: given, asks, choices } = outcome;
  return {
    ChallengeName: CHALLENGE_OF[owed],
    Session: given,
    ChallengeParameters: { ...asks },
    AvailableChallenges: choices?.map((step) => CHALLENGE_OF[step]),
  };
}

/** What whoever showed the old password is told, a moment sooner or later. */
function asNotIn(error: unknown): never {
  if (isFailure(error, 'refresh-token-revoked'))
    throw new Failure<SignInFailure>('wrong-username-or-password');
  throw error;
}

/** Tokens in the wire's words (AuthenticationResultType). */
export function authenticationResult({ accessToken, idToken, refreshToken, expiresInSeconds }: TokenSet) {
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
  { accounts }: Nouns,
  { pool, client }: Asker,
  login: string,
  { SECRET_HASH: hash }: Texts,
): Promise<void> {
  if (client.secret === undefined) return assertSecretHash(client, [], hash);
  const { username, sub } = await accounts.named({ pool, client, login });
  assertSecretHash(client, [login, username, sub], hash);
}

const FLOW_NAMES: Partial<Readonly<Record<Client['authFlows'][number], string>>> = {
  password: 'USER_PASSWORD_AUTH',
  srp: 'USER_SRP_AUTH',
  refresh: 'REFRESH_TOKEN_AUTH',
  'admin-password': 'ADMIN_USER_PASSWORD_AUTH',
  choice: 'USER_AUTH',
  custom: 'CUSTOM_AUTH',
  'client-token': 'ALLOW_CLIENT_TOKEN_AUTH',
};

/** @throws Failure `flow-not-enabled` */
export function assertFlow({ id, authFlows }: Client, flow: Client['authFlows'][number]): void {
  if (authFlows.includes(flow)) return;
  throw new Failure('flow-not-enabled', { flow: FLOW_NAMES[flow] ?? flow, client: id });
}
