/**
 * Targets: what an operation is decided on, and the record that its handler gets.
 *
 * An operation looks its record up before it is authorized. The decision is on the ARN that stands in
 * the record, and the handler is handed that same record, so that the two cannot differ. When there
 * is no record, the decision is on the ARN that the request names: a caller without permission is
 * told the same either way, and only the allowed are told that nothing is there.
 * Source: IAM user guide, "Reviewing policies"; names of roles and users compare without case.
 */
import { parseArn } from '../base/arn.ts';

/** What one call is decided on. Made by `sought` and `unsought` only. */
export interface Target<Found> {
  /** The ARN of the record that was found; of none, the one that the request names. */
  readonly arn: string;
  /** The ARN as the request names it: what refusals say, so that they tell nothing of a record. */
  readonly named: string;
  /** The tags of the record, for `aws:ResourceTag`. */
  readonly tags: Readonly<Record<string, string>>;
  /**
   * The record, for a call of that region; `undefined` when none was looked for.
   * @throws what `sought` was given as `missing`, when there is none or it is of another region
   */
  take(region: string): Found;
}

/**
 * The target of an operation on something that exists.
 *
 * @param record what was looked up; `undefined` when there is none
 * @param arn the ARN of the record
 * @param tags the tags of the record
 * @param named the ARN that the request would name
 * @param missing what the allowed are told when there is none
 */
export function sought<Found extends object>({
  record,
  arn,
  tags,
  named,
  missing,
}: {
  readonly record: Found | undefined;
  readonly arn: (record: Found) => string;
  readonly tags: (record: Found) => Readonly<Record<string, string>>;
  readonly named: string;
  readonly missing: Error;
}): Target<Found> {
  const decided = record === undefined ? named : arn(record);
  return {
    arn: decided,
    named,
    tags: record === undefined ? {} : tags(record),
    take(region) {
      // A pool is served in its own region only, or a Deny by aws:RequestedRegion would be void.
      if (record === undefined || !isIn(region, decided)) throw missing;
      return record;
    },
  };
}

/** The target of an operation that is about no record: everything (`*`), or what is yet to be made. */
export const unsought = (named: string): Target<undefined> => ({
  arn: named,
  named,
  tags: {},
  take: () => undefined,
});

/** True when the resource is of that region, or of no region at all. */
function isIn(region: string, arn: string): boolean {
  const own = parseArn(arn)?.region ?? '';
  return own === '' || own === region;
}
