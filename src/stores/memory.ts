/**
 * Records and Expiring kept in memory: for tests, and the model that the other stores are compared with.
 *
 * Nothing survives the process. Each commit runs in one go, undone where it fails, so that it is all or nothing. Keys are held as one
 * character a byte (see key-text), in sorted arrays.
 */
import type { Clock } from '../base/clock.ts';
import { Failure } from '../base/failure.ts';
import type { Expiring } from '../domain/ports/expiring.ts';
import type { Collection, Kept, PageRequest, Records, RecordsFailure } from '../domain/ports/records.ts';
import { moments, noteText } from './shared/expiry.ts';
import { byteText, keyText } from './shared/key-text.ts';
import { assertUnique, kindOfIndex, pageToken, stretchOf } from './shared/paging.ts';
import { assertFits, planned, recordKey, type PlannedChange, type Row } from './shared/planned.ts';

export interface Closable {
  close(): Promise<void>;
}

/** A row under its key, with its version. */
interface Slot {
  readonly key: string;
  readonly version: number;
  readonly row: Row;
}
/** Entries of one index in byte order, each with the key text it stands for and the record it leads to. */
interface Index {
  readonly order: string[];
  readonly entries: Map<string, { readonly text: string; readonly key: string }>;
}
interface Shelf {
  readonly slots: Map<string, Slot>;
  /** By name; the record's own key under `''`. */
  readonly indexes: Map<string, Index>;
}
type Undo = () => void;

export function memoryRecords(clock: Clock): Records & Closable {
  const shelves = new Map<string, Shelf>();
  const { isPast } = moments(clock);

  const shelfOf = (collection: string): Shelf => {
    const shelf = shelves.get(collection) ?? { slots: new Map(), indexes: new Map() };
    shelves.set(collection, shelf);
    return shelf;
  };
  const living = (collection: string, key: string | undefined): Slot | undefined => {
    const slot = key === undefined ? undefined : shelfOf(collection).slots.get(key);
    return slot && !isPast(slot.row.until) ? slot : undefined;
  };
  const keptAt = <T>({ name }: Collection<T>, key: string | undefined): Kept<T> | undefined => {
    const slot = living(name, key);
    // The document is what was kept through the same collection.
    return slot && { record: JSON.parse(slot.row.document) as T, version: slot.version };
  };

  return {
    async get(collection, key) {
      return keptAt(collection, recordKey(key));
    },
    async find(collection, index, key) {
      assertUnique(collection, index);
      const entry = indexOf(shelfOf(collection.name), index).entries.get(byteText(keyText(key)));
      return keptAt(collection, entry?.key);
    },
    async page<T extends object>(collection: Collection<T>, request: PageRequest) {
      kindOfIndex(collection, request.index);
      const { order, entries } = indexOf(shelfOf(collection.name), request.index ?? '');
      const found: { last: string; record: T }[] = [];
      for (const position of walk(order, request)) {
        const { text, key } = entries.get(position)!;
        const kept = keptAt(collection, key);
        if (kept) found.push({ last: text, record: kept.record });
        if (found.length > request.limit) break;
      }
      const given = found.slice(0, request.limit);
      const records = given.map(({ record }) => record);
      return found.length > given.length
        ? { records, next: pageToken(given.at(-1)!.last, request) }
        : { records };
    },
    async commit(...changes) {
      const undo: Undo[] = [];
      try {
        for (const change of planned(changes)) apply(shelfOf(change.collection), change, isPast, undo);
      } catch (error) {
        for (const step of undo.toReversed()) step();
        throw error;
      }
    },
    async close() {
      shelves.clear();
    },
  };
}

