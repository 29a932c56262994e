/**
 * Ties: what would void something that was given, such as the end of a user's sessions or the removal of a client.
 */

/** The subject of a cut-off, and since when it would void something: milliseconds since 1970. */
export interface Tie {
  readonly subject: string;
  readonly since: number;
}
