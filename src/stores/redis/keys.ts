/**
 * The names of all that lies in Redis.
 *
 * What may be written in one step carries one hash tag, so that a Redis Cluster keeps it on one node: the records of one `together` value,
 * whatever their collection; all records of the collections without one; the note and the count of one kind and id. A tag is
 * percent-encoded, so that braces, NUL or any other text in it cannot end it early. What follows the tag is not looked at by a cluster.
 */
import type { AnyCollection, Key } from '../../domain/ports/records.ts';
import { keyText } from '../shared/key-text.ts';

export const DEFAULT_PREFIX = 'cognate:';
const PREFIX = /^[A-Za-z0-9:._-]{0,64}$/;
/** Of all collections without `together`. No other tag is like it but that of the birth mark: those begin with `t.` and `n.`. */
const COMMON_TAG = 'all';

export type RedisKeys = ReturnType<typeof redisKeys>;

/** @throws RangeError for a prefix that could hide the tags: letters, digits and `:._-` only */
export function redisKeys(prefix: string) {
  if (!PREFIX.test(prefix)) throw new RangeError('a key prefix of other than letters, digits and :._-');
  const under = (tag: string): string => `${prefix}{${tag}}:`;

  return {
    /** @param text key text of the record */
    record: (tag: string, collection: string, text: string): string => `${under(tag)}${collection}:=${text}`,
    /** The sorted set of an index; of the records' own keys for `''`. */
    index: (tag: string, collection: string, index: string): string => `${under(tag)}${collection}:#${index}`,
    /** The sorted set of all entries of a collection's indexes whose records end, by when they do. */
    untils: (tag: string, collection: string): string => `${under(tag)}${collection}:until`,
    note: (kind: string, id: string): string => `${under(noteTag(kind, id))}note`,
    counter: (kind: string, id: string): string => `${under(noteTag(kind, id))}count`,
    /** What is gone when the server has been emptied. */
    birthMark: `${prefix}{birth}:mark`,
    /** The channel of the news. */
    channel: `${prefix}news`,
  };
}

/** The tag of the records whose keys begin as `key` does. */
export function tagOf({ together }: AnyCollection, key: Key): string {
  return together === undefined ? COMMON_TAG : `t.${encodeURIComponent(keyText(key.slice(0, together)))}`;
}

const noteTag = (kind: string, id: string): string => `n.${encodeURIComponent(keyText([kind, id]))}`;
