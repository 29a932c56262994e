/**
 * A clock that stands still until it is told to move: time as a part, for whoever keeps things for a while.
 */
import { plusSeconds, type Clock } from '../../src/base/clock.ts';

export interface StillClock extends Clock {
  /** Moves the clock. */
  pass(seconds: number): void;
}

export function stillClock(start = '2026-03-01T12:00:00.000Z'): StillClock {
  let now = new Date(start);
  return {
    now: () => now,
    pass(seconds) {
      now = plusSeconds(now, seconds);
    },
  };
}
