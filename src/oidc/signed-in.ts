/**
 * When somebody signed in at a browser, to the millisecond.
 *
 * The library counts seconds. Who signs out everywhere and in again within one of them would be asked over and over until it is past, or else a session of just before the sign-out would live. The library's only place
 * to keep a word about a session is `amr`: through whom it was begun comes first there, and the moment second.
 */

/** What is kept in `amr`. */
export const amrOf = (by: string, at: Date): [by: string, at: string] => [by, at.toISOString()];

/** The provider that a session was begun through; undefined where the person proved themselves here. */
export function providerIn(amr: readonly string[] | undefined): string | undefined {
  const by = amr?.[0];
  return by === undefined || by === 'COGNITO' ? undefined : by;
}

/** @param seconds what the library counted, for a session that was begun before there was a second word */
export function signedInAt(amr: readonly string[] | undefined, seconds: number): Date {
  const at = new Date(amr?.[1] ?? Number.NaN);
  return Number.isNaN(at.getTime()) ? new Date(seconds * 1000) : at;
}
