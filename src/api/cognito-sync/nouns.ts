/**
 * The part of the domain that sync operations may touch, and the rule that all of them are under.
 *
 * Credentials of an identity reach that identity's data and no other's, whatever the role's policies allow: the roles that people are given commonly allow all of cognito-sync.
 * Credentials of a developer reach what their policies allow.
 * Source: Cognito Sync API reference: operations "called with temporary user credentials" or "developer credentials".
 */
import { Failure } from '../../base/failure.ts';
import type { Principal } from '../../domain/access/principal.ts';
import type { Identities } from '../../domain/identities/identities.ts';
import { IDENTITY_POOLS } from '../../domain/identities/web-identity.ts';
import type { Datasets } from '../../domain/sync/datasets.ts';
import type { Bearer } from '../../domain/tokens/tokens.ts';
import { operationsOver, type On } from '../../wire/operation.ts';
import type { z } from 'zod';

export interface Nouns {
  readonly identities: Identities;
  readonly datasets: Datasets;
}
/** `not-your-identity`: the credentials are another identity's; `identity-of-another-pool` (fact: identity). */
export type OwnerFailure = 'not-your-identity' | 'identity-of-another-pool';

interface OfIdentity {
  readonly IdentityPoolId: string;
  readonly IdentityId: string;
}
const signed = operationsOver<Nouns, Principal, Bearer>();

/** An operation on the data of one identity. */
export function operationOnIdentity<Input extends OfIdentity, Output extends object>({
  on,
  input,
  handle,
}: {
  readonly on: On<Input>;
  readonly input: z.ZodType<Input>;
  readonly handle: (given: Input, nouns: Nouns, principal: Principal) => Promise<Output>;
}) {
  return signed({
    caller: 'iam',
    on,
    input,
    async handle(given, nouns, { principal }) {
      assertOwn(principal, given);
      const identity = await nouns.identities.get(given.IdentityId);
      if (identity.poolId !== given.IdentityPoolId)
        throw new Failure<OwnerFailure>('identity-of-another-pool', { identity: given.IdentityId });
      return handle(given, nouns, principal);
    },
  });
}

/** @throws Failure `not-your-identity` */
function assertOwn(principal: Principal, { IdentityId, IdentityPoolId }: OfIdentity): void {
  if (principal.kind !== 'role-session') return;
  const { [`${IDENTITY_POOLS}:sub`]: identity, [`${IDENTITY_POOLS}:aud`]: pool } = principal.context;
  if (identity === undefined) return;
  if (identity !== IdentityId || pool !== IdentityPoolId)
    throw new Failure<OwnerFailure>('not-your-identity');
}
