/**
 * Folders that can be taken in at a glance.
 */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

const MOST_FILES = 20;
const ROOT = join(import.meta.dirname, '..');

describe('a folder of the house', () => {
  for (const top of ['src', 'test'])
    it(`of ${top} has no more than ${MOST_FILES} files`, () => {
      const files = readdirSync(join(ROOT, top), { recursive: true, encoding: 'utf8' });
      const counts = Object.groupBy(
        files.filter((file) => file.endsWith('.ts')),
        (file) => dirname(file),
      );

      const full = Object.entries(counts).filter(([, own = []]) => own.length > MOST_FILES);

      assert.deepEqual(
        full.map(([folder]) => folder),
        [],
      );
    });
});
