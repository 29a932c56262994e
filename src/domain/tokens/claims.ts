/**
 * Claims: what tokens say, decided here and nowhere else.
 *
 * An ID token tells an app about the person: those attributes that the client may read, groups and their roles. An access token tells what may be done. Values are those of Cognito, to the type: `email_verified` a truth value, custom
 * attributes text, `identities` a list of texts.
 * Source: Cognito developer guide, "Understanding the identity (ID) token", "Understanding the access token", "The user attributes endpoint".
 */
import { epochSeconds } from '../../base/clock.ts';
import { sha256 } from '../../base/secret.ts';
import { readableBy } from '../pools/attributes.ts';
import type { Client } from '../pools/clients.ts';
import type { Group } from '../users/groups.ts';
import type { Pool } from '../pools/pools.ts';
import type { User } from '../users/users.ts';
import type { JwtClaims } from '../ports/signer.ts';

export interface ClaimsRequest {
  readonly pool: Pool;
  readonly client: Client;
  readonly user: User;
  /** By rank. */
  readonly groups: readonly Group[];
  readonly scopes: readonly string[];
  readonly issuer: string;
  readonly authTime: Date;
  readonly now: Date;
  readonly nonce?: string;
  readonly door: 'api' | 'oauth';
  readonly deviceKey?: string;
  readonly familyId: string;
  readonly eventId: string;
  /** UUIDv7 of each token, whose moment cut-offs are compared with. */
  readonly idTokenId: string;
  readonly accessTokenId: string;
}

const FLAGS = new Set(['email_verified', 'phone_number_verified']);
/** Attributes by the scope that opens them at the OAuth door. */
const SCOPED: Readonly<Record<string, readonly string[]>> = {
  email: ['email', 'email_verified'],
  phone: ['phone_number', 'phone_number_verified'],
};
/** The scope that opens all other attributes. */
const OTHERS = 'profile';
/** The scope of sign-ins through the API: the person's own affairs. It opens all attributes in an ID token. */
export const SELF_SERVICE_SCOPE = 'aws.cognito.signin.user.admin';

export function idTokenClaims(request: ClaimsRequest): JwtClaims {
  const { client, user, groups, issuer, authTime, now, nonce, eventId, idTokenId } = request;
  return defined({
    ...attributeClaims(request),
    ...groupClaims(groups),
    ...roleClaims(groups),
    sub: user.sub,
    iss: issuer,
    aud: client.id,
    'cognito:username': user.username,
    identities: identityClaims(user),
    nonce,
    origin_jti: originOf(request),
    event_id: eventId,
    token_use: 'id',
    auth_time: epochSeconds(authTime),
    iat: epochSeconds(now),
    exp: epochSeconds(now) + client.idTokenSeconds,
    jti: idTokenId,
  });
}

/** What a person's access token opens at the UserInfo endpoint, to which the scope of one's own affairs adds nothing. Truth values are text there, as Cognito's are. */
export function userInfoClaims({
  client,
  user,
  scopes,
}: Pick<ClaimsRequest, 'client' | 'user' | 'scopes'>): Readonly<Record<string, string>> {
  const telling = scopes.filter((scope) => scope !== SELF_SERVICE_SCOPE);
  const open = Object.entries(attributeClaims({ client, user, scopes: telling, door: 'oauth' }));
  return {
    sub: user.sub,
    ...Object.fromEntries(open.map(([name, value]) => [name, String(value)])),
    username: user.username,
  };
}

/** The claims of an access token that a client got for itself, and no person. */
export function clientTokenClaims(request: {
  readonly client: Client;
  readonly scopes: readonly string[];
  readonly issuer: string;
  readonly now: Date;
  readonly accessTokenId: string;
}): JwtClaims {
  const { client, scopes, issuer, now, accessTokenId } = request;
  return {
    sub: client.id,
    iss: issuer,
    client_id: client.id,
    scope: scopes.join(' '),
    version: 2,
    token_use: 'access',
    auth_time: epochSeconds(now),
    iat: epochSeconds(now),
    exp: epochSeconds(now) + client.accessTokenSeconds,
    jti: accessTokenId,
  };
}

