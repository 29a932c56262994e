/**
 * Role choice: which role an identity may take, given its logins.
 *
 * A role asked for by name must stand in the token. Where the provider's mapping leaves it to the token, that is the preferred role, and without one what the mapping says of ambiguity; where there is no
 * mapping, the pool's role. Trust is not judged here; see credentials.ts.
 * Source: Cognito developer guide, "Using role-based access control".
 */
import { Failure } from '../../base/failure.ts';
import type { IdentityPool } from './identity-pools.ts';
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
  const mapping = names.map((name) => roles.byToken[name]).find((each) => each !== undefined);
  if (mapping === undefined) return configured(roles.authenticated);
  const preferred = login.claims['cognito:preferred_role'];
  if (typeof preferred === 'string') return preferred;
  if (mapping === 'Deny') throw new Failure<RoleChoiceFailure>('role-ambiguous');
  return configured(roles.authenticated);
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
