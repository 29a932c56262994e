/**
 * Afterwards: what is done once a request is answered, because its time must not show in the answer.
 *
 * It runs in this process and is not kept: what must not be lost is a job. An orderly end waits for it. So much may be under way at once, of one pool and of all, and no more;
 * what is too much fails at once. A pool whose messages are slow leaves room for the others'.
 */

const MOST_UNDER_WAY = 5000;
const MOST_OF_POOL = 500;

export type Afterwards = ReturnType<typeof createAfterwards>;

/** @param onFailure hears of work that failed */
export function createAfterwards({ onFailure }: { onFailure: (error: unknown) => void }) {
  const underWay = new Set<Promise<void>>();
  const ofPools = new Map<string, number>();

  /** Counts one more of a pool, or one fewer. */
  function change(poolId: string, by: number): void {
    const left = (ofPools.get(poolId) ?? 0) + by;
    if (left === 0) ofPools.delete(poolId);
    else ofPools.set(poolId, left);
  }

  return {
    /** Begins `work` after what the present request still has to do. */
    run(poolId: string, work: () => Promise<void>): void {
      if (underWay.size >= MOST_UNDER_WAY || (ofPools.get(poolId) ?? 0) >= MOST_OF_POOL) {
        onFailure(
          new Error(
            `Too much is under way after answers: ${ofPools.get(poolId) ?? 0} things of pool ${poolId}, ${underWay.size} in all.`,
          ),
        );
        return;
      }
      change(poolId, 1);
      const done = new Promise<void>((resolve) => setImmediate(resolve))
        .then(work)
        .catch(onFailure)
        .finally(() => {
          underWay.delete(done);
          change(poolId, -1);
        });
      underWay.add(done);
    },

    /** Resolves once nothing is under way. */
    async settled(): Promise<void> {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}
