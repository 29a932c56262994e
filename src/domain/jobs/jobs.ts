/**
 * Jobs as records: any process takes one that is due, by a commit, for half a minute at a time.
 *
 * A job that is being done is one that is due later: when whoever took it is killed, it falls due again by itself, and goes on from its cursor. A failed one is tried again after a while that
 * doubles, for ever, because nobody else will do it; each failure is told.
 */
import { plusSeconds, type Clock } from '../../base/clock.ts';
import { Failure, isFailure } from '../../base/failure.ts';
import { newUuidV7 } from '../../base/ids.ts';
import type { Jobs, Work } from '../ports/jobs.ts';
import { insert, remove, replace, type Collection, type Kept, type Records } from '../ports/records.ts';

interface Job {
  /** UUIDv7. */
  readonly id: string;
  readonly kind: string;
  readonly subject: string;
  readonly cursor?: string;
  /** From when on anybody may take it, ISO. */
  readonly dueAt: string;
  /** How often it was taken since it last came forward. */
  readonly tries: number;
}
/** Another process has taken the job meanwhile. */
type JobFailure = 'job-lost';

export const jobCollection: Collection<Job> = {
  name: 'jobs',
  key: ({ id }) => [id],
  lists: { byDue: ({ dueAt }) => [[dueAt]] },
};

const LEASE_SECONDS = 30;
const LONGEST_PAUSE_SECONDS = 600;
const PAGE = 20;

interface JobsParts {
  readonly records: Records;
  readonly clock: Clock;
  /** By kind. */
  readonly works: Readonly<Record<string, Work>>;
  /** Told of each try that failed. */
  readonly onFailure: (job: { kind: string; subject: string }, error: unknown) => void;
}

export function createJobs({ records, clock, works, onFailure }: JobsParts) {
  let running: Promise<void> | undefined;
  let isStopped = false;

  /** Takes the job for a while. @returns undefined when another process was first */
  async function take({ record, version }: Kept<Job>): Promise<Kept<Job> | undefined> {
    const dueAt = plusSeconds(clock.now(), LEASE_SECONDS).toISOString();
    const taken = { ...record, dueAt, tries: record.tries + 1 };
    try {
      await records.commit(replace(jobCollection, taken, version));
      return { record: taken, version: version + 1 };
    } catch (error) {
      if (isFailure(error, 'changed-meanwhile', 'not-kept')) return undefined;
      throw error;
    }
  }

  async function perform(taken: Kept<Job>): Promise<void> {
    let { record, version } = taken;
    const work = Object.hasOwn(works, record.kind) ? works[record.kind] : undefined;
    try {
      if (!work) throw new Error('no such kind of job');
      await work(record.subject, {
        cursor: record.cursor,
        async keep(cursor) {
          const dueAt = plusSeconds(clock.now(), LEASE_SECONDS).toISOString();
          record = { ...record, cursor, dueAt, tries: 1 };
          await records.commit(replace(jobCollection, record, version)).catch(asLost);
          version += 1;
        },
      });
      await records.commit(remove(jobCollection, [record.id], version)).catch(asLost);
    } catch (error) {
      if (isFailure<JobFailure>(error, 'job-lost')) return;
      onFailure(record, error);
      await postpone(record, version);
    }
  }

  async function postpone(record: Job, version: number): Promise<void> {
    const pause = Math.min(2 ** record.tries, LONGEST_PAUSE_SECONDS);
    const dueAt = plusSeconds(clock.now(), pause).toISOString();
    await records.commit(replace(jobCollection, { ...record, dueAt }, version)).catch((error: unknown) => {
      if (!isFailure(error, 'changed-meanwhile', 'not-kept')) throw error;
    });
  }

  async function runAll(): Promise<void> {
    for (;;) {
      const { records: first } = await records.page(jobCollection, {
        index: 'byDue',
        prefix: [],
        limit: PAGE,
      });
      const due = first.filter(({ dueAt }) => Date.parse(dueAt) <= clock.now().getTime());
      for (const { id } of due) {
        if (isStopped) return;
        const kept = await records.get(jobCollection, [id]);
        if (!kept || Date.parse(kept.record.dueAt) > clock.now().getTime()) continue;
        const taken = await take(kept);
        if (taken) await perform(taken);
      }
      if (due.length < PAGE) return;
    }
  }

  /** Does all that is due, one after another; one run at a time in a process. */
  function run(): Promise<void> {
    running ??= runAll().finally(() => (running = undefined));
    return running;
  }

  return {
    add: (kind: string, subject: string, { from } = { from: clock.now() }) =>
      insert(jobCollection, {
        id: newUuidV7(clock.now()),
        kind,
        subject,
        dueAt: from.toISOString(),
        tries: 0,
      }),
    wake() {
      run().catch((error: unknown) => onFailure({ kind: 'all', subject: 'the list of jobs' }, error));
    },
    run,
    /** Takes no further job, and waits for the one under way. */
    async stop(): Promise<void> {
      isStopped = true;
      await running?.catch(() => undefined);
    },
  } satisfies Jobs & Record<string, unknown>;
}

function asLost(error: unknown): never {
  throw isFailure(error, 'changed-meanwhile', 'not-kept') ? new Failure<JobFailure>('job-lost') : error;
}
