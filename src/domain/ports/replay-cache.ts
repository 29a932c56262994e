/**
 * Replay cache: what somebody else issued is taken once.
 */

/** Of all who claim an id of one issuer before `until`, the first gets true. */
export type ClaimOnce = (claim: {
  readonly issuedBy: readonly string[];
  readonly id: string;
  readonly until: Date;
}) => Promise<boolean>;
