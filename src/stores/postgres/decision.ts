/**
 * What a commit comes to: its changes carried out in their order on what was found and locked, in memory, before anything is written.
 *
 * So that a refusal costs no write, and that the writes may be done in one order for all commits, whatever the order of their changes. What is
 * past its time counts as absent and makes way. The unique indexes of the database are the second fence, for what was not there to be locked.
 */
import { Failure } from '../../base/failure.ts';
import type { RecordsFailure } from '../../domain/ports/records.ts';
import { assertFits, type PlannedChange, type Row } from '../shared/planned.ts';
import { positionOf, type Position } from './keys.ts';

/** Positions by unique index; null where the record has none. */
type Unique = Readonly<Record<string, Position | null>>;

/** A row as it was found, and locked. */
export interface Found {
  readonly id: string;
  readonly key: Position;
  readonly version: number;
  readonly until: number | null;
  readonly document: string;
  readonly unique: Unique;
  /** False when its writer did not know each index of ours. */
  readonly isCurrent: boolean;
}
/** A record as it is to be kept. */
export interface Kept {
  readonly key: Position;
  /** The key text. */
  readonly text: string;
  readonly version: number;
  readonly row: Row;
  readonly unique: Unique;
}
export interface Decision {
  readonly removed: readonly Found[];
  /** `isTaken`: another record of this commit takes over one of its unique keys. */
  readonly changed: readonly { readonly found: Found; readonly kept: Kept; readonly isTaken: boolean }[];
  /** In the order of their keys. */
  readonly added: readonly Kept[];
}

interface State {
  readonly version: number;
  readonly until: number | null;
  readonly unique: Unique;
  /** Absent while the record is as it was found. */
  readonly kept?: Kept;
}
interface Slot {
  readonly found?: Found;
  state?: State | undefined;
}
interface Shelf {
  readonly slots: Map<Position, Slot>;
  /** Who has a unique key, by index and position. */
  readonly holders: Map<string, Slot>;
}

/**
 * @param found by collection: all rows whose key or unique key the changes name
 * @param now epoch milliseconds
 * @returns by collection, for those in `found`
 * @throws Failure `already-kept`, `not-kept`, `changed-meanwhile`
 */
export function decide(
  changes: readonly PlannedChange[],
  found: ReadonlyMap<string, readonly Found[]>,
  now: number,
): ReadonlyMap<string, Decision> {
  const shelves = new Map([...found].map(([collection, rows]) => [collection, shelfOf(rows)]));
  // Every change's collection has been looked through.
  for (const change of changes) apply(shelves.get(change.collection)!, change, now);
  return new Map([...shelves].map(([collection, shelf]) => [collection, decisionOf(shelf)]));
}

function shelfOf(rows: readonly Found[]): Shelf {
  const shelf: Shelf = { slots: new Map(), holders: new Map() };
  for (const found of rows) {
    const slot: Slot = { found };
    shelf.slots.set(found.key, slot);
    set(shelf, slot, found);
  }
  return shelf;
}

function apply(shelf: Shelf, change: PlannedChange, now: number): void {
  const key = positionOf(change.key);
  const slot: Slot = shelf.slots.get(key) ?? {};
  const old = slot.state && !isPast(slot.state, now) ? slot.state : undefined;
  assertFits(change, old?.version);
  shelf.slots.set(key, slot);
  unset(shelf, slot);
  if (change.act === 'remove') return;

  const { collection, row } = change;
  const unique = positionsOf(row.unique);
  for (const [index, position] of Object.entries(unique)) {
    const holder = position === null ? undefined : shelf.holders.get(place(index, position));
    if (!holder?.state) continue;
    if (!isPast(holder.state, now)) throw new Failure<RecordsFailure>('already-kept', { collection, index });
    unset(shelf, holder);
  }
  const version = change.act === 'insert' ? change.version : change.version + 1;
  set(shelf, slot, {
    version,
    until: row.until,
    unique,
    kept: { key, text: change.key, version, row, unique },
  });
}

function decisionOf({ slots, holders }: Shelf): Decision {
  const all = [...slots].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, slot]) => slot);
  const isTaken = ({ unique }: Found, slot: Slot) =>
    Object.entries(unique).some(([index, position]) => {
      const holder = position === null ? undefined : holders.get(place(index, position));
      return holder !== undefined && holder !== slot;
    });
  return {
    removed: all.flatMap(({ found, state }) => (found && !state ? [found] : [])),
    changed: all.flatMap((slot) => {
      const { found, state } = slot;
      return found && state?.kept ? [{ found, kept: state.kept, isTaken: isTaken(found, slot) }] : [];
    }),
    added: all.flatMap(({ found, state }) => (!found && state?.kept ? [state.kept] : [])),
  };
}

function set({ holders }: Shelf, slot: Slot, state: State): void {
  slot.state = state;
  for (const [index, position] of Object.entries(state.unique))
    if (position !== null) holders.set(place(index, position), slot);
}

function unset({ holders }: Shelf, slot: Slot): void {
  for (const [index, position] of Object.entries(slot.state?.unique ?? {}))
    if (position !== null) holders.delete(place(index, position));
  slot.state = undefined;
}

export const positionsOf = (texts: Row['unique']): Record<string, Position | null> =>
  Object.fromEntries(
    Object.entries(texts).map(([index, text]) => [index, text === null ? null : positionOf(text)]),
  );

const place = (index: string, position: Position): string => `${index} ${position}`;

const isPast = ({ until }: State, now: number): boolean => until !== null && until <= now;
