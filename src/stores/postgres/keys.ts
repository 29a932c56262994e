/**
 * Keys in PostgreSQL: key texts as the bytes that its indexes hold and order.
 *
 * Bytes, because no collation touches them. An index entry may not exceed a third of a page, so a text of more than 2,000 bytes is kept as
 * its first 2,000 and its SHA-256: found exactly, and in its place among all that differ within those 2,000.
 */
import { sha256 } from '../../base/secret.ts';
import type { AnyCollection } from '../../domain/ports/records.ts';
import { keyText } from '../shared/key-text.ts';

/** A position as one character a byte: compares in JavaScript as its bytes do, and serves as a map's key. */
export type Position = string;

/** Bytes of a text that are kept as they are. */
const MOST = 2000;

/** Where the key text `text` stands in its index. */
export function positionOf(text: string): Position {
  const bytes = Buffer.from(text, 'utf8');
  const kept = bytes.length > MOST ? Buffer.concat([bytes.subarray(0, MOST), sha256(text)]) : bytes;
  return kept.toString('latin1');
}

/** What every position begins with whose text begins with `start`; texts that begin otherwise may share it when `start` is long. */
export const startOf = (start: string): Position =>
  Buffer.from(start, 'utf8').subarray(0, MOST).toString('latin1');

/** The first position after all that begin with `start`, which is not empty. No byte of UTF-8 is the highest one. */
export const endOf = (start: Position): Position =>
  start.slice(0, -1) + String.fromCharCode(start.charCodeAt(start.length - 1) + 1);

/** `position` as a parameter of a statement. */
export const bytesOf = (position: Position): Buffer => Buffer.from(position, 'latin1');
/** A `bytea` as the driver gives it. */
export const asPosition = (bytes: Buffer): Position => bytes.toString('latin1');

/**
 * The texts under which `record` stands in `index`: a list's end with the record's own key.
 *
 * @param index one of the collection's unique indexes or lists; the key itself when absent
 */
export function textsOf(collection: AnyCollection, index: string | undefined, record: object): string[] {
  const { unique = {}, lists = {} } = collection;
  const own = keyText(collection.key(record));
  if (index === undefined) return [own];
  if (Object.hasOwn(unique, index)) {
    const key = unique[index]?.(record);
    return key ? [keyText(key)] : [];
  }
  return [...new Set(lists[index]?.(record).map(keyText))].map((text) => text + own);
}
