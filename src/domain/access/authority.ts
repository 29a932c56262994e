/**
 * The authority: whether a principal may do something, decided from all the policies it has at this moment.
 *
 * A change of a policy counts for the next call. Texts are parsed once and kept by what they say, so that nothing needs to be told when one changes.
 * Source: IAM user guide, "AWS global condition context keys"; "Policy evaluation logic".
 */
import { createBoundedMap } from '../../base/bounded-map.ts';
import {
  couldAllow,
  evaluate,
  type Context,
  type Decision,
  type NamedPolicy,
  type PolicySet,
} from './evaluate.ts';
import { explainRefusal, whyRefused } from './explain.ts';
import type { IamUsers } from './iam-users.ts';
import type { InlinePolicies } from './inline-policies.ts';
import { parsePolicy, type Policy, type PolicyKind } from './policy.ts';
import type { Principal } from './principal.ts';
import { requestContext, type RequestContext, type RequestKeys, type Tags } from './request-context.ts';
import type { Roles } from './roles.ts';

export interface Question {
  readonly action: string;
  readonly resource: string;
  /** The resource in the words of a refusal, where they are others: a refusal tells nothing of what was found. */
  readonly named?: string;
  /** Keys of the request; those of the principal and the tags are added. */
  readonly context: RequestKeys;
  /** Keys of the service that is called, e.g. `sts:RoleSessionName`. */
  readonly service?: Context;
  /** Tags that the request would give. */
  readonly requestTags?: Tags;
  /** Tags of the resource. */
  readonly resourceTags?: Tags;
}
export interface Verdict {
  readonly verdict: Decision['verdict'];
  /** False when a session policy or a boundary does not allow it, whatever the principal's own policies say. */
  readonly isWithinLimits: boolean;
  /** The user or the role is gone, or is another by now: nobody's trust gives the principal anything either. */
  readonly isGone: boolean;
  /** In AWS's words; '' when allowed. */
  readonly message: string;
  /** Which statements refused or did not apply, for the log alone. */
  readonly why: () => string;
}

const MOST_KEPT = 2000;
/** Of a principal that is gone: neither its own policies nor anybody's trust give it anything. */
const GONE: PolicySet = { identity: [], session: [{ name: 'nothing', policy: { statements: [] } }] };

/** Policies by their texts, parsed once. */
export function createParsedPolicies() {
  const kept = createBoundedMap<string, Policy>(MOST_KEPT);
  return (text: string, kind: PolicyKind): Policy =>
    kept.getOrMake(`${kind} ${text}`, () => parsePolicy(text, kind));
}
export type ParsedPolicies = ReturnType<typeof createParsedPolicies>;

export function createAuthority({
  roles,
  iamUsers,
  parsed,
}: {
  roles: Roles;
  iamUsers: IamUsers;
  parsed: ParsedPolicies;
}) {
  const named = (inline: InlinePolicies, owner: string): readonly NamedPolicy[] =>
    Object.entries(inline).map(([name, text]) => ({
      name: `inline policy ${name} of ${owner}`,
      policy: parsed(text, 'identity'),
    }));

  /** The policies of a principal; those of a role that is gone, or is another by now, are none. */
  async function policiesOf(
    principal: Exclude<Principal, { kind: 'root' }>,
  ): Promise<{ policies: PolicySet; tags: Tags }> {
    if (principal.kind === 'user') {
      const user = await iamUsers.find(principal.name);
      const isSame = user?.id === principal.userId;
      return {
        policies: isSame ? { identity: named(user.inline, `user ${user.name}`) } : GONE,
        tags: isSame ? user.tags : {},
      };
    }
    const role = await roles.find(principal.roleName);
    if (role?.id !== principal.roleId) return { policies: GONE, tags: {} };
    const session = principal.sessionPolicies.map((text, index) => ({
      name: `session policy ${index + 1}`,
      policy: parsed(text, 'identity'),
    }));
    return { policies: { identity: named(role.inline, `role ${role.name}`), session }, tags: role.tags };
  }

  const contextWith = (
    { context, service, requestTags, resourceTags }: Omit<Question, 'action' | 'resource'>,
    principal: Principal,
    tags: Tags,
  ) => requestContext({ request: context, asker: { principal, tags }, service, requestTags, resourceTags });

  return {
    /** False when none of the principal's policies allows the action on anything: a call of it need not be looked at. */
    async couldAllow(principal: Principal, action: string): Promise<boolean> {
      if (principal.kind === 'root') return true;
      const { policies } = await policiesOf(principal);
      return couldAllow(action, policies);
    },

    async decide(principal: Principal, question: Question): Promise<Verdict> {
      if (principal.kind === 'root')
        return { verdict: 'allow', isWithinLimits: true, isGone: false, message: '', why: () => '' };
      const { action, resource, named: told = resource } = question;
      const { policies, tags } = await policiesOf(principal);
      const request = { action, resource, context: contextWith(question, principal, tags) };
      const decision: Decision = evaluate(request, policies);
      const { verdict } = decision;
      return {
        verdict,
        isWithinLimits:
          verdict === 'implicit-deny' ? decision.missing.every((role) => role === 'identity') : true,
        isGone: policies === GONE,
        message:
          verdict === 'allow' ? '' : explainRefusal(principal.arn, { ...request, resource: told }, decision),
        why: () => (policies === GONE ? 'the principal is gone' : whyRefused(request, policies, decision)),
      };
    },

    /** The keys that the same question has for a policy of the resource: a role's trust. */
    async contextOf(
      principal: Principal,
      question: Omit<Question, 'action' | 'resource'>,
    ): Promise<RequestContext> {
      const tags = principal.kind === 'root' ? {} : (await policiesOf(principal)).tags;
      return contextWith(question, principal, tags);
    },
  };
}
export type Authority = ReturnType<typeof createAuthority>;
