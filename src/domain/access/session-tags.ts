/**
 * What a session is opened with and goes on carrying: tags, and the identity that it goes back to.
 *
 * For the trust policy they are keys of the request, and each asks for a permission of its own; for the policies of the session they are keys of the principal.
 * Source: IAM user guide, "Pass session tags in AWS STS", "Monitor and control actions taken with assumed roles".
 */
import { Failure } from '../../base/failure.ts';
import type { Context } from './evaluate.ts';
import type { Principal } from './principal.ts';

export interface Carried {
  readonly tags: Readonly<Record<string, string>>;
  readonly sourceIdentity?: string;
}

/** `tag-key-reserved` (fact: key); `source-identity-set` (fact: sourceIdentity): the session has another. */
export type CarriedFailure = 'tag-key-reserved' | 'source-identity-set';

const SOURCE_IDENTITY = 'aws:SourceIdentity';

/**
 * What a session carries that `principal` opens: what it asks for, and its own source identity, which stays for good.
 *
 * Whoever could change or shed it would leave another's name, or none, on what they do.
 * @throws Failure of CarriedFailure
 */
export function carriedOn(principal: Principal, { tags, sourceIdentity }: Carried): Carried {
  assertTagKeys(tags);
  const set = principal.kind === 'role-session' ? principal.context[SOURCE_IDENTITY] : undefined;
  if (typeof set !== 'string') return { tags, sourceIdentity };
  if (sourceIdentity !== undefined && sourceIdentity !== set)
    throw new Failure<CarriedFailure>('source-identity-set', { sourceIdentity: set });
  return { tags, sourceIdentity: set };
}

/** AWS's own tags are nobody's to give: policies believe them. @throws Failure `tag-key-reserved` */
export function assertTagKeys(tags: Carried['tags']): void {
  const key = Object.keys(tags).find((each) => /^aws:/i.test(each));
  if (key !== undefined) throw new Failure<CarriedFailure>('tag-key-reserved', { key });
}

/** Keys of STS in the request that opens the session. */
export const openingKeys = (sessionName: string, { sourceIdentity }: Carried): Context => ({
  'sts:RoleSessionName': sessionName,
  ...(sourceIdentity !== undefined && { 'sts:SourceIdentity': sourceIdentity }),
});

/** Keys of the session's principal. */
export const carriedContext = ({ tags, sourceIdentity }: Carried): Context => ({
  ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:PrincipalTag/${key}`, value])),
  ...(sourceIdentity !== undefined && { [SOURCE_IDENTITY]: sourceIdentity }),
});

/** What the trust policy must allow besides taking the role. */
export const actionsOf = ({ tags, sourceIdentity }: Carried): readonly string[] => [
  ...(Object.keys(tags).length > 0 ? ['sts:TagSession'] : []),
  ...(sourceIdentity === undefined ? [] : ['sts:SetSourceIdentity']),
];
