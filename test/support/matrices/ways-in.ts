/**
 * Ways in: each thing that somebody has in hand, shown where it is good; what was begun before and is finished after is among them.
 *
 * The columns of the matrix of revocation. A new way is a line here.
 */
import { CognitoIdentity } from '@aws-sdk/client-cognito-identity';
import { CognitoSync } from '@aws-sdk/client-cognito-sync';
import { STS } from '@aws-sdk/client-sts';
import { AuthenticationDetails, CognitoUser, CognitoUserPool } from 'amazon-cognito-identity-js';
import { createBrowser, PASSWORD } from '../../api/oidc/world.ts';
import { assumeWith, GROUP, type InHand, type Person } from './in-hand.ts';

/** Resolves when one is let in; rejects when one is refused. */
export type Way = (hand: InHand) => Promise<unknown>;

export class NotLetIn extends Error {}
function lets(isIn: unknown): void {
  if (!isIn) throw new NotLetIn('not let in');
}
export const isOk = async (response: Promise<Response>) => lets((await response).ok);

/** Ways of the pool's own people alone. */
const BY_PASSWORD: Readonly<Record<string, Way>> = {
  'the password': ({ world, client, name: USERNAME }) =>
    world.userPools.initiateAuth({
      ClientId: client.id,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME, PASSWORD },
    }),
  'the password by SRP': signInBySrp,
  'the password, at the hosted page': async ({ comeThrough }) =>
    lets((await comeThrough(createBrowser()))?.searchParams.get('code')),
};
/** Tied to the verifier of the moment in which it began. */
export const BEGUN_BY_SRP: Readonly<Record<string, Way>> = {
  'the password by SRP, begun before': async ({ finishSrp }) => finishSrp!(),
};
export const OF_OWN: Readonly<Record<string, Way>> = {
  ...BY_PASSWORD,
  'a sign-in under way': ({ world, client, underWay, name: USERNAME }) =>
    world.userPools.respondToAuthChallenge({
      ClientId: client.id,
      ChallengeName: 'SELECT_CHALLENGE',
      Session: underWay,
      ChallengeResponses: { USERNAME, ANSWER: 'PASSWORD', PASSWORD },
    }),
  ...BEGUN_BY_SRP,
  'the password at the hosted page, begun before': async ({ finishPage }) =>
    lets((await finishPage())?.searchParams.get('code')),
};
/** The same, for what must not go on where they would have to begin anew. */
export const BEGUN_OF_BROUGHT: Readonly<Record<string, Way>> = {
  'the provider, begun before': async ({ finishPage }) =>
    lets((await finishPage())?.searchParams.get('code')),
};
export const OF_BROUGHT: Readonly<Record<string, Way>> = {
  'the provider': async ({ comeThrough }) =>
    lets((await comeThrough(createBrowser()))?.searchParams.get('code')),
};
/** What came of the browser's session. */
export const OF_BROWSER: Readonly<Record<string, Way>> = {
  'the hosted session': async ({ browser, ask }) =>
    lets((await browser.open(ask({ prompt: 'none' }))).location?.searchParams.get('code')),
  'a code': async ({ world, client, code }) =>
    isOk(
      world.token({
        grant_type: 'authorization_code',
        code,
        redirect_uri: 'https://app.example.com/cb',
        client_id: client.id,
      }),
    ),
};
/** What came of one sign-in. */
export const OF_TOKENS: Readonly<Record<string, Way>> = {
  'the refresh token, at InitiateAuth': ({ world, client, refreshToken }) =>
    world.userPools.initiateAuth({
      ClientId: client.id,
      AuthFlow: 'REFRESH_TOKEN_AUTH',
      AuthParameters: { REFRESH_TOKEN: refreshToken },
    }),
  'the refresh token, at GetTokensFromRefreshToken': ({ world, client, refreshToken }) =>
    world.userPools.getTokensFromRefreshToken({ ClientId: client.id, RefreshToken: refreshToken }),
  'the refresh token, at the token endpoint': ({ world, client, refreshToken }) =>
    isOk(world.token({ grant_type: 'refresh_token', refresh_token: refreshToken, client_id: client.id })),
  'the access token, at GetUser': ({ world, accessToken }) =>
    world.userPools.getUser({ AccessToken: accessToken }),
  'the access token, at UserInfo': ({ world, accessToken }) =>
    isOk(fetch(`${world.base}/oauth2/userInfo`, { headers: { authorization: `Bearer ${accessToken}` } })),
  'the access token, at the gateway': ({ server, accessToken }) =>
    isOk(
      fetch(`${server.url}/gateway/authorize`, {
        headers: {
          authorization: `Bearer ${accessToken}`,
          'x-original-method': 'GET',
          'x-original-uri': '/me',
        },
      }),
    ),
};
/** What says of a group. */
export const OF_GROUP: Readonly<Record<string, Way>> = {
  'the access token, at the gateway, in the group’s name': async ({ server, accessToken }) => {
    const answer = await fetch(`${server.url}/gateway/authorize`, {
      headers: {
        authorization: `Bearer ${accessToken}`,
        'x-original-method': 'GET',
        'x-original-uri': '/me',
      },
    });
    lets(answer.headers.get('x-cognate-groups')?.split(',').includes(GROUP));
  },
  'the ID token, at GetId': ({ server, IdentityPoolId, Logins }) =>
    new CognitoIdentity(server.client).getId({ IdentityPoolId, Logins }),
  'the ID token, at GetCredentialsForIdentity': ({ server, IdentityId, Logins }) =>
    new CognitoIdentity(server.client).getCredentialsForIdentity({ IdentityId, Logins }),
  'the ID token, at AssumeRoleWithWebIdentity': ({ server, roleOfPool, idToken }) =>
    assumeWith(server, roleOfPool, idToken),
};
/** What was handed out for an ID token. */
export const OF_IDENTITY: Readonly<Record<string, Way>> = {
  'the identity’s token, at AssumeRoleWithWebIdentity': ({ server, roleOfIdentities, openIdToken }) =>
    assumeWith(server, roleOfIdentities, openIdToken),
  'the identity’s credentials, at STS': ({ server, credentials }) =>
    new STS(server.clientAs(credentials)).getCallerIdentity({}),
  'the identity’s credentials, at sync': ({ server, credentials, IdentityPoolId, IdentityId }) =>
    new CognitoSync(server.clientAs(credentials)).listRecords({
      IdentityPoolId,
      IdentityId,
      DatasetName: 'settings',
    }),
};
export const COLUMNS: Readonly<Record<Person, Readonly<Record<string, Way>>>> = {
  own: { ...OF_OWN, ...OF_BROWSER, ...OF_TOKENS, ...OF_GROUP, ...OF_IDENTITY },
  brought: {
    ...OF_BROUGHT,
    ...BEGUN_OF_BROUGHT,
    ...OF_BROWSER,
    ...OF_TOKENS,
    ...OF_GROUP,
    ...OF_IDENTITY,
  },
};

function signInBySrp({
  world: { poolId: UserPoolId, server },
  client,
  name: Username,
}: InHand): Promise<unknown> {
  const user = new CognitoUser({
    Username,
    Pool: new CognitoUserPool({ UserPoolId, ClientId: client.id, endpoint: server.url }),
  });
  return new Promise((resolve, reject) => {
    user.authenticateUser(new AuthenticationDetails({ Username, Password: PASSWORD }), {
      onSuccess: resolve,
      onFailure: reject,
    });
  });
}
