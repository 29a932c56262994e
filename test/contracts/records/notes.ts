/**
 * The collections that the contract of records is tried on, and what its parts share.
 */
import assert from 'node:assert/strict';
import { isFailure } from '../../../src/base/failure.ts';
import type { AnyCollection, Collection, PageRequest, Records } from '../../../src/domain/ports/records.ts';

export interface OpenRecords {
  readonly records: Records;
  /** What `until` is compared with. */
  now(): Date;
  /** Lets time go by. */
  pass(seconds: number): void | Promise<void>;
  close(): Promise<void>;
}

export interface Note {
  readonly shelf: string;
  readonly title: string;
  readonly count: number;
  readonly stamp?: string;
  readonly tags?: readonly string[];
  readonly until?: string;
  readonly secret?: unknown;
  readonly more?: unknown;
}
export const notes: Collection<Note> = {
  name: 'contract-notes',
  key: ({ shelf, title }) => [shelf, title],
  unique: { byStamp: ({ stamp }) => (stamp === undefined ? undefined : [stamp]) },
  lists: { byTag: ({ tags = [] }) => tags.map((tag) => [tag]) },
  until: ({ until }) => until,
  sealed: ['secret'],
};
export interface Ticket {
  readonly family: string;
  readonly ticket: string;
  readonly label: string;
}
/** What may live in Redis: a family's records together, found by a bearer value. */
export const tickets: Collection<Ticket> = {
  name: 'contract-tickets',
  key: ({ family, ticket }) => [family, ticket],
  lists: { byLabel: ({ family, label }) => [[family, label]] },
  together: 1,
  secretKey: 'ticket',
};
export const contractCollections: readonly AnyCollection[] = [notes, tickets];

export const note = (over: Partial<Note> = {}): Note => ({ shelf: 'a', title: 't', count: 0, ...over });
export const failsWith =
  (kind: string, facts = {}) =>
  (error: unknown) => {
    assert.ok(isFailure(error, kind), String(error));
    for (const [name, value] of Object.entries(facts)) assert.equal(error.facts[name], value);
    return true;
  };

/** Every page of `request`, records only. */
export async function allPages<T extends object>(
  records: Records,
  collection: Collection<T>,
  request: PageRequest,
): Promise<T[]> {
  const seen: T[] = [];
  for (let after = request.after; ;) {
    const page = await records.page(collection, after === undefined ? request : { ...request, after });
    assert.ok(page.records.length <= request.limit);
    seen.push(...page.records);
    if (page.next === undefined) return seen;
    after = page.next;
  }
}

/** The version that a note on shelf `a` is at. */
export async function versionOf(records: Records, title = 't'): Promise<number> {
  const kept = await records.get(notes, ['a', title]);
  assert.ok(kept, `no note ${title}`);
  return kept.version;
}

/** Reads of notes on shelf `a`. */
export const reading = (use: OpenRecords) => ({
  get: async (title = 't') => use.records.get(notes, ['a', title]),
  /** The version that a note is at. */
  versionOf: (title?: string) => versionOf(use.records, title),
  /** The titles on every page. */
  titles: async (request: Partial<PageRequest>) =>
    (await allPages(use.records, notes, { prefix: [], limit: 2, ...request })).map(({ title }) => title),
});
