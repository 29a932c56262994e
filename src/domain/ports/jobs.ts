/**
 * Jobs: work that outlasts the request it came of, and the process.
 *
 * A job is committed with the change that makes it due, so that neither is there without the other. Whoever does it may be killed at any moment: what a kind does must bear being done twice.
 */
import type { Change } from './records.ts';

export interface Jobs {
  /**
   * The change that adds a job, for the commit of what makes it due.
   *
   * @param kind e.g. `sweep-pool`
   * @param subject what it is about, e.g. a pool's id
   * @param when from when on it may be done; at once when absent
   */
  add(kind: string, subject: string, when?: { readonly from: Date }): Change;
  /** Begins what is due, unless this process is at it already. Does not wait for it. */
  wake(): void;
}

/** How a job of one kind is done. */
export type Work = (
  subject: string,
  progress: {
    /** What was kept last, by whoever was at it. */
    readonly cursor: string | undefined;
    /** Keeps how far it has come, and takes the job for another while. @throws Failure `job-lost` when another has it by now */
    readonly keep: (cursor: string) => Promise<void>;
  },
) => Promise<void>;