export function memoryExpiring(clock: Clock): Expiring & Closable {
  const notes = new Map<string, { readonly json: string; readonly until: number }>();
  const counters = new Map<string, { readonly count: number; readonly until: number }>();
  const { isPast, inSeconds } = moments(clock);
  const living = <T extends { until: number }>(
    kept: Map<string, T>,
    kind: string,
    id: string,
  ): T | undefined => {
    const found = kept.get(keyText([kind, id]));
    return found && !isPast(found.until) ? found : undefined;
  };
  const keep = (kind: string, id: string, note: unknown, until: number) =>
    notes.set(keyText([kind, id]), { json: noteText(note), until });
  // The note is what was put under this kind; who asks for it knows its form.
  const thaw = (json: string | undefined) => (json === undefined ? undefined : JSON.parse(json));

  return {
    async put(kind, id, note, seconds) {
      keep(kind, id, note, inSeconds(seconds));
    },
    async claim(kind, id, note, seconds) {
      const until = inSeconds(seconds);
      if (living(notes, kind, id)) return false;
      keep(kind, id, note, until);
      return true;
    },
    async get(kind, id) {
      return thaw(living(notes, kind, id)?.json);
    },
    async take(kind, id) {
      const found = living(notes, kind, id);
      notes.delete(keyText([kind, id]));
      return thaw(found?.json);
    },
    async spend(kind, id) {
      const found = living(notes, kind, id);
      return notes.delete(keyText([kind, id])) && found !== undefined;
    },
    async count(kind, id, seconds) {
      const until = inSeconds(seconds);
      const { count, until: end } = living(counters, kind, id) ?? { count: 0, until };
      counters.set(keyText([kind, id]), { count: count + 1, until: end });
      return count + 1;
    },
    async counted(kind, id) {
      return living(counters, kind, id)?.count ?? 0;
    },
    async forget(kind, id) {
      notes.delete(keyText([kind, id]));
      counters.delete(keyText([kind, id]));
    },
    async close() {
      notes.clear();
      counters.clear();
    },
  };
}

type IsPast = (until: number | null) => boolean;

function apply(shelf: Shelf, change: PlannedChange, isPast: IsPast, undo: Undo[]): void {
  const { key, collection } = change;
  const present = shelf.slots.get(key);
  const old = present && !isPast(present.row.until) ? present : undefined;
  assertFits(change, old?.version);
  if (present) unset(shelf, present, undo);
  if (change.act === 'remove') return;

  for (const [index, text] of Object.entries(change.row.unique)) {
    const holder = text === null ? undefined : indexOf(shelf, index).entries.get(byteText(text))?.key;
    const other = holder === undefined ? undefined : shelf.slots.get(holder);
    if (other && !isPast(other.row.until))
      throw new Failure<RecordsFailure>('already-kept', { collection, index });
    if (other) unset(shelf, other, undo);
  }
  const version = change.act === 'insert' ? change.version : change.version + 1;
  set(shelf, { key, version, row: change.row }, undo);
}

function set(shelf: Shelf, slot: Slot, undo: Undo[]): void {
  shelf.slots.set(slot.key, slot);
  for (const { index, text } of entriesOf(slot)) put(indexOf(shelf, index), text, slot.key);
  undo.push(() => unset(shelf, slot, []));
}

function unset(shelf: Shelf, slot: Slot, undo: Undo[]): void {
  shelf.slots.delete(slot.key);
  for (const { index, text } of entriesOf(slot)) drop(indexOf(shelf, index), text);
  undo.push(() => set(shelf, slot, []));
}

/** Where `slot` stands: under its own key, each unique key, and each list. */
function* entriesOf({ key, row }: Slot): Generator<{ index: string; text: string }> {
  yield { index: '', text: key };
  for (const [index, text] of Object.entries(row.unique)) if (text !== null) yield { index, text };
  for (const [index, texts] of Object.entries(row.lists))
    for (const text of texts) yield { index, text: text + key };
}

function indexOf(shelf: Shelf, name: string): Index {
  const index = shelf.indexes.get(name) ?? { order: [], entries: new Map() };
  shelf.indexes.set(name, index);
  return index;
}

function put({ order, entries }: Index, text: string, key: string): void {
  const position = byteText(text);
  entries.set(position, { text, key });
  order.splice(placeOf(order, position), 0, position);
}

function drop({ order, entries }: Index, text: string): void {
  const position = byteText(text);
  entries.delete(position);
  order.splice(placeOf(order, position), 1);
}

/** The positions that `request` asks for, in its order. */
function* walk(order: readonly string[], request: PageRequest): Generator<string> {
  const stretch = stretchOf(request);
  const after = stretch.after === undefined ? undefined : byteText(stretch.after);
  const first = placeOf(order, byteText(stretch.from));
  const end = stretch.before === undefined ? order.length : placeOf(order, byteText(stretch.before));
  if (request.newestFirst) {
    const start = after === undefined ? end : placeOf(order, after);
    for (let place = start - 1; place >= first; place -= 1) yield order[place]!;
    return;
  }
  const passed = after === undefined ? first : placeOf(order, after);
  const start = passed < order.length && order[passed] === after ? passed + 1 : passed;
  for (let place = start; place < end; place += 1) yield order[place]!;
}

/** Where `position` stands in `order`, or would stand. */
function placeOf(order: readonly string[], position: string): number {
  let low = 0;
  let high = order.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (order[middle]! < position) low = middle + 1;
    else high = middle;
  }
  return low;
}
