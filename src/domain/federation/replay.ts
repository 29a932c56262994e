/**
 * Marks of what others issued and we believe once: SAML assertions.
 *
 * A proof that is shown a second time, to whichever node and however soon, finds its mark. Marks are kept with the directory, for one that was forgotten would let its proof be shown again; each ends when its proof does.
 * Source: SAML 2.0 Profiles, 4.1.4.5 (replay).
 */
import { isFailure } from '../../base/failure.ts';
import { sha256Hex } from '../../base/secret.ts';
import { insert, type Collection, type Records } from '../ports/records.ts';
import type { ClaimOnce } from '../ports/replay-cache.ts';

interface Mark {
  /** Among whose proofs the id is unique, e.g. a pool and one of its providers. */
  readonly issuedBy: readonly string[];
  /** SHA-256 of the proof's id, which may be of any length. */
  readonly proof: string;
  readonly until: string;
}

export const usedOnceCollection: Collection<Mark> = {
  name: 'used-once',
  key: ({ issuedBy, proof }) => [...issuedBy, proof],
  until: ({ until }) => until,
};

export function createClaimOnce({ records }: { records: Records }): ClaimOnce {
  return async ({ issuedBy, id, until }) => {
    const mark: Mark = { issuedBy, proof: sha256Hex(id), until: until.toISOString() };
    try {
      await records.commit(insert(usedOnceCollection, mark));
      return true;
    } catch (error) {
      if (isFailure(error, 'already-kept')) return false;
      throw error;
    }
  };
}
