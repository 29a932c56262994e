/**
 * AssumeRole: trading one's credentials for a role's, when the role trusts one.
 *
 * What else must allow it follows from how the trust policy names the principal: its account, and the principal's own
 * policies must; the user or the role, and what limits the session must; this very session, and nothing else need. A
 * Deny of the principal's own decides in any case. The answer for a role that does not exist is that for one that does
 * not trust. A session opened from a session lasts an hour at most, and keeps its source identity.
 * Source: STS API reference, AssumeRole; IAM user guide, "Pass session tags in AWS STS", "Roles terms and concepts"
 * (role chaining), "Policies and permissions" (session policies), "Monitor and control actions taken with assumed roles".
 */
import { Failure } from '../../base/failure.ts';
import type { Authority, ParsedPolicies, Question } from './authority.ts';
import type { CredentialIssuer, Credentials } from './credentials.ts';
import { parsePolicy } from './policy.ts';
import type { Principal } from './principal.ts';
import type { RequestKeys } from './request-context.ts';
import type { Role, Roles } from './roles.ts';
import { actionsOf, carriedContext, carriedOn, openingKeys, type Carried } from './session-tags.ts';
import { trustOf, whyNotTrusted } from './trust/trust.ts';

interface Assumption extends Carried {
  readonly principal: Principal;
  readonly roleArn: string;
  readonly sessionName: string;
  readonly seconds: number;
  readonly externalId?: string;
  /** JSON text that narrows the session. */
  readonly sessionPolicy?: string;
  /** Keys of the request. */
  readonly context: RequestKeys;
}
interface Assumed {
  readonly role: Role;
  readonly credentials: Credentials;
  /** As given, or of the session that the role was taken with. */
  readonly sourceIdentity: string | undefined;
}
/** `role-not-assumable` (fact: reason), `duration-too-long` (fact: most), `root-cannot-assume`. */
export type AssumeRoleFailure = 'role-not-assumable' | 'duration-too-long' | 'root-cannot-assume';

const MAX_CHAINED_SECONDS = 3600;

interface AssumeRoleParts {
  readonly roles: Roles;
  readonly credentials: CredentialIssuer;
  readonly authority: Authority;
  readonly parsed: ParsedPolicies;
}

export function createAssumeRole({ roles, credentials, authority, parsed }: AssumeRoleParts) {
  async function assertTrusted(principal: Principal, role: Role | undefined, question: Question) {
    const { action, resource } = question;
    const reason = `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource}`;
    const refused = (why: string) =>
      new Failure<AssumeRoleFailure>('role-not-assumable', { reason }, { why });
    // Asked before the trust is known, so that an absent role takes the same work as one that does not trust.
    const { verdict, isWithinLimits, isGone, why } = await authority.decide(principal, question);
    // A Deny of the principal's own outweighs any trust; and whoever is gone takes nothing, however they are named.
    if (!role) throw refused('there is no such role');
    if (verdict === 'deny' || isGone) throw refused(why());
    const policy = parsed(role.trust, 'trust');
    const request = {
      action,
      asking: askingOf(principal),
      context: await authority.contextOf(principal, question),
      ids: await roles.trustIds(role),
    };
    const trust = trustOf(policy, request);
    const allowed = { 'by-session': true, 'by-name': isWithinLimits, 'by-account': verdict === 'allow' };
    if (trust === 'not-trusted') throw refused(whyNotTrusted(policy, request));
    if (!allowed[trust]) throw refused(why());
  }

  return {
    /**
     * @throws Failure `role-not-assumable`, `root-cannot-assume`, `duration-too-long`, `malformed-policy`,
     *   `session-too-large`, and of CarriedFailure
     */
    async assume(request: Assumption): Promise<Assumed> {
      const { principal, sessionName, seconds, sessionPolicy, roleArn } = request;
      // Root's session would have no policies to narrow it; AWS refuses it as well.
      if (principal.kind === 'root') throw new Failure<AssumeRoleFailure>('root-cannot-assume');
      if (sessionPolicy !== undefined) parsePolicy(sessionPolicy, 'identity');
      const carried = carriedOn(principal, request);
      const role = await roles.byArn(roleArn);
      const question = questionOf(request, { carried, role });
      for (const action of ['sts:AssumeRole', ...actionsOf(carried)])
        await assertTrusted(principal, role, { ...question, action, resource: roleArn });
      if (!role) throw new Error('unreachable: an absent role is never trusted');
      const isChained = principal.kind === 'role-session';
      const most = isChained ? Math.min(role.maxSessionSeconds, MAX_CHAINED_SECONDS) : role.maxSessionSeconds;
      if (seconds > most) throw new Failure<AssumeRoleFailure>('duration-too-long', { most });
      const issued = credentials.issue({
        role,
        sessionName,
        seconds,
        isChained,
        // Who takes one role from another is still the same user.
        ties: principal.kind === 'role-session' ? principal.ties : [],
        sessionPolicies: sessionPolicy === undefined ? [] : [sessionPolicy],
        context: carriedContext(carried),
      });
      return { role, credentials: issued, sourceIdentity: carried.sourceIdentity };
    },
  };
}
export type AssumeRoles = ReturnType<typeof createAssumeRole>;

/** What is asked of each action: the same keys for the principal's own policies and for the trust. */
function questionOf(
  { sessionName, externalId, context }: Assumption,
  { carried, role }: { readonly carried: Carried; readonly role: Role | undefined },
): Omit<Question, 'action' | 'resource'> {
  return {
    context,
    service: {
      ...openingKeys(sessionName, carried),
      ...(externalId !== undefined && { 'sts:ExternalId': externalId }),
    },
    requestTags: carried.tags,
    resourceTags: role?.tags,
  };
}

/** A principal as trust policies name it. */
function askingOf(principal: Principal) {
  const { arn, account } = principal;
  if (principal.kind !== 'role-session') return { aws: { arn, account, id: principal.userId } };
  return { aws: { arn, account, roleArn: principal.roleArn, id: principal.roleId } };
}
