/**
 * Key texts: their order is the keys' order, whatever the parts hold.
 */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { byteText, keyText, partText, textAfter } from '../../src/stores/shared/key-text.ts';

const SEED = 20260301;
/** Any UTF-16 code units, the odd ones often: NUL, our marks, surrogates alone and paired, the edges of planes. */
const unit = fc.oneof(
  fc.constantFrom(0, 1, 2, 3, 0x2f, 0x61, 0xd7ff, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xe000, 0xe001, 0xffff),
  fc.integer({ min: 0, max: 0xffff }),
);
const part = fc.array(unit, { maxLength: 4 }).map((units) => String.fromCharCode(...units));
const key = fc.array(part, { minLength: 1, maxLength: 3 });
/** Runs a property whose body is synchronous. */
const holds = <T>(property: fc.IProperty<T>): void => fc.assert(property, { seed: SEED, numRuns: 3000 });

/** Part by part, by code points (which is by UTF-8 bytes), the shorter first. */
function compareKeys(one: readonly string[], other: readonly string[]): number {
  return compareLists(one, other, (left, right) => {
    const points = (text: string) => Array.from(text, (point) => point.codePointAt(0)!);
    return compareLists(points(left), points(right), (a, b) => a - b);
  });
}
function compareLists<T>(
  one: readonly T[],
  other: readonly T[],
  compare: (left: T, right: T) => number,
): number {
  for (let place = 0; place < Math.min(one.length, other.length); place += 1) {
    const order = compare(one[place]!, other[place]!);
    if (order !== 0) return Math.sign(order);
  }
  return Math.sign(one.length - other.length);
}

describe('key text', () => {
  it('compares by its UTF-8 bytes as the keys compare part by part', () => {
    holds(
      fc.property(key, key, (one, other) => {
        const bytes = Buffer.compare(Buffer.from(keyText(one), 'utf8'), Buffer.from(keyText(other), 'utf8'));
        assert.equal(bytes, compareKeys(one, other));
      }),
    );
  });

  it('is well-formed Unicode without NUL, which every database takes', () => {
    holds(
      fc.property(key, (parts) => {
        assert.ok(keyText(parts).isWellFormed());
        assert.ok(!keyText(parts).includes('\0'));
      }),
    );
  });

  it('of a prefix begins the text of all keys under it, and of no other', () => {
    holds(
      fc.property(key, key, (prefix, other) => {
        const isUnder = other.length >= prefix.length && prefix.every((each, place) => other[place] === each);
        assert.equal(keyText(other).startsWith(keyText(prefix)), isUnder);
      }),
    );
  });

  it('is bounded by the text after it', () => {
    holds(
      fc.property(key, key, part, (prefix, other, start) => {
        const from = keyText(prefix) + partText(start);
        const before = textAfter(from)!;
        const isWithin =
          byteText(keyText(other)) >= byteText(from) && byteText(keyText(other)) < byteText(before);
        assert.equal(isWithin, keyText(other).startsWith(from));
      }),
    );
  });

  it('leaves ordinary text as it is', () => {
    assert.equal(keyText(['eu-west-1_a1', 'Zoë/😀']), 'eu-west-1_a1\u0001Zoë/😀\u0001');
  });

  it('has no text after the last of all', () => {
    assert.equal(textAfter(''), undefined);
    assert.equal(textAfter('\u{10ffff}\u{10ffff}'), undefined);
    assert.equal(textAfter('a\u{10ffff}'), 'b');
    assert.equal(textAfter('\ud7ff'), '\ue000');
  });
});
