/**
 * Trust: whether a role's trust policy lets somebody take it.
 *
 * The same statements, conditions and precedence as everywhere; in place of resources there are principals. A statement that names an account leaves the choice to that account: then the
 * asking principal's own policies must allow the call as well.
 * Source: IAM user guide, "How to use trust policies with IAM roles"; "Cross-account policy evaluation logic".
 */
import { obstacleOf, valuesIn, type Context } from './evaluate.ts';
import type { Policy } from './policy.ts';
import { naming, type Asking } from './policy-principals.ts';

export interface TrustRequest {
  /** e.g. `sts:AssumeRole`, `sts:AssumeRoleWithWebIdentity`, `sts:TagSession` */
  readonly action: string;
  readonly asking: Asking;
  readonly context: Context;
}
/** `by-account`: only if the principal's own policies allow it too. */
export type Trust = 'trusted' | 'by-account' | 'not-trusted';

export function trustOf(policy: Policy, { action, asking, context }: TrustRequest): Trust {
  const values = valuesIn(context);
  let trust: Trust = 'not-trusted';
  for (const statement of policy.statements) {
    const { principals, effect } = statement;
    if (!principals || obstacleOf(statement, { action, resource: '*', context }, values) !== undefined)
      continue;
    const named = naming(principals.who, asking);
    if ((named !== 'not') === principals.isNegated) continue;
    if (effect === 'Deny') return 'not-trusted';
    if (named === 'by-name') trust = 'trusted';
    else if (trust === 'not-trusted') trust = 'by-account';
  }
  return trust;
}

/**
 * True when every statement that would let in those whom `federated` vouches for asks whom the proof is for.
 *
 * Without that, whoever has an application at a provider that serves everybody could bring its people here.
 */
export function demandsAudience(
  policy: Policy,
  { federated, key: audienceKey }: { readonly federated: string; readonly key: string },
): boolean {
  const isOpen = policy.statements.some(
    ({ effect, conditions, principals }) =>
      effect === 'Allow' &&
      principals !== undefined &&
      naming(principals.who, { federated }) !== 'not' &&
      !conditions.some(({ key, operator, ifExists }) => {
        const isEquality = operator !== 'Null' && !operator.isNegated && !ifExists;
        return isEquality && key.toLowerCase() === audienceKey.toLowerCase();
      }),
  );
  return !isOpen;
}
