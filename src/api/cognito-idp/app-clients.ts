/** App-client operations of cognito-idp. */
import type { z } from 'zod';
import type { AuthFlow, Client, ClientSettings } from '../../domain/directory/clients.ts';
import type { Pool } from '../../domain/directory/pools.ts';
import type { Providers } from '../../domain/directory/providers.ts';
import { newClientSecret } from '../../base/ids.ts';
import { isFailure } from '../../base/failure.ts';
import { flag, integer, list, oneOf, structure, text } from '../../wire/members.ts';
import { anyText, arn, clientId, onPool, poolId, poolName, refuse } from './members.ts';
import { operation } from './nouns.ts';
import { oauthSettings } from './oauth-settings.ts';

const unit = oneOf(['seconds', 'minutes', 'hours', 'days']).optional();
const attributeNames = list(text({ min: 1, max: 2048 })).optional();
const redirect = text({ min: 1, max: 1024, pattern: /[\p{L}\p{M}\p{S}\p{N}\p{P}]+/u });
const FLOWS = [
  'ADMIN_NO_SRP_AUTH',
  'CUSTOM_AUTH_FLOW_ONLY',
  'USER_PASSWORD_AUTH',
  'ALLOW_ADMIN_USER_PASSWORD_AUTH',
  'ALLOW_CUSTOM_AUTH',
  'ALLOW_USER_PASSWORD_AUTH',
  'ALLOW_USER_SRP_AUTH',
  'ALLOW_REFRESH_TOKEN_AUTH',
  'ALLOW_USER_AUTH',
] as const;

const createInput = structure({
  UserPoolId: poolId,
  ClientName: poolName,
  GenerateSecret: flag().optional(),
  ClientSecret: text({ min: 24, max: 64, pattern: /[\w+]+/ }).optional(),
  RefreshTokenValidity: integer({ min: 0, max: 315_360_000 }).optional(),
  AccessTokenValidity: integer({ min: 1, max: 86_400 }).optional(),
  IdTokenValidity: integer({ min: 1, max: 86_400 }).optional(),
  TokenValidityUnits: structure({ AccessToken: unit, IdToken: unit, RefreshToken: unit }).optional(),
  ReadAttributes: attributeNames,
  WriteAttributes: attributeNames,
  ExplicitAuthFlows: list(oneOf(FLOWS)).optional(),
  SupportedIdentityProviders: list(
    text({ min: 1, max: 32, pattern: /[\p{L}\p{M}\p{S}\p{N}\p{P}\p{Z}]+/u }),
  ).optional(),
  CallbackURLs: list(redirect, { max: 100 }).optional(),
  LogoutURLs: list(redirect, { max: 100 }).optional(),
  DefaultRedirectURI: redirect.optional(),
  AllowedOAuthFlows: list(oneOf(['code', 'implicit', 'client_credentials']), { max: 3 }).optional(),
  AllowedOAuthScopes: list(text({ min: 1, max: 256, pattern: /[\x21\x23-\x5B\x5D-\x7E]+/ }), {
    max: 50,
  }).optional(),
  AllowedOAuthFlowsUserPoolClient: flag().optional(),
  AnalyticsConfiguration: structure({
    ApplicationId: text({ pattern: /^[0-9a-fA-F]+$/ }).optional(),
    ApplicationArn: arn.optional(),
    RoleArn: arn.optional(),
    ExternalId: anyText.optional(),
    UserDataShared: flag().optional(),
  }).optional(),
  PreventUserExistenceErrors: oneOf(['LEGACY', 'ENABLED']).optional(),
  EnableTokenRevocation: flag().optional(),
  EnablePropagateAdditionalUserContextData: flag().optional(),
  AuthSessionValidity: integer({ min: 3, max: 15 }).optional(),
  RefreshTokenRotation: structure({
    Feature: oneOf(['ENABLED', 'DISABLED']),
    RetryGracePeriodSeconds: integer({ min: 0, max: 60 }).optional(),
  }).optional(),
});
type Input = z.infer<typeof createInput>;

