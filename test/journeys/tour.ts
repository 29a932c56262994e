/**
 * The tour: the whole journey on the terminal, by real clients against a running server.
 *
 * `npm run tour` starts a server of its own on a free port, tells the story, and ends. The same function is a test (tour.test.ts).
 * A second user pool plays the part of "Google": an OpenID Provider that the first pool brokers.
 */
import { CognitoIdentity } from '@aws-sdk/client-cognito-identity';
import { CognitoIdentityProvider, type UserPoolClientType } from '@aws-sdk/client-cognito-identity-provider';
import { IAM } from '@aws-sdk/client-iam';
import { STS } from '@aws-sdk/client-sts';
import { AuthenticationDetails, CognitoUser, CognitoUserPool } from 'amazon-cognito-identity-js';
import { startProcess } from '../support/servers/process.ts';
import { ROOT } from '../support/servers/server.ts';
import { playOnTwoDevices, type Devices } from './tour/devices.ts';
import { CALLBACK, signInAt } from './tour/relying-party.ts';
import { SAML_PROVIDER, signInThroughSaml, trustSaml } from './tour/saml.ts';

const PASSWORD = 'Correct-Horse-7';

/** What each stop of the tour came to. */
export interface Souvenirs {
  readonly srpUser: string;
  readonly brokeredUser: string;
  readonly identityId: string;
  readonly callerArn: string;
  readonly allowed: string;
  readonly denied: string;
  readonly samlUser: string;
  readonly devices: Devices;
}
export interface Guide {
  readonly url: string;
  /** The code last sent to an address. */
  codeFor(address: string): string;
  tell(line: string): void;
}

/** Walks the whole journey; throws at the first stop that does not hold. */
export async function tour(guide: Guide): Promise<Souvenirs> {
  const options = { endpoint: guide.url, region: 'us-east-1', credentials: ROOT, maxAttempts: 1 };
  const userPools = new CognitoIdentityProvider(options);

  const home = await createPool(userPools, 'people');
  guide.tell(`a user pool: ${home}`);
  const app = await createClient(userPools, home, 'app', CALLBACK);
  await signUp(userPools, app, guide);
  guide.tell('ada signed up, and confirmed with the code from the outbox');
  const tokens = await signInBySrp(guide.url, home, app);
  const { Username: srpUser = '' } = await userPools.getUser({ AccessToken: tokens.accessToken });
  guide.tell(`${srpUser} signed in by SRP: the password never left the client`);

  const brokered = await signInThroughGoogle(userPools, home, guide);
  guide.tell(`${brokered.user} signed in through the hosted page, at a second pool that plays Google`);

  const { identityId, ...credentials } = await takeIdentity(options, home, brokered.client, brokered.idToken);
  guide.tell(`one identity: ${identityId}`);
  guide.tell(`credentials of its role: ${credentials.accessKeyId}`);

  const { Arn: callerArn = '' } = await new STS({ ...options, credentials }).getCallerIdentity({});
  const asAda = new CognitoIdentityProvider({ ...options, credentials });
  const { UserPool } = await asAda.describeUserPool({ UserPoolId: home });
  guide.tell(`a signed call that is allowed: DescribeUserPool says "${UserPool?.Name}" to ${callerArn}`);
  const denied = await asAda.listUsers({ UserPoolId: home }).then(
    () => 'allowed',
    (refusal: Error) => refusal.message,
  );
  guide.tell(`a signed call that is denied: ${denied}`);

  const office = await signInAtWork(userPools, home, guide);
  guide.tell(`${office.user} signed in through the company's SAML provider`);
  const login = { [`cognito-idp.us-east-1.amazonaws.com/${home}`]: office.idToken };
  const devices = await playOnTwoDevices(options, office.client, login);
  guide.tell(`a guest, ${devices.guestId}, played on the phone, signed in and kept the identity`);
  guide.tell(`the laptop of the same person reads what the phone wrote: level ${devices.level}`);
  return {
    srpUser,
    brokeredUser: brokered.user,
    identityId,
    callerArn,
    allowed: UserPool?.Name ?? '',
    denied,
    samlUser: office.user,
    devices,
  };
}

async function signInAtWork(userPools: CognitoIdentityProvider, home: string, guide: Guide) {
  await trustSaml(userPools, home);
  const { ClientId } = await createClient(userPools, home, 'office', CALLBACK, {
    SupportedIdentityProviders: [SAML_PROVIDER],
  });
  return { client: ClientId!, ...(await signInThroughSaml(guide.url, home, ClientId!)) };
}

async function createPool(userPools: CognitoIdentityProvider, PoolName: string): Promise<string> {
  const { UserPool } = await userPools.createUserPool({ PoolName, AutoVerifiedAttributes: ['email'] });
  return UserPool!.Id!;
}

async function createClient(
  userPools: CognitoIdentityProvider,
  UserPoolId: string,
  ClientName: string,
  callback: string,
  more: { GenerateSecret?: boolean; SupportedIdentityProviders?: string[] } = {},
): Promise<UserPoolClientType> {
  const { UserPoolClient } = await userPools.createUserPoolClient({
    UserPoolId,
    ClientName,
    ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
    AllowedOAuthFlowsUserPoolClient: true,
    AllowedOAuthFlows: ['code'],
    AllowedOAuthScopes: ['openid', 'email', 'profile'],
    CallbackURLs: [callback],
    SupportedIdentityProviders: ['COGNITO'],
    ...more,
  });
  return UserPoolClient!;
}

