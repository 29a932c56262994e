/**
 * Records as values of Redis, and commits as arguments of a script.
 *
 * A value is one text whose first fields end with NUL, which neither key texts nor JSON text ever hold: version, the moment of its end in
 * epoch milliseconds or nothing, how many entries in indexes there are, their pairs of index and position; and last, without NUL, the
 * document. A member of an index is the position, NUL, and the record's key text; in the index of keys, which are both, the key text alone.
 */
import type { AnyCollection } from '../../domain/ports/records.ts';
import type { PlannedChange, Row } from '../shared/planned.ts';
import type { RedisKeys } from './keys.ts';

const NUL = '\0';

/** What stands in a value. */
export interface KeptRow {
  readonly version: number;
  /** Epoch milliseconds; null: it stays. */
  readonly until: number | null;
  /** Its entries but for the one under its own key, as `entryOf` names them. */
  readonly entries: ReadonlySet<string>;
  readonly document: string;
}

export function readRow(value: string): KeptRow {
  let from = 0;
  const field = (): string => {
    const stop = value.indexOf(NUL, from);
    const found = value.slice(from, stop);
    from = stop + 1;
    return found;
  };
  const version = Number(field());
  const until = field();
  const entries = Array.from({ length: Number(field()) }, () => entryOf(field(), field()));
  return {
    version,
    until: until === '' ? null : Number(until),
    entries: new Set(entries),
    document: value.slice(from),
  };
}

export const entryOf = (index: string, position: string): string => index + NUL + position;

/** True when the record stands under `position` in `index`, `''` for the index of keys. */
export const stands = ({ entries }: KeptRow, index: string, position: string): boolean =>
  index === '' || entries.has(entryOf(index, position));

/** The position and the record's key text that `member` is made of. */
export function readMember(member: string): { position: string; text: string } {
  const [position = '', text = position] = member.split(NUL);
  return { position, text };
}

function valueOf(version: number, key: string, { document, until, unique, lists }: Row): string {
  const entries = [
    ...Object.entries(unique).flatMap(([index, text]) => (text === null ? [] : [[index, text]])),
    ...Object.entries(lists).flatMap(([index, texts]) => texts.map((text) => [index, text + key])),
  ];
  return [version, until ?? '', entries.length, ...entries.flat(), document].join(NUL);
}

/** The keys and words of the script COMMIT. @param collections those of the changes, by name */
export function commitArguments(
  { keys, tag, now, margin }: { keys: RedisKeys; tag: string; now: number; margin: number },
  collections: ReadonlyMap<string, AnyCollection>,
  changes: readonly PlannedChange[],
): { named: string[]; words: (string | number)[] } {
  const places = new Map<string, number>();
  const placeOf = (key: string): number => {
    const place = places.get(key) ?? places.size + 1;
    places.set(key, place);
    return place;
  };
  const shelves = [...collections.values()].map(({ name, unique = {}, lists = {} }) => {
    const uniques = Object.keys(unique);
    const indexes = ['', ...uniques, ...Object.keys(lists)].map((index) => [
      index,
      placeOf(keys.index(tag, name, index)),
      uniques.includes(index) ? 1 : 0,
    ]);
    return [name, placeOf(keys.untils(tag, name)), indexes.length, ...indexes.flat()];
  });
  const numbers = new Map([...collections.keys()].map((name, place) => [name, place + 1]));
  const told = changes.map((change) => {
    const { act, collection, key } = change;
    const place = placeOf(keys.record(tag, collection, key));
    const head = [act, numbers.get(collection) ?? 0, place, key];
    if (act === 'remove') return [...head, change.version ?? ''];
    if (act === 'insert') return [...head, '', valueOf(change.version, key, change.row)];
    return [...head, change.version, valueOf(change.version + 1, key, change.row)];
  });
  const words = [now, margin, shelves.length, ...shelves.flat(), told.length, ...told.flat()];
  return { named: [...places.keys()], words };
}
