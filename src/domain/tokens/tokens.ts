/**
 * Tokens: what a proof is worth. Grants them, renews them, believes them, voids them.
 *
 * The only token authority: the API and the OpenID Provider both ask here, so that each can renew and revoke what the other gave.
 */
import { isFailure, Failure } from '../../base/failure.ts';
import { momentOf, newUuid, newUuidV7 } from '../../base/ids.ts';
import type { Client } from '../pools/clients.ts';
import type { Devices } from '../users/devices.ts';
import type { Groups } from '../users/groups.ts';
import type { PoolTriggers } from '../triggers/pool-triggers.ts';
import type { Pool } from '../pools/pools.ts';
import type { User } from '../users/users.ts';
import type { JwtClaims, PublicJwk } from '../ports/signer.ts';
import { createBearers, type BearerFailure, type BearerParts } from './token-principals.ts';
import { accessTokenClaims, accessTokenHash, clientTokenClaims, idTokenClaims } from './claims.ts';
import { createBrowsers } from './browser-sessions.ts';
import { userSubject } from './watermarks.ts';
import { createCustomization, type CustomizationRequest } from './customization.ts';
import type { Family, FamilyFailure } from './families.ts';
import { createRevocation, isOver, type RevocationFailure, type RevocationParts } from './revocation.ts';
import { tracksSessions, type Browser, type Whence } from './sessions.ts';

type Door = 'api' | 'oauth';

export interface Grant extends Pick<CustomizationRequest, 'occasion' | 'metadata'> {
  readonly pool: Pool;
  readonly client: Client;
  readonly user: User;
  readonly scopes: readonly string[];
  readonly nonce?: string;
  /** When the person proved who he is. */
  readonly authTime: Date;
  readonly door: Door;
  readonly deviceKey?: string;
  /** The provider that the person came through; absent for those who proved themselves here. */
  readonly by?: string;
  /** Of the record of this sign-in, where it was promised before. */
  readonly familyId?: string;
  /** A moment before anything was judged and the user was looked up: what ends all sessions from then on ends this one too. Now when absent. */
  readonly since?: Date;
  /** The session of the browser that brought the person, where one did. */
  readonly browser?: Pick<Browser, 'uid' | 'signedInAt'>;
  readonly whence?: Whence;
}
export interface TokenSet {
  /** Absent at the OAuth door without the scope `openid`. */
  readonly idToken?: string;
  readonly accessToken: string;
  /** Absent when the one shown stays in use. */
  readonly refreshToken?: string;
  readonly expiresInSeconds: number;
  readonly scopes: readonly string[];
}
export type { Access, Bearer, ProvenLogin } from './token-principals.ts';
export { SELF_SERVICE_SCOPE } from './claims.ts';
export type TokenFailure = BearerFailure | FamilyFailure | RevocationFailure;

interface Renewal extends Pick<Grant, 'pool' | 'client' | 'metadata' | 'deviceKey' | 'whence'> {
  readonly refreshToken: string;
}

interface TokenParts extends BearerParts, RevocationParts {
  readonly groups: Groups;
  readonly poolTriggers: PoolTriggers;
  readonly devices: Devices;
}
export type Tokens = ReturnType<typeof createTokens>;

