/**
 * Notes and counters in SQLite: carries out the writing verbs of Expiring, inside the caller's transaction. One writer, so each is atomic.
 */
import type { StatementSync } from 'node:sqlite';
import type { Job, Value } from './job.ts';
import { COUNTERS, NOTES } from './schema.ts';

export function createNotes(prepare: (sql: string) => StatementSync) {
  const removed = `delete from ${NOTES} where key = ? returning note, until`;
  const spent = `delete from ${NOTES} where key = ? returning until`;
  const keep = `insert into ${NOTES} values (?, ?, ?) on conflict (key) do update set note = excluded.note, until = excluded.until`;
  const count = `insert into ${COUNTERS} values (?, 1, ?) on conflict (key) do update
    set count = iif(until <= ?, 1, count + 1), until = iif(until <= ?, excluded.until, until) returning count`;

  return {
    apply(job: Exclude<Job, { verb: 'commit' }>, now: number): Value {
      switch (job.verb) {
        case 'put':
          prepare(keep).run(job.key, job.note, job.until);
          break;
        case 'claim':
          return Number(prepare(`${keep} where until <= ?`).run(job.key, job.note, job.until, now).changes);
        case 'take': {
          const taken = prepare(removed).get(job.key);
          return taken && Number(taken.until) > now ? String(taken.note) : undefined;
        }
        case 'spend':
          return Number(Number(prepare(spent).get(job.key)?.until ?? 0) > now);
        case 'count':
          return Number(prepare(count).get(job.key, job.until, now, now)?.count);
        case 'forget':
          for (const table of [NOTES, COUNTERS]) prepare(`delete from ${table} where key = ?`).run(job.key);
      }
      return undefined;
    },
    /** Removes at most `most` notes and as many counters whose time is past. */
    sweep(now: number, most: number): void {
      for (const table of [NOTES, COUNTERS]) {
        prepare(`delete from ${table} where key in (select key from ${table} where until <= ? limit +?)`).run(
          now,
          most,
        );
      }
    },
  };
}
