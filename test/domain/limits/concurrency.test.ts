/** Lanes: a few at a time, in their order, and no place that stays closed. */
import assert from 'node:assert/strict';
import { createLanes } from '../../../src/domain/limits/concurrency.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('a lane', () => {
  /** Has `names` enter one place, and tells who is in. */
  function entering(lanes: ReturnType<typeof createLanes>, ...names: readonly string[]) {
    const inside: string[] = [];
    const leave = new Map<string, () => void>();
    for (const name of names)
      void lanes.enter('place').then((out) => {
        inside.push(name);
        leave.set(name, out.leave);
      });
    return { inside, leave: (name: string) => leave.get(name)!() };
  }

  it('lets a few in, and the others in their order as those leave', async () => {
    const { inside, leave } = entering(
      createLanes({ width: 2, mostWaiting: 9, seconds: 60 }),
      'a',
      'b',
      'c',
      'd',
    );
    await turn();
    assert.deepEqual(inside, ['a', 'b']);

    leave('b');
    leave('b');
    await turn();
    assert.deepEqual(inside, ['a', 'b', 'c']);
  });

  it('holds nobody at another place', async () => {
    const lanes = createLanes({ width: 1, mostWaiting: 9, seconds: 60 });
    await lanes.enter('one');
    const { leave } = await lanes.enter('other');

    leave();
    await lanes.enter('other');
  });

  it('lets through who finds too many waiting', async () => {
    const { inside } = entering(createLanes({ width: 1, mostWaiting: 1, seconds: 60 }), 'a', 'b', 'c');
    await turn();

    assert.deepEqual(inside, ['a', 'c']);
  });

  it('shows out who does not leave', async () => {
    const lanes = createLanes({ width: 1, mostWaiting: 9, seconds: 0.01 });
    await lanes.enter('place');

    assert.equal((await lanes.enter('place')).hasWaited, true);
  });
});
