/**
 * Sessions of those for whom somebody outside vouches: which role a proof may be traded for, and for how long.
 *
 * The role's trust policy must name who vouches, and must allow also what the session is to carry. A role that is not there is answered as one that does not trust. Whether the proof holds is the
 * caller's to judge, before.
 * Source: STS API reference, AssumeRoleWithWebIdentity, AssumeRoleWithSAML.
 */
import { Failure } from '../../base/failure.ts';
import type { ParsedPolicies } from './authority.ts';
import type { CredentialIssuer, Credentials } from './credentials.ts';
import type { Context } from './evaluate.ts';
import { parsePolicy, type Policy } from './policy.ts';
import type { Tie } from './principal.ts';
import type { Role, Roles } from './roles.ts';
import { actionsOf, carriedContext, openingContext, type Carried } from './session-tags.ts';
import { trustOf } from './trust.ts';

export interface FederatedSession {
  /** The action of trust policies, e.g. `sts:AssumeRoleWithSAML`. */
  readonly action: string;
  /** Who vouches, as a trust policy names it. */
  readonly federated: string;
  readonly roleArn: string;
  readonly sessionName: string;
  /** As it was asked for. */
  readonly seconds: number;
  /** What the proof is good for; the session is shorter than asked for when this is. */
  readonly mostSeconds?: number;
  /** JSON text that narrows the session. */
  readonly sessionPolicy?: string;
  /** Keys of the request and of the proof, for the trust policy. */
  readonly context: Context;
  /** Keys of the proof that the session goes on with, for its own policies. */
  readonly lasting: Context;
  /** What ends the session before its time. */
  readonly ties?: readonly Tie[];
  readonly carried?: Carried;
  /** What a trust policy must be like besides; true when it is. */
  readonly suffices?: (trust: Policy) => boolean;
}
/** `federation-not-trusted` (fact: action), `duration-too-long` (fact: most). */
export type FederatedSessionFailure = 'federation-not-trusted' | 'duration-too-long';

const NOTHING: Carried = { tags: {} };

export interface FederatedSessionParts {
  readonly roles: Roles;
  readonly credentials: CredentialIssuer;
  readonly parsed: ParsedPolicies;
}

export function createFederatedSessions({ roles, credentials, parsed }: FederatedSessionParts) {
  return {
    /** Opens the session; nothing of it is kept. @throws Failure of FederatedSessionFailure, `malformed-policy`, `session-too-large` */
    async open(session: FederatedSession): Promise<{ role: Role; credentials: Credentials }> {
      const { federated, sessionName, seconds, sessionPolicy, carried = NOTHING } = session;
      if (sessionPolicy !== undefined) parsePolicy(sessionPolicy, 'identity');
      const role = await roles.byArn(session.roleArn);
      const refused = (action: string) =>
        new Failure<FederatedSessionFailure>('federation-not-trusted', { action });
      if (!role) throw refused(session.action);
      const trust = parsed(role.trust, 'trust');
      const context = { ...session.context, ...openingContext(sessionName, carried) };
      for (const action of [session.action, ...actionsOf(carried)]) {
        if (trustOf(trust, { action, asking: { federated }, context }) !== 'trusted') throw refused(action);
      }
      if (session.suffices?.(trust) === false) throw refused(session.action);
      const most = role.maxSessionSeconds;
      if (seconds > most) throw new Failure<FederatedSessionFailure>('duration-too-long', { most });
      const issued = credentials.issue({
        role,
        sessionName,
        seconds: Math.min(seconds, session.mostSeconds ?? seconds),
        context: { ...session.lasting, ...carriedContext(carried) },
        sessionPolicies: sessionPolicy === undefined ? [] : [sessionPolicy],
        ties: session.ties,
      });
      return { role, credentials: issued };
    },
  };
}
export type FederatedSessions = ReturnType<typeof createFederatedSessions>;
