/**
 * All that somebody has in hand who is signed in everywhere: what the matrix of revocation takes away again.
 *
 * A world is a user pool, an identity pool and roles; each hand is another person's. Somebody of the pool's own goes by password, whom a provider brings does not; a second pool plays the provider.
 */
import { CognitoIdentity } from '@aws-sdk/client-cognito-identity';
import { IAM } from '@aws-sdk/client-iam';
import { STS } from '@aws-sdk/client-sts';
import { AuthenticationDetails, CognitoUser, CognitoUserPool } from 'amazon-cognito-identity-js';
import { addUpstream } from '../../api/oidc/federated/upstream.ts';
import {
  createBrowser,
  createWorldOn,
  PASSWORD,
  type Browser,
  type TestClient,
} from '../../api/oidc/world.ts';
import { ofIdentityPool, trustOf } from '../identity-pool.ts';
import type { Installation } from '../servers/installation.ts';
import type { RunningServer } from '../servers/server.ts';

export const PROVIDER = 'Upstream';
export const GROUP = 'staff';
const SCOPE = 'openid aws.cognito.signin.user.admin';
export type Person = 'own' | 'brought';

export type Hands = Awaited<ReturnType<typeof createHands>>;
export type InHand = Awaited<ReturnType<Hands['fill']>>;

/** A world whose people can be made, each with all in hand. */
export async function createHands(server: Installation) {
  const world = await createWorldOn(server);
  const { userPools: idp, poolId: UserPoolId } = world;
  await idp.setUserPoolSessionConfiguration({
    UserPoolId,
    UserSessionTracking: 'ENABLED',
    TokenSession: { MaxPerUser: 100 },
  });
  const upstream = await addUpstream(world);
  await upstream.addProvider(PROVIDER);
  const client = await world.addClient(CLIENT);
  const roles = await addRoles(world, client);
  await idp.createGroup({ UserPoolId, GroupName: GROUP, RoleArn: roles.roleOfIdentities });
  let people = 0;

  return {
    world,

    /** Somebody new. @param person of which kind */
    async fill(person: Person) {
      people += 1;
      const login = `person-${people}`;
      await world.addPerson(login, person === 'own' ? UserPoolId : upstream.poolId);
      if (person === 'own') await addAddress(world, login);
      const ask = (more: { prompt?: string } = {}) =>
        world.authorize(client, {
          ...more,
          scope: SCOPE,
          identity_provider: person === 'own' ? 'COGNITO' : PROVIDER,
        });
      /** Where a browser is sent by a sign-in that succeeds. */
      async function comeThrough(browser: Browser): Promise<URL | undefined> {
        const page = await browser.open(ask());
        if (page.location) return page.location;
        return (await browser.send(page, { username: login, password: PASSWORD })).location;
      }

      // Whom a provider brings is nobody before.
      const name =
        person === 'own' ? login : String(await world.personAt(client, await comeThrough(createBrowser())));
      await world.userPools.adminAddUserToGroup({ UserPoolId, Username: name, GroupName: GROUP });

      const browser = createBrowser();
      const tokens = await world.redeem(client, await comeThrough(browser));
      const another = await browser.open(ask());
      const identity = await identify(server, { ...roles, idToken: tokens.id_token });
      const underWay = person === 'own' ? await begin(world, client, login) : undefined;
      const waiting = createBrowser();
      const page = await waiting.open(ask());
      const { Sessions } = await world.userPools.adminListUserSessions({ UserPoolId, Username: name });
      return {
        server,
        world,
        client,
        ...roles,
        ...identity,
        browser,
        ask,
        comeThrough,
        name,
        accessToken: tokens.access_token,
        idToken: tokens.id_token,
        refreshToken: tokens.refresh_token,
        /** Not redeemed yet, of the same browser. */
        code: another.location?.searchParams.get('code') ?? undefined,
        /** A session string of a sign-in that waits for the password. */
        underWay,
        /** Answers the challenge of a sign-in by SRP that was begun before. */
        finishSrp: person === 'own' ? await beginSrp(world, client, login) : undefined,
        /** Fills in the page that was opened before; gives where the browser is sent. */
        finishPage: async () => (await waiting.send(page, { username: login, password: PASSWORD })).location,
        /** Makes the provider again, by the same name. */
        addProvider: () => upstream.addProvider(PROVIDER),
        /** The id of the session that the tokens are of. */
        sessionId: Sessions!.find(({ SessionType }) => SessionType === 'TOKEN')!.SessionId!,
      };
    },
  };
}

/** What the client of a world may do, beyond what `addClient` says of each. */
export const CLIENT = {
  ExplicitAuthFlows: [
    'ALLOW_USER_PASSWORD_AUTH' as const,
    'ALLOW_USER_SRP_AUTH' as const,
    'ALLOW_USER_AUTH' as const,
    'ALLOW_REFRESH_TOKEN_AUTH' as const,
  ],
  SupportedIdentityProviders: ['COGNITO', PROVIDER],
};

type World = Awaited<ReturnType<typeof createWorldOn>>;

