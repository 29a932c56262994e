/**
 * Passwords: what is kept of one, and whether one is right.
 *
 * A pool keeps SRP verifiers, with which a password can be proven without being sent, or Argon2id hashes. A pool that changed its way has some of either; what was kept the old way
 * is good until its owner signs in with his password, and is then kept the new way. A verifier is as good as a fast hash to whoever reads it, therefore it is sealed in the store.
 * Where a pool may have both kinds, each check does the work of both, so that its time does not tell whether there is such a person, nor what is kept of him.
 */
import { randomBytes } from 'node:crypto';
import { Failure } from '../../base/failure.ts';
import { equal } from '../../base/secret.ts';
import type { KnownPasswords } from '../ports/known-passwords.ts';
import type { PasswordHash } from '../ports/password-hash.ts';
import { assertConforms, refuse, type PasswordFailure } from '../pools/password-policy.ts';
import type { Pool } from '../pools/pools.ts';

/** Both hexadecimal. */
export interface SrpVerifier {
  readonly salt: string;
  readonly verifier: string;
}
interface Argon2idHash {
  /** In PHC form. */
  readonly argon2id: string;
}
/** What is kept of a password. */
export type PasswordVerifier = SrpVerifier | Argon2idHash;

/** Whose password it is. */
export interface PasswordOwner {
  readonly username: string;
  readonly password?: PasswordVerifier;
  /** Passwords before this one, newest first. */
  readonly passwordHistory?: readonly PasswordVerifier[];
}
/** What of a pool counts here. */
type PasswordRules = Pick<Pool, 'id' | 'passwordPolicy' | 'passwordStorage' | 'refusesKnownPasswords'>;

const SALT_BYTES = 16;
/** What is compared with where a user has no password: as much work as with one. */
const NONE: SrpVerifier = { salt: '00'.repeat(SALT_BYTES), verifier: '' };

export function createPasswords({ hash, known }: { hash: PasswordHash; known: KnownPasswords }) {
  async function isSrp(
    kept: SrpVerifier | undefined,
    { identity, password }: { identity: string; password: string },
  ): Promise<boolean> {
    const { salt, verifier } = kept ?? NONE;
    return equal(await hash.srpVerifier({ identity, password, salt }), verifier);
  }

  return {
    /** What to keep of `password`, in the pool's way. @throws Failure `too-busy` */
    async keep(pool: PasswordRules, username: string, password: string): Promise<PasswordVerifier> {
      if (pool.passwordStorage === 'argon2id') return { argon2id: await hash.argon2id(password) };
      const salt = randomBytes(SALT_BYTES).toString('hex');
      return {
        salt,
        verifier: await hash.srpVerifier({ identity: identityOf(pool, username), password, salt }),
      };
    },

    /** True when `password` is the owner's. As much work for who has none. @throws Failure `too-busy` */
    async matches(pool: PasswordRules, owner: PasswordOwner, password: string): Promise<boolean> {
      const kept = owner.password;
      const claim = { identity: identityOf(pool, owner.username), password };
      const isHash = kept !== undefined && 'argon2id' in kept;
      // A setting that was never touched has left nothing but verifiers.
      if (pool.passwordStorage === undefined && !isHash) return isSrp(kept, claim);
      const [bySrp, byHash] = await Promise.all([
        isSrp(isHash ? undefined : kept, claim),
        hash.argon2idMatches(isHash ? kept.argon2id : undefined, password),
      ]);
      return isHash ? byHash : bySrp;
    },

    /** True for what is not kept as the pool keeps passwords today. */
    isOutdated(pool: PasswordRules, kept: PasswordVerifier): boolean {
      const isHash = 'argon2id' in kept;
      if (isHash !== (pool.passwordStorage === 'argon2id')) return true;
      return isHash && hash.isWeaker(kept.argon2id);
    },

    /** @throws Failure `password-refused`, `too-busy` */
    async assertAcceptable(pool: PasswordRules, password: string): Promise<void> {
      assertConforms(pool.passwordPolicy, password);
      if (pool.refusesKnownPasswords && (await known.includes(password)))
        refuse('Password is one that many people have used');
    },

    /** Refuses the owner's present password and those before it, as many as the pool says. @throws Failure `password-used-before`, `too-busy` */
    async assertUnused(pool: PasswordRules, owner: PasswordOwner, password: string): Promise<void> {
      const claim = { identity: identityOf(pool, owner.username), password };
      const used = await Promise.all(
        pastOf(owner, pool.passwordPolicy.historySize ?? 0).map((kept) =>
          'argon2id' in kept ? hash.argon2idMatches(kept.argon2id, password) : isSrp(kept, claim),
        ),
      );
      if (used.includes(true)) throw new Failure<PasswordFailure>('password-used-before');
    },
  };
}
export type Passwords = ReturnType<typeof createPasswords>;

/** `owner` with a new password, and the one that it replaces among those before. */
export function withPassword<Owner extends PasswordOwner>(
  { passwordPolicy }: PasswordRules,
  owner: Owner,
  password: PasswordVerifier,
): Owner {
  const size = passwordPolicy.historySize ?? 0;
  // The present one counts as one of them.
  return { ...owner, password, passwordHistory: size > 1 ? pastOf(owner, size - 1) : undefined };
}

/**
 * The pool, keeping passwords that way from now on. A pool that has been changed once says so for ever: it may have passwords of either kind.
 */
export const keepingPasswords = (pool: Pool, storage: NonNullable<Pool['passwordStorage']>): Pool =>
  pool.passwordStorage === undefined && storage === 'srp' ? pool : { ...pool, passwordStorage: storage };

const pastOf = ({ password, passwordHistory = [] }: PasswordOwner, most: number): PasswordVerifier[] =>
  [...(password ? [password] : []), ...passwordHistory].slice(0, most);

/** Under what a password is hashed: the pool's name, and the user's. */
const identityOf = ({ id }: PasswordRules, username: string): string => poolNameOf(id) + username;

/** The part of a pool's id after `_`. */
export const poolNameOf = (poolId: string): string => poolId.slice(poolId.indexOf('_') + 1);
