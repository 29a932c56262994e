/**
 * AssumeRole: trading one's credentials for a role's, when the role trusts one.
 *
 * A trust policy that names the principal is enough; one that names the account leaves it to the principal's own policies. The answer for a role that does not exist is that for one that does not
 * trust. A session opened from a session lasts an hour at most.
 * Source: STS API reference, AssumeRole; IAM user guide, "Pass session tags in AWS STS", "Roles terms and concepts" (role chaining).
 */
import { Failure } from '../../base/failure.ts';
import { principalContext, type Authority, type ParsedPolicies } from './authority.ts';
import type { CredentialIssuer, Credentials } from './credentials.ts';
import type { Context } from './evaluate.ts';
import { parsePolicy } from './policy.ts';
import type { Principal } from './principal.ts';
import type { Role, Roles } from './roles.ts';
import { actionsOf, carriedContext, openingContext, type Carried } from './session-tags.ts';
import { trustOf } from './trust.ts';

export interface Assumption extends Carried {
  readonly principal: Principal;
  readonly roleArn: string;
  readonly sessionName: string;
  readonly seconds: number;
  readonly externalId?: string;
  /** JSON text that narrows the session. */
  readonly sessionPolicy?: string;
  /** Keys of the request. */
  readonly context: Context;
}
/** `role-not-assumable` (fact: reason), `duration-too-long` (fact: most), `root-cannot-assume`. */
export type AssumeRoleFailure = 'role-not-assumable' | 'duration-too-long' | 'root-cannot-assume';

const MAX_CHAINED_SECONDS = 3600;

export interface AssumeRoleParts {
  readonly roles: Roles;
  readonly credentials: CredentialIssuer;
  readonly authority: Authority;
  readonly parsed: ParsedPolicies;
}

export function createAssumeRole({ roles, credentials, authority, parsed }: AssumeRoleParts) {
  async function assertTrusted(
    role: Role | undefined,
    action: string,
    { principal, roleArn, context }: Assumption,
  ): Promise<void> {
    const reason = `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${roleArn}`;
    const refused = new Failure<AssumeRoleFailure>('role-not-assumable', { reason });
    // Asked before the trust is known, so that an absent role takes the same work as one that does not trust.
    const { verdict } = await authority.decide(principal, { action, resource: roleArn, context });
    // A Deny of the principal's own outweighs any trust.
    if (!role || verdict === 'deny') throw refused;
    const trust = trustOf(parsed(role.trust, 'trust'), {
      action,
      asking: {
        aws: {
          arn: principal.arn,
          account: principal.account,
          roleArn: principal.kind === 'role-session' ? principal.roleArn : undefined,
        },
      },
      context: { ...principalContext(principal), ...context },
    });
    if (trust === 'not-trusted' || (trust === 'by-account' && verdict !== 'allow')) throw refused;
  }

  return {
    /** @throws Failure `role-not-assumable`, `root-cannot-assume`, `duration-too-long`, `malformed-policy`, `session-too-large` */
    async assume(request: Assumption): Promise<{ readonly role: Role; readonly credentials: Credentials }> {
      const { principal, sessionName, seconds, sessionPolicy, externalId } = request;
      // Root's session would have no policies to narrow it; AWS refuses it as well.
      if (principal.kind === 'root') throw new Failure<AssumeRoleFailure>('root-cannot-assume');
      if (sessionPolicy !== undefined) parsePolicy(sessionPolicy, 'identity');
      const asked: Assumption = {
        ...request,
        context: {
          ...request.context,
          ...openingContext(sessionName, request),
          ...(externalId !== undefined && { 'sts:ExternalId': externalId }),
        },
      };
      const role = await roles.byArn(request.roleArn);
      for (const action of ['sts:AssumeRole', ...actionsOf(request)])
        await assertTrusted(role, action, asked);
      if (!role) throw new Error('unreachable: an absent role is never trusted');
      const isChained = principal.kind === 'role-session';
      const most = isChained ? Math.min(role.maxSessionSeconds, MAX_CHAINED_SECONDS) : role.maxSessionSeconds;
      if (seconds > most) throw new Failure<AssumeRoleFailure>('duration-too-long', { most });
      const issued = credentials.issue({
        role,
        sessionName,
        seconds,
        isChained,
        // Who takes one role from another is still the same person.
        ties: principal.kind === 'role-session' ? principal.ties : [],
        sessionPolicies: sessionPolicy === undefined ? [] : [sessionPolicy],
        context: carriedContext(request),
      });
      return { role, credentials: issued };
    },
  };
}
export type AssumeRoles = ReturnType<typeof createAssumeRole>;
