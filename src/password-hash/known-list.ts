/**
 * Reads the list of known passwords on a thread of its own, packs it, hands it over and ends: unpacking takes a while, and in memory the list's own form is ten times as large.
 *
 * The list is that of zxcvbn as its successor keeps it, most frequent passwords of many breaches; what it leaves out because it is a pattern is recognised by known-passwords.ts.
 */
import { parentPort } from 'node:worker_threads';
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common';

/** What the list is handed over as. */
export interface PackedList {
  /** All passwords in lower case, in the order of their bytes, one after the other. */
  readonly text: Uint8Array<ArrayBuffer>;
  /** Where each begins, and where the last ends. */
  readonly starts: Uint32Array<ArrayBuffer>;
  /** For each make of keyboard, the characters of neighbouring keys as pairs: `qw`. */
  readonly neighbours: readonly ReadonlySet<string>[];
}

const list: PackedList = { ...packed(dictionary['passwords-common']), neighbours: pairsOf() };
// oxlint-disable-next-line require-post-message-target-origin -- a thread, not a window
parentPort!.postMessage(list);

function packed(words: readonly string[]): Omit<PackedList, 'neighbours'> {
  const sorted = [...new Set(words.map((word) => word.toLowerCase()))]
    .map((word) => Buffer.from(word, 'utf8'))
    .toSorted((one, other) => Buffer.compare(one, other));
  const text = new Uint8Array(sorted.reduce((sum, { length }) => sum + length, 0));
  const starts = new Uint32Array(sorted.length + 1);
  let end = 0;
  sorted.forEach((word, place) => {
    text.set(word, end);
    end += word.length;
    starts[place + 1] = end;
  });
  return { text, starts };
}

function pairsOf(): readonly ReadonlySet<string>[] {
  // Each key lists its neighbours, and of each what it types without and with shift.
  const graphs: readonly Readonly<Record<string, readonly (string | null)[]>>[] =
    Object.values(adjacencyGraphs);
  return graphs.map(
    (graph) =>
      new Set(
        Object.entries(graph).flatMap(([key, keys]) =>
          keys.flatMap((next) => [...(next ?? '')].map((each) => (key + each).toLowerCase())),
        ),
      ),
  );
}
