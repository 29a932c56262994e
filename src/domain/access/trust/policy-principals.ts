/**
 * Principals of a trust policy: whom a statement is about.
 *
 * An account stands for its root, and its root for all of the account that may. Wildcards match everybody or nobody: a star inside a name is refused.
 * Source: IAM user guide, "AWS JSON policy elements: Principal".
 */
import { parseArn } from '../../../base/arn.ts';

export type Principals =
  | 'everybody'
  | Readonly<Record<'AWS' | 'Federated' | 'Service' | 'CanonicalUser', readonly string[]>>;

/** Who asks, by the kinds that a policy may name. */
export interface Asking {
  readonly aws?: {
    readonly arn: string;
    readonly account: string;
    /** The role of a session. */
    readonly roleArn?: string;
    /** The unique id of the user, or of the session's role. */
    readonly id: string;
  };
  /** `cognito-identity.amazonaws.com`, or the ARN of a provider. */
  readonly federated?: string;
  readonly service?: string;
}

const KINDS = ['AWS', 'Federated', 'Service', 'CanonicalUser'] as const;
const ACCOUNT = /^\d{12}$/;

/** Undefined when the element is not understood. */
export function readPrincipals(value: unknown): Principals | undefined {
  if (value === '*') return 'everybody';
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const names = Object.keys(value);
  if (names.length === 0 || !names.every((name) => KINDS.some((kind) => kind === name))) return undefined;
  const read: Record<string, readonly string[]> = { AWS: [], Federated: [], Service: [], CanonicalUser: [] };
  for (const [kind, listed] of Object.entries(value)) {
    const texts: unknown[] = Array.isArray(listed) ? listed : [listed];
    const isUnderstood = texts.every(
      (text) => typeof text === 'string' && (kind === 'AWS' ? isAws(text) : /^[^\s*?]{1,2048}$/.test(text)),
    );
    if (!isUnderstood || texts.length === 0) return undefined;
    read[kind] = texts.map(String);
  }
  return read as Principals;
}

function isAws(text: string): boolean {
  if (text === '*' || ACCOUNT.test(text)) return true;
  const arn = parseArn(text);
  if (!arn || !ACCOUNT.test(arn.account) || /[*?]/.test(text)) return false;
  if (arn.service === 'iam') return /^(root$|user\/|role\/)/.test(arn.resource);
  return arn.service === 'sts' && /^(assumed-role|federated-user)\//.test(arn.resource);
}

/** The unique ids of the users and roles that a policy's ARNs meant when it was written, by ARN. */
export type PrincipalIds = Readonly<Record<string, string>>;

/**
 * How a statement names who asks: `by-session` this session, `by-name` the principal or everybody, `by-account` the
 * account it belongs to, which leaves the choice to the account's own policies.
 *
 * An ARN means whoever had it when the policy was written: another of the same name since then is not named.
 */
export function naming(
  principals: Principals,
  { aws, federated, service }: Asking,
  { ids, effect }: { readonly ids: PrincipalIds; readonly effect: 'Allow' | 'Deny' },
): 'by-session' | 'by-name' | 'by-account' | 'not-trusted' {
  if (principals === 'everybody') return 'by-name';
  const isNamed = (arn: string): boolean => principals.AWS.includes(arn) && ids[arn] === aws?.id;
  if (aws?.roleArn !== undefined && isNamed(aws.arn)) return 'by-session';
  // A Deny of all principals is one of those for whom others vouch, too; no Allow of it lets them in.
  if (principals.AWS.includes('*') && (aws || effect === 'Deny')) return 'by-name';
  if (federated !== undefined && principals.Federated.includes(federated)) return 'by-name';
  if (service !== undefined && principals.Service.includes(service)) return 'by-name';
  if (!aws) return 'not-trusted';
  if (isNamed(aws.roleArn ?? aws.arn)) return 'by-name';
  return principals.AWS.some((each) => isAccount(each, aws.account)) ? 'by-account' : 'not-trusted';
}

/** True of an account's id, and of its root. */
function isAccount(text: string, account: string): boolean {
  const arn = parseArn(text);
  return text === account || (arn?.resource === 'root' && arn.account === account);
}

/** The ARNs of users, roles and sessions that a policy names: those that mean somebody by a unique id. */
export function namedArns(principals: Principals): readonly string[] {
  if (principals === 'everybody') return [];
  return principals.AWS.filter((each) => /^arn:[^:]*:(?:iam|sts)::\d{12}:(?!root$)/.test(each));
}
