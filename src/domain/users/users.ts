/**
 * Users: the people of a pool, found by name, by alias and by subject.
 *
 * A name, an e-mail used to sign in, and a subject belong to one user each; unique indexes say so, whoever is first. What of a user may be written by whom is decided
 * in attributes.ts, what is kept of a password in passwords.ts; signing up is sign-up.ts, invitations are accounts/admin-create-user.ts.
 * Source: Cognito developer guide, "Managing users", "Customizing sign-in attributes".
 */
import type { Clock } from '../../base/clock.ts';
import { Failure, isFailure } from '../../base/failure.ts';
import { newUuid } from '../../base/ids.ts';
import { noteUser } from '../../base/request-notes.ts';
import { insert, update, type Change, type Collection, type Page, type Records } from '../ports/records.ts';
import { isEmail, type Attributes } from '../pools/attributes.ts';
import { withPassword, type PasswordOwner, type Passwords } from './passwords.ts';
import type { Factor, Pool } from '../pools/pools.ts';

export type UserStatus =
  | 'UNCONFIRMED'
  | 'CONFIRMED'
  | 'EXTERNAL_PROVIDER'
  | 'RESET_REQUIRED'
  | 'FORCE_CHANGE_PASSWORD'
  | 'ARCHIVED'
  | 'COMPROMISED'
  | 'UNKNOWN';

/** A login at an upstream provider that is this user's. */
export interface LinkedIdentity {
  readonly userId: string;
  readonly providerName: string;
  readonly providerType: string;
  readonly issuer?: string;
  readonly isPrimary: boolean;
  /** ISO, UTC. */
  readonly createdAt: string;
}
export interface User extends PasswordOwner {
  /** What tells a user from the decoys that stand in for those who do not exist (decoys.ts). */
  readonly isDecoy?: never;
  readonly poolId: string;
  /** As it was given; the subject in pools whose people sign in with an e-mail or a phone number. */
  readonly username: string;
  /** What the name is compared by. */
  readonly nameKey: string;
  /** UUID; never reused, never changed. */
  readonly sub: string;
  readonly status: UserStatus;
  readonly isEnabled: boolean;
  /** Without `sub`. */
  readonly attributes: Attributes;
  /** What the user may sign in with besides the name, normalised. */
  readonly aliases: Readonly<Record<string, string>>;
  /** A password that an administrator chose is good until then. */
  readonly temporaryPasswordUntil?: string;
  readonly identities?: readonly LinkedIdentity[];
  /** The second factors that the person turned on, the one that he prefers, and whether his passkeys count as two. */
  readonly factors?: {
    readonly enabled: readonly Factor[];
    readonly preferred?: Factor;
    readonly withPasskey?: boolean;
  };
  /** The secret of his authenticator application, base 32, and what he calls it. */
  readonly totp?: { readonly secret: string; readonly name?: string };
  /** Addresses that take effect once they are verified. */
  readonly pendingAttributes?: Attributes;
  /** What the user signed in for up to then is over, ISO with milliseconds. */
  readonly signedOutAt?: string;
  /** The family of tokens that went on then all the same. */
  readonly signedOutExcept?: string;
  readonly createdAt: string;
  readonly modifiedAt: string;
}
/** `client-user-not-found`: of calls by which an app client names a user who need not be signed in. */
export type UserFailure = 'user-not-found' | 'client-user-not-found' | 'username-exists' | 'alias-exists';

const alias = (attribute: string) => (user: User) => {
  const value = user.aliases[attribute];
  return value === undefined ? undefined : [user.poolId, value];
};
/** What ListUsers can look for, by its own names. */
const SEARCHED = ['email', 'phone_number', 'name', 'given_name', 'family_name', 'preferred_username'];

export const userCollection: Collection<User> = {
  name: 'users',
  key: ({ poolId, nameKey }) => [poolId, nameKey],
  unique: {
    bySub: ({ poolId, sub }) => [poolId, sub],
    byEmail: alias('email'),
    byPhoneNumber: alias('phone_number'),
    byPreferredUsername: alias('preferred_username'),
  },
  lists: {
    byAttribute: (user) => [
      ...SEARCHED.filter((name) => user.attributes[name] !== undefined).map((name) => [
        user.poolId,
        name,
        user.attributes[name]!,
      ]),
      [user.poolId, 'username', user.username],
      [user.poolId, 'sub', user.sub],
      [user.poolId, 'cognito:user_status', user.status],
      [user.poolId, 'status', user.isEnabled ? 'Enabled' : 'Disabled'],
    ],
    // Of all pools, the oldest first.
    byUnconfirmedSince: ({ status, createdAt }) => (status === 'UNCONFIRMED' ? [[createdAt]] : []),
  },
  sealed: ['password', 'totp', 'passwordHistory'],
};
const ALIAS_INDEXES = {
  email: 'byEmail',
  phone_number: 'byPhoneNumber',
  preferred_username: 'byPreferredUsername',
} as const;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** True for what has the form of a subject. */
export const isSubject = (text: string): boolean => UUID.test(text);

