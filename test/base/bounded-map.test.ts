/**
 * Maps that hold so many entries and no more.
 */
import assert from 'node:assert/strict';
import { createBoundedMap } from '../../src/base/bounded-map.ts';

describe('a bounded map', () => {
  it('lets what came first make way', () => {
    const map = createBoundedMap<string, number>(2);
    map.set('a', 1);
    map.set('b', 2);
    map.set('c', 3);

    assert.deepEqual(['a', 'b', 'c'].map(map.get), [undefined, 2, 3]);
  });

  it('takes what is put there anew for the latest, and lets nothing else go for it', () => {
    const map = createBoundedMap<string, number>(2);
    map.set('a', 1);
    map.set('b', 2);
    map.set('a', 3);
    assert.deepEqual(['a', 'b'].map(map.get), [3, 2]);

    map.set('c', 4);

    assert.deepEqual(['a', 'b', 'c'].map(map.get), [3, undefined, 4]);
  });

  it('makes what is not there once', () => {
    const map = createBoundedMap<string, object>(2);
    let made = 0;
    const make = () => ({ number: (made += 1) });

    const first = map.getOrMake('a', make);

    assert.equal(map.getOrMake('a', make), first);
    assert.equal(made, 1);
    map.delete('a');
    assert.notEqual(map.getOrMake('a', make), first);
  });

  it('keeps nothing of what cannot be made', () => {
    const map = createBoundedMap<string, object>(2);

    assert.throws(() =>
      map.getOrMake('a', () => {
        throw new Error('not now');
      }),
    );

    assert.equal(map.get('a'), undefined);
  });
});
