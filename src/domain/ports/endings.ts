/**
 * Endings: what the removal of a thing carries along in its commit, so that all that was given through the thing is void with it.
 *
 * Only what gave it makes them (tokens/watermarks.ts), and whoever removes must take them: neither a crash nor a store that fails
 * between two commits leaves tokens of what is gone.
 */
import type { Change } from './records.ts';

declare const made: unique symbol;

/** Changes for the commit of a removal. */
export type Endings = readonly Change[] & { readonly [made]: true };

/** A removal, in one commit with what it ends. */
export type Removal<T> = (endings: Endings) => Promise<T>;

/** What ends with something that never gave anything. */
export const NOTHING_ENDS = asEndings([]);

/** For who gave what ends. */
// The brand is not there at run time: it only says where a list of changes was made.
export function asEndings(changes: readonly Change[]): Endings {
  return changes as Endings;
}
