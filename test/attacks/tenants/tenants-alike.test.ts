/**
 * Two pools that have the same name, the same subject and the same key ids: what is done to the one person of one of them does nothing to the other, and what is the one’s is not the other’s.
 *
 * Source: SECURITY goal G28; Casdoor 2026-9094, Camel-Keycloak 2026-23552 (what went wrong elsewhere).
 */
import assert from 'node:assert/strict';
import { CognitoIdentity } from '@aws-sdk/client-cognito-identity';
import { CognitoIdentityProvider } from '@aws-sdk/client-cognito-identity-provider';
import { codeTo } from '../../support/people.ts';
import { claimsOf, NEW_PASSWORD, PASSWORD } from '../../support/pool.ts';
import { twoTenants } from '../../support/matrices/tenants.ts';
import {
  addressOf,
  call,
  inputOf,
  OPERATIONS,
  type Input,
  type Tenant,
} from '../../support/servers/whole-requests.ts';

/** What ends or changes something that others of the sweep need: done to a pool of its own. */
const ENDS = [
  'AdminDeleteUser',
  'AdminDeleteUserAttributes',
  'AdminDisableUser',
  'AdminForgetDevice',
  'AdminResetUserPassword',
  'AdminRespondToAuthChallenge',
  'AdminRevokeUserSession',
  'AdminSetUserPassword',
  'AdminUpdateUserAttributes',
  'AdminUserGlobalSignOut',
  'AdminRemoveUserFromGroup',
  'ChangePassword',
  'DeleteGroup',
  'DeleteIdentityProvider',
  'DeleteUser',
  'DeleteUserAttributes',
  'DeleteUserPool',
  'DeleteUserPoolClient',
  'ForgetDevice',
  'GlobalSignOut',
  'RevokeToken',
  'SetUserPoolSessionConfiguration',
  'UpdateIdentityProvider',
  'UpdateUserAttributes',
  'UpdateUserPool',
  'UpdateUserPoolClient',
];
/** What must be done before. */
const BEFORE: Readonly<Record<string, string>> = {
  AdminForgetDevice: 'ConfirmDevice',
  ForgetDevice: 'ConfirmDevice',
};
/** What a request must say besides, for something to be done. */
const BESIDES: Readonly<Record<string, (mine: Tenant) => Input>> = {
  AdminCreateUser: () => ({ Username: 'carol', MessageAction: 'SUPPRESS' }),
  AssociateSoftwareToken: ({ AccessToken }) => ({ AccessToken }),
  CreateGroup: () => ({ GroupName: 'more' }),
  CreateIdentityProvider: () => ({ ProviderName: 'LoginWithAmazon', ProviderType: 'LoginWithAmazon' }),
  CreateResourceServer: () => ({ Identifier: 'more' }),
  GetTokensFromRefreshToken: () => ({ DeviceKey: undefined }),
  SignUp: () => ({ Username: 'dora', Password: PASSWORD }),
  VerifySoftwareToken: ({ AccessToken }) => ({ AccessToken }),
};
/** What cannot be done to who is as he is: the error that it comes to. */
const UNDONE: Readonly<Record<string, string>> = {
  AdminConfirmSignUp: 'NotAuthorizedException',
  AssociateSoftwareToken: 'SoftwareTokenMFANotFoundException',
  CompleteWebAuthnRegistration: 'WebAuthnNotEnabledException',
  ConfirmForgotPassword: 'CodeMismatchException',
  ConfirmSignUp: 'NotAuthorizedException',
  DeleteWebAuthnCredential: 'ResourceNotFoundException',
  GetClientToken: 'NotAuthorizedException',
  ResendConfirmationCode: 'InvalidParameterException',
  RevokeUserSession: 'InvalidParameterException',
  StartWebAuthnRegistration: 'WebAuthnNotEnabledException',
  VerifySoftwareToken: 'SoftwareTokenMFANotFoundException',
  VerifyUserAttribute: 'CodeMismatchException',
};

