/**
 * Heartbeat: work done again and again, and a word when it has not come through for too long.
 *
 * Time is counted by the process's own timers, so that a clock that is set does not deceive it.
 */

interface Heartbeat {
  /** From one beat to the next, milliseconds. A beat that takes longer delays the next. */
  readonly everyMs: number;
  readonly beat: () => Promise<void>;
  /** Without a beat that came through for so long, `onLate` is told, once until the next that does. */
  readonly lateMs?: number;
  readonly onLate?: () => void;
  readonly onFailure: (error: unknown) => void;
}

/** Begins; the first beat is one interval away. @returns ends it, and waits for the beat under way */
export function startHeartbeat({ everyMs, beat, lateMs, onLate, onFailure }: Heartbeat): () => Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let watch: NodeJS.Timeout | undefined;
  let underWay: Promise<void> | undefined;
  let isOver = false;

  function watchFromNow(): void {
    clearTimeout(watch);
    if (lateMs !== undefined && onLate && !isOver) watch = setTimeout(onLate, lateMs).unref();
  }
  function beatLater(): void {
    if (isOver) return;
    timer = setTimeout(() => {
      underWay = beatNow();
    }, everyMs).unref();
  }
  async function beatNow(): Promise<void> {
    try {
      await beat();
      watchFromNow();
    } catch (error) {
      onFailure(error);
    }
    beatLater();
  }

  watchFromNow();
  beatLater();
  return async () => {
    isOver = true;
    clearTimeout(timer);
    clearTimeout(watch);
    await underWay;
  };
}
