/** JSON bodies: what is refused although a lenient parser takes it. */
import assert from 'node:assert/strict';
import { NotStrictJson, parseStrictJson } from '../../src/base/strict-json.ts';
import { corpus, corpusNames, withCorpus } from '../support/corpora.ts';

const parse = (text: string) => parseStrictJson(Buffer.from(text));
const refuses = (text: string) => assert.throws(() => parse(text), NotStrictJson);
const FOLDER = 'JSONTestSuite/test_parsing';
/** Valid by the grammar, refused here on purpose: they name a member twice. */
const TWICE = new Set(['y_object_duplicated_key.json', 'y_object_duplicated_key_and_value.json']);

describe('strict JSON', () => {
  it('refuses a member named twice, also when one name is escaped', () => {
    refuses('{"a":1,"a":1}');
    refuses('{"a":1,"\\u0061":2}');
    refuses('{"x":[{"b":{},"b":0}]}');
    refuses('{"a" :1,"a"\n:1}');
  });
  it('takes one name in several objects, and text that looks like a name', () => {
    assert.deepEqual(parse('[{"a":"a","b":{"a":"\\"a\\":"}},{"a":["a","a"]}]'), [
      { a: 'a', b: { a: '"a":' } },
      { a: ['a', 'a'] },
    ]);
  });
  it('refuses __proto__ as a name, however written', () => {
    refuses('{"__proto__":{"isAdmin":true}}');
    refuses('{"a":{"\\u005f_proto__":1}}');
    assert.deepEqual(parse('{"a":"__proto__"}'), { a: '__proto__' });
  });
  it('takes 10,000 values and refuses one more, however they are written', () => {
    const many = (count: number, each: (at: number) => string) =>
      Array.from({ length: count }, (_, at) => each(at));
    for (const [title, write] of [
      ['elements', (count: number) => `[${many(count - 1, () => '0').join()}]`],
      ['members', (count: number) => `{${many(count - 1, (at) => `"${at}":"[{,"`).join()}}`],
      ['empty lists', (count: number) => `[${many((count - 1) / 2, () => '[0]').join()}]`],
    ] as const) {
      assert.ok(parse(write(9_999)), title);
      refuses(write(10_003));
    }
  });
  it('takes 32 levels and refuses 33', () => {
    assert.ok(parse('['.repeat(32) + ']'.repeat(32)));
    refuses('['.repeat(33) + ']'.repeat(33));
    refuses('{"a":'.repeat(33) + '1' + '}'.repeat(33));
    assert.equal(parse('"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["'), '['.repeat(42));
  });
  it('refuses half a surrogate pair and takes a whole one', () => {
    refuses('"\\ud800"');
    refuses('{"\\udc00":1}');
    assert.equal(parse('"\\ud83d\\ude00 \\\\ud800"'), '😀 \\ud800');
  });
  it('refuses bytes that are no UTF-8, and a byte order mark', () => {
    assert.throws(() => parseStrictJson(Buffer.from([0x22, 0xff, 0x22])), NotStrictJson);
    assert.throws(() => parseStrictJson(Buffer.from('\ufeff{}')), NotStrictJson);
  });
  it('never quotes the text in its refusal', () => {
    for (const text of ['{"hunter2":', '{"hunter2":1,"hunter2":2}', '"hunter2\\ud800"', '{"a":hunter2}']) {
      assert.throws(
        () => parse(text),
        (error: Error) => !error.message.includes('hunter2'),
      );
    }
  });
});

withCorpus(
  'JSONTestSuite',
  () => corpusNames(FOLDER),
  (names) => {
    const bytesOf = (name: string) => corpus(`${FOLDER}/${name}`)!;

    for (const name of names.filter((each) => each.startsWith('n_') || TWICE.has(each))) {
      it(`${name} is refused`, () => assert.throws(() => parseStrictJson(bytesOf(name)), NotStrictJson));
    }
    for (const name of names.filter((each) => each.startsWith('y_') && !TWICE.has(each))) {
      it(`${name} is read as JSON.parse reads it`, () => {
        assert.deepEqual(parseStrictJson(bytesOf(name)), JSON.parse(bytesOf(name).toString('utf8')));
      });
    }
    for (const name of names.filter((each) => each.startsWith('i_'))) {
      it(`${name} is read or refused, and breaks nothing`, () => {
        try {
          parseStrictJson(bytesOf(name));
        } catch (error) {
          assert.ok(error instanceof NotStrictJson);
        }
      });
    }
    it('has all its 188 texts that must be refused', () => {
      assert.equal(names.filter((each) => each.startsWith('n_')).length, 188);
    });
  },
);