/** Without an address nobody can be sent a code, and no administrator can reset the password. */
const addAddress = ({ userPools, poolId: UserPoolId }: World, Username: string) =>
  userPools.adminUpdateUserAttributes({
    UserPoolId,
    Username,
    UserAttributes: [
      { Name: 'email', Value: `${Username}@example.com` },
      { Name: 'email_verified', Value: 'true' },
    ],
  });

/** An identity pool for the client's people, and what they may be: by it, and by the pool's own word. */
async function addRoles({ server, poolId, base }: World, client: TestClient) {
  const iam = new IAM(server.client);
  const identityPools = new CognitoIdentity(server.client);
  const provider = `cognito-idp.us-east-1.amazonaws.com/${poolId}`;
  const { IdentityPoolId } = await identityPools.createIdentityPool({
    IdentityPoolName: 'app',
    AllowUnauthenticatedIdentities: false,
    AllowClassicFlow: true,
    CognitoIdentityProviders: [{ ProviderName: provider, ClientId: client.id }],
  });
  const { OpenIDConnectProviderArn } = await iam.createOpenIDConnectProvider({
    Url: base,
    ClientIDList: [client.id],
  });
  const makeRole = async (kind: string, AssumeRolePolicyDocument: string): Promise<string> => {
    const RoleName = `${kind}-${poolId.replace('_', '-')}`;
    const { Role } = await iam.createRole({ RoleName, AssumeRolePolicyDocument });
    const Statement = [{ Effect: 'Allow', Action: 'cognito-sync:*', Resource: '*' }];
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
    await iam.putRolePolicy({ RoleName, PolicyName: 'sync', PolicyDocument });
    return Role!.Arn!;
  };
  const roleOfIdentities = await makeRole('identities', trustOf(ofIdentityPool(IdentityPoolId!)));
  const audience = { StringEquals: { [`${base.replace(/^https?:\/\//, '')}:aud`]: client.id } };
  const roleOfPool = await makeRole('pool', trustOf(audience, OpenIDConnectProviderArn));
  await identityPools.setIdentityPoolRoles({ IdentityPoolId, Roles: { authenticated: roleOfIdentities } });
  return { IdentityPoolId: IdentityPoolId!, provider, roleOfIdentities, roleOfPool };
}

interface Identified {
  readonly IdentityPoolId: string;
  readonly provider: string;
  readonly idToken: string;
}

/** The person's identity, and what it is handed. */
async function identify(server: RunningServer, { IdentityPoolId, provider, idToken }: Identified) {
  const identityPools = new CognitoIdentity(server.client);
  const Logins = { [provider]: idToken };
  const { IdentityId } = await identityPools.getId({ IdentityPoolId, Logins });
  const { Credentials } = await identityPools.getCredentialsForIdentity({ IdentityId, Logins });
  const { Token } = await identityPools.getOpenIdToken({ IdentityId, Logins });
  return {
    Logins,
    IdentityId: IdentityId!,
    /** Says who somebody is of the identity pool. */
    openIdToken: Token!,
    credentials: {
      accessKeyId: Credentials!.AccessKeyId!,
      secretAccessKey: Credentials!.SecretKey!,
      sessionToken: Credentials!.SessionToken!,
    },
  };
}

async function begin({ userPools }: World, { id: ClientId }: TestClient, USERNAME: string): Promise<string> {
  const { Session } = await userPools.initiateAuth({
    ClientId,
    AuthFlow: 'USER_AUTH',
    AuthParameters: { USERNAME },
  });
  return Session!;
}

/** The part of amazon-cognito-identity-js that sends requests; not among its types. */
interface Sending {
  client: { request(operation: string, parameters: object, done: (...given: unknown[]) => void): void };
}

/** A sign-in by SRP, up to the answer of its challenge. @returns sends the answer; rejects when it is refused */
async function beginSrp(
  { poolId: UserPoolId, server }: World,
  { id: ClientId }: TestClient,
  Username: string,
): Promise<() => Promise<unknown>> {
  const Pool = new CognitoUserPool({ UserPoolId, ClientId, endpoint: server.url });
  const user = new CognitoUser({ Username, Pool });
  const { client } = user as unknown as Sending;
  const send = client.request.bind(client);
  return new Promise((ready, notReady) => {
    client.request = (operation, parameters, done) => {
      if (operation !== 'RespondToAuthChallenge') send(operation, parameters, done);
      else
        ready(
          () =>
            new Promise((resolve, reject) => {
              send(operation, parameters, (error, answer) =>
                error instanceof Error ? reject(error) : resolve(answer),
              );
            }),
        );
    };
    user.authenticateUser(new AuthenticationDetails({ Username, Password: PASSWORD }), {
      onSuccess: notReady,
      onFailure: notReady,
    });
  });
}

/** Trades a token for a role's credentials, and asks whose they are. */
export async function assumeWith(server: RunningServer, RoleArn: string, WebIdentityToken: string) {
  const nobody = { accessKeyId: 'AKIANOBODY0000000000', secretAccessKey: 'nothing' };
  const sts = new STS(server.clientAs(nobody));
  return sts.assumeRoleWithWebIdentity({ RoleArn, RoleSessionName: 'test', WebIdentityToken });
}
