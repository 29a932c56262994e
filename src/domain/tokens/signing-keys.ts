/**
 * Signing keys: a pool's own, one for ID tokens and one for access tokens; and one for the tokens of identities.
 *
 * Made when a pool first needs them, once also when a hundred ask at once: the store keeps the first pair, and whoever came later takes that. Private keys are sealed.
 * Source: Cognito developer guide, "Verifying JSON web tokens": ID and access tokens are signed by different keys.
 */
import type { Clock } from '../../base/clock.ts';
import { isFailure } from '../../base/failure.ts';
import { insert, type Collection, type Records } from '../ports/records.ts';
import type { PublicJwk, Signer, SigningAlgorithm, SigningKeyPair } from '../ports/signer.ts';

/** `identity`: the tokens that say which identity of an identity pool somebody is; their key belongs to no pool. */
export type KeyUse = 'id' | 'access' | 'identity';
/** Whose key the one for identities is, in place of a pool. */
export const IDENTITY_ISSUER = 'identity';

interface SigningKey {
  readonly poolId: string;
  readonly use: KeyUse;
  readonly pair: SigningKeyPair;
  readonly createdAt: string;
}

export const signingKeyCollection: Collection<SigningKey> = {
  name: 'signing-keys',
  key: ({ poolId, use }) => [poolId, use],
  sealed: ['pair'],
};
const ALGORITHM: SigningAlgorithm = 'RS256';
const MOST_KEPT = 2000;

export function createSigningKeys({
  records,
  signer,
  clock,
}: {
  records: Records;
  signer: Signer;
  clock: Clock;
}) {
  const kept = new Map<string, Promise<SigningKeyPair>>();

  async function load(poolId: string, use: KeyUse): Promise<SigningKeyPair> {
    const found = await records.get(signingKeyCollection, [poolId, use]);
    if (found) return found.record.pair;
    const pair = await signer.generate(ALGORITHM);
    try {
      await records.commit(
        insert(signingKeyCollection, { poolId, use, pair, createdAt: clock.now().toISOString() }),
      );
      return pair;
    } catch (error) {
      if (!isFailure(error, 'already-kept')) throw error;
      return load(poolId, use);
    }
  }

  /** The pool's key for that use. */
  function of(poolId: string, use: KeyUse): Promise<SigningKeyPair> {
    const place = `${use} ${poolId}`;
    const known = kept.get(place);
    if (known) return known;
    const loading = load(poolId, use);
    if (kept.size >= MOST_KEPT) kept.delete(kept.keys().next().value ?? '');
    kept.set(place, loading);
    // A failure is not kept: the next one who asks tries again.
    loading.catch(() => kept.delete(place));
    return loading;
  }

  return {
    of,

    /** What may be published. */
    async published(
      poolId: string,
      uses: readonly KeyUse[] = ['id', 'access'],
    ): Promise<readonly PublicJwk[]> {
      const pairs = await Promise.all(uses.map((use) => of(poolId, use)));
      return pairs.map(({ publicJwk }) => publicJwk);
    },
  };
}
export type SigningKeys = ReturnType<typeof createSigningKeys>;
