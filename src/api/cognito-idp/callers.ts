/**
 * Callers that speak for a person: an app client for who has not signed in, an access token for who has.
 *
 * A client with a secret is a server; its address is that of all its people, and therefore not told to what counts by address.
 */
import { assertSecretHash, type Client } from '../../domain/directory/clients.ts';
import type { Bearer } from '../../domain/tokens/tokens.ts';
import { assertUsable } from './account-states.ts';
import { analytics, clientId, metadata, secretHash, userContext, username } from './members.ts';
import type { Nouns } from './nouns.ts';

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
}
type From = { readonly sourceIp: string };

/** Whom a client speaks for. @throws Failure `client-not-found`, `secret-hash-refused` */
export async function namedBy({ clients, pools }: Nouns, input: Named, from: From) {
  const client = await clients.find(input.ClientId);
  assertSecretHash(client, [input.Username], input.SecretHash);
  const pool = await pools.get(client.poolId);
  return { pool, client, login: input.Username, metadata: input.ClientMetadata, ...placeOf(client, from) };
}

/** Whose access token it is. @throws Failure `client-not-found`, `user-not-confirmed`, `password-reset-required` */
export async function ownerOf({ clients }: Nouns, { bearer, ...from }: From & { readonly bearer: Bearer }) {
  const { pool, user, clientId: id } = bearer;
  assertUsable(user);
  const client = await clients.get(pool.id, id);
  return { pool, client, user, ...placeOf(client, from) };
}

const placeOf = ({ secret }: Client, { sourceIp }: From): { sourceIp?: string } =>
  secret === undefined ? { sourceIp } : {};
