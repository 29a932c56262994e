/**
 * What a session is opened with and goes on carrying: tags, and the identity that it goes back to.
 *
 * For the trust policy they are keys of the request, and each asks for a permission of its own; for the policies of the session they are keys of the principal.
 * Source: IAM user guide, "Pass session tags in AWS STS", "Monitor and control actions taken with assumed roles".
 */
import type { Context } from './evaluate.ts';

export interface Carried {
  readonly tags: Readonly<Record<string, string>>;
  readonly sourceIdentity?: string;
}

/** Keys of the request that opens the session. */
export const openingContext = (sessionName: string, { tags, sourceIdentity }: Carried): Context => ({
  'sts:RoleSessionName': sessionName,
  ...(sourceIdentity !== undefined && { 'sts:SourceIdentity': sourceIdentity }),
  ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
  ...(Object.keys(tags).length > 0 && { 'aws:TagKeys': Object.keys(tags) }),
});

/** Keys of the session's principal. */
export const carriedContext = ({ tags, sourceIdentity }: Carried): Context => ({
  ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:PrincipalTag/${key}`, value])),
  ...(sourceIdentity !== undefined && { 'aws:SourceIdentity': sourceIdentity }),
});

/** What the trust policy must allow besides taking the role. */
export const actionsOf = ({ tags, sourceIdentity }: Carried): readonly string[] => [
  ...(Object.keys(tags).length > 0 ? ['sts:TagSession'] : []),
  ...(sourceIdentity === undefined ? [] : ['sts:SetSourceIdentity']),
];
