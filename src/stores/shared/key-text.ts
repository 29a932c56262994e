/**
 * Key text: a key of several parts written as one text, so that any store can keep and order it.
 *
 * The texts' order by UTF-8 bytes is the keys' order part by part, a shorter key first, and the text of a prefix begins the text of every
 * key under it. Parts may be empty and may hold anything: NUL, lone surrogates and our own marks are escaped, so the result is well-formed
 * Unicode without NUL, which PostgreSQL and Redis take as well. Stores never look inside; nothing turns a text back into parts.
 */
import type { Key } from '../../domain/ports/records.ts';

/** Ends every part. Lower than all that a part can hold, so that a shorter part comes first. */
const END = '\u0001';
/** Before `0`, `1`, `2`: the three lowest code points, of which one is END. */
const LOW = '\u0002';
/** Before four hexadecimal digits: a lone surrogate, or this character itself. The first code point above the surrogates. */
const HIGH = '\uE000';
// oxlint-disable-next-line no-control-regex -- control characters are what must be escaped
const ODD = /[\0-\u0002\uE000\p{Surrogate}]/gu;
const LAST_BEFORE_SURROGATES = 0xd7ff;
const FIRST_AFTER_SURROGATES = 0xe000;
const LAST_CODE_POINT = 0x10ffff;

/** The text of `key`; of a prefix, what the texts of all keys under it begin with; `''` of the empty prefix. */
export const keyText = (key: Key): string => key.map((part) => partText(part) + END).join('');

/** A part, or the beginning of one, without its end. Ordinary text stands for itself. */
export const partText = (part: string): string => part.replace(ODD, escape);

/** The first text after all that begin with `start`; undefined when there is none. */
export function textAfter(start: string): string | undefined {
  const points = Array.from(start);
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    const point = last.codePointAt(0)!;
    if (point === LAST_CODE_POINT) continue;
    const next = point === LAST_BEFORE_SURROGATES ? FIRST_AFTER_SURROGATES : point + 1;
    return points.join('') + String.fromCodePoint(next);
  }
  return undefined;
}

/** `text` as one character a UTF-8 byte: JavaScript compares such texts as their bytes compare, which it does not do by itself. */
export const byteText = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

function escape(odd: string): string {
  const point = odd.charCodeAt(0);
  return point <= 2 ? LOW + String(point) : HIGH + point.toString(16);
}
