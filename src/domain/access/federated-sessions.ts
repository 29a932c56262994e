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
import type { KeysFrom } from './conditions/condition-keys.ts';
import type { Context } from './evaluate.ts';
import { parsePolicy, type Policy } from './policy.ts';
import type { Role, Roles } from './roles.ts';
import { requestContext, type RequestKeys } from './request-context.ts';
import { actionsOf, assertTagKeys, carriedContext, openingKeys, type Carried } from './session-tags.ts';
import { trustOf, whyNotTrusted } from './trust/trust.ts';
import type { Tie } from '../ports/tie.ts';

/** Keys that a proof gives, and by whom it is: `aws:FederatedProvider`. */
export type Proof = Context & Readonly<Record<KeysFrom<'federation'>, string>>;

interface FederatedSession {
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
  /** Keys of the request. */
  readonly context: RequestKeys;
  /** Keys of the proof, for the trust policy. */
  readonly proof: Proof;
  /** Keys of the proof that the session goes on with, for its own policies. */
  readonly lasting: Proof;
  /** What ends the session before its time. */
  readonly ties?: readonly Tie[];
  readonly carried?: Carried;
  /** What a trust policy must be like besides; true when it is. */
  readonly suffices?: (trust: Policy) => boolean;
}
/** `federation-not-trusted` (fact: action), `duration-too-long` (fact: most). */
export type FederatedSessionFailure = 'federation-not-trusted' | 'duration-too-long';

const NOTHING: Carried = { tags: {} };

interface FederatedSessionParts {
  readonly roles: Roles;
  readonly credentials: CredentialIssuer;
  readonly parsed: ParsedPolicies;
}

export function createFederatedSessions({ roles, credentials, parsed }: FederatedSessionParts) {
  return {
    /** Opens the session; nothing of it is kept. @throws Failure of FederatedSessionFailure, `malformed-policy`, `session-too-large`, `tag-key-reserved` */
    async open(session: FederatedSession): Promise<{ role: Role; credentials: Credentials }> {
      const { federated, sessionName, seconds, sessionPolicy, carried = NOTHING } = session;
      if (sessionPolicy !== undefined) parsePolicy(sessionPolicy, 'identity');
      assertTagKeys(carried.tags);
      const role = await roles.byArn(session.roleArn);
      const refused = (action: string, why: string) =>
        new Failure<FederatedSessionFailure>('federation-not-trusted', { action }, { why });
      if (!role) throw refused(session.action, 'there is no such role');
      const trust = parsed(role.trust, 'trust');
      const context = requestContext({
        request: session.context,
        asker: { proof: session.proof },
        service: openingKeys(sessionName, carried),
        requestTags: carried.tags,
        resourceTags: role.tags,
      });
      for (const action of [session.action, ...actionsOf(carried)]) {
        const request = { action, asking: { federated }, context, ids: {} };
        if (trustOf(trust, request) !== 'by-name') throw refused(action, whyNotTrusted(trust, request));
      }
      if (session.suffices?.(trust) === false)
        throw refused(session.action, 'the trust policy does not ask whom the proof is for');
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
