/**
 * Bearers: whose a token of ours is, when somebody shows it.
 *
 * What a token says is believed by verify.ts; here it is asked whether what it says still holds: that its pool, its client and its person are there, that the person may have
 * tokens, and that nothing has cut it off. Every door comes here.
 * Source: Cognito developer guide, "Ending user sessions with token revocation".
 */
import { Failure, isFailure } from '../../base/failure.ts';
import type { Client, Clients } from '../directory/clients.ts';
import type { Pool, Pools } from '../directory/pools.ts';
import type { User, Users } from '../directory/users.ts';
import type { JwtClaims } from '../ports/signer.ts';
import { familySubject, poolSubject, userSubject, type CutOffs } from './cut-offs.ts';
import type { Standing, StandingFailure } from './standing.ts';
import { verifyToken, type Believed, type VerifyFailure, type VerifyParts } from './verify.ts';

/** Whose access token was shown. */
export interface Bearer {
  readonly pool: Pool;
  readonly user: User;
  readonly clientId: string;
  readonly scopes: readonly string[];
  /** Names of groups, as the token says. */
  readonly groups: readonly string[];
  /** The sign-in that the token came of; undefined for tokens of clients that do not revoke. */
  readonly familyId?: string;
}
/** What an access token opens: for a person, or for a client itself. */
export interface Access {
  /** The person's `sub`, or the client's id. */
  readonly subject: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly groups: readonly string[];
}
/** Whose ID token was shown to an identity pool. */
export interface ProvenLogin {
  readonly issuer: string;
  readonly subject: string;
  readonly claims: JwtClaims;
  /** What is made of the login is void when one of these is cut at that moment or later. */
  readonly ties: readonly Tie[];
}
/** The subject of a cut-off, and since when it would void something: milliseconds since 1970. */
export interface Tie {
  readonly subject: string;
  readonly since: number;
}
/** `login-refused` (fact: reason). */
export type BearerFailure =
  | StandingFailure
  | 'access-token-invalid'
  | 'access-token-expired'
  | 'access-token-revoked'
  | 'scope-missing'
  | 'token-user-not-found'
  | 'login-refused';

export interface BearerParts extends VerifyParts {
  readonly pools: Pools;
  readonly clients: Clients;
  readonly users: Users;
  readonly cutOffs: CutOffs;
  readonly standing: Standing;
  /** The `iss` of a pool's tokens. */
  readonly issuerOf: (pool: Pool) => string;
}

/** A token that is believed, and the pool that it is of. */
type OfPool = Believed & { readonly pool: Pool };

