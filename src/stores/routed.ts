/**
 * Routing: which of two stores keeps a record.
 *
 * A collection that says what may be committed `together` is made to live apart from the directory; all others stay in it. A commit that mixes the two is refused by whichever store it
 * comes to.
 */
import type { AnyCollection, Records } from '../domain/ports/records.ts';

/** @param stores `directory`: what lasts and is searched; `sessions`: the collections with `together` */
export function routedRecords({
  directory,
  sessions,
}: {
  readonly directory: Records;
  readonly sessions: Records;
}): Records {
  const storeOf = ({ together }: AnyCollection): Records => (together === undefined ? directory : sessions);
  return {
    get: async (collection, key) => storeOf(collection).get(collection, key),
    find: async (collection, index, key) => storeOf(collection).find(collection, index, key),
    page: async (collection, request) => storeOf(collection).page(collection, request),
    async commit(...changes) {
      const [first] = changes;
      if (first) await storeOf(first.collection).commit(...changes);
    },
  };
}