describe('of two pools with the same name, subject and key ids', () => {
  const tenants = twoTenants();
  const idp = () => new CognitoIdentityProvider(tenants.server.client);
  const enter = (at: CognitoIdentityProvider, { ClientId }: Tenant, password = PASSWORD) =>
    at.initiateAuth({
      ClientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: 'ada', PASSWORD: password },
    });

  it('both are what the tests below rely on', async () => {
    const { mine, theirs, server } = tenants;
    const [own, other] = await Promise.all(
      [mine, theirs].map(async ({ UserPoolId }) => {
        const answer = await fetch(`${server.url}/${UserPoolId}/.well-known/jwks.json`);
        return ((await answer.json()) as { keys: { kid: string; n: string }[] }).keys;
      }),
    );
    const one = claimsOf(mine.AccessToken);
    const two = claimsOf(theirs.AccessToken);

    assert.deepEqual([two.sub, two.username], [one.sub, one.username]);
    assert.deepEqual(
      other!.map(({ kid }) => kid),
      own!.map(({ kid }) => kid),
    );
    assert.equal(new Set([...own!, ...other!].map(({ n }) => n)).size, 4);
    for (const { AccessToken } of [mine, theirs]) assert.ok(await idp().getUser({ AccessToken }));
  });

  describe('the key of the other', () => {
    const userInfo = (token: string) =>
      fetch(`${tenants.server.url}/${tenants.mine.UserPoolId}/oauth2/userInfo`, {
        headers: { authorization: `Bearer ${token}` },
      });

    it('makes no access token of this one', async () => {
      const { mine, theirs, sign } = tenants;
      const claims = { ...claimsOf(mine.AccessToken), scope: 'openid aws.cognito.signin.user.admin' };
      const [own, forged] = [await sign(mine, 'access', claims), await sign(theirs, 'access', claims)];

      assert.ok(await idp().getUser({ AccessToken: own }));
      assert.equal((await userInfo(own)).status, 200);
      await assert.rejects(idp().getUser({ AccessToken: forged }), {
        name: 'NotAuthorizedException',
        message: 'Invalid Access Token',
      });
      assert.equal((await userInfo(forged)).status, 401);
    });

    it('makes no ID token of this one', async () => {
      const { mine, theirs, sign } = tenants;
      const { identity, IdentityPoolId, loginsOf } = await identities();
      const claims = claimsOf(mine.IdToken);
      const own = loginsOf(mine, await sign(mine, 'id', claims));
      const forged = loginsOf(mine, await sign(theirs, 'id', claims));

      const { IdentityId } = await identity.getId({ IdentityPoolId, Logins: own });

      await assert.rejects(identity.getId({ IdentityPoolId, Logins: forged }), {
        name: 'NotAuthorizedException',
      });
      await assert.rejects(identity.getOpenIdToken({ IdentityId, Logins: forged }), {
        name: 'NotAuthorizedException',
      });
    });
  });

  /** An identity pool that both are providers of. */
  async function identities() {
    const identity = new CognitoIdentity(tenants.server.client);
    const nameOf = ({ UserPoolId }: Tenant) => `cognito-idp.us-east-1.amazonaws.com/${UserPoolId}`;
    const { IdentityPoolId } = await identity.createIdentityPool({
      IdentityPoolName: 'both',
      AllowUnauthenticatedIdentities: false,
      AllowClassicFlow: true,
      CognitoIdentityProviders: [tenants.mine, tenants.theirs].map((each) => ({
        ProviderName: nameOf(each),
        ClientId: each.ClientId,
      })),
    });
    const loginsOf = (tenant: Tenant, token: string) => ({ [nameOf(tenant)]: token });
    return { identity, IdentityPoolId, loginsOf };
  }

  it('the people are two identities of a pool that trusts both', async () => {
    const { mine, theirs } = tenants;
    const { identity, IdentityPoolId, loginsOf } = await identities();
    const idOf = async (tenant: Tenant, token = tenant.IdToken) =>
      (await identity.getId({ IdentityPoolId, Logins: loginsOf(tenant, token) })).IdentityId;

    const [one, other] = [await idOf(mine), await idOf(theirs)];

    assert.notEqual(one, other);
    assert.equal(await idOf(mine), one);
    await assert.rejects(idOf(mine, theirs.IdToken), { name: 'NotAuthorizedException' });
    await assert.rejects(
      identity.getOpenIdToken({ IdentityId: one, Logins: loginsOf(theirs, theirs.IdToken) }),
      {
        name: 'NotAuthorizedException',
      },
    );
  });

  it('a code that was sent by one is worth nothing at the other', async () => {
    const { mine, theirs, server } = tenants;
    const client = idp();
    const forget = ({ ClientId }: Tenant) => client.forgotPassword({ ClientId, Username: 'ada' });
    const recover = ({ ClientId }: Tenant, ConfirmationCode: string) =>
      client.confirmForgotPassword({ ClientId, Username: 'ada', ConfirmationCode, Password: NEW_PASSWORD });
    await forget(theirs);
    const code = codeTo(server, addressOf(theirs));

    await assert.rejects(recover(mine, code), { name: 'ExpiredCodeException' });
    await forget(mine);
    await assert.rejects(recover(mine, code), { name: 'CodeMismatchException' });

    assert.ok((await enter(client, mine)).AuthenticationResult);
    await recover(theirs, code);
    const { UserPoolId } = theirs;
    assert.ok((await enter(idp(), theirs, NEW_PASSWORD)).AuthenticationResult);
    await client.adminSetUserPassword({ UserPoolId, Username: 'ada', Password: PASSWORD, Permanent: true });
  });

  it('wrong passwords at one close it, and not the other', async () => {
    const { mine, theirs } = tenants;
    const messages = new Set<string>();
    for (let tries = 0; tries < 8; tries += 1)
      await enter(idp(), theirs, 'Wrong-Horse-7').catch((error: Error) => messages.add(error.message));

    assert.ok(messages.has('Password attempts exceeded'));
    await assert.rejects(enter(idp(), theirs), { message: 'Password attempts exceeded' });
    assert.ok((await enter(idp(), mine)).AuthenticationResult);
    tenants.clock.pass(60);
  });

  describe('everything that is done at one leaves the other as it is', () => {
    const done = (name: string, mine: Tenant): Promise<unknown> => {
      const [, operation] = OPERATIONS.find(([each]) => each === name)!;
      const input = { ...inputOf(name, operation, mine), ...BESIDES[name]?.(mine) };
      return call(name, input, tenants.server.client);
    };
    for (const [name] of OPERATIONS)
      it(name, async () => {
        const mine = { ...(ENDS.includes(name) ? await tenants.another() : tenants.mine), Username: 'ada' };
        await tenants.leavesTheirs(async () => {
          if (name in BEFORE) await done(BEFORE[name]!, mine);
          const outcome = await done(name, mine).then(
            () => 'done',
            (error: Error) => error.name,
          );
          assert.equal(outcome, UNDONE[name] ?? 'done');
        });
      });

    it('and lets its person in as before', async () => {
      const { theirs } = tenants;
      const { ClientId, AccessToken, RefreshToken, Session } = theirs;
      const client = idp();

      const { UserAttributes } = await client.getUser({ AccessToken });
      const renewed = await client.getTokensFromRefreshToken({ ClientId, RefreshToken });
      const answered = await client.respondToAuthChallenge({
        ClientId,
        ChallengeName: 'SELECT_CHALLENGE',
        Session,
        ChallengeResponses: { USERNAME: 'ada', ANSWER: 'PASSWORD', PASSWORD },
      });

      const email = UserAttributes!.find(({ Name }) => Name === 'email')!.Value;
      assert.equal(email, addressOf(theirs));
      assert.ok(renewed.AuthenticationResult);
      assert.ok(answered.AuthenticationResult);
    });
  });
});