/** What a name is compared by: pools say whether case counts. */
export const nameKeyOf = (pool: Pool, username: string): string => {
  const composed = username.normalize('NFC');
  return pool.isCaseSensitive ? composed : composed.toLowerCase();
};

/** What of his attributes a user may sign in with. An e-mail or phone number that is only an alias counts once it is verified. */
function aliasesOf(
  pool: Pool,
  { attributes, identities = [] }: Pick<User, 'attributes' | 'identities'>,
): Record<string, string> {
  // What a provider says of its people is no proof towards this pool.
  if (identities.some(({ isPrimary }) => isPrimary)) return {};
  const usable = [
    ...pool.usernameAttributes,
    ...pool.aliasAttributes.filter(
      (name) => name === 'preferred_username' || attributes[`${name}_verified`] === 'true',
    ),
  ];
  return Object.fromEntries(
    usable.filter((name) => attributes[name]).map((name) => [name, nameKeyOf(pool, attributes[name]!)]),
  );
}

interface Newcomer {
  /** The name given, or the e-mail or phone number in pools where these are the name. */
  readonly login: string;
  readonly attributes: Attributes;
  readonly status: UserStatus;
  readonly password?: string;
  /** The person had it before; it is not judged. */
  readonly isOwnPassword?: boolean;
  readonly temporaryPasswordUntil?: string;
  readonly identities?: readonly LinkedIdentity[];
}

interface UserParts {
  readonly records: Records;
  readonly passwords: Passwords;
  readonly clock: Clock;
}

