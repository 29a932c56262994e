/** The part of the domain that STS operations may touch. */
import type { AssumeRoles } from '../../domain/access/assume-role.ts';
import type { Principal } from '../../domain/access/principal.ts';
import type { RequestKeys } from '../../domain/access/request-context.ts';
import type { SamlIdentity } from '../../domain/identities/saml-identity.ts';
import type { WebIdentity } from '../../domain/identities/web-identity.ts';
import type { Bearer } from '../../domain/tokens/tokens.ts';
import { operationsOver } from '../../wire/operation.ts';

export interface Nouns {
  readonly assumeRoles: AssumeRoles;
  readonly samlIdentity: SamlIdentity;
  readonly webIdentity: WebIdentity;
}
export const operation = operationsOver<Nouns, Principal, Bearer, never, RequestKeys>();
