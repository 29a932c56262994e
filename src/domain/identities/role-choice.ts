/**
 * Role choice: which role an identity may take, given its logins.
 *
 * A role asked for by name must stand in the token. Where the provider has a mapping, the first of its rules that matches gives the role, or the token's preferred one where the mapping leaves it to the token; else what the mapping says of
 * ambiguity. Where there is no mapping, the pool's role. Trust is not judged here; see credentials.ts.
 * Source: Cognito developer guide, "Using role-based access control".
 */
import { Failure } from '../../base/failure.ts';
import type { IdentityPool, RoleMapping, RoleRule } from './identity-pools.ts';
import { awsProviderName, type ProvenLogin } from './logins.ts';

export type RoleChoiceFailure = 'role-forbidden' | 'role-ambiguous' | 'role-not-configured';

/**
 * The ARN of the role.
 *
 * @param logins empty for a guest
 * @param customRoleArn a role asked for by name
 * @throws Failure `role-forbidden`, `role-ambiguous`, `role-not-configured`
 */
export function chooseRole(
  { roles, userPools }: IdentityPool,
  logins: readonly ProvenLogin[],
  customRoleArn: string | undefined,
): string {
  const configured = (arn: string | undefined): string => {
    if (arn === undefined) throw new Failure<RoleChoiceFailure>('role-not-configured');
    return arn;
  };
  const [login] = logins;
  if (!login) {
    if (customRoleArn !== undefined) throw new Failure<RoleChoiceFailure>('role-forbidden');
    return configured(roles.unauthenticated);
  }
  const offered = rolesIn(login);
  if (customRoleArn !== undefined) {
    if (!offered.includes(customRoleArn)) throw new Failure<RoleChoiceFailure>('role-forbidden');
    return customRoleArn;
  }
  const names = namesOf(login, userPools);
  const mapping = names.map((name) => roles.mappings[name]).find((each) => each !== undefined);
  if (mapping === undefined) return configured(roles.authenticated);
  const mapped = mappedRole(mapping, login);
  if (mapped !== undefined) return mapped;
  if (mapping.ambiguity === 'Deny') throw new Failure<RoleChoiceFailure>('role-ambiguous');
  return configured(roles.authenticated);
}

function mappedRole(mapping: RoleMapping, { claims }: ProvenLogin): string | undefined {
  if (mapping.by === 'rules') return mapping.rules.find((rule) => holds(rule, claims))?.roleArn;
  const preferred = claims['cognito:preferred_role'];
  return typeof preferred === 'string' ? preferred : undefined;
}

/** A claim with several values matches when one of them does; one that is absent matches nothing, not even `NotEqual`. */
function holds({ claim, match, value }: RoleRule, claims: ProvenLogin['claims']): boolean {
  const present = claims[claim];
  if (present === undefined || present === null) return false;
  const texts = (Array.isArray(present) ? present : [present]).map(String);
  switch (match) {
    case 'Equals':
      return texts.includes(value);
    case 'NotEqual':
      return !texts.includes(value);
    case 'StartsWith':
      return texts.some((text) => text.startsWith(value));
    default:
      return texts.some((text) => text.includes(value));
  }
}

function rolesIn({ claims }: ProvenLogin): readonly string[] {
  const roles = claims['cognito:roles'];
  return Array.isArray(roles) ? roles.map(String) : [];
}

/** What a mapping may call the login's provider: with the client or without, by AWS's name or as the pool names it. */
function namesOf(
  { provider, clientId }: ProvenLogin,
  userPools: IdentityPool['userPools'],
): readonly string[] {
  const given = userPools
    .filter(
      ({ providerName }) =>
        awsProviderName(providerName.slice(providerName.lastIndexOf('/') + 1)) === provider,
    )
    .map(({ providerName }) => providerName);
  const names = [...new Set([provider, ...given])];
  return [...names.map((name) => `${name}:${clientId}`), ...names];
}
