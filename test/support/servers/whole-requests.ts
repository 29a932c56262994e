/**
 * Whole requests of every operation of cognito-idp, made from the operations themselves, and a pool that has all that they name. An operation that comes later is made one of with the others; what it needs besides is a line
 * in `MEMBERS`.
 */
import assert from 'node:assert/strict';
import { CognitoIdentityProvider } from '@aws-sdk/client-cognito-identity-provider';
import { operations } from '../../../src/api/cognito-idp/index.ts';
import { makePool, makeUser, PASSWORD, signIn, type MadePool } from '../pool.ts';
import type { RunningServer } from './server.ts';

export type Input = Readonly<Record<string, unknown>>;
export interface Operation {
  readonly caller: string;
  readonly input: { readonly shape?: Readonly<Record<string, { isOptional(): boolean }>> };
}
export const OPERATIONS = Object.entries(operations as unknown as Readonly<Record<string, Operation>>);

/** What belongs to a pool, and to `ada` of it. */
export interface Tenant {
  readonly UserPoolId: string;
  readonly ClientId: string;
  readonly AccessToken: string;
  readonly IdToken: string;
  readonly RefreshToken: string;
  readonly Token: string;
  readonly Secret: string;
  readonly ClientSecret: string;
  readonly Session: string;
  readonly SessionId: string;
  readonly Username: string;
  readonly GroupName: string;
  readonly ProviderName: string;
  readonly Identifier: string;
  readonly DeviceKey: string;
}

/** What operations need besides, good as far as it can be judged by itself. */
const MEMBERS: Input = {
  AttributeName: 'email',
  AuthFlow: 'USER_PASSWORD_AUTH',
  ChallengeName: 'SELECT_CHALLENGE',
  ClientName: 'another',
  Code: '123456',
  ConfirmationCode: '123456',
  Credential: {},
  CredentialId: 'a-credential',
  Domain: 'a-domain',
  MaxResults: 10,
  MFAOptions: [],
  Name: 'Another',
  Password: PASSWORD,
  PoolName: 'renamed',
  ProposedPassword: `${PASSWORD}-2`,
  ProviderDetails: { client_id: 'a', client_secret: 'b', authorize_scopes: 'openid' },
  ProviderType: 'Google',
  SSOSession: { MaxValidityMinutes: 5 },
  TokenSession: { MaxPerUser: 1 },
  UserAttributeNames: ['email'],
  UserAttributes: [{ Name: 'email', Value: 'mallory@example.com' }],
  UserCode: '123456',
  UserSessionTracking: 'DISABLED',
};
const VERIFIER = {
  PasswordVerifier: Buffer.alloc(384, 7).toString('base64'),
  Salt: Buffer.alloc(16, 7).toString('base64'),
};
/** Optional members without which an operation would not come to the point. */
export const FLOWS: Readonly<Record<string, (of: Tenant) => Input>> = {
  InitiateAuth: ({ Username }) => ({ AuthFlow: 'USER_AUTH', AuthParameters: { USERNAME: Username } }),
  AdminInitiateAuth: ({ Username }) => ({ AuthFlow: 'USER_AUTH', AuthParameters: { USERNAME: Username } }),
  RespondToAuthChallenge: ({ Username, Session }) => ({
    Session,
    ChallengeResponses: { USERNAME: Username, ANSWER: 'PASSWORD', PASSWORD },
  }),
  AdminRespondToAuthChallenge: ({ Username, Session }) => ({
    Session,
    ChallengeResponses: { USERNAME: Username, ANSWER: 'PASSWORD', PASSWORD },
  }),
  ChangePassword: () => ({ PreviousPassword: PASSWORD }),
  ConfirmDevice: () => ({ DeviceSecretVerifierConfig: VERIFIER }),
  GetTokensFromRefreshToken: ({ DeviceKey }) => ({ DeviceKey }),
  UpdateDeviceStatus: () => ({ DeviceRememberedStatus: 'remembered' }),
  AdminUpdateDeviceStatus: () => ({ DeviceRememberedStatus: 'remembered' }),
};

export const shapeOf = ({ input }: Operation) => input.shape ?? {};

/** The members that an operation cannot do without. */
export const neededBy = (operation: Operation): readonly string[] =>
  Object.entries(shapeOf(operation))
    .filter(
      ([member, schema]) => !schema.isOptional() || (member === 'AccessToken' && operation.caller === 'user'),
    )
    .map(([member]) => member);

