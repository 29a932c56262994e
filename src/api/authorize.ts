/**
 * Authorization: may this principal do this to that resource, given the facts of its request.
 *
 * The keys of the request are made by the domain (access/request-context.ts); the authority adds those of the principal,
 * and decides. A refusal is told in the authority's words.
 */
import type { RequestKeys, Tags } from '../domain/access/request-context.ts';
import type { Protocol } from '../wire/protocol.ts';
import { commonWords, Refused } from './refusals.ts';

/** What is asked of every kind of principal. */
export interface CallingPrincipal {
  readonly kind: string;
  readonly arn: string;
}

/** The answer of the authority; anything but `allow` is a refusal. */
export interface Verdict {
  readonly verdict: string;
  /** The refusal in words. */
  readonly message?: string;
}

export type Decide<Principal> = (
  principal: Principal,
  question: {
    readonly action: string;
    readonly resource: string;
    readonly context: RequestKeys;
    readonly requestTags?: Tags;
  },
) => Promise<Verdict>;

/** @throws Refused */
export async function authorize<Principal extends CallingPrincipal>(
  decide: Decide<Principal>,
  asked: {
    readonly principal: Principal;
    readonly action: string;
    readonly resource: string;
    readonly context: RequestKeys;
    readonly requestTags?: Tags;
    readonly family: Protocol['family'];
  },
): Promise<void> {
  const { principal, family, ...question } = asked;
  const { verdict, message } = await decide(principal, question);
  if (verdict === 'allow') return;
  const reason =
    message ??
    `User: ${principal.arn} is not authorized to perform: ${question.action} on resource: ${question.resource}`;
  throw new Refused(commonWords(family, 'access-denied', { reason }));
}

/** Members in which operations take tags: lists of `{ Key, Value }`, maps, or keys alone. */
export const TAG_MEMBERS = ['Tags', 'UserPoolTags', 'IdentityPoolTags', 'TagKeys'];

/** The tags that a request would give or take, for `aws:RequestTag` and `aws:TagKeys`. */
export function requestTagsIn(input: object): Tags {
  const members = Object.entries(input).filter(([name]) => TAG_MEMBERS.includes(name));
  return Object.fromEntries(members.flatMap(([, value]) => tagsFrom(value)));
}

function tagsFrom(value: unknown): readonly (readonly [key: string, value: string])[] {
  if (typeof value !== 'object' || value === null) return [];
  if (!Array.isArray(value)) return Object.entries(value).map(([key, text]) => [key, String(text)]);
  return value.map((each: unknown) => {
    if (typeof each !== 'object' || each === null) return [String(each), ''];
    const tag = new Map(Object.entries(each));
    return [String(tag.get('Key')), String(tag.get('Value') ?? '')];
  });
}
