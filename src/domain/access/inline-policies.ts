/**
 * Inline policies: texts kept in the record of whom they are about, so that they come and go with it.
 *
 * Source: IAM user guide, "IAM and AWS STS quotas": the size counts without white space.
 */
import { Failure } from '../../base/failure.ts';
import { renaming, update, type Collection, type Records } from '../ports/records.ts';
import { parsePolicy } from './policy.ts';

/** JSON texts by name. */
export type InlinePolicies = Readonly<Record<string, string>>;
/** `policies-too-long` (facts: owner, most). */
export type InlinePolicyFailure = 'policies-too-long';

/** @throws Failure `policies-too-long` when they have more than `most` characters together */
export function assertFits(policies: InlinePolicies, most: number, owner: string): void {
  const length = Object.values(policies).reduce((sum, text) => sum + text.replace(/\s/g, '').length, 0);
  if (length > most) throw new Failure<InlinePolicyFailure>('policies-too-long', { owner, most });
}

export interface Holders<T> {
  readonly records: Records;
  /** Its key is the name in small letters. */
  readonly collection: Collection<T>;
  /** `user`, `role`: for the failure's facts. */
  readonly kind: string;
  /** Characters of all policies of one holder together. */
  readonly most: number;
  readonly notFound: (name: string) => Failure;
}

/** Writes an inline policy of a holder, in place of an older one of its name. */
export function inlinePolicyWriter<T extends { readonly name: string; readonly inline: InlinePolicies }>({
  records,
  collection,
  kind,
  most,
  notFound,
}: Holders<T>) {
  /** @throws Failure `malformed-policy`, `policies-too-long`, and what `notFound` gives */
  return async (name: string, policyName: string, text: string): Promise<T> => {
    parsePolicy(text, 'identity');
    return renaming(
      update(records, collection, [name.toLowerCase()], (holder) => {
        const inline = { ...holder.inline, [policyName]: text };
        assertFits(inline, most, `${kind} ${holder.name}`);
        return { ...holder, inline };
      }),
      'not-kept',
      () => notFound(name),
    );
  };
}
