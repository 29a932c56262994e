/**
 * Roles: what a proven identity may become, and what it may do then.
 *
 * A role's trust policy says who may take it, its inline policies what it may do; both are texts that parsed when they were written. Names are unique without case. A role that was deleted and
 * made again has another id, and sessions of the old one mean nothing to it.
 * Source: IAM API reference, CreateRole, PutRolePolicy; "IAM and AWS STS quotas".
 */
import { parseArn, roleArn } from '../../base/arn.ts';
import type { Clock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import { newRoleId } from '../../base/ids.ts';
import { insert, remove, renaming, update, type Collection, type Records } from '../ports/records.ts';
import { iamUserCollection } from './iam-users.ts';
import { assertFits, createInlinePolicies, type InlinePolicies } from './inline-policies.ts';
import type { PrincipalIds } from './trust/policy-principals.ts';
import { parsePolicy } from './policy.ts';
import { createTrustPrincipals } from './trust/trust-principals.ts';

interface RoleSettings {
  readonly name: string;
  /** Begins and ends with a slash. */
  readonly path: string;
  /** Trust policy: JSON text, as given. */
  readonly trust: string;
  readonly description?: string;
  readonly maxSessionSeconds: number;
  readonly tags: Readonly<Record<string, string>>;
}
export interface Role extends RoleSettings {
  readonly id: string;
  readonly arn: string;
  /** JSON texts by name. */
  readonly inline: InlinePolicies;
  /** Whom the trust policy means; see trust-principals.ts. */
  readonly trustIds?: PrincipalIds;
  readonly createdAt: string;
}
/** `role-exists`, `role-not-found` (fact: role). */
export type RoleFailure = 'role-exists' | 'role-not-found' | 'role-has-policies';

export const roleNotFound = (role: string) => new Failure<RoleFailure>('role-not-found', { role });

export const roleCollection: Collection<Role> = { name: 'roles', key: ({ name }) => [name.toLowerCase()] };

/** Characters of all inline policies together, white space not counted. */
const MAX_INLINE = 10_240;
const MAX_TRUST = 4096;

export function createRoles({
  records,
  clock,
  account,
}: {
  records: Records;
  clock: Clock;
  account: string;
}) {
  const notFound = roleNotFound;

  async function find(name: string): Promise<Role | undefined> {
    return (await records.get(roleCollection, [name.toLowerCase()]))?.record;
  }

  const trustPrincipals = createTrustPrincipals({
    account,
    findRole: find,
    findUser: async (name) => (await records.get(iamUserCollection, [name.toLowerCase()]))?.record,
  });

  /** A trust policy that may be written, with whom it means. @throws Failure `malformed-policy`, `policies-too-long` */
  async function readTrust(text: string): Promise<Pick<Role, 'trust' | 'trustIds'>> {
    const policy = parsePolicy(text, 'trust');
    assertFits({ trust: text }, MAX_TRUST, 'ACLSizePerRole');
    return { trust: text, trustIds: await trustPrincipals.bind(policy) };
  }

  return {
    find,

    /** Whom the trust policy of a role means, for judging it. */
    trustIds: (role: Role): Promise<PrincipalIds> =>
      trustPrincipals.idsOf(role, parsePolicy(role.trust, 'trust')),

    /** The role as it is shown: in its trust policy the id of each principal that is gone. */
    async shown(role: Role): Promise<Role> {
      return { ...role, trust: await trustPrincipals.shown(role, parsePolicy(role.trust, 'trust')) };
    },

    /** @throws Failure `role-exists`, `malformed-policy`, `policies-too-long` */
    async create(settings: RoleSettings): Promise<Role> {
      const { path, name } = settings;
      const role: Role = {
        ...settings,
        ...(await readTrust(settings.trust)),
        id: newRoleId(),
        arn: roleArn(account, path, name),
        inline: {},
        createdAt: clock.now().toISOString(),
      };
      await renaming(
        records.commit(insert(roleCollection, role)),
        'already-kept',
        () => new Failure<RoleFailure>('role-exists', { role: name }),
      );
      return role;
    },

    /** Removes a role that has no policies any more; its sessions may do nothing from then on. @throws Failure `role-not-found`, `role-has-policies`, `changed-meanwhile` */
    async remove({ id, name }: Pick<Role, 'id' | 'name'>): Promise<void> {
      const kept = await records.get(roleCollection, [name.toLowerCase()]);
      if (kept?.record.id !== id) throw notFound(name);
      if (Object.keys(kept.record.inline).length > 0)
        throw new Failure<RoleFailure>('role-has-policies', { role: name });
      await renaming(
        records.commit(remove(roleCollection, [name.toLowerCase()], kept.version)),
        'not-kept',
        () => notFound(name),
      );
    },

    /** The role of that ARN; undefined when its name is another's by now. */
    async byArn(arn: string): Promise<Role | undefined> {
      const role = await find(arn.slice(arn.lastIndexOf('/') + 1));
      return role?.arn === arn ? role : undefined;
    },

    /**
     * What a permission to pass a role is decided on: the role as it is named, and as the role of that name has it where
     * that differs by case or path. Undefined for a role of another account.
     */
    async toPass(named: string): Promise<readonly Pick<Role, 'arn' | 'tags'>[] | undefined> {
      const parsed = parseArn(named);
      if (parsed?.service === 'iam' && parsed.account !== account) return undefined;
      const role = await find(named.slice(named.lastIndexOf('/') + 1));
      if (role?.arn === named) return [role];
      return [{ arn: named, tags: {} }, ...(role ? [role] : [])];
    },

    /**
     * Puts another trust policy in place of the one before; what was opened by that lives on, as at AWS.
     * @throws Failure `role-not-found`, `malformed-policy`, `policies-too-long`, `changed-meanwhile`
     */
    async setTrust({ id, name }: Pick<Role, 'id' | 'name'>, trust: string): Promise<void> {
      const read = await readTrust(trust);
      await renaming(
        update(records, roleCollection, [name.toLowerCase()], (role) => {
          if (role.id !== id) throw notFound(name);
          return { ...role, ...read };
        }),
        'not-kept',
        () => notFound(name),
      );
    },

    ...createInlinePolicies({
      records,
      collection: roleCollection,
      kind: 'role',
      most: MAX_INLINE,
      notFound,
    }),
  };
}
export type Roles = ReturnType<typeof createRoles>;
