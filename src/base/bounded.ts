/**
 * Bounded work: so much at once under one name, so much more in the order in which it came, and no more than that.
 *
 * It keeps one tenant's slow work from taking the room of all others. Of one process.
 */
export interface Bounds {
  /** How many at once under one name. */
  readonly width: number;
  /** How many may wait besides, under one name. */
  readonly mostWaiting: number;
}
export type Bounded = ReturnType<typeof createBounded>;

/** @param tooMany what is thrown at work that finds no room */
export function createBounded({ width, mostWaiting }: Bounds, tooMany: (name: string) => Error) {
  const places = new Map<string, { inside: number; readonly waiting: (() => void)[] }>();

  /** @returns what gives the room to who waits next */
  async function enter(name: string): Promise<() => void> {
    const place = places.get(name) ?? { inside: 0, waiting: [] };
    places.set(name, place);
    if (place.inside < width) place.inside += 1;
    else if (place.waiting.length >= mostWaiting) throw tooMany(name);
    // Whoever is called takes over the room of who left.
    else await new Promise<void>((resolve) => place.waiting.push(resolve));
    return () => {
      const next = place.waiting.shift();
      if (next) return next();
      place.inside -= 1;
      if (place.inside === 0) places.delete(name);
    };
  }

  return {
    /** Does `work` when there is room for it. @throws what `tooMany` gives, and what `work` throws */
    async run<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
      const leave = await enter(name);
      try {
        return await work();
      } finally {
        leave();
      }
    },
  };
}