/**
 * What ties an ID token to the access token that came with it.
 * Source: OpenID Connect Core 1.0, section 3.1.3.6; the algorithms of all our keys hash by SHA-256.
 */
export const accessTokenHash = (accessToken: string): string =>
  sha256(accessToken).subarray(0, 16).toString('base64url');

export function accessTokenClaims(request: ClaimsRequest): JwtClaims {
  const { client, user, groups, issuer, authTime, now, scopes, door, deviceKey, eventId, accessTokenId } =
    request;
  return defined({
    ...groupClaims(groups),
    sub: user.sub,
    iss: issuer,
    client_id: client.id,
    username: user.username,
    scope: scopes.join(' '),
    version: door === 'oauth' ? 2 : undefined,
    device_key: deviceKey,
    origin_jti: originOf(request),
    event_id: eventId,
    token_use: 'access',
    auth_time: epochSeconds(authTime),
    iat: epochSeconds(now),
    exp: epochSeconds(now) + client.accessTokenSeconds,
    jti: accessTokenId,
  });
}

function attributeClaims({
  client: { readAttributes },
  user,
  scopes,
  door,
}: Pick<ClaimsRequest, 'client' | 'user' | 'scopes' | 'door'>): Record<string, unknown> {
  const isOpen = (name: string): boolean => door === 'api' || isOpenBy(scopes, name);
  return Object.fromEntries(
    Object.entries(readableBy(readAttributes, user.attributes))
      .filter(([name]) => isOpen(name))
      .map(([name, value]) => [
        name,
        FLAGS.has(name) ? value === 'true' : name === 'updated_at' ? Number(value) : value,
      ]),
  );
}

/** Without a scope that is about attributes `openid` opens all of them. */
function isOpenBy(scopes: readonly string[], name: string): boolean {
  const [own] = Object.entries(SCOPED).find(([, names]) => names.includes(name)) ?? [OTHERS];
  const isNarrowed = [...Object.keys(SCOPED), OTHERS].some((scope) => scopes.includes(scope));
  return (
    scopes.includes(own) || scopes.includes(SELF_SERVICE_SCOPE) || (scopes.includes('openid') && !isNarrowed)
  );
}

/** The sign-in that a token came of: without it neither a session nor a family that was stolen could be ended to the last token. */
function originOf({ pool, client, familyId }: ClaimsRequest): string | undefined {
  const canEnd = client.revokesTokens || client.refreshRotation !== undefined || pool.sessions?.isTracked;
  return canEnd ? familyId : undefined;
}

const groupClaims = (groups: readonly Group[]) => ({
  'cognito:groups': groups.length > 0 ? groups.map(({ name }) => name) : undefined,
});

/** The roles of all groups, and that of the most important one unless two are equally important. */
function roleClaims(groups: readonly Group[]) {
  const withRole = groups.filter(({ roleArn }) => roleArn !== undefined);
  const roles = [...new Set(withRole.map(({ roleArn }) => roleArn))];
  // Groups without a precedence come after all others, and are equals.
  const [first, ...others] = withRole;
  const isTied = others.some(
    ({ precedence, roleArn }) => precedence === first?.precedence && roleArn !== first?.roleArn,
  );
  return {
    'cognito:roles': roles.length > 0 ? roles : undefined,
    'cognito:preferred_role': isTied ? undefined : first?.roleArn,
  };
}

function identityClaims(user: User): readonly Record<string, string | null>[] | undefined {
  return user.identities?.map(({ userId, providerName, providerType, issuer, isPrimary, createdAt }) => ({
    userId,
    providerName,
    providerType,
    issuer: issuer ?? null,
    primary: String(isPrimary),
    dateCreated: String(Date.parse(createdAt)),
  }));
}

const defined = (claims: Record<string, unknown>): JwtClaims =>
  Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
