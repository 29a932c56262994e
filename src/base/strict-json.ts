/**
 * Strict JSON: what a request's body must be before anything believes it.
 *
 * JSON.parse stays the parser; beside it runs a scan for what JSON.parse lets pass: bytes that are no UTF-8, a member named twice, nesting
 * beyond 32, lone surrogates, and a member named `__proto__`, which could reach an object's prototype wherever it is copied by assignment.
 * The scan counts values and stops beyond 10,000, before JSON.parse makes an object of any: many small values cost far more than their bytes.
 * The size of the body is the entry point's affair. Source: RFC 8259 and, for names that repeat, RFC 8725 section 2.4's reasoning: two readers of
 * one text must never disagree about what it says.
 */

/** Thrown for a text that is no JSON, or JSON that two readers might read in two ways. The message never quotes the text. */
export class NotStrictJson extends Error {
  override readonly name = 'NotStrictJson';
}

/** A byte order mark is kept, so that JSON.parse refuses it. */
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const DEEPEST = 32;
/** Members and elements of the whole text. The largest input of ours, 1,500 patches of records, has about 9,000. */
const MOST_VALUES = 10_000;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY] = [0x7b, 0x7d, 0x5b, 0x5d];
/** Names that are refused wherever they stand. */
const REFUSED_NAMES: ReadonlySet<string> = new Set(['__proto__']);
const SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/;

/**
 * The JSON value that a text says, or bytes that must be UTF-8.
 *
 * @throws NotStrictJson
 */
export function parseStrictJson(written: Uint8Array | string): unknown {
  const text = typeof written === 'string' ? written : decodeUtf8(written);
  scan(text);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new NotStrictJson('The text is not JSON.', { cause });
  }
}

/** @throws NotStrictJson */
function decodeUtf8(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch (cause) {
    throw new NotStrictJson('The text is not UTF-8.', { cause });
  }
}

/** Looks for what JSON.parse lets pass. Of text that is no JSON it says anything: JSON.parse refuses that afterwards. */
function scan(text: string): void {
  // The names seen so far in each open object; undefined for an open array.
  const open: (Set<string> | undefined)[] = [];
  // Before each value but the whole stands a comma or an opening bracket.
  let values = 0;
  const count = () => {
    values += 1;
    if (values > MOST_VALUES) throw new NotStrictJson(`The text has more than ${MOST_VALUES} values.`);
  };
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === COMMA) {
      count();
    } else if (unit === OPEN_OBJECT || unit === OPEN_ARRAY) {
      count();
      open.push(unit === OPEN_OBJECT ? new Set() : undefined);
      if (open.length > DEEPEST) throw new NotStrictJson(`The text is nested more than ${DEEPEST} deep.`);
    } else if (unit === CLOSE_OBJECT || unit === CLOSE_ARRAY) {
      open.pop();
    } else if (unit === QUOTE) {
      const end = endOfString(text, at);
      const value = stringAt(text, at, end);
      const names = open.at(-1);
      if (names && isName(text, end)) addName(names, value);
      at = end - 1;
    }
  }
}

/** Where the string that opens at `at` has ended: just after its closing quote, or at the end of the text. */
function endOfString(text: string, at: number): number {
  let end = text.indexOf('"', at + 1);
  while (end >= 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end < 0 ? text.length : end + 1;
}

/** True when an odd number of backslashes stands before the place. */
function isEscaped(text: string, place: number): boolean {
  let first = place;
  while (text.charCodeAt(first - 1) === BACKSLASH) first -= 1;
  return (place - first) % 2 === 1;
}

/** What the string written between `at` and `end` says. @throws NotStrictJson when it holds half a surrogate pair */
function stringAt(text: string, at: number, end: number): string {
  const written = text.slice(at, end);
  if (!written.includes('\\')) return written.slice(1, -1);
  let value: string;
  try {
    value = String(JSON.parse(written));
  } catch (cause) {
    throw new NotStrictJson('The text is not JSON.', { cause });
  }
  // Half a pair becomes U+FFFD as soon as it is hashed or stored as UTF-8: two names would become one.
  if (SURROGATE_ESCAPE.test(written) && !value.isWellFormed())
    throw new NotStrictJson('A string holds half a surrogate pair.');
  return value;
}

/** True when a colon follows the string that ended at `end`: it names a member. */
function isName(text: string, end: number): boolean {
  let next = end;
  while (text[next] === ' ' || text[next] === '\n' || text[next] === '\r' || text[next] === '\t') next += 1;
  return text[next] === ':';
}

function addName(names: Set<string>, name: string): void {
  if (names.has(name)) throw new NotStrictJson('A member is named twice.');
  if (REFUSED_NAMES.has(name)) throw new NotStrictJson('A member has a name that is not allowed.');
  names.add(name);
}
