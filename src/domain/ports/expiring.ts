/**
 * Expiring: short-lived notes (challenges, login states, codes, browser sessions) and counters.
 *
 * Kinds are kept apart: an id of one kind never gives a note of another. Ids are stored only as hashes and notes
 * sealed, so an id may be a bearer value. Contract: test/contracts/expiring.contract.ts.
 */

export interface Expiring {
  /** Keeps `note`, a JSON value, in place of an older one. @param seconds how long it lives, at least 1 */
  put(kind: string, id: string, note: unknown, seconds: number): Promise<void>;
  /** As `put`, but only when nothing is there: of many at once, one gets true. */
  claim(kind: string, id: string, note: unknown, seconds: number): Promise<boolean>;
  get<T>(kind: string, id: string): Promise<T | undefined>;
  /** Reads and removes in one step: of many takers at once, one gets the note. */
  take<T>(kind: string, id: string): Promise<T | undefined>;
  /** As `take`, without reading: of many at once, one gets true. */
  spend(kind: string, id: string): Promise<boolean>;
  /**
   * One more; gives the new count, 1 at first. The count is forgotten `seconds` after its first increment.
   * Atomic: of a thousand at once, each gets a different number.
   */
  count(kind: string, id: string, seconds: number): Promise<number>;
  /** The present count, 0 when there is none. */
  counted(kind: string, id: string): Promise<number>;
  /** Forgets note and count. */
  forget(kind: string, id: string): Promise<void>;
}
