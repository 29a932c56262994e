/**
 * App clients: the applications that may speak to a pool, and what each may do.
 *
 * A client is found by its id alone, because callers name nothing else. A client with a secret proves it at every call: as a secret hash at the API, as
 * the secret itself at the token endpoint.
 * Source: Cognito API reference, UserPoolClientType; developer guide, "Computing secret hash values".
 */
import type { Clock } from '../../base/clock.ts';
import { Failure, isFailure } from '../../base/failure.ts';
import { newClientId } from '../../base/ids.ts';
import { equal, hmacSha256 } from '../../base/secret.ts';
import type { Endings, Removal } from '../ports/endings.ts';
import {
  insert,
  remove,
  renaming,
  replace,
  retrying,
  update,
  type Collection,
  type Page,
  type Records,
} from '../ports/records.ts';
import type { AttributeAccess } from './attributes.ts';
import type { PoolFailure, Pools } from './pools.ts';

/** `client-token`: the client gets tokens for itself, and for nobody else. */
export type AuthFlow =
  | 'srp'
  | 'password'
  | 'admin-password'
  | 'custom'
  | 'refresh'
  | 'choice'
  | 'client-token';
export type OAuthFlow = 'code' | 'implicit' | 'client_credentials';

export interface ClientSettings {
  readonly name: string;
  readonly secret?: string;
  /** What may be asked of InitiateAuth and its kin. */
  readonly authFlows: readonly AuthFlow[];
  /** The names it was made with, for showing. */
  readonly explicitAuthFlows?: readonly string[];
  readonly accessTokenSeconds: number;
  readonly idTokenSeconds: number;
  readonly refreshTokenSeconds: number;
  /** Numbers and units as they were given, for showing. */
  readonly validity: {
    readonly access?: number;
    readonly id?: number;
    readonly refresh: number;
    readonly units: Readonly<Record<string, string>>;
  };
  /** How long an unfinished sign-in may take. */
  readonly authSessionMinutes: number;
  /** Answers alike for people it knows and people it does not. */
  readonly hidesUserExistence: boolean;
  /** Tokens carry what revocation needs. */
  readonly revokesTokens: boolean;
  /** The application may tell its people's addresses; for showing. */
  readonly propagatesContext?: boolean;
  readonly refreshRotation?: { readonly graceSeconds: number };
  readonly oauth: {
    readonly isEnabled: boolean;
    readonly flows: readonly OAuthFlow[];
    readonly scopes: readonly string[];
    readonly callbackUrls: readonly string[];
    readonly logoutUrls: readonly string[];
    readonly defaultRedirectUrl?: string;
  };
  /** `COGNITO`, and names of the pool's providers. */
  readonly identityProviders: readonly string[];
  readonly readAttributes: AttributeAccess;
  readonly writeAttributes: AttributeAccess;
}
export interface Client extends ClientSettings {
  readonly id: string;
  readonly poolId: string;
  readonly createdAt: string;
  readonly modifiedAt: string;
  /** How long after a sign-in at the hosted page the browser is not asked again, in pools that track sessions; an hour when absent. */
  readonly ssoMinutes?: number;
}
export type ClientFailure = 'client-not-found' | 'secret-hash-refused' | 'client-secret-refused';

/** As it may lie in a store: clients that were made before these members had a word for the default lack them. */
type KeptClient = Omit<Client, 'readAttributes' | 'writeAttributes'> &
  Partial<Pick<Client, 'readAttributes' | 'writeAttributes'>>;

const asMeant = (kept: KeptClient): Client => ({
  ...kept,
  readAttributes: kept.readAttributes ?? 'standard',
  writeAttributes: kept.writeAttributes ?? 'standard',
});

export const clientCollection: Collection<KeptClient> = {
  name: 'app-clients',
  isReadOften: true,
  key: ({ poolId, id }) => [poolId, id],
  unique: { byId: ({ id }) => [id] },
  sealed: ['secret'],
};

