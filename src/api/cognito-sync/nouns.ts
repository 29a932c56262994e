/**
 * The part of the domain that sync operations may touch, and the rule that all of them are under.
 *
 * Credentials of an identity reach that identity's data and no other's, whatever the role's policies allow: the roles that people are given commonly allow all of cognito-sync.
 * Credentials of a developer reach what their policies allow.
 * Source: Cognito Sync API reference: operations "called with temporary user credentials" or "developer credentials".
 */
import { datasetArn } from '../../base/arn.ts';
import { Failure } from '../../base/failure.ts';
import type { Principal } from '../../domain/access/principal.ts';
import { identityNotFound, type Identities, type Identity } from '../../domain/identities/identities.ts';
import { IDENTITY_POOLS } from '../../domain/identities/web-identity.ts';
import type { Datasets } from '../../domain/sync/datasets.ts';
import type { Bearer } from '../../domain/tokens/tokens.ts';
import { operationsOver } from '../../wire/operation.ts';
import { sought, type Target } from '../../wire/target.ts';
import type { z } from 'zod';

export interface Nouns {
  readonly identities: Identities;
  readonly datasets: Datasets;
}
/** `not-your-identity`: the credentials are another identity's. */
export type OwnerFailure = 'not-your-identity';

interface OfDataset {
  readonly IdentityPoolId: string;
  readonly IdentityId: string;
  readonly DatasetName: string;
}
const signed = operationsOver<Nouns, Principal, Bearer>();

/** An operation on one dataset of an identity, which the handler gets as it was found. */
export function operationOnDataset<Input extends OfDataset, Output extends object>({
  input,
  handle,
}: {
  readonly input: z.ZodType<Input>;
  readonly handle: (
    given: Input,
    nouns: Pick<Nouns, 'datasets'>,
    by: { readonly principal: Principal; readonly identity: Identity },
  ) => Promise<Output>;
}) {
  return signed({
    caller: 'iam',
    on: onDataset,
    input,
    handle: (given, nouns, { principal, found }) => handle(given, nouns, { principal, identity: found }),
  });
}

/** The dataset of an identity of that pool; there need be no data yet, but the identity must be. */
async function onDataset(
  { IdentityPoolId, IdentityId, DatasetName }: OfDataset,
  { identities }: Pick<Nouns, 'identities'>,
  { account, principal }: { account: string; principal: Principal },
): Promise<Target<Identity>> {
  const isOwn = isOwnOrDeveloper(principal, { IdentityPoolId, IdentityId });
  const identity = await identities.find(IdentityId);
  const isThere = isOwn && identity?.poolId === IdentityPoolId;
  return sought({
    record: isThere ? identity : undefined,
    arn: ({ poolId, id }) => datasetArn(account, poolId, id, DatasetName),
    tags: () => ({}),
    named: datasetArn(account, IdentityPoolId, IdentityId, DatasetName),
    // Whose identity there is besides one's own is nobody's to find out.
    missing: isOwn ? identityNotFound(IdentityId) : new Failure<OwnerFailure>('not-your-identity'),
  });
}

/** False for the credentials of another identity than the one that is named. */
function isOwnOrDeveloper(
  principal: Principal,
  { IdentityId, IdentityPoolId }: Omit<OfDataset, 'DatasetName'>,
): boolean {
  if (principal.kind !== 'role-session') return true;
  const { [`${IDENTITY_POOLS}:sub`]: identity, [`${IDENTITY_POOLS}:aud`]: pool } = principal.context;
  return identity === undefined || (identity === IdentityId && pool === IdentityPoolId);
}
