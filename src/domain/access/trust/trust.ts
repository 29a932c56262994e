/**
 * Trust: whether a role's trust policy lets somebody take it.
 *
 * The same statements, conditions and precedence as everywhere; in place of resources there are principals. How a
 * statement names the asking principal decides what else must allow the call; see `Trust`.
 * Source: IAM user guide, "How to use trust policies with IAM roles"; "Cross-account policy evaluation logic";
 * "Policy evaluation for requests within a single account" (session policies and resource-based policies).
 */
import { obstacleOf, valuesIn } from '../evaluate.ts';
import { obstacleInWords, statementName } from '../explain.ts';
import type { Condition } from '../conditions/index.ts';
import type { Policy } from '../policy.ts';
import { naming, type Asking, type PrincipalIds } from './policy-principals.ts';
import type { RequestContext } from '../request-context.ts';

interface TrustRequest {
  /** e.g. `sts:AssumeRole`, `sts:AssumeRoleWithWebIdentity`, `sts:TagSession` */
  readonly action: string;
  readonly asking: Asking;
  readonly context: RequestContext;
  /** Whom the ARNs of the policy mean; see trust-principals.ts. */
  readonly ids: PrincipalIds;
}
/**
 * `by-session`: the policy names this very session, and nothing else need allow it. `by-name`: it names the principal
 * (or everybody), and what limits a session must allow it too. `by-account`: the principal's own policies must too.
 */
export type Trust = 'by-session' | 'by-name' | 'by-account' | 'not-trusted';

/** From the weakest to the strongest. */
const STRENGTH: readonly Trust[] = ['not-trusted', 'by-account', 'by-name', 'by-session'];

export function trustOf(policy: Policy, { action, asking, context, ids }: TrustRequest): Trust {
  const values = valuesIn(context);
  let trust: Trust = 'not-trusted';
  for (const statement of policy.statements) {
    const { principals, effect } = statement;
    if (!principals || obstacleOf(statement, { action, resource: '*', context }, values) !== undefined)
      continue;
    const named = naming(principals.who, asking, { ids, effect });
    if ((named !== 'not-trusted') === principals.isNegated) continue;
    if (effect === 'Deny') return 'not-trusted';
    if (STRENGTH.indexOf(named) > STRENGTH.indexOf(trust)) trust = named;
  }
  return trust;
}

/** Of statements that did not apply; more say no more. */
const MOST_NAMED = 5;

/**
 * What kept each statement of a trust policy from letting somebody in, or which one refused: for the log.
 * Condition keys and names of the policy, and no value of a request.
 */
export function whyNotTrusted(policy: Policy, { action, asking, context, ids }: TrustRequest): string {
  const values = valuesIn(context);
  const said = policy.statements.map((statement) => {
    const { principals, effect } = statement;
    const obstacle = obstacleOf(statement, { action, resource: '*', context }, values);
    const isNamed =
      principals !== undefined &&
      (naming(principals.who, asking, { ids, effect }) !== 'not-trusted') !== principals.isNegated;
    const outcome = isNamed ? obstacleInWords(obstacle) : 'principal';
    return `${statementName(statement)}: ${outcome === 'applies' ? effect : outcome}`;
  });
  return `${action}: trust policy, ${said.slice(0, MOST_NAMED).join('; ')}`;
}

/**
 * True when every statement that would let in those whom `federated` vouches for asks whom the proof is for.
 *
 * Without that, whoever has an application at a provider that serves everybody could bring its users here.
 */
export function demandsAudience(
  policy: Policy,
  { federated, key }: { readonly federated: string; readonly key: string },
): boolean {
  const isOpen = policy.statements.some(
    ({ effect, conditions, principals }) =>
      effect === 'Allow' &&
      principals !== undefined &&
      naming(principals.who, { federated }, { ids: {}, effect }) !== 'not-trusted' &&
      !conditions.some((condition) => namesValues(condition, key)),
  );
  return !isOpen;
}

/** Operators whose condition holds only of a value that stands in the policy. */
const EQUALITY = /^(?:ForAnyValue:)?String(?:Equals|EqualsIgnoreCase|Like)$/;

/**
 * True when a condition holds of `key` only where its value is one that the policy spells out.
 *
 * A pattern would take in others' pools and applications, a variable whatever the request brings, and `IfExists` and
 * `ForAllValues` a request without the key.
 */
function namesValues({ key, operatorName, expected }: Condition, audienceKey: string): boolean {
  const isPlain = expected.every(({ text, isVariable }) => !isVariable && !/[*?]/.test(text));
  return key.toLowerCase() === audienceKey.toLowerCase() && EQUALITY.test(operatorName) && isPlain;
}