export function createBearers(parts: BearerParts) {
  const { pools, clients, users, signer, cutOffs, standing, issuerOf } = parts;

  /** The pool that an access token says it is of; what it says is not believed yet. */
  async function poolOf(token: string): Promise<Pool | undefined> {
    const issuer = signer.peek(token)?.claims.iss;
    if (typeof issuer !== 'string') return undefined;
    const pool = await orAbsent(pools.get(issuer.slice(issuer.lastIndexOf('/') + 1)), 'pool-not-found');
    return pool && issuerOf(pool) === issuer ? pool : undefined;
  }

  function isVoid(ties: readonly Tie[]): boolean {
    const subjects = ties.map(({ subject }) => subject);
    return ties.some(({ subject, since }) => cutOffs.isCut(subject, new Date(since), subjects));
  }

  /** An access token of ours, and what it says. */
  async function believe(token: string, required: { readonly scope?: string }) {
    const pool = await poolOf(token);
    if (!pool) throw new Failure<BearerFailure>('access-token-invalid');
    const believed = await verifyToken(
      token,
      { poolId: pool.id, issuer: issuerOf(pool), use: 'access', clientIds: 'any' },
      parts,
    ).catch(asAccessToken);
    const { claims, clientId } = believed;
    const scopes = (typeof claims.scope === 'string' ? claims.scope : '').split(' ').filter(Boolean);
    if (required.scope !== undefined && !scopes.includes(required.scope))
      throw new Failure<BearerFailure>('scope-missing');
    const client = await clientOf(pool, clientId);
    if (!client) throw new Failure<BearerFailure>('access-token-invalid');
    return { ...believed, pool, scopes };
  }

  const clientOf = (pool: Pool, clientId: string): Promise<Client | undefined> =>
    orAbsent(clients.get(pool.id, clientId), 'client-not-found');

  /** The person of a token that is believed. */
  async function personOf({ pool, sub, issuedAt }: OfPool): Promise<User> {
    const user = await users.bySub(pool.id, sub);
    if (!user) throw new Failure<BearerFailure>('token-user-not-found');
    await standing.assert(pool, user, issuedAt);
    return user;
  }

  async function bearer(access: OfPool & { readonly scopes: readonly string[] }): Promise<Bearer> {
    const { pool, clientId, scopes, familyId, claims } = access;
    // What became of the person first: it is the better answer to who asks whether he may go on.
    const user = await personOf(access);
    assertLives(access);
    const named = claims['cognito:groups'];
    return { pool, user, clientId, scopes, groups: Array.isArray(named) ? named.map(String) : [], familyId };
  }

  /** @throws Failure `access-token-revoked` */
  function assertLives(access: OfPool): void {
    if (isVoid(tiesOf(access))) throw new Failure<BearerFailure>('access-token-revoked');
  }

  return {
    isVoid,

    /**
     * Whose access token this is.
     * @throws Failure `access-token-invalid`, `access-token-expired`, `access-token-revoked`, `scope-missing`, `token-user-not-found`; of StandingFailure
     */
    bearerOf: async (token: string, required: { readonly scope?: string }): Promise<Bearer> =>
      bearer(await believe(token, required)),

    /**
     * What an access token opens, be it a person's or a client's own.
     * @throws as `bearerOf`
     */
    async accessOf(token: string): Promise<Access> {
      const access = await believe(token, {});
      const { sub, clientId, scopes } = access;
      if (sub === clientId) {
        assertLives(access);
        return { subject: clientId, name: clientId, scopes, groups: [] };
      }
      const { user, groups } = await bearer(access);
      return { subject: user.sub, name: user.username, scopes, groups };
    },

    /**
     * What a pool's ID token proves to an identity pool.
     * @throws Failure `login-refused`
     */
    async proveLogin(
      token: string,
      { poolId, clientIds }: { poolId: string; clientIds: readonly string[] },
    ): Promise<ProvenLogin> {
      const pool = await orAbsent(pools.get(poolId), 'pool-not-found');
      if (!pool) throw refusedLogin('Invalid login token.');
      const issuer = issuerOf(pool);
      const believed = await verifyToken(token, { poolId, issuer, use: 'id', clientIds }, parts).catch(
        asLogin,
      );
      const ties = tiesOf({ ...believed, pool });
      if (isVoid(ties)) throw refusedLogin('Invalid login token. Token is revoked.');
      if (!(await clientOf(pool, believed.clientId))) throw refusedLogin('Invalid login token.');
      await personOf({ ...believed, pool }).catch((error: unknown) => {
        throw isFailure<BearerFailure>(error, ...NO_LOGIN) ? refusedLogin('Invalid login token.') : error;
      });
      return { issuer, subject: believed.sub, claims: believed.claims, ties };
    },
  };
}

/** What a token is void with. */
function tiesOf({ pool, sub, familyId, issuedAt }: OfPool): readonly Tie[] {
  const subjects = [
    poolSubject(pool.id),
    userSubject(pool.id, sub),
    ...(familyId === undefined ? [] : [familySubject(familyId)]),
  ];
  return subjects.map((subject) => ({ subject, since: issuedAt.getTime() }));
}

const NO_LOGIN = [
  'token-user-not-found',
  'token-user-disabled',
  'password-reset-required',
  'provider-gone',
] as const satisfies readonly BearerFailure[];

const refusedLogin = (reason: string) => new Failure<BearerFailure>('login-refused', { reason });

function asLogin(error: unknown): never {
  if (isFailure<VerifyFailure>(error, 'token-invalid')) throw refusedLogin('Invalid login token.');
  if (isFailure<VerifyFailure>(error, 'token-expired'))
    throw refusedLogin('Invalid login token. Token expired.');
  throw error;
}

function asAccessToken(error: unknown): never {
  if (isFailure<VerifyFailure>(error, 'token-invalid'))
    throw new Failure<BearerFailure>('access-token-invalid');
  if (isFailure<VerifyFailure>(error, 'token-expired'))
    throw new Failure<BearerFailure>('access-token-expired');
  throw error;
}

/** What `promise` gives; undefined where it fails by `kind`. */
async function orAbsent<T>(promise: Promise<T>, kind: string): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (isFailure(error, kind)) return undefined;
    throw error;
  }
}
