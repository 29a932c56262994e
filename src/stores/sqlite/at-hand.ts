/**
 * Records at hand: those that almost every call reads and hardly any changes, read once and kept until something of their collection changes.
 *
 * Only for a store of one process, which hears of every change. A reading holds on to what it found in the same turn, so that a change which is acknowledged later also sweeps it away.
 * What is kept is frozen, because all who ask share it.
 */
import { createBoundedMap, type BoundedMap } from '../../base/bounded-map.ts';
import type { AnyCollection, Kept } from '../../domain/ports/records.ts';

const MOST_KEPT = 2000;

export function createAtHand() {
  const shelves = new Map<string, BoundedMap<string, Kept<object>>>();

  return {
    /** What `read` gives for that place, from before where it is kept. What is not there is not kept. */
    of<T>(
      { name, isReadOften }: AnyCollection,
      place: string,
      read: () => Kept<T> | undefined,
    ): Kept<T> | undefined {
      if (!isReadOften) return read();
      const shelf = shelves.get(name) ?? createBoundedMap<string, Kept<object>>(MOST_KEPT);
      // What was kept under the collection's place was read through the same collection.
      const known = shelf.get(place) as Kept<T> | undefined;
      if (known) return known;
      const found = read();
      if (!found) return undefined;
      shelf.set(place, frozen(found) as Kept<object>);
      shelves.set(name, shelf);
      return found;
    },
    /** Something of these collections may have changed. */
    sweep(collections: readonly AnyCollection[]): void {
      for (const { name } of collections) shelves.delete(name);
    },
  };
}

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  Object.values(value).forEach(frozen);
  return Object.freeze(value);
}
