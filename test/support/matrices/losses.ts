/**
 * What can happen to somebody who has all in hand, and what they lose by it: the rows of the matrix of revocation.
 */
import assert from 'node:assert/strict';
import { CALLBACK, PASSWORD, SCOPES } from '../../api/oidc/world.ts';
import { CLIENT, GROUP, PROVIDER, type InHand, type Person } from './in-hand.ts';
import { codeTo } from '../people.ts';
import {
  BEGUN_BY_SRP,
  BEGUN_OF_BROUGHT,
  COLUMNS,
  isOk,
  NotLetIn,
  OF_BROUGHT,
  OF_BROWSER,
  OF_GROUP,
  OF_IDENTITY,
  OF_OWN,
  OF_TOKENS,
  type Way,
} from './ways-in.ts';

export interface Row {
  /** The operations that take it back. */
  readonly by: readonly string[];
  readonly happens: (hand: InHand) => Promise<unknown>;
  /** Ways that stay open, and why. */
  readonly open?: Readonly<Record<string, string>>;
  /** It happens to all people of the pool. */
  readonly toAll?: true;
  /** Whom it can happen to. */
  readonly to?: readonly Person[];
}
const because = (ways: Readonly<Record<string, Way>>, why: string): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.keys(ways).map((way) => [way, why]));

const PROVES_ANEW = {
  ...because(OF_OWN, 'proves anew who he is'),
  ...because({ ...OF_BROUGHT, ...BEGUN_OF_BROUGHT }, 'proves anew who he is'),
};
/** After a password was replaced, be it by the same one. */
const PROVES_THE_NEW = Object.fromEntries(
  Object.entries(PROVES_ANEW).filter(([way]) => !(way in BEGUN_BY_SRP)),
);
/** All but what a group gave. */
const NOT_OF_GROUP = because(
  { ...OF_OWN, ...OF_BROUGHT, ...BEGUN_OF_BROUGHT, ...OF_BROWSER, ...OF_TOKENS },
  'says nothing of the group, or is given without it',
);
const NEW_PERSON = because(
  { ...OF_BROUGHT, ...BEGUN_OF_BROUGHT },
  'is a new person, with nothing of the old one',
);
const ONE_SIGN_IN = { ...PROVES_ANEW, ...because(OF_BROWSER, 'belongs to the browser, not to the tokens') };

