/**
 * Tokens: what a proof is worth. Grants them, renews them, believes them, voids them.
 *
 * The only token authority: the API and the OpenID Provider both ask here, so that each can renew and revoke what the other gave.
 */
import { isFailure, Failure } from '../../base/failure.ts';
import type { Clock } from '../../base/clock.ts';
import { momentOf, newUuid, newUuidV7 } from '../../base/ids.ts';
import type { Client, Clients } from '../directory/clients.ts';
import type { Groups } from '../directory/groups.ts';
import type { PoolTriggers } from '../directory/pool-triggers.ts';
import type { Pool, Pools } from '../directory/pools.ts';
import type { User, Users } from '../directory/users.ts';
import type { JwtClaims, PublicJwk, Signer } from '../ports/signer.ts';
import { accessTokenClaims, clientTokenClaims, idTokenClaims } from './claims.ts';
import { familySubject, userSubject, type CutOffs } from './cut-offs.ts';
import type { Families, Family, FamilyFailure } from './families.ts';
import { createCustomization, type CustomizationRequest } from './customization.ts';
import type { SigningKeys } from './signing-keys.ts';
import { verifyToken, type Believed, type VerifyFailure } from './verify.ts';

export type Door = 'api' | 'oauth';

export interface Grant extends Pick<CustomizationRequest, 'occasion' | 'metadata'> {
  readonly pool: Pool;
  readonly client: Client;
  readonly user: User;
  readonly scopes: readonly string[];
  readonly nonce?: string;
  /** When the person proved who he is. */
  readonly authTime: Date;
  readonly door: Door;
  /** Of the record of this sign-in, where it was promised before. */
  readonly familyId?: string;
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
/** Whose access token was shown. */
export interface Bearer {
  readonly pool: Pool;
  readonly user: User;
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly groups: readonly string[];
  readonly claims: JwtClaims;
}
/** What a gateway asks of an access token. */
export interface Access {
  /** The person's `sub`, or the id of a client that speaks for itself. */
  readonly subject: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly groups: readonly string[];
}
/** A login that an identity pool can believe. */
export interface ProvenLogin {
  readonly issuer: string;
  readonly subject: string;
  readonly claims: JwtClaims;
}
export type TokenFailure =
  | FamilyFailure
  | 'access-token-invalid'
  | 'access-token-expired'
  | 'access-token-revoked'
  | 'scope-missing'
  | 'token-user-not-found'
  | 'token-user-disabled'
  | 'login-refused'
  | 'revocation-not-enabled'
  | 'token-type-unsupported';

/** The scope of sign-ins through the API: the person's own affairs. */
export const SELF_SERVICE_SCOPE = 'aws.cognito.signin.user.admin';

export interface TokenParts {
  readonly pools: Pools;
  readonly clients: Clients;
  readonly users: Users;
  readonly groups: Groups;
  readonly families: Families;
  readonly signingKeys: SigningKeys;
  readonly signer: Signer;
  readonly cutOffs: CutOffs;
  readonly clock: Clock;
  readonly poolTriggers: PoolTriggers;
  /** The `iss` of a pool's tokens. */
  readonly issuerOf: (pool: Pool) => string;
}
export type Tokens = ReturnType<typeof createTokens>;

export function createTokens(parts: TokenParts) {
  const { pools, clients, users, groups, families, signingKeys, signer, cutOffs, clock, issuerOf } = parts;
  const customization = createCustomization(parts);

  async function sign(grant: Omit<Grant, 'familyId'>, familyId: string): Promise<TokenSet> {
    const { pool, client, scopes, door } = grant;
    const now = clock.now();
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
    const [idToken, accessToken] = await Promise.all([
      wantsId ? signingKeys.of(pool.id, 'id').then((key) => signer.sign(key, claims.id)) : undefined,
      signingKeys.of(pool.id, 'access').then((key) => signer.sign(key, claims.access)),
    ]);
    return { idToken, accessToken, expiresInSeconds: client.accessTokenSeconds, scopes: claims.scopes };
  }

  /** The pool that an access token says it is of; what it says is not believed yet. */
  async function poolOf(token: string): Promise<Pool | undefined> {
    const issuer = signer.peek(token)?.claims.iss;
    if (typeof issuer !== 'string') return undefined;
    const pool = await pools.get(issuer.slice(issuer.lastIndexOf('/') + 1)).catch((error: unknown) => {
      if (isFailure(error, 'pool-not-found')) return undefined;
      throw error;
    });
    return pool && issuerOf(pool) === issuer ? pool : undefined;
  }

  const isVoid = (pool: Pool, { sub, issuedAt, familyId }: Believed): boolean =>
    cutOffs.isCut(userSubject(pool.id, sub), issuedAt) ||
    (familyId !== undefined && cutOffs.isCut(familySubject(familyId), issuedAt));

  async function revokeFamily(familyId: string): Promise<void> {
    await families.revoke(familyId);
    await cutOffs.cut(familySubject(familyId));
  }

  /** The user of a family, if that may still have tokens. @throws Failure `refresh-token-revoked`, `token-user-disabled` */
  async function userOf(pool: Pool, family: Family): Promise<User> {
    const user = await users.bySub(pool.id, family.sub);
    if (!user) throw new Failure<TokenFailure>('refresh-token-revoked');
    if (!user.isEnabled) throw new Failure<TokenFailure>('token-user-disabled');
    if (isOver(user, family.id)) throw new Failure<TokenFailure>('refresh-token-revoked');
    return user;
  }

  /** An access token of ours, and what it says. */
  async function believe(token: string, required: { readonly scope?: string }) {
    const pool = await poolOf(token);
    if (!pool) throw new Failure<TokenFailure>('access-token-invalid');
    const believed = await verifyToken(
      token,
      { poolId: pool.id, issuer: issuerOf(pool), use: 'access', clientIds: 'any' },
      parts,
    ).catch(asAccessToken);
    if (isVoid(pool, believed)) throw new Failure<TokenFailure>('access-token-revoked');
    const { claims, clientId, sub } = believed;
    const scopes = (typeof claims.scope === 'string' ? claims.scope : '').split(' ').filter(Boolean);
    if (required.scope !== undefined && !scopes.includes(required.scope))
      throw new Failure<TokenFailure>('scope-missing');
    await clients.get(pool.id, clientId).catch((error: unknown) => {
      throw isFailure(error, 'client-not-found') ? new Failure<TokenFailure>('access-token-invalid') : error;
    });
    return { pool, sub, clientId, scopes, claims };
  }

  return {
    revokeFamily,

    /** Tokens of a new sign-in. @throws Failure `refresh-token-revoked` when the user signed out everywhere since it was promised; of TriggerFailure */
    async grant(grant: Grant): Promise<TokenSet> {
      const { pool, client, user, familyId, scopes, authTime, door } = grant;
      if (familyId !== undefined && isOver(user, familyId))
        throw new Failure<TokenFailure>('refresh-token-revoked');
      const begun = await families.begin({
        scopes,
        authTime,
        door,
        id: familyId,
        poolId: pool.id,
        clientId: client.id,
        sub: user.sub,
        seconds: client.refreshTokenSeconds,
      });
      return { ...(await sign(grant, begun.family.id)), refreshToken: begun.refreshToken };
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
     * @throws Failure of FamilyFailure, `token-user-disabled`; of TriggerFailure
     */
    async refresh(
      asked: Pick<Grant, 'pool' | 'client' | 'metadata'> & { readonly refreshToken: string },
    ): Promise<TokenSet> {
      const { pool, client, refreshToken, metadata } = asked;
      const redeemed = await families
        .redeem(refreshToken, client.id, client.refreshRotation)
        .catch(async (error: unknown) => {
          // The thief may have access tokens of the family too.
          if (isFailure(error, 'refresh-token-reused'))
            await cutOffs.cut(familySubject(String(error.facts['family'])));
          throw error;
        });
      const { family } = redeemed;
      if (family.poolId !== pool.id) throw new Failure<TokenFailure>('refresh-token-invalid');
      const user = await userOf(pool, family);
      const grant = {
        pool,
        client,
        user,
        scopes: family.scopes,
        door: family.door,
        authTime: new Date(family.authTime),
        occasion: 'RefreshTokens' as const,
        metadata,
      };
      return { ...(await sign(grant, family.id)), refreshToken: redeemed.refreshToken };
    },

    /**
     * Ends the sign-in that a refresh token of this client belongs to. What is no token, or belongs to one that ended, ends nothing.
     * @throws Failure `revocation-not-enabled`, `token-type-unsupported` for an access or ID token, `refresh-token-invalid` for a token of another client
     */
    async revoke(client: Client, token: string): Promise<void> {
      if (!client.revokesTokens)
        throw new Failure<TokenFailure>('revocation-not-enabled', { client: client.id });
      if (signer.peek(token)) throw new Failure<TokenFailure>('token-type-unsupported');
      const family = await families.ofToken(token);
      if (!family) return;
      if (family.clientId !== client.id) throw new Failure<TokenFailure>('refresh-token-invalid');
      await revokeFamily(family.id);
    },

    /**
     * Whose access token this is.
     * @throws Failure `access-token-invalid`, `access-token-expired`, `access-token-revoked`, `scope-missing`, `token-user-not-found`, `token-user-disabled`
     */
    async bearerOf(token: string, required: { readonly scope?: string }): Promise<Bearer> {
      const access = await believe(token, required);
      const { pool, sub, claims } = access;
      const user = await users.bySub(pool.id, sub);
      if (!user) throw new Failure<TokenFailure>('token-user-not-found');
      if (!user.isEnabled) throw new Failure<TokenFailure>('token-user-disabled');
      const named = claims['cognito:groups'];
      return { ...access, user, groups: Array.isArray(named) ? named.map(String) : [] };
    },

    /**
     * What an access token opens, be it a person's or a client's own.
     * @throws as `bearerOf`
     */
    async accessOf(token: string): Promise<Access> {
      const { sub, clientId, scopes } = await believe(token, {});
      if (sub === clientId) return { subject: clientId, name: clientId, scopes, groups: [] };
      const { user, groups } = await this.bearerOf(token, {});
      return { subject: user.sub, name: user.username, scopes, groups };
    },

    /**
     * What a pool's ID token proves to an identity pool.
     * @throws Failure `login-refused` (fact: reason)
     */
    async proveLogin(
      token: string,
      { poolId, clientIds }: { poolId: string; clientIds: readonly string[] },
    ): Promise<ProvenLogin> {
      const refused = (reason: string) => new Failure<TokenFailure>('login-refused', { reason });
      const pool = await pools.get(poolId).catch((error: unknown) => {
        throw isFailure(error, 'pool-not-found') ? refused('Invalid login token.') : error;
      });
      const believed = await verifyToken(
        token,
        { poolId, issuer: issuerOf(pool), use: 'id', clientIds },
        parts,
      ).catch((error: unknown) => {
        if (isFailure<VerifyFailure>(error, 'token-invalid')) throw refused('Invalid login token.');
        if (isFailure<VerifyFailure>(error, 'token-expired'))
          throw refused('Invalid login token. Token expired.');
        throw error;
      });
      if (isVoid(pool, believed)) throw refused('Invalid login token. Token is revoked.');
      const user = await users.bySub(poolId, believed.sub);
      if (!user?.isEnabled) throw refused('Invalid login token.');
      return { issuer: issuerOf(pool), subject: believed.sub, claims: believed.claims };
    },

    /** Whose a refresh token is, when it is one; nothing is spent by asking. */
    subjectOf: (refreshToken: string): Promise<string | undefined> => families.subjectOf(refreshToken),

    /** True when the person signed out everywhere at or after that moment. */
    isSignedOut: (poolId: string, sub: string, since: Date): boolean =>
      cutOffs.isCut(userSubject(poolId, sub), since),

    /** Ends every session of a person: refresh tokens die, and all that was issued up to now is void. */
    async signOutEverywhere(pool: Pool, user: User): Promise<void> {
      const signedOutAt = clock.now().toISOString();
      // With the user, and so in the directory: it must outlast every refresh token, and every loss of sessions.
      await users.change(pool, user, (present) => ({ ...present, signedOutAt }));
      await cutOffs.cut(userSubject(pool.id, user.sub));
    },

    /** The keys that a pool's tokens are verified with, for publishing. */
    async jwks(poolId: string): Promise<{ readonly keys: readonly PublicJwk[] }> {
      return { keys: await signingKeys.published(poolId) };
    },
  };
}

/** True when the sign-in of that family began before its user signed out everywhere. */
function isOver({ signedOutAt }: User, familyId: string): boolean {
  const began = momentOf(familyId);
  return signedOutAt !== undefined && began !== undefined && began.getTime() <= Date.parse(signedOutAt);
}

function asAccessToken(error: unknown): never {
  if (isFailure<VerifyFailure>(error, 'token-invalid'))
    throw new Failure<TokenFailure>('access-token-invalid');
  if (isFailure<VerifyFailure>(error, 'token-expired'))
    throw new Failure<TokenFailure>('access-token-expired');
  throw error;
}
