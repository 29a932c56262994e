/**
 * Principals: who speaks, once a signature is proven.
 *
 * Root may do everything; a user what his policies allow; a role session what the policies of its role and of the session allow both.
 * Source: IAM user guide, "How permissions and policies provide access management".
 */
import type { Context } from './evaluate.ts';
import type { Tie } from '../ports/tie.ts';

interface Common {
  /** Twelve digits. */
  readonly account: string;
  readonly arn: string;
  /** The account id, `AIDA…`, or `AROA…:<session>`. */
  readonly userId: string;
  readonly accessKeyId: string;
}
type RootPrincipal = Common & { readonly kind: 'root' };
type UserPrincipal = Common & {
  readonly kind: 'user';
  readonly name: string;
  readonly path: string;
  readonly tags: Readonly<Record<string, string>>;
};
export type RoleSessionPrincipal = Common & {
  readonly kind: 'role-session';
  readonly roleArn: string;
  readonly roleName: string;
  /** Of the role as it was when the session began; another role of the same name is not this session's. */
  readonly roleId: string;
  readonly sessionName: string;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  /** JSON texts; each narrows the session. */
  readonly sessionPolicies: readonly string[];
  /** Keys that the session carries for conditions, e.g. `cognito-identity.amazonaws.com:sub`. */
  readonly context: Context;
  /** What ends the session before its time. */
  readonly ties: readonly Tie[];
  /** The session was itself opened with a session's credentials. */
  readonly isChained: boolean;
};
export type Principal = RootPrincipal | UserPrincipal | RoleSessionPrincipal;