export function createTokens(parts: TokenParts) {
  const { users, groups, devices, families, sessions, signingKeys, signer, standing, cutOffs, clock } = parts;
  const { issuerOf } = parts;
  const revocation = createRevocation(parts);
  const customization = createCustomization(parts);

  /** @param now the moment that cut-offs are compared with: before it was read whether tokens may be given */
  async function sign(
    grant: Omit<Grant, 'familyId'>,
    { familyId, now }: { readonly familyId: string; readonly now: Date },
  ): Promise<TokenSet> {
    const { pool, client, scopes, door } = grant;
    const request = {
      ...grant,
      now,
      familyId,
      groups: await groups.ofUser(pool.id, grant.user.nameKey),
      issuer: issuerOf(pool),
      eventId: newUuid(),
      idTokenId: newUuidV7(now),
      accessTokenId: newUuidV7(now),
    };
    const wantsId = door === 'api' || scopes.includes('openid');
    const drafts = { id: idTokenClaims(request), access: accessTokenClaims(request), scopes };
    const claims = await customization.ofPerson(grant, drafts);
    const access = signingKeys.of(pool.id, 'access').then((key) => signer.sign(key, claims.access));
    const [idToken, accessToken] = await Promise.all([
      wantsId ? signId(grant, claims.id, access) : undefined,
      access,
    ]);
    return { idToken, accessToken, expiresInSeconds: client.accessTokenSeconds, scopes: claims.scopes };
  }

  /** At the OAuth door an ID token names the access token that comes with it. */
  async function signId(
    { pool, door }: Pick<Grant, 'pool' | 'door'>,
    claims: JwtClaims,
    access: Promise<string>,
  ): Promise<string> {
    const key = await signingKeys.of(pool.id, 'id');
    return signer.sign(key, door === 'api' ? claims : { ...claims, at_hash: accessTokenHash(await access) });
  }

  /** The user of a family, if that may still have tokens. @throws Failure `refresh-token-revoked`; of StandingFailure */
  async function userOf({
    pool,
    client,
    family,
  }: Pick<Grant, 'pool' | 'client'> & { readonly family: Family }): Promise<User> {
    assertWay(client, family.by);
    const user = await users.bySub(pool.id, family.sub);
    if (!user) throw new Failure<TokenFailure>('refresh-token-revoked');
    await standing.assert(pool, user, momentOf(family.id) ?? new Date(family.authTime), family.by);
    if (isOver(user, family.id)) throw new Failure<TokenFailure>('refresh-token-revoked');
    return user;
  }

  /** Where a token is shown that was stolen, or stolen from, the thief may have access tokens of the family too. */
  async function endingStolen<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (isFailure(error, 'refresh-token-reused'))
        await revocation.revokeFamily(String(error.facts['family']));
      throw error;
    }
  }

  /** @throws Failure `refresh-token-revoked` when the person signed out everywhere meanwhile, or the session of the browser that brought him is over */
  async function beginSession({ pool, browser, whence = {} }: Grant, family: Family): Promise<void> {
    const tooMany = await sessions.begun(pool, family, { whence, browserUid: browser?.uid });
    // Looked at after the session is written: who ends all of a person's, or the browser's together with those that came of it, finds it.
    const user = await users.bySub(pool.id, family.sub);
    const isBrowserOver = browser && (await sessions.isBrowserOver(pool.id, { ...browser, sub: family.sub }));
    if (!user || isOver(user, family.id) || isBrowserOver) {
      await revocation.revokeFamily(family.id);
      throw new Failure<TokenFailure>('refresh-token-revoked');
    }
    for (const { familyId } of tooMany) if (familyId !== undefined) await revocation.revokeFamily(familyId);
  }

  return {
    ...createBearers(parts),
    ...revocation,
    ...createBrowsers(parts),
    standing,

    /**
     * Tokens of a new sign-in.
     * @throws Failure `refresh-token-revoked` when all of the user's sessions ended since it was promised, or since the moment given, or meanwhile where sessions are tracked, or when the browser's did that brought them; of StandingFailure, of TriggerFailure
     */
    async grant(grant: Grant): Promise<TokenSet> {
      const { pool, client, scopes, authTime, door, deviceKey, by, familyId: promised } = grant;
      const now = grant.since ?? clock.now();
      const familyId = promised ?? newUuidV7(now);
      // What was promised is older than what was read of the user, perhaps.
      const user = promised === undefined ? grant.user : await users.bySub(pool.id, grant.user.sub);
      // Of what is cut off elsewhere the news may come later: to tokens of before it, which are void by then.
      if (!user || isOver(user, familyId) || cutOffs.isKnownCut(userSubject(pool.id, user.sub), now))
        throw new Failure<TokenFailure>('refresh-token-revoked');
      assertWay(client, by);
      await standing.assert(pool, user, (promised && momentOf(promised)) || now, by);
      // First: where the tokens cannot be made, no sign-in begins, and none ends to make room for it.
      const tokens = await sign({ ...grant, user }, { familyId, now });
      const { family, refreshToken } = await families.begin({
        scopes,
        authTime,
        door,
        deviceKey,
        by,
        id: familyId,
        poolId: pool.id,
        clientId: client.id,
        sub: user.sub,
        seconds: client.refreshTokenSeconds,
      });
      if (tracksSessions(pool)) await beginSession(grant, family);
      return { ...tokens, refreshToken };
    },

    /** An access token that a client gets for itself. @throws Failure of TriggerFailure */
    async grantToClient(
      asked: Pick<Grant, 'pool' | 'client' | 'scopes' | 'metadata'>,
    ): Promise<{ accessToken: string; expiresInSeconds: number }> {
      const { pool, client, scopes } = asked;
      const now = clock.now();
      const key = await signingKeys.of(pool.id, 'access');
      const accessTokenId = newUuidV7(now);
      const access = clientTokenClaims({ client, scopes, issuer: issuerOf(pool), now, accessTokenId });
      const customized = await customization.ofClient(asked, { access, scopes });
      return {
        accessToken: await signer.sign(key, customized.access),
        expiresInSeconds: client.accessTokenSeconds,
      };
    },

    /**
     * Fresh tokens of a sign-in that goes on.
     * @throws Failure of FamilyFailure, of StandingFailure, of TriggerFailure
     */
    async refresh(asked: Renewal): Promise<TokenSet> {
      const { pool, client, refreshToken, deviceKey, metadata, whence = {} } = asked;
      const now = clock.now();
      const shown = await endingStolen(families.known(refreshToken, client.id));
      const { family } = shown;
      const device = { granted: family.deviceKey, named: deviceKey };
      if (family.poolId !== pool.id || !(await devices.mayRenew(pool, family.sub, device)))
        throw new Failure<TokenFailure>('refresh-token-invalid');
      const grant = {
        pool,
        client,
        user: await userOf({ pool, client, family }),
        scopes: family.scopes,
        door: family.door,
        authTime: new Date(family.authTime),
        deviceKey: family.deviceKey,
        occasion: 'RefreshTokens' as const,
        metadata,
      };
      const tokens = await sign(grant, { familyId: family.id, now });
      // Last: where the tokens cannot be made, the one that was shown is not spent.
      const rotation = client.refreshRotation;
      const next = rotation && (await endingStolen(families.next(shown, rotation)));
      if (tracksSessions(pool)) await sessions.used(family, whence);
      return { ...tokens, refreshToken: next };
    },

    /** Whose a refresh token is, when it is one; nothing is spent by asking. */
    subjectOf: (refreshToken: string): Promise<string | undefined> => families.subjectOf(refreshToken),

    /** The keys that a pool's tokens are verified with, for publishing. */
    async jwks(poolId: string): Promise<{ readonly keys: readonly PublicJwk[] }> {
      return { keys: await signingKeys.published(poolId) };
    },
  };
}

/** A client may have given up the provider since somebody came through it. @throws Failure `provider-gone` */
function assertWay({ identityProviders }: Client, by: string | undefined): void {
  if (by !== undefined && !identityProviders.includes(by)) throw new Failure<TokenFailure>('provider-gone');
}
