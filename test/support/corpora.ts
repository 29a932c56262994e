/**
 * The published test vectors: where they lie, and what happens when they do not.
 *
 * Our own, `own/…`, lie in test/corpora. The others are read from COGNATE_CORPORA, or else from `../shared/corpora` beside the project. A suite declares what it reads through
 * `withCorpus`: where the corpus is absent the suite stands as not run, with a loud line; with CI=true it fails, so that no green
 * run ever lacks them in silence.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describeWith } from './servers/needs.ts';

const ROOT = resolve(process.env['COGNATE_CORPORA'] ?? '../shared/corpora');
const OURS = join(import.meta.dirname, '..', 'corpora');

/** The bytes of `path` (below the corpora's root), or undefined when it is not there. */
export function corpus(path: string): Buffer | undefined {
  const file = join(path.startsWith('own/') ? OURS : ROOT, path);
  return existsSync(file) ? readFileSync(file) : undefined;
}

/** `path` read as JSON, its type believed; undefined when it is not there. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller states what the file holds
export function corpusJson<T>(path: string): T | undefined {
  const bytes = corpus(path);
  return bytes && (JSON.parse(bytes.toString('utf8')) as T);
}

/** Names in the folder `path`, sorted; undefined when it is not there. */
export function corpusNames(path: string): readonly string[] | undefined {
  const folder = join(ROOT, path);
  return existsSync(folder) ? readdirSync(folder).toSorted() : undefined;
}

/**
 * A `describe` over a corpus: `tests` is called with what `read` gives, at declaration time, so that each row can be an `it`.
 *
 * @param read e.g. `() => corpusJson<Row[]>('own/sigv4-negative.json')`; undefined means the corpus is absent
 */
export function withCorpus<T>(title: string, read: () => T | undefined, tests: (data: T) => void): void {
  describeWith(title, read(), `no test vectors at ${ROOT} (set COGNATE_CORPORA)`, tests);
}
