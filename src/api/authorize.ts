/**
 * Authorization: may this principal do this to that resource, given the facts of its request.
 *
 * The keys of the request are made by the domain (access/request-context.ts); the authority adds those of the principal,
 * and decides. A refusal is told in the authority's words.
 */
import type { RequestKeys, Tags } from '../domain/access/request-context.ts';
import type { Passes } from '../wire/operation.ts';
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
  /** Which statements refused or did not apply, for the log alone. */
  readonly why?: () => string;
}

export type Decide<Principal> = (principal: Principal, question: Question) => Promise<Verdict>;

/** What is asked, of whom is asked apart. */
interface Question {
  readonly action: string;
  readonly resource: string;
  /** The resource in the words of a refusal, where they are others. */
  readonly named?: string;
  readonly context: RequestKeys;
  /** Keys of the service, e.g. `iam:PassedToService`. */
  readonly service?: Readonly<Record<string, string>>;
  readonly requestTags?: Tags;
  readonly resourceTags?: Tags;
}

/**
 * Decides on `resource`; a refusal names `named` instead, which is what the request says.
 * @throws Refused
 */
export async function authorize<Principal extends CallingPrincipal>(
  decide: Decide<Principal>,
  asked: Question & { readonly principal: Principal; readonly family: Protocol['family'] },
): Promise<void> {
  const { principal, family, ...question } = asked;
  const { verdict, message, why } = await decide(principal, question);
  if (verdict === 'allow') return;
  const { action, resource, named = resource } = question;
  const reason =
    message ?? `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${named}`;
  throw new Refused(commonWords(family, 'access-denied', { reason }), why?.());
}

/**
 * The roles that passing one is decided on: as the request names it, and the one of that name where they differ.
 * Undefined for a role of another account.
 */
export type PassableRoles = (
  roleArn: string,
) => Promise<readonly { readonly arn: string; readonly tags: Tags }[] | undefined>;

/**
 * Asks iam:PassRole for every role that the operation hands to a service.
 *
 * Source: IAM user guide, "Grant a user permissions to pass a role to an AWS service". Roles of another account cannot be passed.
 * @throws Refused
 */
export async function authorizePassing<Principal extends CallingPrincipal>(
  decide: Decide<Principal>,
  {
    passes,
    recipient,
    input,
    passable,
    ...asked
  }: {
    readonly passes: Passes<object> | undefined;
    /** The ARN of what gets the role, or its pattern where it is only being made. */
    readonly recipient: string;
    readonly input: object;
    readonly passable: PassableRoles;
    readonly principal: Principal;
    readonly context: RequestKeys;
    readonly family: Protocol['family'];
  },
): Promise<void> {
  if (!passes) return;
  const service = { 'iam:PassedToService': passes.to, 'iam:AssociatedResourceArn': recipient };
  const question = { ...asked, action: 'iam:PassRole', service };
  for (const named of new Set(passes.roles(input))) {
    const roles = await passable(named);
    if (!roles) throw crossAccount(asked.family, named);
    for (const { arn: resource, tags: resourceTags } of roles)
      await authorize(decide, { ...question, resource, named, resourceTags });
  }
}

const crossAccount = (family: Protocol['family'], role: string): Refused =>
  new Refused(
    commonWords(family, 'access-denied', { reason: `Cross-account pass role is not allowed: ${role}` }),
  );

/** Members in which operations take tags: lists of `{ Key, Value }`, maps, or keys alone. */
export const TAG_MEMBERS = ['Tags', 'UserPoolTags', 'IdentityPoolTags', 'TagKeys'];

/**
 * The tags that a request would give or take, for `aws:RequestTag` and `aws:TagKeys`.
 *
 * Keys that begin with `aws:` are AWS's own, and policies believe them: they are nobody's to give.
 * @param code the service's name for input that is not right
 * @throws Refused
 */
export function requestTagsIn(input: object, code: string): Tags {
  const members = Object.entries(input).filter(([name]) => TAG_MEMBERS.includes(name));
  const tags = members.flatMap(([, value]) => tagsFrom(value));
  if (tags.some(([key]) => /^aws:/i.test(key)))
    throw new Refused({
      code,
      status: 400,
      message: 'aws: prefixed tag key names are not allowed for external use.',
    });
  return Object.fromEntries(tags);
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