/** A whole request of a tenant's own. */
export function inputOf(name: string, operation: Operation, of: Tenant): Input {
  const known: Input = { ...MEMBERS, ...of };
  const needed = neededBy(operation);
  const lacking = needed.filter((member) => !(member in known));
  assert.deepEqual(lacking, [], `${name} needs a line in MEMBERS`);
  return { ...Object.fromEntries(needed.map((member) => [member, known[member]])), ...FLOWS[name]?.(of) };
}

/** Calls an operation by its name. */
export const call = (name: string, input: Input, options: RunningServer['client']): Promise<unknown> => {
  const client = new CognitoIdentityProvider(options) as unknown as Record<
    string,
    (input: Input) => Promise<unknown>
  >;
  return client[`${name.slice(0, 1).toLowerCase()}${name.slice(1)}`]!(input);
};

export interface TenantOptions {
  /** Somebody whom only this pool has, and by whom its things are named; `ada` alone when absent. */
  readonly other?: string;
  /** Done before `ada` signs in. */
  readonly prepare?: (pool: MadePool) => Promise<void>;
}

/** A pool with one of each thing. */
export async function makeTenant(
  server: Pick<RunningServer, 'client'>,
  { other = 'ada', prepare }: TenantOptions = {},
): Promise<Tenant> {
  const pool = await makePool(
    server,
    {
      Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } },
      DeviceConfiguration: { ChallengeRequiredOnNewDevice: false, DeviceOnlyRememberedOnUserPrompt: true },
    },
    {
      ExplicitAuthFlows: [
        'ALLOW_USER_PASSWORD_AUTH',
        'ALLOW_ADMIN_USER_PASSWORD_AUTH',
        'ALLOW_USER_AUTH',
        'ALLOW_REFRESH_TOKEN_AUTH',
      ],
    },
  );
  const { idp, UserPoolId, ClientId } = pool;
  const tracking = { UserSessionTracking: 'ENABLED', TokenSession: { MaxPerUser: 20 } } as const;
  await idp.setUserPoolSessionConfiguration({ UserPoolId, ...tracking });
  await makeUser(pool, 'ada', { email: addressOf(pool), email_verified: 'true' });
  if (other !== 'ada') await makeUser(pool, other);
  await prepare?.(pool);
  const GroupName = `people-of-${other}`;
  await idp.createGroup({ UserPoolId, GroupName });
  const Identifier = `orders-of-${other}`;
  const Scopes = [{ ScopeName: 'read', ScopeDescription: 'r' }];
  await idp.createResourceServer({ UserPoolId, Identifier, Name: 'Orders', Scopes });
  const ProviderName = other === 'ada' ? 'Google' : 'Facebook';
  await idp.createIdentityProvider({
    UserPoolId,
    ProviderName,
    ProviderType: ProviderName,
    ProviderDetails: { client_id: 'a', client_secret: 'b', authorize_scopes: 'openid' },
  });
  const { AccessToken, IdToken, RefreshToken, NewDeviceMetadata } = await signIn(pool, 'ada');
  const { Session } = await idp.initiateAuth({
    ClientId,
    AuthFlow: 'USER_AUTH',
    AuthParameters: { USERNAME: 'ada' },
  });
  const { Sessions } = await idp.listUserSessions({ AccessToken });
  return {
    UserPoolId,
    ClientId,
    AccessToken: AccessToken!,
    IdToken: IdToken!,
    RefreshToken: RefreshToken!,
    Token: RefreshToken!,
    Secret: `secret-of-${other}-`.padEnd(51, 'x').replaceAll('-', '_'),
    ClientSecret: `secret-of-${other}-`.padEnd(51, 'x').replaceAll('-', '_'),
    Session: Session!,
    SessionId: Sessions![0]!.SessionId!,
    Username: other,
    GroupName,
    ProviderName,
    Identifier,
    DeviceKey: NewDeviceMetadata!.DeviceKey!,
  };
}

/** Where `ada` of a pool is written to. */
export const addressOf = ({ UserPoolId }: Pick<Tenant, 'UserPoolId'>): string =>
  `ada@${UserPoolId.split('_')[1]!.toLowerCase()}.example.com`;
