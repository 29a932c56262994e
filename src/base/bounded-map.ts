/**
 * A map that holds so many entries and no more: what was put there first makes way.
 *
 * For what is kept because it is asked for again, and can be had again when it is gone. Nothing grows with
 * what strangers send.
 */
export type BoundedMap<Key, Value> = ReturnType<typeof createBoundedMap<Key, Value>>;

/** @param most how many entries it holds */
export function createBoundedMap<Key, Value>(most: number) {
  const entries = new Map<Key, Value>();

  function set(key: Key, value: Value): void {
    entries.delete(key);
    for (const oldest of entries.keys()) {
      if (entries.size < most) break;
      entries.delete(oldest);
    }
    entries.set(key, value);
  }

  return {
    set,
    get: (key: Key): Value | undefined => entries.get(key),
    delete: (key: Key): void => void entries.delete(key),
    /** What is there, else what `make` gives, which is there from then on. */
    getOrMake(key: Key, make: () => Value): Value {
      const known = entries.get(key);
      if (known !== undefined) return known;
      const made = make();
      set(key, made);
      return made;
    },
  };
}
