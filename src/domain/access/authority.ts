/**
 * The authority: whether a principal may do something, decided from all the policies it has at this moment.
 *
 * A change of a policy counts for the next call. Texts are parsed once and kept by what they say, so that nothing needs to be told when one changes.
 * Source: IAM user guide, "AWS global condition context keys"; "Policy evaluation logic".
 */
import { evaluate, type Context, type Decision, type NamedPolicy, type PolicySet } from './evaluate.ts';
import { explainRefusal } from './explain.ts';
import type { IamUsers } from './iam-users.ts';
import type { InlinePolicies } from './inline-policies.ts';
import { parsePolicy, type Policy, type PolicyKind } from './policy.ts';
import type { Principal } from './principal.ts';
import type { Roles } from './roles.ts';

export interface Question {
  readonly action: string;
  readonly resource: string;
  /** Keys of the request; those of the principal are added. */
  readonly context: Context;
}
export interface Verdict {
  readonly verdict: Decision['verdict'];
  /** In AWS's words; '' when allowed. */
  readonly message: string;
}

const MOST_KEPT = 2000;

/** Policies by their texts, parsed once. */
export function createParsedPolicies() {
  const kept = new Map<string, Policy>();
  return (text: string, kind: PolicyKind): Policy => {
    const place = `${kind} ${text}`;
    const known = kept.get(place);
    if (known) return known;
    const policy = parsePolicy(text, kind);
    if (kept.size >= MOST_KEPT) kept.delete(kept.keys().next().value ?? '');
    kept.set(place, policy);
    return policy;
  };
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
  ): Promise<{ policies: PolicySet; tags: Readonly<Record<string, string>> }> {
    if (principal.kind === 'user') {
      const user = await iamUsers.find(principal.name);
      const isSame = user?.id === principal.userId;
      return {
        policies: { identity: isSame ? named(user.inline, `user ${user.name}`) : [] },
        tags: principal.tags,
      };
    }
    const role = await roles.find(principal.roleName);
    if (role?.id !== principal.roleId) return { policies: { identity: [] }, tags: {} };
    const session = principal.sessionPolicies.map((text, index) => ({
      name: `session policy ${index + 1}`,
      policy: parsed(text, 'identity'),
    }));
    return { policies: { identity: named(role.inline, `role ${role.name}`), session }, tags: role.tags };
  }

  return {
    async decide(principal: Principal, { action, resource, context }: Question): Promise<Verdict> {
      if (principal.kind === 'root') return { verdict: 'allow', message: '' };
      const { policies, tags } = await policiesOf(principal);
      const request = { action, resource, context: { ...principalContext(principal, tags), ...context } };
      const decision: Decision = evaluate(request, policies);
      const { verdict } = decision;
      return {
        verdict,
        message: verdict === 'allow' ? '' : explainRefusal(principal.arn, request, decision),
      };
    },
  };
}
export type Authority = ReturnType<typeof createAuthority>;

/** The condition keys that a principal brings. */
export function principalContext(principal: Principal, tags: Readonly<Record<string, string>> = {}): Context {
  const common = {
    'aws:PrincipalAccount': principal.account,
    'aws:userid': principal.userId,
    ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:PrincipalTag/${key}`, value])),
  };
  switch (principal.kind) {
    case 'root':
      return { ...common, 'aws:PrincipalArn': principal.arn, 'aws:PrincipalType': 'Account' };
    case 'user':
      return {
        ...common,
        'aws:PrincipalArn': principal.arn,
        'aws:PrincipalType': 'User',
        'aws:username': principal.name,
      };
    default:
      return {
        ...common,
        ...principal.context,
        'aws:PrincipalArn': principal.roleArn,
        'aws:PrincipalType': 'AssumedRole',
        'aws:TokenIssueTime': principal.issuedAt.toISOString(),
      };
  }
}
