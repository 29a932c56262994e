/**
 * Whom the ARNs of a trust policy mean: bound to unique ids when the policy is written.
 *
 * A user or a role that is deleted and made again under the same name has another id, and so inherits nobody's trust.
 * A policy that names somebody who is not there is refused. Read back, an ARN whose owner is gone is shown as the
 * unique id, so that everybody sees that it trusts nobody. ARNs of other accounts mean nobody here.
 * Source: IAM user guide, "AWS JSON policy elements: Principal" (IAM user principals, IAM role principals).
 */
import { parseArn } from '../../../base/arn.ts';
import { namedArns, readPrincipals, type PrincipalIds } from './policy-principals.ts';
import { malformed, type Policy } from '../policy.ts';

/** A user or a role, as far as its ARN goes. */
export interface Named {
  readonly id: string;
  readonly arn: string;
  /** ISO text. */
  readonly createdAt: string;
}
interface TrustPrincipalParts {
  readonly account: string;
  readonly findRole: (name: string) => Promise<Named | undefined>;
  readonly findUser: (name: string) => Promise<Named | undefined>;
}
/** A trust policy with whom it means; `ids` is absent in records of before there were any. */
interface BoundTrust {
  /** JSON text, as given. */
  readonly trust: string;
  readonly trustIds?: PrincipalIds;
  /** When the policy was written, at the latest: ISO text. */
  readonly createdAt: string;
}

export function createTrustPrincipals({ account, findRole, findUser }: TrustPrincipalParts) {
  /** Who has an ARN of this account now. */
  async function ownerOf(arn: string): Promise<Named | undefined> {
    const { service, account: owner, resource } = parseArn(arn) ?? {};
    if (owner !== account || resource === undefined) return undefined;
    const name = resource.slice(resource.lastIndexOf('/') + 1);
    if (service === 'iam') {
      const found = await (resource.startsWith('role/') ? findRole(name) : findUser(name));
      return found?.arn === arn ? found : undefined;
    }
    // arn:aws:sts::<account>:assumed-role/<role>/<session>; the role's path is not in it.
    const [kind, roleName = ''] = resource.split('/');
    const role = kind === 'assumed-role' ? await findRole(roleName) : undefined;
    return role?.arn.endsWith(`/${roleName}`) ? role : undefined;
  }

  async function ownersOf(
    arns: readonly string[],
  ): Promise<readonly (readonly [string, Named | undefined])[]> {
    return Promise.all([...new Set(arns)].map(async (arn) => [arn, await ownerOf(arn)] as const));
  }
  const arnsIn = ({ statements }: Policy): readonly string[] =>
    statements.flatMap(({ principals }) => (principals ? namedArns(principals.who) : []));

  return {
    /** The ids of whom a policy that is being written names. @throws Failure `malformed-policy` */
    async bind(policy: Policy): Promise<PrincipalIds> {
      const owners = await ownersOf(arnsIn(policy));
      for (const [arn, owner] of owners) {
        if (!owner && parseArn(arn)?.account === account)
          throw malformed(`Invalid principal in policy: "AWS":"${arn}"`);
      }
      return Object.fromEntries(owners.flatMap(([arn, owner]) => (owner ? [[arn, owner.id]] : [])));
    },

    /** Whom a stored policy means. One without ids means those who were there when it was written. */
    async idsOf({ trustIds, createdAt }: BoundTrust, policy: Policy): Promise<PrincipalIds> {
      if (trustIds) return trustIds;
      const owners = await ownersOf(arnsIn(policy));
      return Object.fromEntries(
        owners.flatMap(([arn, owner]) => (owner && owner.createdAt <= createdAt ? [[arn, owner.id]] : [])),
      );
    },

    /** The policy's text as it is shown: as given, but for the ids of those who are gone. */
    async shown(bound: BoundTrust, policy: Policy): Promise<string> {
      const owners = await ownersOf(arnsIn(policy));
      const ids = await this.idsOf(bound, policy);
      const gone = owners.flatMap(([arn, owner]) => {
        const id = ids[arn];
        return id !== undefined && owner?.id !== id ? [[arn, shownId(arn, id)] as const] : [];
      });
      return gone.length === 0 ? bound.trust : replaceArns(bound.trust, new Map(gone));
    },
  };
}

/** `AIDA…`, `AROA…`, and of a session `AROA…:<session>`. */
function shownId(arn: string, id: string): string {
  const [kind, , session] = parseArn(arn)?.resource.split('/') ?? [];
  return kind === 'assumed-role' && session !== undefined ? `${id}:${session}` : id;
}

/** Replaces ARNs in the Principal elements alone; elsewhere the same text may stand for something else. */
function replaceArns(text: string, replacements: ReadonlyMap<string, string>): string {
  return JSON.stringify(
    JSON.parse(text, (name, value: unknown) => {
      const isPrincipal = name === 'Principal' || name === 'NotPrincipal';
      if (!isPrincipal || readPrincipals(value) === undefined || typeof value === 'string') return value;
      const replace = (each: unknown): unknown =>
        Array.isArray(each) ? each.map(replace) : (replacements.get(String(each)) ?? each);
      return Object.fromEntries(
        Object.entries(value as object).map(([kind, named]) => [
          kind,
          kind === 'AWS' ? replace(named) : named,
        ]),
      );
    }),
  );
}
