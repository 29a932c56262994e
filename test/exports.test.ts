/**
 * What files of the source give to others: only what others take.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const textsOf = (top: string): readonly (readonly [string, string])[] =>
  readdirSync(join(ROOT, top), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => [join(top, file), readFileSync(join(ROOT, top, file), 'utf8')] as const);

const EXPORT = /^export (?:async )?(?:const|function|interface|type|class) ([\w$]+)( = operation\()?/gm;
const WORD = /[A-Za-z_$][\w$]*/g;

describe('an export', () => {
  it('is used by another file, or is an operation, which its service gathers', () => {
    const sources = textsOf('src');
    const words = [...sources, ...textsOf('test')].map(
      ([file, text]) => [file, new Set(text.match(WORD))] as const,
    );

    const unused = sources.flatMap(([file, text]) =>
      [...text.matchAll(EXPORT)]
        .filter(([, , isOperation]) => isOperation === undefined)
        .map(([, name = '']) => name)
        .filter((name) => !words.some(([other, within]) => other !== file && within.has(name)))
        .map((name) => `${file}: ${name}`),
    );

    assert.deepEqual(unused, []);
  });
});
