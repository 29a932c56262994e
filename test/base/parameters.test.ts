/** How many parameters there are, before anything is made of them. */
import assert from 'node:assert/strict';
import {
  hasTooManyParameters,
  isQueryTooLarge,
  LONGEST_QUERY,
  MOST_IN_QUERY,
} from '../../src/base/parameters.ts';

describe('parameters', () => {
  it('are counted, empty ones too', () => {
    assert.equal(hasTooManyParameters('', 0), false);
    assert.equal(hasTooManyParameters('a=1', 0), true);
    assert.equal(hasTooManyParameters('a=1&b=2', 2), false);
    assert.equal(hasTooManyParameters('a=1&&b=2', 2), true);
    assert.equal(hasTooManyParameters('&&&', 3), true);
  });
  it('of a target are those behind its question mark', () => {
    const most = Array(MOST_IN_QUERY).fill('a').join('&');

    assert.equal(isQueryTooLarge(`/path&&?${most}`), false);
    assert.equal(isQueryTooLarge(`/path?${most}&`), true);
    assert.equal(isQueryTooLarge(`/path?${'a'.repeat(LONGEST_QUERY)}`), false);
    assert.equal(isQueryTooLarge(`/path?${'a'.repeat(LONGEST_QUERY + 1)}`), true);
    assert.equal(isQueryTooLarge(`/${'&'.repeat(LONGEST_QUERY)}`), false);
  });
});
