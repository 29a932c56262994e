/** The part of the domain that IAM operations may touch. */
import type { IamUsers } from '../../domain/access/iam-users.ts';
import type { OidcProviderList } from '../../domain/access/trusted-issuers/oidc-providers.ts';
import type { Principal } from '../../domain/access/principal.ts';
import type { Roles } from '../../domain/access/roles.ts';
import type { SamlProviderList } from '../../domain/access/trusted-issuers/saml-providers.ts';
import type { Bearer } from '../../domain/tokens/tokens.ts';
import { operationsOver } from '../../wire/operation.ts';

export interface Nouns {
  readonly roles: Roles;
  readonly iamUsers: IamUsers;
  readonly oidcProviders: OidcProviderList;
  readonly samlProviders: SamlProviderList;
}
/** What handlers see: no way to look up a role or a user, so that they work on the one that was decided on. */
interface Acting extends Omit<Nouns, 'roles' | 'iamUsers'> {
  readonly roles: Omit<Roles, 'find' | 'byArn'>;
  readonly iamUsers: Omit<IamUsers, 'find' | 'byKey'>;
}
export const operation = operationsOver<Nouns, Principal, Bearer, never, never, Acting>();
