/**
 * Principals of a trust policy: whom a statement is about.
 *
 * An account stands for its root, and its root for all of the account that may. Wildcards match everybody or nobody: a star inside a name is refused.
 * Source: IAM user guide, "AWS JSON policy elements: Principal".
 */
import { parseArn } from '../../base/arn.ts';

export type Principals =
  | 'everybody'
  | Readonly<Record<'AWS' | 'Federated' | 'Service' | 'CanonicalUser', readonly string[]>>;

/** Who asks, by the kinds that a policy may name. */
export interface Asking {
  /** The principal's ARN, its account, and for a session the ARN of its role. */
  readonly aws?: { readonly arn: string; readonly account: string; readonly roleArn?: string };
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

/**
 * How a statement names who asks: `by-name` the very principal (or everybody), `by-account` the account it belongs to, which
 * leaves the choice to the account's own policies.
 */
export function naming(
  principals: Principals,
  { aws, federated, service }: Asking,
): 'by-name' | 'by-account' | 'not' {
  if (principals === 'everybody') return 'by-name';
  if (federated !== undefined && principals.Federated.includes(federated)) return 'by-name';
  if (service !== undefined && principals.Service.includes(service)) return 'by-name';
  if (!aws) return 'not';
  const names = [aws.arn, ...(aws.roleArn ? [aws.roleArn] : []), '*'];
  if (principals.AWS.some((each) => names.includes(each))) return 'by-name';
  const isAccount = principals.AWS.some(
    (each) =>
      each === aws.account ||
      (parseArn(each)?.resource === 'root' && parseArn(each)?.account === aws.account),
  );
  return isAccount ? 'by-account' : 'not';
}