export const CreateUserPoolClient = operation({
  caller: 'iam',
  on: onPool,
  input: createInput,
  async handle(input, { pools, clients, providers, resourceServers }) {
    const pool = await pools.get(input.UserPoolId);
    await assertProviders(pool, input.SupportedIdentityProviders ?? [], providers);
    const settings = clientSettings(pool, input, await resourceServers.scopesOf(pool.id));
    return { UserPoolClient: userPoolClientType(await clients.create(pool.id, settings)) };
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

const SECONDS = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 } as const;
const HOUR = 3600;
const DAY = 86_400;
/** Which flow a name allows. ALLOW_ names replaced the older ones and do not mix with them. */
const FLOW_OF: Readonly<Record<(typeof FLOWS)[number], AuthFlow>> = {
  ADMIN_NO_SRP_AUTH: 'admin-password',
  ALLOW_ADMIN_USER_PASSWORD_AUTH: 'admin-password',
  CUSTOM_AUTH_FLOW_ONLY: 'custom',
  ALLOW_CUSTOM_AUTH: 'custom',
  USER_PASSWORD_AUTH: 'password',
  ALLOW_USER_PASSWORD_AUTH: 'password',
  ALLOW_USER_SRP_AUTH: 'srp',
  ALLOW_REFRESH_TOKEN_AUTH: 'refresh',
  ALLOW_USER_AUTH: 'choice',
};

/** What the members mean, with Cognito's defaults. @throws Failure `refused-parameter` */
function clientSettings(pool: Pool, input: Input, customScopes: readonly string[]): ClientSettings {
  const { TokenValidityUnits: units = {}, RefreshTokenRotation: rotation } = input;
  const accessTokenSeconds = lifetime(input.AccessTokenValidity, units.AccessToken ?? 'hours', {
    least: 300,
    most: DAY,
    usual: HOUR,
  });
  const idTokenSeconds = lifetime(input.IdTokenValidity, units.IdToken ?? 'hours', {
    least: 300,
    most: DAY,
    usual: HOUR,
  });
  // 0 means the default as well.
  const refreshTokenSeconds = lifetime(
    input.RefreshTokenValidity || undefined,
    units.RefreshToken ?? 'days',
    {
      least: HOUR,
      most: 3650 * DAY,
      usual: 30 * DAY,
    },
  );
  if (input.GenerateSecret && input.ClientSecret !== undefined)
    refuse('Only one of GenerateSecret and ClientSecret may be given.');
  if (input.AnalyticsConfiguration) refuse('AnalyticsConfiguration is not supported.');
  const hasSecret = Boolean(input.GenerateSecret) || input.ClientSecret !== undefined;
  return {
    name: input.ClientName,
    secret: input.GenerateSecret ? newClientSecret() : input.ClientSecret,
    authFlows: authFlows(input.ExplicitAuthFlows, rotation?.Feature === 'ENABLED'),
    explicitAuthFlows: input.ExplicitAuthFlows ? [...new Set(input.ExplicitAuthFlows)] : undefined,
    accessTokenSeconds,
    idTokenSeconds,
    refreshTokenSeconds,
    validity: {
      access: input.AccessTokenValidity,
      id: input.IdTokenValidity,
      refresh: input.RefreshTokenValidity || 30,
      units: Object.fromEntries(
        Object.entries(units).flatMap(([name, value]) => (value ? [[name, value]] : [])),
      ),
    },
    authSessionMinutes: input.AuthSessionValidity ?? 3,
    hidesUserExistence: input.PreventUserExistenceErrors === 'ENABLED',
    revokesTokens: input.EnableTokenRevocation ?? true,
    refreshRotation:
      rotation?.Feature === 'ENABLED' ? { graceSeconds: rotation.RetryGracePeriodSeconds ?? 0 } : undefined,
    oauth: oauthSettings({ ...input, hasSecret }, customScopes),
    identityProviders: [...new Set(input.SupportedIdentityProviders ?? [])],
    readAttributes: attributesOf(pool, input.ReadAttributes),
    writeAttributes: attributesOf(pool, input.WriteAttributes),
  };
}

function lifetime(
  value: number | undefined,
  unit: keyof typeof SECONDS,
  { least, most, usual }: { least: number; most: number; usual: number },
): number {
  if (value === undefined) return usual;
  const seconds = value * SECONDS[unit];
  if (seconds < least || seconds > most) refuse('Invalid range for token validity.');
  return seconds;
}

function authFlows(names: Input['ExplicitAuthFlows'], rotates: boolean): readonly AuthFlow[] {
  if (!names || names.length === 0) return rotates ? ['srp', 'custom'] : ['srp', 'custom', 'refresh'];
  const isNew = names.some((name) => name.startsWith('ALLOW_'));
  if (isNew && names.some((name) => !name.startsWith('ALLOW_')))
    refuse('Legacy values cannot be used with ALLOW_ values in ExplicitAuthFlows.');
  if (names.includes('ALLOW_USER_AUTH')) refuse('ALLOW_USER_AUTH is not supported.');
  if (rotates && names.includes('ALLOW_REFRESH_TOKEN_AUTH'))
    refuse('ALLOW_REFRESH_TOKEN_AUTH cannot be used when refresh token rotation is enabled.');
  const flows = names.map((name) => FLOW_OF[name]);
  // Without ALLOW_ names SRP and refresh were always on.
  const always: AuthFlow[] = isNew
    ? []
    : names.includes('CUSTOM_AUTH_FLOW_ONLY')
      ? ['refresh']
      : ['srp', 'refresh'];
  return [...new Set([...flows, ...always])];
}

function attributesOf({ schema }: Pool, names: readonly string[] | undefined): readonly string[] | undefined {
  const unknown = names?.find((name) => !schema.some((each) => each.name === name));
  if (unknown !== undefined) refuse('Invalid write attributes specified while creating a client');
  return names && [...new Set(names)];
}

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
    ReadAttributes: client.readAttributes && [...client.readAttributes],
    WriteAttributes: client.writeAttributes && [...client.writeAttributes],
    // The names were checked when the client was made.
    ExplicitAuthFlows: client.explicitAuthFlows as Input['ExplicitAuthFlows'],
    SupportedIdentityProviders: orAbsent(client.identityProviders),
    CallbackURLs: orAbsent(oauth.callbackUrls),
    LogoutURLs: orAbsent(oauth.logoutUrls),
    DefaultRedirectURI: oauth.defaultRedirectUrl,
    AllowedOAuthFlows: orAbsent(oauth.flows),
    AllowedOAuthScopes: orAbsent(oauth.scopes),
    AllowedOAuthFlowsUserPoolClient: oauth.isEnabled,
    PreventUserExistenceErrors: client.hidesUserExistence ? ('ENABLED' as const) : ('LEGACY' as const),
    EnableTokenRevocation: client.revokesTokens,
    AuthSessionValidity: client.authSessionMinutes,
    RefreshTokenRotation: refreshRotation && {
      Feature: 'ENABLED' as const,
      RetryGracePeriodSeconds: refreshRotation.graceSeconds,
    },
  };
}
