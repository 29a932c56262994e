/**
 * Bearers: whose a token of ours is, when somebody shows it.
 *
 * What a token says is believed by verify.ts; here it is asked whether what it says still holds: that its pool, its client and its person are there, that the person may have
 * tokens, and that nothing has cut it off. Every door comes here.
 * Source: Cognito developer guide, "Ending user sessions with token revocation".
 */
import { Failure, isFailure } from '../../base/failure.ts';
import type { Client, Clients } from '../pools/clients.ts';
import type { Pool, Pools } from '../pools/pools.ts';
import type { User, Users } from '../users/users.ts';
import type { JwtClaims } from '../ports/signer.ts';
import {
  anyGroupSubject,
  clientSubject,
  familySubject,
  groupSubject,
  memberSubject,
  poolSubject,
  providerSubject,
  userSubject,
  waySubject,
  type CutOffs,
} from './watermarks.ts';
import type { Standing, StandingFailure } from './eligibility.ts';
import { verifyToken, type Believed, type VerifyFailure, type VerifyParts } from './verify.ts';
import type { Tie } from '../ports/tie.ts';

/** Whose access token was shown. */
export interface Bearer {
  readonly pool: Pool;
  readonly user: User;
  readonly clientId: string;
  readonly scopes: readonly string[];
  /** Names of groups, as the token says, but for those that the person was taken out of since. */
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
/** Whose an ID token is that was shown as a hint. */
interface Hint {
  readonly sub: string;
  readonly clientId: string;
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
  const { pools, clients, users, signer, cutOffs, standing, clock, issuerOf } = parts;

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
      { poolId: pool.id, issuer: issuerOf(pool), use: 'access', clientIds: 'any', expired: 'refused' },
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
    assertLives(access, user);
    const groups = groupsIn(claims).filter((group) => !isVoid(groupTies(access, group)));
    return { pool, user, clientId, scopes, groups, familyId };
  }

  /** @throws Failure `access-token-revoked` */
  function assertLives(access: OfPool, user?: User): void {
    if (isVoid(tiesOf(access, user))) throw new Failure<BearerFailure>('access-token-revoked');
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
     * Whose session an ID token of the pool was given in, expired or not; it opens nothing.
     * @returns undefined for what is no ID token of the pool
     */
    async hintOf(token: string, pool: Pool): Promise<Hint | undefined> {
      const expected = { poolId: pool.id, issuer: issuerOf(pool), use: 'id', clientIds: 'any' } as const;
      try {
        const { sub, clientId } = await verifyToken(token, { ...expected, expired: 'accepted' }, parts);
        return { sub, clientId };
      } catch (error) {
        if (isFailure<VerifyFailure>(error, 'token-invalid')) return undefined;
        throw error;
      }
    },

    /**
     * What a pool's ID token proves to an identity pool.
     * @throws Failure `login-refused`
     */
    async proveLogin(
      token: string,
      { poolId, clientIds }: { poolId: string; clientIds: readonly string[] },
    ): Promise<ProvenLogin> {
      const asked = clock.now();
      const pool = await orAbsent(pools.get(poolId), 'pool-not-found');
      if (!pool) throw refusedLogin('Invalid login token.');
      const issuer = issuerOf(pool);
      const believed = await verifyToken(
        token,
        { poolId, issuer, use: 'id', clientIds, expired: 'refused' },
        parts,
      ).catch(asLogin);
      const login = { ...believed, pool };
      if (isVoid(tiesOf(login))) throw refusedLogin('Invalid login token. Token is revoked.');
      if (!(await clientOf(pool, believed.clientId))) throw refusedLogin('Invalid login token.');
      const user = await personOf(login).catch((error: unknown) => {
        throw isFailure<BearerFailure>(error, ...NO_LOGIN) ? refusedLogin('Invalid login token.') : error;
      });
      const ties = tiesOf(login, user);
      // A role that a group gave cannot be told from the others in the token: who lost a group shows the next token.
      if (isVoid([...ties, ...groupsIn(believed.claims).flatMap((group) => groupTies(login, group))]))
        throw refusedLogin('Invalid login token. Token is revoked.');
      return {
        issuer,
        subject: believed.sub,
        claims: believed.claims,
        ties: [...ties, ...anyGroupTies(login, asked)],
      };
    },
  };
}

/** What a token is void with, the provider of its person included where that is known. */
function tiesOf(token: OfPool, user?: User): readonly Tie[] {
  const { pool, sub, clientId, familyId } = token;
  return since(token, [
    poolSubject(pool.id),
    userSubject(pool.id, sub),
    clientSubject(pool.id, clientId),
    ...(familyId === undefined ? [] : [familySubject(familyId)]),
    // A token does not say by which way its person came: each that they have counts.
    ...(user?.identities ?? []).flatMap(({ providerName }) => [
      providerSubject(pool.id, providerName),
      waySubject(pool.id, clientId, providerName),
    ]),
  ]);
}

/** What takes back what one group gave. */
const groupTies = (token: OfPool, group: string): readonly Tie[] =>
  since(token, [groupSubject(token.pool.id, group), memberSubject(token.pool.id, token.sub, group)]);

/**
 * What takes back what groups gave, whichever; none for a token that says nothing of groups.
 *
 * Two, however many groups there are: what is made of the token keeps them, and has little room. So they count from the moment in which the token was shown, when its own groups were looked at.
 */
function anyGroupTies({ claims, pool, sub }: OfPool, shownAt: Date): readonly Tie[] {
  if (!GROUP_CLAIMS.some((name) => claims[name] !== undefined)) return [];
  return since({ issuedAt: shownAt }, [anyGroupSubject(pool.id), anyGroupSubject(pool.id, sub)]);
}

const since = ({ issuedAt }: Pick<OfPool, 'issuedAt'>, subjects: readonly string[]): readonly Tie[] =>
  subjects.map((subject) => ({ subject, since: issuedAt.getTime() }));

const GROUP_CLAIMS = ['cognito:groups', 'cognito:roles', 'cognito:preferred_role'];

function groupsIn({ 'cognito:groups': named }: JwtClaims): readonly string[] {
  return Array.isArray(named) ? named.map(String) : [];
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
