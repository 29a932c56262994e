/** Token operations of cognito-idp: renewed, revoked, given to a client itself, and all of a person's ended. */
import { Failure } from '../../../base/failure.ts';
import { assertSecret, secretMatches, type Client } from '../../../domain/pools/clients.ts';
import { tracksSessions } from '../../../domain/tokens/sessions.ts';
import { list, structure, text } from '../../../wire/members.ts';
import { assertUsable } from '../users/account-states.ts';
import { assertFlow, authenticationResult } from './auth-flows.ts';
import {
  accessToken,
  clientId,
  clientSecret,
  deviceKey,
  metadata,
  onPool,
  poolId,
  refuse,
  reach,
  username,
} from '../members.ts';
import { operation } from '../nouns.ts';

/** Fresh tokens, whether or not the client rotates. */
export const GetTokensFromRefreshToken = operation({
  caller: 'client',
  input: structure({
    RefreshToken: accessToken,
    ClientId: clientId,
    ClientSecret: clientSecret.optional(),
    DeviceKey: deviceKey.optional(),
    ClientMetadata: metadata.optional(),
  }),
  async handle(input, nouns, { sourceIp: ip, userAgent }) {
    const { RefreshToken: refreshToken, DeviceKey: shownDevice, ClientMetadata: given } = input;
    const client = await nouns.clients.find(input.ClientId);
    assertProven(client, input.ClientSecret);
    const pool = await nouns.pools.get(client.poolId);
    const renewed = await nouns.tokens.refresh({
      pool,
      client,
      refreshToken,
      deviceKey: shownDevice,
      metadata: given,
      whence: { ip, userAgent },
    });
    return { AuthenticationResult: authenticationResult(renewed) };
  },
});

/** Ends the sign-in that a refresh token belongs to; a token that is none ends nothing, and is no fault (RFC 7009, 2.2). */
export const RevokeToken = operation({
  caller: 'client',
  input: structure({
    Token: accessToken,
    ClientId: clientId,
    ClientSecret: clientSecret.optional(),
    RevokeAssociatedSessions: reach.optional(),
  }),
  async handle({ Token, ClientId, ClientSecret, RevokeAssociatedSessions }, { clients, pools, tokens }) {
    const client = await clients.find(ClientId);
    assertSecret(client, ClientSecret);
    // Where sessions are not tracked nothing is linked.
    const linked = RevokeAssociatedSessions === 'LINKED' && tracksSessions(await pools.get(client.poolId));
    await tokens.revoke(client, Token, { linked });
    return {};
  },
});

/** A client's own token; whoever signs the request is not asked about. */
export const GetClientToken = operation({
  caller: 'client',
  input: structure({
    ClientId: clientId,
    Secret: clientSecret,
    Scopes: list(text({ min: 1, max: 256, pattern: /[\x21\x23-\x5B\x5D-\x7E]+/ }), { max: 50 }).optional(),
    ClientMetadata: metadata.optional(),
  }),
  async handle({ ClientId, Secret, Scopes = [], ClientMetadata }, { clients, pools, tokens }) {
    const client = await clients.find(ClientId);
    assertProven(client, Secret);
    assertFlow(client, 'client-token');
    const scopes = Scopes.length > 0 ? [...new Set(Scopes)] : client.oauth.scopes;
    const foreign = scopes.find((scope) => !client.oauth.scopes.includes(scope));
    if (foreign !== undefined || scopes.length === 0) refuse('Invalid scope requested.');
    const pool = await pools.get(client.poolId);
    const { accessToken: AccessToken, expiresInSeconds } = await tokens.grantToClient({
      pool,
      client,
      scopes,
      metadata: ClientMetadata,
    });
    const result = { AccessToken, ExpiresIn: expiresInSeconds, TokenType: 'Bearer' };
    return { ClientAuthenticationResult: result };
  },
});

export const GlobalSignOut = operation({
  caller: 'user',
  input: structure({ AccessToken: accessToken }),
  async handle(_input, { tokens }, { bearer }) {
    assertUsable(bearer.user);
    await tokens.signOutEverywhere(bearer.pool, bearer.user);
    return {};
  },
});

export const AdminUserGlobalSignOut = operation({
  caller: 'iam',
  on: onPool,
  input: structure({ UserPoolId: poolId, Username: username }),
  async handle({ UserPoolId, Username }, { pools, users, tokens }) {
    const pool = await pools.get(UserPoolId);
    await tokens.signOutEverywhere(pool, await users.get(pool, Username));
    return {};
  },
});

/** @throws Failure `client-unproven` unless `secret` is the client's */
function assertProven(client: Client, secret: string | undefined): void {
  if (!secretMatches(client, secret)) throw new Failure('client-unproven', { client: client.id });
}
