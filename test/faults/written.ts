/**
 * What is written while processes and servers are killed: batches of items and, in the same commit, the writer's tally; and claims.
 *
 * A writer's batches are numbered from 1, and its tally is the number of the last: what is there beyond it, or missing below it, is half a
 * commit.
 */
import { insert, type Change, type Collection, type Records } from '../../src/domain/ports/records.ts';

interface Item {
  readonly batch: string;
  readonly place: number;
  /** So that a commit fills more than a page. */
  readonly filling: string;
}
interface Tally {
  readonly writer: string;
  /** The writer's last committed batch. */
  readonly count: number;
}
export const items: Collection<Item> = {
  name: 'items',
  key: ({ batch, place }) => [batch, String(place)],
  unique: { byName: ({ batch, place }) => [`${place} of ${batch}`] },
  lists: { byBatch: ({ batch }) => [[batch]] },
};
export const tallies: Collection<Tally> = { name: 'tallies', key: ({ writer }) => [writer] };
/** Claims, where they are records. */
export const marks: Collection<{ readonly id: string }> = { name: 'marks', key: ({ id }) => [id] };
export const collections = [items, tallies, marks];
export const WRITERS = 8;
export const ITEMS = 3;

/** Begins a writer's tally. @returns the version it is at; one more at each change */
export async function beginTally(records: Records, writer: string): Promise<number> {
  await records.commit(insert(tallies, { writer, count: 0 }));
  const kept = await records.get(tallies, [writer]);
  if (!kept) throw new Error('a tally that was kept is not there');
  return kept.version;
}

export const batchOf = (batch: string): Change[] =>
  Array.from({ length: ITEMS }, (_, place) => insert(items, { batch, place, filling: 'x'.repeat(2000) }));
