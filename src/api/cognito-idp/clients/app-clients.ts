/** App-client operations of cognito-idp. */
import { isFailure } from '../../../base/failure.ts';
import { newClientSecret } from '../../../base/ids.ts';
import type { AttributeAccess } from '../../../domain/pools/attributes.ts';
import type { Client } from '../../../domain/pools/clients.ts';
import type { Pool } from '../../../domain/pools/pools.ts';
import type { Providers } from '../../../domain/pools/providers.ts';
import { structure } from '../../../wire/members.ts';
import { createClientInput, updateClientInput, type ClientInput } from './client-members.ts';
import { clientSettings } from './client-settings.ts';
import { clientId, onPool, poolId, refuse } from '../members.ts';
import { operation } from '../nouns.ts';
import { passesAnalyticsRole } from '../pools/passed-roles.ts';

export const CreateUserPoolClient = operation({
  caller: 'iam',
  on: onPool,
  passes: passesAnalyticsRole,
  input: createClientInput,
  async handle(input, { pools, clients, providers, resourceServers }) {
    const pool = await pools.get(input.UserPoolId);
    await assertProviders(pool, input.SupportedIdentityProviders ?? [], providers);
    if (input.GenerateSecret && input.ClientSecret !== undefined)
      refuse('Only one of GenerateSecret and ClientSecret may be given.');
    const settings = clientSettings(pool, input, {
      name: input.ClientName,
      secret: input.GenerateSecret ? newClientSecret() : input.ClientSecret,
      customScopes: await resourceServers.scopesOf(pool.id),
      doing: 'creating',
    });
    return { UserPoolClient: userPoolClientType(await clients.create(pool.id, settings)) };
  },
});

/** What is left out takes its default, as Cognito has it. Name and secret stay. */
export const UpdateUserPoolClient = operation({
  caller: 'iam',
  on: onPool,
  passes: passesAnalyticsRole,
  input: updateClientInput,
  async handle(input, { pools, clients, providers, resourceServers, tokens }) {
    const pool = await pools.get(input.UserPoolId);
    await assertProviders(pool, input.SupportedIdentityProviders ?? [], providers);
    const customScopes = await resourceServers.scopesOf(pool.id);
    const settled = ({ name, secret }: Client) =>
      clientSettings(pool, input, {
        name: input.ClientName ?? name,
        secret,
        customScopes,
        doing: 'updating',
      });
    const changed = await clients.update(pool.id, input.ClientId, settled, tokens.endingWays);
    return { UserPoolClient: userPoolClientType(changed) };
  },
});

export const DeleteUserPoolClient = operation({
  caller: 'iam',
  on: onPool,
  input: structure({ UserPoolId: poolId, ClientId: clientId }),
  async handle({ UserPoolId, ClientId }, { clients, tokens }) {
    await tokens.endingClient(UserPoolId, ClientId, (endings) =>
      clients.remove(UserPoolId, ClientId, endings),
    );
  },
});

export const DescribeUserPoolClient = operation({
  caller: 'iam',
  on: onPool,
  input: structure({ UserPoolId: poolId, ClientId: clientId }),
  async handle({ UserPoolId, ClientId }, { clients }) {
    return { UserPoolClient: userPoolClientType(await clients.get(UserPoolId, ClientId)) };
  },
});

/** @throws Failure `refused-parameter` when one is not a provider of the pool */
async function assertProviders(pool: Pool, names: readonly string[], providers: Providers): Promise<void> {
  const upstream = names.filter((name) => name !== 'COGNITO');
  for (const name of upstream) {
    await providers.get(pool.id, name).catch((error: unknown) => {
      if (isFailure(error, 'provider-not-found'))
        refuse(`The provider ${name} does not exist for User Pool ${pool.id}.`);
      throw error;
    });
  }
}

type ListedFlow = Exclude<NonNullable<ClientInput['ExplicitAuthFlows']>[number], 'ALLOW_CLIENT_TOKEN_AUTH'>;

/** The default is not listed. Source: API reference, UserPoolClientType, "ReadAttributes". */
const listed = (access: AttributeAccess): string[] | undefined =>
  access === 'standard' ? undefined : [...access];

/** A client in the wire's words (UserPoolClientType). */
function userPoolClientType(client: Client) {
  const { oauth, validity, refreshRotation } = client;
  const orAbsent = <Item>(items: readonly Item[]): Item[] | undefined =>
    items.length === 0 ? undefined : [...items];
  return {
    UserPoolId: client.poolId,
    ClientName: client.name,
    ClientId: client.id,
    ClientSecret: client.secret,
    LastModifiedDate: new Date(client.modifiedAt),
    CreationDate: new Date(client.createdAt),
    RefreshTokenValidity: validity.refresh,
    AccessTokenValidity: validity.access,
    IdTokenValidity: validity.id,
    TokenValidityUnits: Object.keys(validity.units).length === 0 ? {} : validity.units,
    ReadAttributes: listed(client.readAttributes),
    WriteAttributes: listed(client.writeAttributes),
    // The names were checked when the client was made; the SDK's own list of them lacks ALLOW_CLIENT_TOKEN_AUTH.
    ExplicitAuthFlows: client.explicitAuthFlows as ListedFlow[] | undefined,
    SupportedIdentityProviders: orAbsent(client.identityProviders),
    CallbackURLs: orAbsent(oauth.callbackUrls),
    LogoutURLs: orAbsent(oauth.logoutUrls),
    DefaultRedirectURI: oauth.defaultRedirectUrl,
    AllowedOAuthFlows: orAbsent(oauth.flows),
    AllowedOAuthScopes: orAbsent(oauth.scopes),
    AllowedOAuthFlowsUserPoolClient: oauth.isEnabled,
    PreventUserExistenceErrors: client.hidesUserExistence ? ('ENABLED' as const) : ('LEGACY' as const),
    EnableTokenRevocation: client.revokesTokens,
    EnablePropagateAdditionalUserContextData: client.propagatesContext ?? false,
    AuthSessionValidity: client.authSessionMinutes,
    RefreshTokenRotation: refreshRotation && {
      Feature: 'ENABLED' as const,
      RetryGracePeriodSeconds: refreshRotation.graceSeconds,
    },
  };
}
