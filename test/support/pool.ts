/**
 * A pool, a client and people, made through the API: what many tests begin with.
 */
import {
  CognitoIdentityProvider,
  type CreateUserPoolClientRequest,
  type CreateUserPoolRequest,
} from '@aws-sdk/client-cognito-identity-provider';
import type { RunningServer } from './servers/server.ts';

export const PASSWORD = 'Correct-Horse-7';
/** What people choose in its place. */
export const NEW_PASSWORD = 'Another-Horse-8';
/** What people have until they choose one of their own. */
export const TEMPORARY = 'Temporary-Horse-1';

/** A pool with one client that may do what most tests do. */
export async function makePool(
  server: Pick<RunningServer, 'client'>,
  pool: Partial<CreateUserPoolRequest> = {},
  client: Partial<CreateUserPoolClientRequest> = {},
) {
  const idp = new CognitoIdentityProvider(server.client);
  const { UserPool } = await idp.createUserPool({
    PoolName: 'people',
    AutoVerifiedAttributes: ['email'],
    ...pool,
  });
  const UserPoolId = UserPool!.Id!;
  const { UserPoolClient } = await idp.createUserPoolClient({
    UserPoolId,
    ClientName: 'app',
    ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
    ...client,
  });
  return {
    idp,
    UserPoolId,
    Arn: UserPool!.Arn!,
    ClientId: UserPoolClient!.ClientId!,
    ClientSecret: UserPoolClient!.ClientSecret,
  };
}
export type MadePool = Awaited<ReturnType<typeof makePool>>;
type Administered = Pick<MadePool, 'idp' | 'UserPoolId'>;

export type Attributes = Readonly<Record<string, string>>;

/** Attributes as the wire has them. */
export const listed = (attributes: Attributes) =>
  Object.entries(attributes).map(([Name, Value]) => ({ Name, Value }));

/** A confirmed user with PASSWORD. */
export async function makeUser(
  { idp, UserPoolId }: Administered,
  Username: string,
  attributes: Attributes = {},
) {
  const UserAttributes = listed(attributes);
  await idp.adminCreateUser({ UserPoolId, Username, MessageAction: 'SUPPRESS', UserAttributes });
  await idp.adminSetUserPassword({ UserPoolId, Username, Password: PASSWORD, Permanent: true });
}

/** A user who has TEMPORARY, and is to choose a password of his own. */
export const makeInvited = ({ idp, UserPoolId }: Administered, Username: string) =>
  idp.adminCreateUser({ UserPoolId, Username, MessageAction: 'SUPPRESS', TemporaryPassword: TEMPORARY });

/** Signs somebody up with PASSWORD, and the e-mail `<name>@example.com` unless `more` has another. */
export const signUp = ({ idp, ClientId }: MadePool, Username: string, more: Attributes = {}) =>
  idp.signUp({
    ClientId,
    Username,
    Password: PASSWORD,
    UserAttributes: listed({ email: `${Username}@example.com`, ...more }),
  });

/** Tokens of a sign-in by password. */
export async function signIn({ idp, ClientId }: MadePool, USERNAME: string, password = PASSWORD) {
  const { AuthenticationResult } = await idp.initiateAuth({
    ClientId,
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME, PASSWORD: password },
  });
  return AuthenticationResult!;
}

/** The claims of a JWT, unverified: for looking at. */
export const claimsOf = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString('utf8'));
