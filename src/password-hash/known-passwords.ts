/**
 * Known passwords: those that are tried first, because many people have had them, or because they are patterns that anybody thinks of.
 *
 * Kept packed, half a megabyte, and looked up by halving. Case does not count, and nothing else is changed: `P4ssword!` is not on the list when `p4ssword!` is not.
 * Source: NIST SP 800-63B, 3.1.1.2 (blocklists); zxcvbn, whose patterns these are.
 */
import { Worker } from 'node:worker_threads';
import type { KnownPasswords } from '../domain/ports/known-passwords.ts';
import type { PackedList } from './known-list.ts';

const LONGEST_REPEATED = 4;
const LEAST_OF_PATTERN = 3;

/** The list is read when it is first asked for. */
export function createKnownPasswords(): KnownPasswords {
  let reading: Promise<PackedList> | undefined;
  return {
    async includes(password) {
      reading ??= readList();
      // A failure is not kept: the next one who asks tries again.
      reading.catch(() => (reading = undefined));
      return isKnown(await reading, password.toLowerCase());
    },
  };
}

function readList(): Promise<PackedList> {
  // The compiled program has only .js files.
  const script = import.meta.url.endsWith('.ts') ? './known-list.ts' : './known-list.js';
  const worker = new Worker(new URL(script, import.meta.url), { execArgv: [] });
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('the list of known passwords could not be read')));
  });
}

function isKnown(list: PackedList, text: string): boolean {
  // Some of the breached lists were written down with escapes.
  const isListed = isIn(list, text) || isIn(list, text.replaceAll('\\', ''));
  if (isListed || isPattern(list, text)) return true;
  const part = repeatedPart(text);
  return part !== undefined && (part.length <= LONGEST_REPEATED || isKnown(list, part));
}

function isIn({ text, starts }: PackedList, word: string): boolean {
  const sought = Buffer.from(word, 'utf8');
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const order = Buffer.compare(text.subarray(starts[middle], starts[middle + 1]), sought);
    if (order === 0) return true;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return false;
}

/** True for what follows from its beginning: a walk over neighbouring keys, equal steps through the alphabet or the digits, a day. */
function isPattern({ neighbours }: PackedList, text: string): boolean {
  const characters = [...text];
  if (characters.length < LEAST_OF_PATTERN) return false;
  const pairs = characters.slice(1).map((each, place) => [characters[place]!, each] as const);
  const isWalk = neighbours.some((near) =>
    pairs.every(([one, other]) => one === other || near.has(one + other)),
  );
  const steps = new Set(pairs.map(([one, other]) => other.codePointAt(0)! - one.codePointAt(0)!));
  return isWalk || steps.size === 1 || isDay(text);
}

/** True for the digits of a day, in any order of day, month and year. */
function isDay(text: string): boolean {
  const [, one, two, three] = /^(\d\d)(\d\d)(\d\d|\d{4})$/.exec(text) ?? [];
  const [, year, ...rest] = /^(\d{4})(\d\d)(\d\d)$/.exec(text) ?? [];
  const isDayAndMonth = (pair: readonly (string | undefined)[]): boolean => {
    const [small = 0, large = 0] = pair.map(Number).toSorted((first, second) => first - second);
    return small >= 1 && small <= 12 && large >= 1 && large <= 31;
  };
  if (year !== undefined && isDayAndMonth(rest)) return true;
  return (
    three !== undefined && (isDayAndMonth([one, two]) || (text.length === 6 && isDayAndMonth([two, three])))
  );
}

/** `abc` of `abcabc`; undefined for what is no repetition. */
function repeatedPart(text: string): string | undefined {
  const length = (text + text).indexOf(text, 1);
  return length > 0 && length < text.length ? text.slice(0, length) : undefined;
}
