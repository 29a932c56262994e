/**
 * Joining: a newcomer is told first and kept second, so that nobody is there whom no message reached.
 *
 * What fails in between, or is killed, leaves no user and no name taken; what was sent then means nothing, because it is bound to a subject that nobody has. Who joins under a name that is just being taken is refused as by
 * the index that decides in the end, so that a hundred at once send one message. That list is this process's own: another process may send a second message, of whose users one is kept all the same.
 * Source: Cognito API reference, SignUp and AdminCreateUser, CodeDeliveryFailureException.
 */
import { Failure, isFailure } from '../../base/failure.ts';
import { CONTACTS } from './update-attributes.ts';
import type { Attributes } from '../pools/attributes.ts';
import type { Pool } from '../pools/pools.ts';
import { nameKeyOf, type User, type UserFailure, type Users } from '../users/users.ts';

interface Newcoming<Told> {
  readonly pool: Pool;
  /** Not kept yet. */
  readonly user: User;
  /** Attributes of the user's that are taken away from who signs in with them. */
  readonly takes: readonly string[];
  /** Hands over what the newcomer is to be told; nothing when absent. */
  readonly tell?: () => Promise<Told>;
}
export type Joining = ReturnType<typeof createJoining>;

export function createJoining({ users }: { users: Users }) {
  const underWay = new Set<string>();

  /** Refuses before anything is sent whom the store would refuse; the store decides in the end. @throws Failure `username-exists`, `alias-exists` */
  async function assertFree({ pool, user, takes }: Newcoming<unknown>): Promise<void> {
    if (await users.byNameKey(pool.id, user.nameKey)) throw new Failure<UserFailure>('username-exists');
    for (const [name, alias] of Object.entries(user.aliases)) {
      const holder = takes.includes(name) ? undefined : await users.locate(pool, alias);
      if (holder?.aliases[name] === alias) throw taken(pool);
    }
  }

  async function keep({ pool, user, takes }: Newcoming<unknown>): Promise<User> {
    try {
      return await users.add(user);
    } catch (error) {
      if (!isFailure(error, 'alias-exists')) throw error;
      if (takes.length === 0) throw taken(pool, error);
      // Nobody loses an alias to a newcomer who cannot be kept all the same.
      await assertFree({ pool, user, takes });
      for (const name of takes) {
        const value = user.attributes[name];
        if (value) await releaseAlias(users, pool, value);
      }
      return users.add(user);
    }
  }

  return {
    /**
     * @returns the user as kept, and what `tell` gave
     * @throws Failure `username-exists`, `alias-exists`, and what `tell` throws
     */
    async join<Told>(newcoming: Newcoming<Told>): Promise<{ user: User; told?: Told }> {
      const { pool, user, tell } = newcoming;
      if (!tell) return { user: await keep(newcoming) };
      const names = [user.nameKey, ...Object.values(user.aliases)].map((name) =>
        JSON.stringify([pool.id, name]),
      );
      if (names.some((name) => underWay.has(name))) throw new Failure<UserFailure>('username-exists');
      for (const name of names) underWay.add(name);
      try {
        await assertFree(newcoming);
        const told = await tell();
        return { user: await keep(newcoming), told };
      } finally {
        for (const name of names) underWay.delete(name);
      }
    },
  };
}

/** Where people sign in with an address instead of a name, one that is taken is a name that is taken. */
const taken = ({ usernameAttributes }: Pool, cause?: unknown): Failure<UserFailure> =>
  new Failure(usernameAttributes.length > 0 ? 'username-exists' : 'alias-exists', {}, { cause });

/** The aliases of a newcomer that may be taken from who has them: addresses that somebody vouches for, where they are not the name. */
export const takeableAliases = ({ aliasAttributes }: Pool, attributes: Attributes): readonly string[] =>
  aliasAttributes.filter((name) => attributes[`${name}_verified`] === 'true');

/** Takes an address away from the user who signs in with it: it is theirs no longer, and not verified. */
export async function releaseAlias(users: Users, pool: Pool, value: string): Promise<void> {
  const holder = await users.locate(pool, value);
  if (!holder) return;
  await users.change(pool, holder, (present) => {
    // As aliases are compared: the holder may write it in another way.
    const released = CONTACTS.filter((name) => present.aliases[name] === nameKeyOf(pool, value));
    const unverified = Object.fromEntries(released.map((name) => [`${name}_verified`, 'false']));
    return { ...present, attributes: { ...present.attributes, ...unverified } };
  });
}
