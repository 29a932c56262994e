/**
 * Query forms: `Tags.member.1.Key=a&Tags.member.1.Value=b` as `{ Tags: [{ Key: 'a', Value: 'b' }] }`.
 *
 * Lists are written `X.member.N`, maps `X.entry.N.key` and `.value`, an empty list `X=`; all values are text. Decoding is strict: broken
 * percent signs, bytes that are no UTF-8, one name twice, a name that is both a value and a structure, absurd depth, number of fields or
 * index are refused, so that no two readers see different requests. Source: Smithy 2.0, "AWS query protocol".
 */
import { hasTooManyParameters, MOST_IN_FORM } from '../base/parameters.ts';
import { Unreadable } from './protocol.ts';

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const DEEPEST = 32;
const LARGEST_INDEX = 10_000;
const LONGEST_NAME = 1_024;

/** A structure, list or map being read, by the next part of the name. */
type Branch = Map<string, string | Branch>;

/**
 * The fields of a form or query string, in order, decoded. @throws Unreadable `MalformedInput`
 *
 * @param encoded `application/x-www-form-urlencoded`, each byte one character
 */
export function decodeForm(encoded: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  if (encoded === '') return fields;
  if (hasTooManyParameters(encoded, MOST_IN_FORM)) throw malformed('There are too many parameters.');
  for (const pair of encoded.split('&')) {
    if (pair === '') continue;
    const at = pair.indexOf('=');
    const name = decode(at === -1 ? pair : pair.slice(0, at));
    // The first of two values would be checked, the second used: refused, whichever it is.
    if (fields.has(name)) throw malformed('A parameter is named twice.');
    if (name.length > LONGEST_NAME) throw malformed('The name of a parameter is too long.');
    fields.set(name, at === -1 ? '' : decode(pair.slice(at + 1)));
  }
  return fields;
}

/** Members from fields. @throws Unreadable `MalformedInput` */
export function unflatten(fields: ReadonlyMap<string, string>): Readonly<Record<string, unknown>> {
  const root: Branch = new Map();
  for (const [name, value] of fields) place(root, name.split('.'), value);
  return structureOf(root);
}

function place(root: Branch, steps: readonly string[], value: string): void {
  if (steps.length > DEEPEST) throw malformed('A parameter is nested too deep.');
  if (steps.some((step) => step === '' || step === '__proto__')) {
    throw malformed('The name of a parameter is not allowed.');
  }
  let branch = root;
  for (const step of steps.slice(0, -1)) {
    const next = branch.get(step) ?? new Map<string, string | Branch>();
    if (typeof next === 'string') throw malformed('A parameter is both a value and a structure.');
    branch.set(step, next);
    branch = next;
  }
  const last = steps.at(-1) ?? '';
  if (branch.has(last)) throw malformed('A parameter is both a value and a structure.');
  branch.set(last, value);
}

const valueOf = (value: string | Branch): unknown => (typeof value === 'string' ? value : foldBranch(value));

const structureOf = (branch: Branch): Readonly<Record<string, unknown>> =>
  Object.fromEntries([...branch].map(([name, value]) => [name, valueOf(value)]));

/** A branch is a list (`member`), a map (`entry`) or a structure, by what it holds. */
function foldBranch(branch: Branch): unknown {
  const [only] = branch.size === 1 ? branch.entries() : [];
  if (only?.[0] === 'member' && isNumbered(only[1])) return numbered(only[1]).map(valueOf);
  if (only?.[0] === 'entry' && isNumbered(only[1])) return mapFrom(numbered(only[1]));
  return structureOf(branch);
}

const isNumbered = (value: string | Branch): value is Branch =>
  value instanceof Map && [...value.keys()].every((key) => /^\d+$/.test(key));

/** Items in the order of their numbers; gaps close up, so that a large number costs nothing. */
function numbered(items: Branch): readonly (string | Branch)[] {
  const ordered = [...items].map(([key, value]) => ({ index: Number(key), key, value }));
  for (const { index, key } of ordered) {
    if (index < 1 || index > LARGEST_INDEX || String(index) !== key)
      throw malformed('The number of a list item is not allowed.');
  }
  return ordered.sort((one, other) => one.index - other.index).map(({ value }) => value);
}

function mapFrom(entries: readonly (string | Branch)[]): Readonly<Record<string, unknown>> {
  const map = new Map<string, unknown>();
  for (const entry of entries) {
    const key = typeof entry === 'string' ? undefined : entry.get('key');
    const value = typeof entry === 'string' ? undefined : entry.get('value');
    if (typeof key !== 'string' || value === undefined)
      throw malformed('An entry of a map needs a key and a value.');
    if (map.has(key) || key === '__proto__') throw malformed('The key of a map is not allowed.');
    map.set(key, valueOf(value));
  }
  return Object.fromEntries(map);
}

/**
 * Bytes in place, because a callback for each escape takes a millisecond for each kilobyte.
 * @param encoded each byte one character
 */
function decode(encoded: string): string {
  const bytes = Buffer.from(encoded, 'latin1');
  let length = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at]!; // Within its length.
    if (byte === PERCENT) {
      const value = (hexDigit(bytes[at + 1]) << 4) | hexDigit(bytes[at + 2]);
      if (value < 0) throw malformed('A percent sign is not followed by two hexadecimal digits.');
      bytes[length] = value;
      at += 2;
    } else bytes[length] = byte === PLUS ? SPACE : byte;
    length += 1;
  }
  try {
    return UTF8.decode(bytes.subarray(0, length));
  } catch {
    throw malformed('The text is not UTF-8.');
  }
}
const PERCENT = 0x25;
const PLUS = 0x2b;
const SPACE = 0x20;

/** The value of a hexadecimal digit; -1 of another byte, which makes any number negative that it is part of. */
function hexDigit(byte = 0): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

const malformed = (message: string): Unreadable => new Unreadable('MalformedInput', message);
