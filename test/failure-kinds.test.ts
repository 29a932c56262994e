/**
 * Kinds of failures: each that a type names is thrown somewhere.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const SRC = join(import.meta.dirname, '..', 'src');
const sources = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(join(SRC, file), 'utf8'));

/** `type CodeFailure = 'code-mismatch' | 'code-expired';`, and what stands in it. */
const UNION = /\btype \w*Failure =([^;]*);/g;
const KIND = /'([a-z][a-z-]*)'/g;

const kinds = new Set(
  sources.flatMap((text) =>
    [...text.matchAll(UNION)].flatMap(([, union = '']) => [...union.matchAll(KIND)].map(([, kind]) => kind!)),
  ),
);
/** What is left without the unions, the comments, the tables of answers, and lists and questions that only look for a kind. */
const uses = sources
  .map((text) =>
    text
      .replaceAll(UNION, '')
      .replaceAll(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, '')
      .replaceAll(/'[a-z-]+':/g, '')
      .replaceAll(/\[\s*(?:'[a-z-]+',?\s*)+\]/g, '')
      .replaceAll(/isFailure(<[^>]*>)?\([^)]*\)/g, ''),
  )
  .join('\n');

describe('a kind of failure', () => {
  it('is thrown, where a type names it', () => {
    assert.ok(kinds.size > 100, `${kinds.size} kinds`);
    assert.deepEqual(
      [...kinds].filter((kind) => !uses.includes(`'${kind}'`)),
      [],
    );
  });
});
