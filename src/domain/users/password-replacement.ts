/**
 * A new password of a user, as who changes it and who ends what its user signed in for agree on it.
 */
import type { Pool } from '../pools/pools.ts';
import type { User } from './users.ts';

/** A new password of a user, in the form of what it changes. */
export interface Replacement {
  readonly change: (user: User) => User;
  /** The family of tokens of the session that goes on. */
  readonly spares?: string;
}
/** Writes a new password, and ends what its user signed in for. @returns the user as changed */
export type ReplacePassword = (pool: Pool, user: User, replacement: Replacement) => Promise<User>;
