/** Signing keys of a user pool: shown, and rotated while everything goes on. */
import { POOL_USES, type KeyState, type SigningKeys } from '../../domain/tokens/signing-keys.ts';
import { structure, text } from '../../wire/members.ts';
import { onPool } from '../on-pool.ts';
import { operation } from './nouns.ts';

const poolId = text({ min: 1, max: 55, pattern: /[\w-]+_[0-9a-zA-Z]+/ });
const USES = { id: 'ID', access: 'ACCESS', identity: 'IDENTITY' } as const;
const STATES = { next: 'NEXT', current: 'CURRENT', former: 'FORMER' } as const;

/** Publishes the next keys; they sign once nobody can have a key set without them. A rotation that is under way stays as it is. */
export const RotateUserPoolSigningKeys = operation({
  caller: 'iam',
  on: onPool,
  input: structure({ UserPoolId: poolId }),
  async handle(_input, { signingKeys }, { found: pool }) {
    for (const use of POOL_USES) await signingKeys.rotate(pool.id, use);
    return { SigningKeys: await listOf(pool.id, signingKeys) };
  },
});

export const ListUserPoolSigningKeys = operation({
  caller: 'iam',
  on: onPool,
  input: structure({ UserPoolId: poolId }),
  async handle(_input, { signingKeys }, { found: pool }) {
    return { SigningKeys: await listOf(pool.id, signingKeys) };
  },
});

async function listOf(pool: string, signingKeys: SigningKeys) {
  const states = await Promise.all(POOL_USES.map((use) => signingKeys.states(pool, use)));
  return states.flat().map(keyType);
}

const keyType = ({ kid, use, state, createdAt, signsFrom, until }: KeyState) => ({
  KeyId: kid,
  Use: USES[use],
  State: STATES[state],
  PublishedDate: createdAt,
  SignsFromDate: signsFrom,
  GoneDate: until,
});
