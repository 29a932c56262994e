/**
 * Inline policies: texts kept in the record of whom they are about, so that they come and go with it.
 *
 * Source: IAM user guide, "IAM and AWS STS quotas": the size counts without white space.
 */
import { Failure } from '../../base/failure.ts';

/** JSON texts by name. */
export type InlinePolicies = Readonly<Record<string, string>>;
/** `policies-too-long` (facts: owner, most). */
export type InlinePolicyFailure = 'policies-too-long';

/** @throws Failure `policies-too-long` when they have more than `most` characters together */
export function assertFits(policies: InlinePolicies, most: number, owner: string): void {
  const length = Object.values(policies).reduce((sum, text) => sum + text.replace(/\s/g, '').length, 0);
  if (length > most) throw new Failure<InlinePolicyFailure>('policies-too-long', { owner, most });
}
