/**
 * Explanations: a decision in AWS's words, and in full for who writes policies.
 *
 * Source: IAM user guide, "Troubleshoot access denied error messages".
 */
import {
  obstacleOf,
  valuesIn,
  type AccessRequest,
  type Decision,
  type Obstacle,
  type PolicyRole,
  type PolicySet,
} from './evaluate.ts';

const KIND: Readonly<Record<PolicyRole, string>> = {
  identity: 'identity-based policy',
  session: 'session policy',
  boundary: 'permissions boundary',
};

/** `User: arn… is not authorized to perform: … because no identity-based policy allows the … action`. */
export function explainRefusal(
  principalArn: string,
  { action, resource }: AccessRequest,
  decision: Decision,
): string {
  const on = resource === '*' ? '' : ` on resource: ${resource}`;
  const head = `User: ${principalArn} is not authorized to perform: ${action}${on}`;
  const kind = KIND[decision.role];
  if (decision.verdict === 'deny')
    return `${head} with an explicit deny in ${decision.role === 'identity' ? 'an' : 'a'} ${kind}`;
  return `${head} because no ${kind} allows the ${action} action`;
}

/** What one statement had to do with a request. */
export interface Step {
  readonly role: PolicyRole;
  readonly policy: string;
  readonly sid?: string;
  readonly statement: number;
  readonly effect: 'Allow' | 'Deny';
  /** What kept it from applying; absent when it applied. */
  readonly obstacle?: Obstacle;
}

/** Every statement that was looked at, and what came of it. */
export function trace(request: AccessRequest, policies: PolicySet): readonly Step[] {
  const values = valuesIn(request.context);
  return (['identity', 'boundary', 'session'] as const).flatMap((role) =>
    (policies[role] ?? []).flatMap(({ name, policy }) =>
      policy.statements.map((statement) => ({
        role,
        policy: name,
        sid: statement.sid,
        statement: statement.number,
        effect: statement.effect,
        obstacle: obstacleOf(statement, request, values),
      })),
    ),
  );
}
