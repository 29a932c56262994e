/**
 * Afterwards: what is done once a request is answered, because its time must not show in the answer.
 *
 * It runs in this process and is not kept: what must not be lost is a job. An orderly end waits for it. So much may be under way at once and no more; what is too much fails at once.
 */

const MOST_UNDER_WAY = 1000;

export type Afterwards = ReturnType<typeof createAfterwards>;

/** @param onFailure hears of work that failed */
export function createAfterwards({ onFailure }: { onFailure: (error: unknown) => void }) {
  const underWay = new Set<Promise<void>>();

  return {
    /** Begins `work` after what the present request still has to do. */
    run(work: () => Promise<void>): void {
      if (underWay.size >= MOST_UNDER_WAY) {
        onFailure(new Error(`More than ${MOST_UNDER_WAY} things are under way.`));
        return;
      }
      const done = new Promise<void>((resolve) => setImmediate(resolve))
        .then(work)
        .catch(onFailure)
        .finally(() => underWay.delete(done));
      underWay.add(done);
    },

    /** Resolves once nothing is under way. */
    async settled(): Promise<void> {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}
