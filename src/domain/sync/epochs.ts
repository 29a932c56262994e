/**
 * Epochs: which life of the sync store a count belongs to.
 *
 * Where devices' records may be lost (another server took over, or it was emptied), counts that were given out would come again and mean something else. So a count is
 * `epoch · 2^32 + n`, and the epoch, kept in the directory, rises whenever the store's history is not the one that it was counted in.
 */
import { insert, replace, retrying, type Collection, type Records } from '../ports/records.ts';

interface Epoch {
  readonly id: 'sync';
  readonly number: number;
  /** The history of the store at that time. */
  readonly history: string;
}
export const epochCollection: Collection<Epoch> = { name: 'sync-epochs', key: ({ id }) => [id] };

/** Where the counts of an epoch begin. */
const EPOCH_SIZE = 2 ** 32;

interface EpochParts {
  readonly records: Records;
  /** The name of the store's unbroken history. @param again asks the store even if it was asked before */
  readonly history: (again?: { readonly again: boolean }) => Promise<string>;
}

export function createEpochs({ records, history }: EpochParts) {
  let known: { readonly history: string; readonly number: number } | undefined;

  async function numberFor(present: string): Promise<number> {
    const kept = await records.get(epochCollection, ['sync']);
    if (kept?.record.history === present) return kept.record.number;
    const next: Epoch = { id: 'sync', history: present, number: kept ? kept.record.number + 1 : 0 };
    await records.commit(kept ? replace(epochCollection, next, kept.version) : insert(epochCollection, next));
    return next.number;
  }

  /** Of several processes that notice at once, one counts. */
  const noticed = (present: string): Promise<number> =>
    retrying(() => numberFor(present), ['changed-meanwhile', 'already-kept']);

  return {
    /**
     * The first count of the present epoch, less one.
     * @param again where a dataset is missing that may have been there: the store may have been emptied
     */
    async floor(again: { readonly again: boolean }): Promise<number> {
      const present = await history(again);
      if (known?.history !== present) known = { history: present, number: await noticed(present) };
      return known.number * EPOCH_SIZE;
    },
  };
}
export type Epochs = ReturnType<typeof createEpochs>;