export const ROWS: Readonly<Record<string, Row>> = {
  'met with nothing': {
    by: [],
    happens: async () => undefined,
    open: because({ ...COLUMNS.own, ...COLUMNS.brought }, 'nothing happened'),
  },
  'was disabled': {
    by: ['AdminDisableUser'],
    happens: ({ world, name: Username }) =>
      world.userPools.adminDisableUser({ UserPoolId: world.poolId, Username }),
  },
  'was disabled, and enabled again': {
    by: ['AdminDisableUser'],
    async happens({ world, name: Username }) {
      await world.userPools.adminDisableUser({ UserPoolId: world.poolId, Username });
      await world.userPools.adminEnableUser({ UserPoolId: world.poolId, Username });
    },
    open: PROVES_ANEW,
  },
  'was deleted': {
    by: ['AdminDeleteUser'],
    happens: ({ world, name: Username }) =>
      world.userPools.adminDeleteUser({ UserPoolId: world.poolId, Username }),
    open: NEW_PERSON,
  },
  'deleted himself': {
    by: ['DeleteUser'],
    happens: ({ world, accessToken: AccessToken }) => world.userPools.deleteUser({ AccessToken }),
    open: NEW_PERSON,
  },
  'had his password reset by an administrator': {
    by: ['AdminResetUserPassword'],
    happens: ({ world, name: Username }) =>
      world.userPools.adminResetUserPassword({ UserPoolId: world.poolId, Username }),
    to: ['own'],
  },
  'recovered the password': {
    by: ['ConfirmForgotPassword'],
    async happens({ server, world, client: { id: ClientId }, name: Username }) {
      await world.userPools.forgotPassword({ ClientId, Username });
      const ConfirmationCode = codeTo(server, `${Username}@example.com`);
      await world.userPools.confirmForgotPassword({
        ClientId,
        Username,
        ConfirmationCode,
        Password: PASSWORD,
      });
    },
    to: ['own'],
    open: PROVES_THE_NEW,
  },
  'was given a password by an administrator': {
    by: ['AdminSetUserPassword'],
    happens: ({ world, name: Username }) =>
      world.userPools.adminSetUserPassword({
        UserPoolId: world.poolId,
        Username,
        Password: PASSWORD,
        Permanent: true,
      }),
    to: ['own'],
    open: PROVES_THE_NEW,
  },
  'changed the password': {
    by: ['ChangePassword'],
    happens: changePassword,
    to: ['own'],
    open: {
      ...PROVES_THE_NEW,
      ...because({ ...OF_TOKENS, ...OF_GROUP }, 'is of the session that changed it'),
      ...because(OF_IDENTITY, 'came of the session that changed it'),
    },
  },
  'changed the password in another session': {
    by: ['ChangePassword'],
    async happens(hand) {
      const { world, client, name: USERNAME } = hand;
      const { AuthenticationResult } = await world.userPools.initiateAuth({
        ClientId: client.id,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME, PASSWORD },
      });
      await changePassword({ ...hand, accessToken: AuthenticationResult!.AccessToken! });
    },
    to: ['own'],
    open: PROVES_THE_NEW,
  },
  'signed out everywhere': {
    by: ['GlobalSignOut'],
    happens: ({ world, accessToken: AccessToken }) => world.userPools.globalSignOut({ AccessToken }),
    open: PROVES_ANEW,
  },
  'was signed out everywhere by an administrator': {
    by: ['AdminUserGlobalSignOut'],
    happens: ({ world, name: Username }) =>
      world.userPools.adminUserGlobalSignOut({ UserPoolId: world.poolId, Username }),
    open: PROVES_ANEW,
  },
  'had a session revoked': {
    by: ['AdminRevokeUserSession'],
    happens: ({ world, name: Username, sessionId: SessionId }) =>
      world.userPools.adminRevokeUserSession({ UserPoolId: world.poolId, Username, SessionId }),
    open: ONE_SIGN_IN,
  },
  'had a session revoked, and the browser’s with it': {
    by: ['AdminRevokeUserSession'],
    happens: ({ world, name: Username, sessionId: SessionId }) =>
      world.userPools.adminRevokeUserSession({
        UserPoolId: world.poolId,
        Username,
        SessionId,
        RevokeAssociatedSessions: 'LINKED',
      }),
    open: PROVES_ANEW,
  },
  'gave the token back at the API': {
    by: ['RevokeToken'],
    happens: ({ world, client, refreshToken: Token }) =>
      world.userPools.revokeToken({ ClientId: client.id, Token }),
    open: ONE_SIGN_IN,
  },
  'gave the token back at the revocation endpoint': {
    by: [],
    happens: ({ world, client, refreshToken: token }) =>
      isOk(
        fetch(`${world.base}/oauth2/revoke`, {
          method: 'POST',
          body: new URLSearchParams({ token, client_id: client.id }),
        }),
      ),
    open: ONE_SIGN_IN,
  },
  'came in by a client that was deleted': {
    by: ['DeleteUserPoolClient'],
    happens: ({ world, client }) =>
      world.userPools.deleteUserPoolClient({ UserPoolId: world.poolId, ClientId: client.id }),
    toAll: true,
  },
  'came through a provider that was deleted': {
    by: ['DeleteIdentityProvider'],
    happens: deleteProvider,
    toAll: true,
    to: ['brought'],
  },
  'came through a provider that was deleted, and made again': {
    by: ['DeleteIdentityProvider'],
    async happens(hand) {
      await deleteProvider(hand);
      hand.server.clock.pass(0.001);
      await hand.addProvider();
    },
    toAll: true,
    to: ['brought'],
    open: because(OF_BROUGHT, 'is vouched for anew'),
  },
  'came through a provider that the client gave up': {
    by: ['UpdateUserPoolClient'],
    happens: ({ world, client }) =>
      world.userPools.updateUserPoolClient({
        UserPoolId: world.poolId,
        ClientId: client.id,
        AllowedOAuthFlowsUserPoolClient: true,
        AllowedOAuthFlows: ['code'],
        AllowedOAuthScopes: SCOPES,
        CallbackURLs: [CALLBACK],
        ...CLIENT,
        SupportedIdentityProviders: ['COGNITO'],
      }),
    toAll: true,
    to: ['brought'],
  },
  'was taken out of a group': {
    by: ['AdminRemoveUserFromGroup'],
    happens: ({ world: { userPools, poolId: UserPoolId }, name: Username }) =>
      userPools.adminRemoveUserFromGroup({ UserPoolId, Username, GroupName: GROUP }),
    open: NOT_OF_GROUP,
  },
  'was in a group that was deleted': {
    by: ['DeleteGroup'],
    happens: deleteGroup,
    toAll: true,
    open: NOT_OF_GROUP,
  },
  'was in a group that was deleted, and made again': {
    by: ['DeleteGroup'],
    async happens(hand) {
      await deleteGroup(hand);
      const { world, roleOfIdentities: RoleArn } = hand;
      await world.userPools.createGroup({ UserPoolId: world.poolId, GroupName: GROUP, RoleArn });
    },
    toAll: true,
    open: NOT_OF_GROUP,
  },
  'belongs to a pool that was deleted': {
    by: ['DeleteUserPool'],
    happens: ({ world }) => world.userPools.deleteUserPool({ UserPoolId: world.poolId }),
    toAll: true,
  },
};
function deleteProvider({ world: { userPools, poolId: UserPoolId } }: InHand) {
  return userPools.deleteIdentityProvider({ UserPoolId, ProviderName: PROVIDER });
}
function deleteGroup({ world: { userPools, poolId: UserPoolId } }: InHand) {
  return userPools.deleteGroup({ UserPoolId, GroupName: GROUP });
}

/** A refusal, and not a request that failed. */
export function isRefusal(error: unknown): true {
  if (error instanceof NotLetIn) return true;
  const { $metadata: { httpStatusCode: status } = {}, code } = error as {
    $metadata?: { httpStatusCode?: number };
    code?: string;
  };
  assert.ok(
    (status !== undefined && status >= 400 && status < 500) || (code ?? '').endsWith('Exception'),
    String(error),
  );
  return true;
}

function changePassword({ world, accessToken: AccessToken }: Pick<InHand, 'world' | 'accessToken'>) {
  return world.userPools.changePassword({
    AccessToken,
    PreviousPassword: PASSWORD,
    ProposedPassword: PASSWORD,
  });
}
