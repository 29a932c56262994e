/**
 * Records: how the domain asks for things to be kept.
 *
 * A noun declares its collection (name, key, indexes, lifetime, what is secret in it) beside its rules. A store
 * keeps any collection through four verbs: get, find, page, commit. Records are JSON documents; text keeps
 * NUL, lone surrogates and every safe integer. Every store passes test/contracts/records.contract.ts.
 */
import { Failure, isFailure } from '../../base/failure.ts';

/** Parts of a key, broadest first: `['eu-west-1_a1', 'admins']`. Any text, never empty of parts. */
export type Key = readonly string[];

export interface Collection<T> {
  /** Lower-case words joined by hyphens; a table's name. */
  readonly name: string;
  key(record: T): Key;
  /** Other keys a record is found by; no two records share one; undefined when the record has none. */
  readonly unique?: Readonly<Record<string, (record: T) => Key | undefined>>;
  /** Keys a record is listed under, which may repeat; several for one record when it stands in several lists. */
  readonly lists?: Readonly<Record<string, (record: T) => readonly Key[]>>;
  /**
   * How many leading parts of the key say which records may share one commit (collections that may live in Redis).
   * A commit that mixes two values of them is refused by every store. The unique indexes and lists of such a
   * collection begin with the same parts.
   */
  readonly together?: number;
  /** The record is absent from this moment on (ISO text in UTC), even if nothing sweeps. */
  until?(record: T): string | undefined;
  /** Members that are encrypted at rest. Not part of key, index or list. */
  readonly sealed?: readonly (keyof T & string)[];
  /**
   * The member that is the last part of the key and a bearer value: stored only as its SHA-256. `get` by the
   * bearer value gives it back in the record; `find` and `page` give the hash.
   */
  readonly secretKey?: keyof T & string;
  /**
   * Almost every call reads one and hardly any changes one: a store of one process may keep them at hand. Never for what is about people, because what is kept is found sooner than what is not there.
   * Without `until`.
   */
  readonly isReadOften?: boolean;
}

export interface Kept<T> {
  readonly record: T;
  /** Random at first, one more at each change, so that no other record has had it; hand it back with the next change. */
  readonly version: number;
}

export interface PageRequest {
  /** One of the collection's unique indexes or lists; the key itself when absent. */
  readonly index?: string;
  /** Leading parts that every key on the page has; may be empty. */
  readonly prefix: Key;
  /** What the part after the prefix begins with. */
  readonly startsWith?: string;
  /** `next` of the page before. */
  readonly after?: string;
  /** 1 to 1,000. */
  readonly limit: number;
  readonly newestFirst?: boolean;
}
export interface Page<T> {
  readonly records: readonly T[];
  /** Where the next page starts; absent on the last one. Opaque to callers. */
  readonly next?: string;
}

/** One change; several commit together. Made by `insert`, `replace` and `remove`. */
export type Change =
  | { readonly act: 'insert'; readonly collection: AnyCollection; readonly record: object }
  | {
      readonly act: 'replace';
      readonly collection: AnyCollection;
      readonly record: object;
      readonly version: number;
    }
  | {
      readonly act: 'remove';
      readonly collection: AnyCollection;
      readonly key: Key;
      readonly version?: number;
    };

/** A collection whose record type is not known here. A store never looks inside a record but through it. */
// `any` because a Collection<T> both takes and gives T, so that no other type holds every collection.
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyCollection = Collection<any>;

/**
 * `already-kept`: a key or unique index is taken. `not-kept`: nothing under that key. `changed-meanwhile`: another
 * writer was first. `not-together`: the commit mixes two `together` values. `bad-page-token`: `after` is not ours.
 */
export type RecordsFailure =
  | 'already-kept'
  | 'not-kept'
  | 'changed-meanwhile'
  | 'not-together'
  | 'bad-page-token';

export interface Records {
  get<T extends object>(collection: Collection<T>, key: Key): Promise<Kept<T> | undefined>;
  /** @param index one of the collection's unique indexes */
  find<T extends object>(collection: Collection<T>, index: string, key: Key): Promise<Kept<T> | undefined>;
  /**
   * Records in key order (text compared by UTF-8 bytes, a shorter key first), or the reverse.
   * @throws Failure `bad-page-token`
   */
  page<T extends object>(collection: Collection<T>, request: PageRequest): Promise<Page<T>>;
  /**
   * Makes every change, or none; durable once it resolves. A record past its `until` counts as absent: its key may be inserted anew.
   * @throws Failure `already-kept` (facts: collection, index), `changed-meanwhile`, `not-kept`, `not-together`
   */
  commit(...changes: readonly Change[]): Promise<void>;
}

export const insert = <T extends object>(collection: Collection<T>, record: T): Change => ({
  act: 'insert',
  collection,
  record,
});

export const replace = <T extends object>(collection: Collection<T>, record: T, version: number): Change => ({
  act: 'replace',
  collection,
  record,
  version,
});

/** @param version when given, the removal fails with `changed-meanwhile` unless the record is still at it */
export const remove = <T extends object>(collection: Collection<T>, key: Key, version?: number): Change => ({
  act: 'remove',
  collection,
  key,
  version,
});

const TRIES = 8;
const JITTER_MS = 20;

/**
 * Tries a read-and-commit again, up to 8 times, when another writer got there first.
 *
 * @param kinds what says that somebody was first
 * @throws Failure of one of `kinds` when others were always first, and what `attempt` throws
 */
export async function retrying<T>(
  attempt: () => Promise<T>,
  kinds: readonly RecordsFailure[] = ['changed-meanwhile'],
): Promise<T> {
  for (let left = TRIES; ; left -= 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!isFailure(error, ...kinds) || left === 1) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * JITTER_MS));
    }
  }
}

/**
 * Changes one record, trying again when another writer got there first.
 *
 * @param change gives the new record from the present one; gives the same object back when there is nothing to do; may throw
 * @param together other changes, made in the same commit when there is one
 * @returns the record as it now stands
 * @throws Failure `not-kept`, `changed-meanwhile` when others were always first, and what `change` throws
 */
export async function update<T extends object>(
  records: Records,
  collection: Collection<T>,
  key: Key,
  change: (record: T) => T,
  together: readonly Change[] = [],
): Promise<T> {
  return retrying(async () => {
    const kept = await records.get(collection, key);
    if (!kept) throw new Failure<RecordsFailure>('not-kept', { collection: collection.name });
    const record = change(kept.record);
    if (record !== kept.record) await records.commit(replace(collection, record, kept.version), ...together);
    return record;
  });
}

/** What `promise` gives; a store's failure of `kind` becomes the caller's own. */
export async function renaming<T>(
  promise: Promise<T>,
  kind: RecordsFailure,
  failure: (facts: Failure['facts']) => Failure,
): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    if (isFailure(error, kind)) throw failure(error.facts);
    throw error;
  }
}
