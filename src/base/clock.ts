/**
 * Time, as a part: nothing but this file asks the machine what time it is, so that a test can stand the
 * clock still. Durations that must not jump with the wall clock are measured by the callers of `performance`.
 */

export interface Clock {
  /** The present moment, UTC. */
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };

/** Whole seconds since 1970, as JWTs and the JSON wires count. */
export const epochSeconds = (moment: Date): number => Math.floor(moment.getTime() / 1000);

/** `moment` moved by `seconds`, which may be negative. */
export const plusSeconds = (moment: Date, seconds: number): Date =>
  new Date(moment.getTime() + seconds * 1000);
