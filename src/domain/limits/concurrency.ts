/**
 * Lanes: a few at a time for each place, and the others in the order in which they came.
 *
 * Of one process; who shares a place across several is let through by each. Who does not leave is shown out after a while, so that nothing that goes wrong closes a place.
 */
interface Lane {
  /** How many at a time. */
  readonly width: number;
  /** Who comes when so many wait goes through at once. */
  readonly mostWaiting: number;
  readonly seconds: number;
}
export interface Turn {
  /** Once more does nothing. */
  readonly leave: () => void;
  readonly hasWaited: boolean;
}
export type Lanes = ReturnType<typeof createLanes>;

export function createLanes({ width, mostWaiting, seconds }: Lane) {
  const places = new Map<string, { inside: number; readonly waiting: (() => void)[] }>();

  return {
    /** Resolves when it is one's turn. */
    async enter(name: string): Promise<Turn> {
      const place = places.get(name) ?? { inside: 0, waiting: [] };
      places.set(name, place);
      const hasWaited = place.inside >= width;
      if (!hasWaited) place.inside += 1;
      else if (place.waiting.length >= mostWaiting) return { leave: () => undefined, hasWaited: false };
      // Whoever is called takes over the room of who left.
      else await new Promise<void>((resolve) => place.waiting.push(resolve));
      let isInside = true;
      const leave = () => {
        if (!isInside) return;
        isInside = false;
        clearTimeout(timer);
        const next = place.waiting.shift();
        if (next) next();
        else place.inside -= 1;
        if (place.inside === 0) places.delete(name);
      };
      const timer = setTimeout(leave, seconds * 1000).unref();
      return { leave, hasWaited };
    },
  };
}
