/**
 * Evaluation: one decision from all policies that apply, and the reason for it.
 *
 * A Deny anywhere decides. Else an identity policy must allow, and where there is a boundary or a session policy these must allow too: each only narrows. What nobody allows
 * is denied.
 * Source: IAM user guide, "Policy evaluation logic".
 */
import { judge, lookupIn, type Values } from './conditions/index.ts';
import { matches, matchesArn } from './conditions/matching.ts';
import type { Policy, Statement } from './policy.ts';

/** Condition keys of a request. Names are compared without case; a list is a key with several values. */
export type Context = Readonly<Record<string, string | number | boolean | readonly string[]>>;

export interface AccessRequest {
  /** `cognito-idp:CreateGroup` */
  readonly action: string;
  /** An ARN, or `*` for what has none. */
  readonly resource: string;
  readonly context: Context;
}
export interface NamedPolicy {
  /** For explanations, e.g. `inline policy read-only of role app`. */
  readonly name: string;
  readonly policy: Policy;
}
export interface PolicySet {
  readonly identity: readonly NamedPolicy[];
  /** Absent or empty: the session is not narrowed. */
  readonly session?: readonly NamedPolicy[];
  /** Absent: there is no boundary. */
  readonly boundary?: readonly NamedPolicy[];
}
export type PolicyRole = 'identity' | 'session' | 'boundary';

/** Why: the statement that decided, or the kind of policy that allows nothing of the sort. */
export type Decision =
  | {
      readonly verdict: 'allow' | 'deny';
      readonly role: PolicyRole;
      readonly policy: string;
      readonly statement: Statement;
    }
  | {
      readonly verdict: 'implicit-deny';
      /** The first of `missing`. */
      readonly role: PolicyRole;
      /** The kinds of policy that allow nothing of the sort, at least one. */
      readonly missing: readonly PolicyRole[];
    };

/** What kept a statement from applying; undefined when it applies. */
export type Obstacle = 'action' | 'resource' | { readonly condition: string };

export function evaluate(request: AccessRequest, policies: PolicySet): Decision {
  const values = valuesIn(request.context);
  const roles: readonly (readonly [PolicyRole, readonly NamedPolicy[] | undefined])[] = [
    ['identity', policies.identity],
    ['boundary', policies.boundary],
    ['session', policies.session?.length ? policies.session : undefined],
  ];
  let allowed: Decision | undefined;
  const missing: PolicyRole[] = [];
  for (const [role, named] of roles) {
    if (!named) continue;
    let isAllowed = false;
    for (const { name, policy } of named) {
      for (const statement of policy.statements) {
        if (obstacleOf(statement, request, values) !== undefined) continue;
        if (statement.effect === 'Deny') return { verdict: 'deny', role, policy: name, statement };
        isAllowed = true;
        allowed ??= { verdict: 'allow', role, policy: name, statement };
      }
    }
    if (!isAllowed) missing.push(role);
  }
  const [role] = missing;
  // No kind of policy is asked at all only when there are none.
  if (role === undefined)
    return allowed ?? { verdict: 'implicit-deny', role: 'identity', missing: ['identity'] };
  return { verdict: 'implicit-deny', role, missing };
}

/**
 * True when the policies allow the action on some resource under some condition; false when no request of it could be allowed.
 *
 * For what is decided before the resource is known. A Deny is left to `evaluate`, which must follow.
 */
export function couldAllow(action: string, { identity, boundary, session }: PolicySet): boolean {
  const lower = action.toLowerCase();
  const lists = [identity, ...(boundary ? [boundary] : []), ...(session?.length ? [session] : [])];
  return lists.every((named) =>
    named.some(({ policy }) =>
      policy.statements.some(
        ({ effect, actions }) =>
          effect === 'Allow' &&
          actions.patterns.some((each) => matches(each, lower, () => undefined)) !== actions.isNegated,
      ),
    ),
  );
}

/** Why `statement` does not apply to `request`; undefined when it does. Principals are not judged here. */
export function obstacleOf(
  statement: Statement,
  { action, resource }: AccessRequest,
  values: Values,
): Obstacle | undefined {
  const lookup = lookupIn(values);
  const { actions, resources, conditions, effect } = statement;
  const lower = action.toLowerCase();
  if (actions.patterns.some((each) => matches(each, lower, lookup)) === actions.isNegated) return 'action';
  if (
    resources &&
    resources.patterns.some((each) => matchesArn(each, resource, lookup)) === resources.isNegated
  )
    return 'resource';
  for (const condition of conditions) {
    const outcome = judge(condition, values);
    // What cannot be compared keeps an Allow from applying, and no Deny.
    const applies = outcome === 'holds' || (outcome === 'cannot-tell' && effect === 'Deny');
    if (!applies) return { condition: `${condition.operatorName} ${condition.key}` };
  }
  return undefined;
}

/** The context's values by key, whatever the key's case. */
export function valuesIn(context: Context): Values {
  const byKey = new Map(
    Object.entries(context).map(
      ([key, value]) => [key.toLowerCase(), Array.isArray(value) ? value : [String(value)]] as const,
    ),
  );
  return (key) => byKey.get(key.toLowerCase());
}
