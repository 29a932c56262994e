/**
 * Callers that speak for a person: an app client for who has not signed in, an access token for who has.
 *
 * A client with a secret is a server: its address is that of all its users, and is not counted. It may tell a user's own address where
 * it is allowed to (EnablePropagateAdditionalUserContextData), as an administrator may.
 * Source: Cognito API reference, UserContextDataType, ContextDataType.
 */
import { readAddress } from '../../../base/ip.ts';
import { SERVER_CALLER, type CallerContext } from '../../../domain/ports/caller-context.ts';
import { assertSecretHash, type Client } from '../../../domain/pools/clients.ts';
import type { Bearer } from '../../../domain/tokens/tokens.ts';
import { assertUsable } from '../users/account-states.ts';
import { analytics, clientId, metadata, secretHash, userContext, username } from '../members.ts';
import type { Nouns } from '../nouns.ts';

/** Members by which a client names itself and a person. */
export const named = {
  ClientId: clientId,
  SecretHash: secretHash.optional(),
  Username: username,
  AnalyticsMetadata: analytics.optional(),
  UserContextData: userContext.optional(),
  ClientMetadata: metadata.optional(),
};
interface Named {
  readonly ClientId: string;
  readonly SecretHash?: string | undefined;
  readonly Username: string;
  readonly ClientMetadata?: Readonly<Record<string, string>> | undefined;
  readonly UserContextData?: UserContext | undefined;
}
interface UserContext {
  readonly IpAddress?: string | undefined;
}
type From = { readonly sourceIp: string };

/** Whom a client speaks for. @throws Failure `client-not-found`, `secret-hash-refused` */
export async function namedBy({ clients, pools }: Nouns, input: Named, from: From) {
  const client = await clients.find(input.ClientId);
  assertSecretHash(client, [input.Username], input.SecretHash);
  const pool = await pools.get(client.poolId);
  return {
    pool,
    client,
    login: input.Username,
    metadata: input.ClientMetadata,
    caller: callerOf(client, from, input.UserContextData),
  };
}

/** Whose access token it is. @throws Failure `client-not-found`, `user-not-confirmed`, `password-reset-required` */
export async function ownerOf({ clients }: Nouns, { bearer, ...from }: From & { readonly bearer: Bearer }) {
  const { pool, user, clientId: id } = bearer;
  assertUsable(user);
  const client = await clients.get(pool.id, id);
  return { pool, client, user, caller: callerOf(client, from) };
}

/** Where a call of an app client comes from: a public client's is the user's; one with a secret, which the call must prove, is a server. */
export function callerOf(
  { secret, propagatesContext }: Client,
  { sourceIp }: From,
  told?: UserContext,
): CallerContext {
  if (secret === undefined) return { kind: 'user', ip: sourceIp };
  return propagatesContext ? toldBy(told?.IpAddress) : SERVER_CALLER;
}

/** The caller that a server was trusted to name by address; the server itself where it names none. */
export const toldBy = (ip: string | undefined): CallerContext =>
  ip !== undefined && readAddress(ip) ? { kind: 'user', ip } : SERVER_CALLER;
