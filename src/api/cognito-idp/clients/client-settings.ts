/**
 * What the members of CreateUserPoolClient and UpdateUserPoolClient mean: the client's settings, with Cognito's defaults for what is left out.
 *
 * Source: Cognito API reference, CreateUserPoolClient, UpdateUserPoolClient.
 */
import type { AttributeAccess } from '../../../domain/pools/attributes.ts';
import type { AuthFlow, ClientSettings } from '../../../domain/pools/clients.ts';
import type { Pool } from '../../../domain/pools/pools.ts';
import type { ClientInput, EXPLICIT_FLOWS } from './client-members.ts';
import { assertBeyondLite, CHOICE, refuse } from '../members.ts';
import { oauthSettings } from './oauth-settings.ts';

const SECONDS = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 } as const;
const HOUR = 3600;
const DAY = 86_400;
/** Which flow a name allows. ALLOW_ names replaced the older ones and do not mix with them. */
const FLOW_OF: Readonly<Record<(typeof EXPLICIT_FLOWS)[number], AuthFlow>> = {
  ADMIN_NO_SRP_AUTH: 'admin-password',
  ALLOW_ADMIN_USER_PASSWORD_AUTH: 'admin-password',
  CUSTOM_AUTH_FLOW_ONLY: 'custom',
  ALLOW_CUSTOM_AUTH: 'custom',
  USER_PASSWORD_AUTH: 'password',
  ALLOW_USER_PASSWORD_AUTH: 'password',
  ALLOW_USER_SRP_AUTH: 'srp',
  ALLOW_REFRESH_TOKEN_AUTH: 'refresh',
  ALLOW_USER_AUTH: 'choice',
  ALLOW_CLIENT_TOKEN_AUTH: 'client-token',
};

/** For the words of a refusal. */
type Doing = 'creating' | 'updating';
/** What stays of a client whatever else of it changes. */
type Lasting = Pick<ClientSettings, 'name' | 'secret'>;

/**
 * What the members mean, with Cognito's defaults for what is left out.
 * @param customScopes those of the pool's resource servers
 * @throws Failure `refused-parameter`, `feature-not-in-tier`, `scope-not-found`, `oauth-flow-refused`
 */
export function clientSettings(
  pool: Pool,
  input: ClientInput,
  { customScopes, doing, ...lasting }: Lasting & { customScopes: readonly string[]; doing: Doing },
): ClientSettings {
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
  if (input.AnalyticsConfiguration) refuse('AnalyticsConfiguration is not supported.');
  if (input.ExplicitAuthFlows?.includes('ALLOW_USER_AUTH')) assertBeyondLite(pool, CHOICE);
  return {
    ...lasting,
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
    propagatesContext: propagatesContext(input, lasting),
    refreshRotation:
      rotation?.Feature === 'ENABLED' ? { graceSeconds: rotation.RetryGracePeriodSeconds ?? 0 } : undefined,
    oauth: oauthSettings({ ...input, hasSecret: lasting.secret !== undefined }, customScopes),
    identityProviders: [...new Set(input.SupportedIdentityProviders ?? [])],
    readAttributes: readableFrom(pool, input.ReadAttributes, doing),
    writeAttributes: writableFrom(pool, input.WriteAttributes, doing),
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

function authFlows(names: ClientInput['ExplicitAuthFlows'], rotates: boolean): readonly AuthFlow[] {
  if (!names || names.length === 0) return rotates ? ['srp', 'custom'] : ['srp', 'custom', 'refresh'];
  const isNew = names.some((name) => name.startsWith('ALLOW_'));
  if (isNew && names.some((name) => !name.startsWith('ALLOW_')))
    refuse('Legacy values cannot be used with ALLOW_ values in ExplicitAuthFlows.');
  if (rotates && names.includes('ALLOW_REFRESH_TOKEN_AUTH'))
    refuse('ALLOW_REFRESH_TOKEN_AUTH cannot be used when refresh token rotation is enabled.');
  if (names.includes('ALLOW_CLIENT_TOKEN_AUTH') && new Set(names).size > 1)
    refuse('ALLOW_CLIENT_TOKEN_AUTH cannot be used with other values in ExplicitAuthFlows.');
  const flows = names.map((name) => FLOW_OF[name]);
  // Without ALLOW_ names SRP and refresh were always on.
  const always: AuthFlow[] = isNew
    ? []
    : names.includes('CUSTOM_AUTH_FLOW_ONLY')
      ? ['refresh']
      : ['srp', 'refresh'];
  return [...new Set([...flows, ...always])];
}

/** @throws Failure `refused-parameter` where there is no secret: its callers could name any address */
function propagatesContext(
  { EnablePropagateAdditionalUserContextData: isWanted }: ClientInput,
  { secret }: Lasting,
): boolean | undefined {
  if (isWanted && secret === undefined)
    refuse('EnablePropagateAdditionalUserContextData requires an app client with a client secret.');
  return isWanted;
}

/** Attributes that no app client may write: the pool's own, and what says that an address was proven. */
const NEVER_WRITABLE: ReadonlySet<string> = new Set([
  'sub',
  'identities',
  'email_verified',
  'phone_number_verified',
]);

function readableFrom({ schema }: Pool, names: readonly string[] | undefined, doing: Doing): AttributeAccess {
  if (names === undefined) return 'standard';
  const isKnown = (name: string) => schema.some((each) => each.name === name);
  if (!names.every(isKnown)) refuse(`Invalid read attributes specified while ${doing} a client`);
  return [...new Set(names)];
}

/** A client that could not write a required attribute could not sign anybody up. */
function writableFrom({ schema }: Pool, names: readonly string[] | undefined, doing: Doing): AttributeAccess {
  if (names === undefined) return 'standard';
  const writable = schema.filter(
    ({ name, isDeveloperOnly }) => !NEVER_WRITABLE.has(name) && !isDeveloperOnly,
  );
  const isKnown = (wanted: string) => writable.some(({ name }) => name === wanted);
  const isComplete = writable.every(({ name, isRequired }) => !isRequired || names.includes(name));
  if (!names.every(isKnown) || !isComplete)
    refuse(`Invalid write attributes specified while ${doing} a client`);
  return [...new Set(names)];
}
