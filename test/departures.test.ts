/**
 * Departures: each one that docs/departures.md names is asserted by a test that exists.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const textOf = (path: string): string => readFileSync(join(root, path), 'utf8');

const rows = textOf('docs/departures.md')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| what '))
  .map((line) => line.slice(2, -2).split(' | '));

describe('the departures from AWS', () => {
  it('are told with their reason, in one line each', () => {
    assert.ok(rows.length > 0);
    for (const row of rows) assert.equal(row.length, 3, row[0]);
  });

  for (const [what = '', , by = ''] of rows)
    it(`are asserted: ${what.slice(0, 80)}`, () => {
      const [, file = '', title = ''] = /^(test\/[\w/.-]+): (.+)$/.exec(by) ?? [];

      assert.ok(textOf(file).includes(title), by);
    });
});