async function signUp(
  userPools: CognitoIdentityProvider,
  { ClientId }: UserPoolClientType,
  guide: Guide,
): Promise<void> {
  const email = 'ada@example.com';
  await userPools.signUp({
    ClientId,
    Username: 'ada',
    Password: PASSWORD,
    UserAttributes: [{ Name: 'email', Value: email }],
  });
  await userPools.confirmSignUp({ ClientId, Username: 'ada', ConfirmationCode: guide.codeFor(email) });
}

/** Signs in with the client that Amplify is built on, unmodified. */
function signInBySrp(
  endpoint: string,
  UserPoolId: string,
  { ClientId }: UserPoolClientType,
): Promise<{ accessToken: string }> {
  const Pool = new CognitoUserPool({ UserPoolId, ClientId: ClientId!, endpoint });
  const user = new CognitoUser({ Username: 'ada', Pool });
  return new Promise((resolve, reject) => {
    user.authenticateUser(new AuthenticationDetails({ Username: 'ada', Password: PASSWORD }), {
      onSuccess: (session) => resolve({ accessToken: session.getAccessToken().getJwtToken() }),
      onFailure: reject,
    });
  });
}

async function signInThroughGoogle(userPools: CognitoIdentityProvider, home: string, guide: Guide) {
  const google = await createPool(userPools, 'google');
  await userPools.adminCreateUser({
    UserPoolId: google,
    Username: 'ada.lovelace',
    MessageAction: 'SUPPRESS',
    UserAttributes: [
      { Name: 'email', Value: 'ada@example.org' },
      { Name: 'email_verified', Value: 'true' },
    ],
  });
  await userPools.adminSetUserPassword({
    UserPoolId: google,
    Username: 'ada.lovelace',
    Password: PASSWORD,
    Permanent: true,
  });
  const upstream = await createClient(
    userPools,
    google,
    'broker',
    `${guide.url}/${home}/oauth2/idpresponse`,
    { GenerateSecret: true },
  );
  await userPools.createIdentityProvider({
    UserPoolId: home,
    ProviderName: 'GoogleAtHome',
    ProviderType: 'OIDC',
    ProviderDetails: {
      client_id: upstream.ClientId!,
      client_secret: upstream.ClientSecret!,
      oidc_issuer: `${guide.url}/${google}`,
      authorize_scopes: 'openid email profile',
      attributes_request_method: 'GET',
    },
    AttributeMapping: { email: 'email' },
  });
  const web = await createClient(userPools, home, 'web', CALLBACK, {
    SupportedIdentityProviders: ['COGNITO', 'GoogleAtHome'],
  });
  const signedIn = await signInAt(
    { url: guide.url, pool: home, clientId: web.ClientId! },
    { identity_provider: 'GoogleAtHome' },
    (browser, page) => browser.submit(page, { username: 'ada.lovelace', password: PASSWORD }),
  );
  return { client: web.ClientId!, ...signedIn };
}

async function takeIdentity(
  options: { endpoint: string; region: string; credentials: typeof ROOT; maxAttempts: number },
  home: string,
  clientId: string,
  idToken: string,
) {
  const provider = `cognito-idp.us-east-1.amazonaws.com/${home}`;
  const identityPools = new CognitoIdentity(options);
  const { IdentityPoolId } = await identityPools.createIdentityPool({
    IdentityPoolName: 'app',
    AllowUnauthenticatedIdentities: false,
    CognitoIdentityProviders: [{ ProviderName: provider, ClientId: clientId }],
  });
  const iam = new IAM(options);
  const RoleName = 'signed-in';
  const { Role } = await iam.createRole({ RoleName, AssumeRolePolicyDocument: trustOf(IdentityPoolId!) });
  const statement = {
    Effect: 'Allow',
    Action: 'cognito-idp:DescribeUserPool',
    Resource: `arn:aws:cognito-idp:us-east-1:123456789012:userpool/${home}`,
  };
  await iam.putRolePolicy({
    RoleName,
    PolicyName: 'look-at-the-pool',
    PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
  });
  await identityPools.setIdentityPoolRoles({ IdentityPoolId, Roles: { authenticated: Role!.Arn! } });

  const Logins = { [provider]: idToken };
  const { IdentityId } = await identityPools.getId({ IdentityPoolId, Logins });
  const { Credentials } = await identityPools.getCredentialsForIdentity({ IdentityId, Logins });
  return {
    identityId: IdentityId!,
    accessKeyId: Credentials!.AccessKeyId!,
    secretAccessKey: Credentials!.SecretKey!,
    sessionToken: Credentials!.SessionToken!,
  };
}

/** Only identities of this pool that have signed in may take the role. */
const trustOf = (identityPoolId: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Federated: 'cognito-identity.amazonaws.com' },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: {
          StringEquals: { 'cognito-identity.amazonaws.com:aud': identityPoolId },
          'ForAnyValue:StringLike': { 'cognito-identity.amazonaws.com:amr': 'authenticated' },
        },
      },
    ],
  });

if (import.meta.main) {
  const cognate = await startProcess({ COGNATE_OUTGOING_ALLOW_TENANTS: '127.0.0.0/8' });
  try {
    await tour({
      url: cognate.url,
      codeFor: (address) => cognate.sent().findLast(({ to }) => to === address)!.code,
      tell: (line) => process.stdout.write(`· ${line}\n`),
    });
  } finally {
    await cognate.stop();
    cognate.remove();
  }
}
