/** The part of the domain that operations of Cognate's own may touch. */
import type { Principal } from '../../domain/access/principal.ts';
import type { Pools } from '../../domain/pools/pools.ts';
import type { SigningKeys } from '../../domain/tokens/signing-keys.ts';
import { operationsOver } from '../../wire/operation.ts';

export interface Nouns {
  readonly pools: Pools;
  readonly signingKeys: SigningKeys;
}
export const operation = operationsOver<Nouns, Principal, never>();