export function createClients({ records, clock, pools }: { records: Records; clock: Clock; pools: Pools }) {
  const notFound = (client: string) => new Failure<ClientFailure>('client-not-found', { client });

  return {
    /** @throws Failure `pool-not-found` */
    async create(poolId: string, settings: ClientSettings): Promise<Client> {
      await pools.get(poolId);
      const now = clock.now().toISOString();
      const client: Client = { ...settings, id: newClientId(), poolId, createdAt: now, modifiedAt: now };
      await records.commit(insert(clientCollection, client));
      return client;
    },

    /** @throws Failure `pool-not-found`, `client-not-found`, `changed-meanwhile`, and what `change` throws */
    async update(
      poolId: string,
      clientId: string,
      change: (client: Client) => ClientSettings,
      endingWays: EndingWays,
    ): Promise<Client> {
      await pools.get(poolId);
      return retrying(async () => {
        const kept = await records.get(clientCollection, [poolId, clientId]);
        if (!kept) throw notFound(clientId);
        const present = asMeant(kept.record);
        const { id, createdAt, ssoMinutes } = present;
        const modifiedAt = clock.now().toISOString();
        const changed = { ...change(present), id, poolId, createdAt, ssoMinutes, modifiedAt };
        const stays = new Set(changed.identityProviders);
        const givenUp = present.identityProviders.filter((provider) => !stays.has(provider));
        await endingWays(present, givenUp, (endings) =>
          renaming(
            records.commit(replace(clientCollection, changed, kept.version), ...endings),
            'not-kept',
            () => notFound(clientId),
          ),
        );
        return asMeant(changed);
      });
    },

    /** @throws Failure `pool-not-found`, `client-not-found`, `changed-meanwhile` */
    async setSsoMinutes(poolId: string, clientId: string, ssoMinutes: number): Promise<Client> {
      await pools.get(poolId);
      const modifiedAt = clock.now().toISOString();
      const changed = update(records, clientCollection, [poolId, clientId], (client) => ({
        ...client,
        ssoMinutes,
        modifiedAt,
      }));
      return asMeant(await renaming(changed, 'not-kept', () => notFound(clientId)));
    },

    /** Removes a client, whose id is never given again. @throws Failure `pool-not-found`, `client-not-found` */
    async remove(poolId: string, clientId: string, endings: Endings): Promise<void> {
      await pools.get(poolId);
      const removed = records.commit(remove(clientCollection, [poolId, clientId]), ...endings);
      await renaming(removed, 'not-kept', () => notFound(clientId));
    },

    /** @throws Failure `pool-not-found`, `client-not-found` */
    async get(poolId: string, clientId: string): Promise<Client> {
      await pools.get(poolId);
      const kept = await records.get(clientCollection, [poolId, clientId]);
      if (!kept) throw notFound(clientId);
      return asMeant(kept.record);
    },

    /** The client of that id in whichever pool. @throws Failure `client-not-found`, also when its pool is gone */
    async find(clientId: string): Promise<Client> {
      const kept = await records.find(clientCollection, 'byId', [clientId]);
      if (!kept) throw notFound(clientId);
      await pools.get(kept.record.poolId).catch((error: unknown) => {
        throw isFailure<PoolFailure>(error, 'pool-not-found') ? notFound(clientId) : error;
      });
      return asMeant(kept.record);
    },

    async list(poolId: string, { limit, after }: { limit: number; after?: string }): Promise<Page<Client>> {
      await pools.get(poolId);
      const page = await records.page(clientCollection, { prefix: [poolId], limit, after });
      return { ...page, records: page.records.map(asMeant) };
    },
  };
}
/** Has a client take the word of some providers no more by `remove`, and voids what their users were given through it. */
type EndingWays = <T>(
  client: Pick<Client, 'poolId' | 'id'>,
  providers: readonly string[],
  remove: Removal<T>,
) => Promise<T>;
export type Clients = ReturnType<typeof createClients>;

/** True when `secret` is the client's; for a client without one, when none is given. */
export function secretMatches(client: Client, secret: string | undefined): boolean {
  if (client.secret === undefined || secret === undefined) return client.secret === secret;
  return equal(client.secret, secret);
}

/** @throws Failure `client-secret-refused` unless `secret` is the client's */
export function assertSecret(client: Client, secret: string | undefined): void {
  if (!secretMatches(client, secret))
    throw new Failure<ClientFailure>('client-secret-refused', { client: client.id });
}

/**
 * Checks Base64(HMAC-SHA256(secret, username + client id)) where the client has a secret.
 *
 * @param usernames the names that the caller may have hashed
 * @throws Failure `secret-hash-refused`
 */
export function assertSecretHash(
  client: Client,
  usernames: readonly string[],
  secretHash: string | undefined,
): void {
  const { secret, id } = client;
  // A hash sent to a client without a secret is refused as Cognito refuses it: the caller mistakes the client.
  const isRight =
    secret === undefined || secretHash === undefined
      ? secret === secretHash
      : usernames.some((name) => equal(hmacSha256(secret, name + id).toString('base64'), secretHash));
  if (!isRight) throw new Failure<ClientFailure>('secret-hash-refused', { client: id });
}
