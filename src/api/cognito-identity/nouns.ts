/** The part of the domain that identity-pool operations may touch. */
import type { Principal } from '../../domain/access/principal.ts';
import type { RequestKeys } from '../../domain/access/request-context.ts';
import type { IdentityCredentials } from '../../domain/identities/credentials.ts';
import type { Identities } from '../../domain/identities/identities.ts';
import type { IdentityPools } from '../../domain/identities/identity-pools.ts';
import type { LoginProofs } from '../../domain/identities/logins.ts';
import type { OpenIdTokens } from '../../domain/identities/open-id-tokens.ts';
import type { Bearer } from '../../domain/tokens/tokens.ts';
import { operationsOver } from '../../wire/operation.ts';

export interface Nouns {
  readonly identityPools: IdentityPools;
  readonly identities: Identities;
  readonly identityCredentials: IdentityCredentials;
  readonly openIdTokens: OpenIdTokens;
  readonly logins: LoginProofs;
}
export const operation = operationsOver<Nouns, Principal, Bearer, never, RequestKeys>();
