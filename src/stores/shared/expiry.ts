/**
 * Expiry: when a thing kept for a while is past, by the clock that the store was given, and the text of a note kept so.
 *
 * From the very moment on it is absent.
 */
import type { Clock } from '../../base/clock.ts';

export function moments(clock: Clock) {
  return {
    isPast: (until: number | null): boolean => until !== null && until <= clock.now().getTime(),
    /** Epoch milliseconds. @throws RangeError for less than a second */
    inSeconds: (seconds: number): number => {
      if (!Number.isFinite(seconds) || seconds < 1) throw new RangeError(`kept for ${seconds} seconds`);
      return clock.now().getTime() + Math.floor(seconds * 1000);
    },
  };
}

/** `note` as JSON text. */
export function noteText(note: unknown): string {
  // JSON has no word for it, and a note that says nothing could not be told from none.
  if (note === undefined) throw new TypeError('an undefined note');
  return JSON.stringify(note);
}
