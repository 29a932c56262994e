/**
 * Planned changes: what a commit says, as plain text that a store can write without knowing any collection's functions.
 *
 * Keys become key texts, records JSON text (in which NUL, lone surrogates and every safe integer survive), index functions their results.
 * A new record begins at a random version: whoever read the one that had its key before holds no version of this one.
 * Refused here, the same for every store: a commit whose changes may not share one. What is kept, and who holds a unique key, is the store's own
 * to say; whether a change fits what is kept, `assertFits` says for those that look before they write.
 */
import { randomInt } from 'node:crypto';
import { Failure } from '../../base/failure.ts';
import type { AnyCollection, Change, Key, RecordsFailure } from '../../domain/ports/records.ts';
import { keyText } from './key-text.ts';

/** A record as it is kept. */
export interface Row {
  /** JSON text. */
  readonly document: string;
  /** Epoch milliseconds from which it is absent; null: it stays. */
  readonly until: number | null;
  /** Key text by unique index; null where the record has none. */
  readonly unique: Readonly<Record<string, string | null>>;
  /** Key texts by list, each once; an entry of the list is one of them and the record's key text after it. */
  readonly lists: Readonly<Record<string, readonly string[]>>;
}

/** Far above what a record can be changed, and as much below what a number counts to. */
const HIGHEST_START = 2 ** 48 - 1;

interface Place {
  readonly collection: string;
  readonly key: string;
}
export type PlannedChange =
  /** `version`: what the record begins at. */
  | (Place & { readonly act: 'insert'; readonly version: number; readonly row: Row })
  | (Place & { readonly act: 'replace'; readonly version: number; readonly row: Row })
  | (Place & { readonly act: 'remove'; readonly version: number | undefined });

/** @throws Failure `not-together` */
export function planned(changes: readonly Change[]): PlannedChange[] {
  // A collection without `together` lives in the directory, one with it may live elsewhere: no commit spans both.
  if (new Set(changes.map(togetherOf)).size > 1) throw new Failure<RecordsFailure>('not-together');
  return changes.map(plannedChange);
}

/**
 * Whether what is kept allows a change.
 *
 * @param kept the version of the present record; undefined when there is none, or its time is past
 * @throws Failure `already-kept`, `not-kept`, `changed-meanwhile`
 */
export function assertFits(change: PlannedChange, kept: number | undefined): void {
  const fail = (kind: RecordsFailure) => new Failure<RecordsFailure>(kind, { collection: change.collection });
  if (change.act === 'insert') {
    if (kept !== undefined) throw fail('already-kept');
    return;
  }
  if (kept === undefined)
    throw fail(change.act === 'remove' && change.version !== undefined ? 'changed-meanwhile' : 'not-kept');
  if (change.version !== undefined && change.version !== kept) throw fail('changed-meanwhile');
}

/** What a store keeps of `record`. */
export function rowOf(collection: AnyCollection, record: object): Row {
  const { unique = {}, lists = {} } = collection;
  return {
    document: JSON.stringify(record),
    until: momentOf(collection, record),
    unique: mapMembers(unique, (keyOf) => textOrNull(keyOf(record))),
    lists: mapMembers(lists, (keysOf) => [...new Set(keysOf(record).map(keyText))]),
  };
}

/** The key text of `key`, which has at least one part. */
export function recordKey(key: Key): string {
  if (key.length === 0) throw new RangeError('a key without parts');
  return keyText(key);
}

function plannedChange(change: Change): PlannedChange {
  const { act, collection } = change;
  if (act === 'remove') {
    return { act, collection: collection.name, key: recordKey(change.key), version: change.version };
  }
  const key = collection.key(change.record);
  const place = { collection: collection.name, key: recordKey(key) };
  const row = rowOf(collection, change.record);
  assertIndexedTogether(collection, key, row);
  const version = act === 'insert' ? randomInt(1, HIGHEST_START) : change.version;
  return { act, ...place, row, version };
}

/** An index that began otherwise would lie in another slot of a Redis Cluster than its record: a mistake in the declaration. */
function assertIndexedTogether({ name, together }: AnyCollection, key: Key, { unique, lists }: Row): void {
  if (together === undefined) return;
  const start = keyText(key.slice(0, together));
  const texts = [...Object.values(unique), ...Object.values(lists).flat()];
  if (texts.some((text) => text !== null && !text.startsWith(start)))
    throw new RangeError(`an index of ${name} leaves its key`);
}

function togetherOf(change: Change): string | undefined {
  const { collection } = change;
  if (collection.together === undefined) return undefined;
  const key = change.act === 'remove' ? change.key : collection.key(change.record);
  return keyText(key.slice(0, collection.together));
}

function momentOf(collection: AnyCollection, record: object): number | null {
  const text = collection.until?.(record);
  if (text === undefined) return null;
  const moment = Date.parse(text);
  // Kept for ever, or gone at once, because of a text that is no time: neither may happen unseen.
  if (Number.isNaN(moment)) throw new RangeError('a record whose `until` is no time');
  return moment;
}

const textOrNull = (key: Key | undefined): string | null => (key ? keyText(key) : null);

function mapMembers<From, To>(
  members: Readonly<Record<string, From>>,
  map: (member: From) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(members).map(([name, member]) => [name, map(member)]));
}
