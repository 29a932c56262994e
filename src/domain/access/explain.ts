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

/** Of statements that did not apply; more say no more. */
const MOST_NAMED = 5;

/**
 * Which statement refused, or what kept those from applying that are about the action: for the log.
 * Names and condition keys of policies, and no value of a request.
 */
export function whyRefused(request: AccessRequest, policies: PolicySet, decision: Decision): string {
  if (decision.verdict !== 'implicit-deny')
    return `${decision.policy}, ${statementName(decision.statement)}: ${decision.verdict}`;
  const { missing } = decision;
  const near = trace(request, policies).filter(
    ({ role, effect, obstacle }) => missing.includes(role) && effect === 'Allow' && obstacle !== 'action',
  );
  if (near.length === 0) return `no ${KIND[decision.role]} names ${request.action}`;
  const said = near.map(
    ({ policy, statement: number, sid, obstacle }) =>
      `${policy}, ${statementName({ number, sid })}: ${obstacleInWords(obstacle)}`,
  );
  return said.slice(0, MOST_NAMED).join('; ');
}

/** `statement 2 (ReadOnly)` */
export const statementName = ({
  number,
  sid,
}: {
  readonly number: number;
  readonly sid?: string | undefined;
}): string => `statement ${number}${sid === undefined ? '' : ` (${sid})`}`;

/** What did not match: `action`, `resource`, `condition StringEquals aws:username`. */
export const obstacleInWords = (obstacle: Obstacle | undefined): string =>
  typeof obstacle === 'object' ? `condition ${obstacle.condition}` : (obstacle ?? 'applies');

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