export function createUsers({ records, passwords, clock }: UserParts) {
  const notFound = () => new Failure<UserFailure>('user-not-found');

  /**
   * The user that a caller means by subject, name or alias; what people choose freely comes after what they cannot, so that nobody steps into another's place by taking his subject for a name, or his address for a
   * preferred one.
   */
  async function locate(pool: Pool, login: string): Promise<User | undefined> {
    const nameKey = nameKeyOf(pool, login);
    const aliases = [...pool.usernameAttributes, ...pool.aliasAttributes]
      .filter((each) => isOfKind(each, login))
      .toSorted(
        (one, other) => Number(one === 'preferred_username') - Number(other === 'preferred_username'),
      );
    // All that the text may mean is looked up, whoever is found first: how long it takes is to tell nothing of who there is.
    const found = await Promise.all([
      ...(isSubject(login) ? [records.find(userCollection, 'bySub', [pool.id, login])] : []),
      records.get(userCollection, [pool.id, nameKey]),
      ...aliases.map((name) => records.find(userCollection, ALIAS_INDEXES[name], [pool.id, nameKey])),
    ]);
    return noted(found.find((kept) => kept !== undefined)?.record);
  }

  /** @throws Failure `user-not-found` */
  async function get(pool: Pool, login: string): Promise<User> {
    const user = await locate(pool, login);
    if (!user) throw notFound();
    return user;
  }

  /** A store's conflict as the conflict it is. */
  const conflict = (error: unknown) =>
    isFailure(error, 'already-kept') && error.facts.collection === userCollection.name
      ? new Failure<UserFailure>(error.facts.index === undefined ? 'username-exists' : 'alias-exists')
      : error;

  return {
    get,
    locate,

    /** The record of a user that is not in the store yet. @throws Failure `password-refused`, `too-busy` */
    async make(
      pool: Pool,
      { login, attributes, password, isOwnPassword = false, ...rest }: Newcomer,
    ): Promise<User> {
      if (password !== undefined && !isOwnPassword) await passwords.assertAcceptable(pool, password);
      const now = clock.now().toISOString();
      const sub = newUuid();
      const username =
        pool.usernameAttributes.length > 0 && rest.status !== 'EXTERNAL_PROVIDER' ? sub : login;
      return {
        ...rest,
        poolId: pool.id,
        username,
        nameKey: nameKeyOf(pool, username),
        sub,
        isEnabled: true,
        attributes,
        aliases: aliasesOf(pool, { attributes, identities: rest.identities }),
        password: password === undefined ? undefined : await passwords.keep(pool, username, password),
        createdAt: now,
        modifiedAt: now,
      };
    },

    /** The same, with another status or other attributes; not in the store yet either. */
    remade(pool: Pool, user: User, changes: Pick<User, 'status' | 'attributes'>): User {
      const changed = { ...user, ...changes };
      return { ...changed, aliases: aliasesOf(pool, changed) };
    },

    /**
     * Keeps a new user, together with other changes.
     * @throws Failure `username-exists`, `alias-exists`
     */
    async add(user: User, ...together: readonly Change[]): Promise<User> {
      await records.commit(insert(userCollection, user), ...together).catch((error: unknown) => {
        throw conflict(error);
      });
      noteUser(user.sub);
      return user;
    },

    /** The user of exactly that name, as names are compared. */
    async byNameKey(poolId: string, nameKey: string): Promise<User | undefined> {
      return noted((await records.get(userCollection, [poolId, nameKey]))?.record);
    },

    async bySub(poolId: string, sub: string): Promise<User | undefined> {
      return noted((await records.find(userCollection, 'bySub', [poolId, sub]))?.record);
    },

    /**
     * Changes a user, and makes other changes in the same commit; aliases follow the attributes.
     * @throws Failure `user-not-found`, `alias-exists`, and what `change` throws
     */
    async change(
      pool: Pool,
      user: Pick<User, 'nameKey'>,
      change: (user: User) => User,
      together?: readonly Change[],
    ): Promise<User> {
      const changing = (present: User): User => {
        const changed = change(present);
        if (changed === present) return present;
        return { ...changed, aliases: aliasesOf(pool, changed), modifiedAt: clock.now().toISOString() };
      };
      const key = [pool.id, user.nameKey];
      return update(records, userCollection, key, changing, together).catch((error: unknown) => {
        throw isFailure(error, 'not-kept') ? notFound() : conflict(error);
      });
    },

    /** @throws Failure `password-refused`, `password-used-before` by that user, `too-busy` */
    async assertPassword(pool: Pool, user: User | undefined, password: string): Promise<void> {
      await passwords.assertAcceptable(pool, password);
      if (user) await passwords.assertUnused(pool, user, password);
    },

    /**
     * What a new password changes of a user, for `change`; its rules are looked at, and the work is done, before anything is changed.
     * @throws Failure `password-refused`, `password-used-before`, `too-busy`
     */
    async newPassword(
      pool: Pool,
      user: User,
      password: string,
      { mayRepeat = false } = {},
    ): Promise<(present: User) => User> {
      await this.assertPassword(pool, mayRepeat ? undefined : user, password);
      const kept = await passwords.keep(pool, user.username, password);
      return (present) => withPassword(pool, present, kept);
    },

    /** True when `password` is the user's. @throws Failure `too-busy` */
    passwordMatches: (pool: Pool, user: PasswordOwner, password: string): Promise<boolean> =>
      passwords.matches(pool, user, password),

    /** Keeps a password that was just found right as its pool keeps passwords today. @throws Failure `too-busy`, `user-not-found` */
    async renewPassword(pool: Pool, user: User, password: string): Promise<User> {
      const { password: old } = user;
      if (!old || !passwords.isOutdated(pool, old)) return user;
      const kept = await passwords.keep(pool, user.username, password);
      return update(records, userCollection, [pool.id, user.nameKey], (present) =>
        // Another password, set in the meantime, stays.
        JSON.stringify(present.password) === JSON.stringify(old) ? { ...present, password: kept } : present,
      ).catch((error: unknown) => {
        throw isFailure(error, 'not-kept') ? notFound() : error;
      });
    },

    /** How many users the pool has, counted up to a thousand. */
    async estimate(poolId: string): Promise<number> {
      const { records: found } = await records.page(userCollection, { prefix: [poolId], limit: 1000 });
      return found.length;
    },

    /** A page of users by name, or of those whose attribute equals or begins with a value. */
    list(poolId: string, { filter, limit, after }: ListRequest): Promise<Page<User>> {
      if (!filter) return records.page(userCollection, { prefix: [poolId], limit, after });
      const { attribute, value, isPrefix } = filter;
      const head = [poolId, attribute];
      const where = isPrefix ? { prefix: head, startsWith: value } : { prefix: [...head, value] };
      return records.page(userCollection, { index: 'byAttribute', ...where, limit, after });
    },
  };
}
export type Users = ReturnType<typeof createUsers>;

/** Whom a look-up found, noted as the one that the request is about. */
function noted(user: User | undefined): User | undefined {
  noteUser(user?.sub);
  return user;
}

export interface ListRequest {
  readonly filter?: { readonly attribute: string; readonly value: string; readonly isPrefix: boolean };
  readonly limit: number;
  readonly after?: string;
}

/** When a password that an administrator chose today ends. */
export const temporaryUntil = (pool: Pool, clock: Clock): string =>
  new Date(clock.now().getTime() + pool.passwordPolicy.temporaryDays * 86_400_000).toISOString();

function isOfKind(attribute: string, login: string): boolean {
  if (attribute === 'email') return isEmail(login);
  if (attribute === 'phone_number') return login.startsWith('+');
  return true;
}
