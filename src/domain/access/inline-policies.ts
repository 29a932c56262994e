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
/** `policies-too-long` (facts: owner, most), `inline-policy-not-found` (facts: kind, policy). */
export type InlinePolicyFailure = 'policies-too-long' | 'inline-policy-not-found';

/** @throws Failure `policies-too-long` when they have more than `most` characters together */
export function assertFits(policies: InlinePolicies, most: number, owner: string): void {
  const length = Object.values(policies).reduce((sum, text) => sum + text.replace(/\s/g, '').length, 0);
  if (length > most) throw new Failure<InlinePolicyFailure>('policies-too-long', { owner, most });
}

/** Whose policies they are: the record that was found. */
export interface Holder {
  readonly id: string;
  readonly name: string;
  readonly inline: InlinePolicies;
}
type Found = Pick<Holder, 'id' | 'name'>;

interface Holders<T> {
  readonly records: Records;
  /** Its key is the name in small letters. */
  readonly collection: Collection<T>;
  /** `user`, `role`: for the failure's facts. */
  readonly kind: string;
  /** Characters of all policies of one holder together. */
  readonly most: number;
  readonly notFound: (name: string) => Failure;
}

/** Writing, reading and taking back the inline policies of holders; each change counts for the next decision. */
export function createInlinePolicies<T extends Holder>({
  records,
  collection,
  kind,
  most,
  notFound,
}: Holders<T>) {
  const noPolicy = (policy: string) =>
    new Failure<InlinePolicyFailure>('inline-policy-not-found', { kind, policy });

  async function inlineOf({ id, name }: Found): Promise<InlinePolicies> {
    const kept = await records.get(collection, [name.toLowerCase()]);
    if (kept?.record.id !== id) throw notFound(name);
    return kept.record.inline;
  }

  const change = ({ id, name }: Found, changed: (holder: T) => T): Promise<T> =>
    renaming(
      update(records, collection, [name.toLowerCase()], (holder) => {
        // Who was made again under the name meanwhile is another, on whom nobody decided.
        if (holder.id !== id) throw notFound(name);
        return changed(holder);
      }),
      'not-kept',
      () => notFound(name),
    );

  return {
    /** Writes one, in place of an older one of its name. @throws Failure `malformed-policy`, `policies-too-long`, and what `notFound` gives */
    async putPolicy(found: Found, policyName: string, text: string): Promise<T> {
      parsePolicy(text, 'identity');
      return change(found, (holder) => {
        const inline = { ...holder.inline, [policyName]: text };
        assertFits(inline, most, `${kind} ${holder.name}`);
        return { ...holder, inline };
      });
    },

    /** @throws Failure `inline-policy-not-found`, and what `notFound` gives */
    async removePolicy(found: Found, policyName: string): Promise<void> {
      await change(found, (holder) => {
        if (!Object.hasOwn(holder.inline, policyName)) throw noPolicy(policyName);
        const left = Object.entries(holder.inline).filter(([each]) => each !== policyName);
        return { ...holder, inline: Object.fromEntries(left) };
      });
    },

    /** Its text, as it was given. @throws Failure `inline-policy-not-found`, and what `notFound` gives */
    async policyOf(found: Found, policyName: string): Promise<string> {
      const inline = await inlineOf(found);
      const text = Object.hasOwn(inline, policyName) ? inline[policyName] : undefined;
      if (text === undefined) throw noPolicy(policyName);
      return text;
    },

    /** Their names, in order. @throws what `notFound` gives */
    policyNamesOf: async (found: Found): Promise<readonly string[]> =>
      Object.keys(await inlineOf(found)).toSorted(),
  };
}
