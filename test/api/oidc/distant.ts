/**
 * Stores as far away as a database is: every call reaches them, and its answer comes back, some turns of the event loop later.
 *
 * In memory a read and the write after it happen in one breath, and hide what a race does; here others get in between.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../../src/base/clock.ts';
import { memoryExpiring, memoryRecords } from '../../../src/stores/memory.ts';

const MOST_TURNS = 300;

export const distantStores = (clock: Clock) => ({
  records: distant(memoryRecords(clock)),
  expiring: distant(memoryExpiring(clock)),
});

function distant<T extends object>(store: T): T {
  return new Proxy(store, {
    get(target, name) {
      const verb: unknown = Reflect.get(target, name);
      if (typeof verb !== 'function') return verb;
      return async (...given: unknown[]) => {
        await someTurns();
        const answer: unknown = await Reflect.apply(verb, target, given);
        await someTurns();
        return answer;
      };
    },
  });
}

async function someTurns(): Promise<void> {
  for (let left = Math.floor(Math.random() * MOST_TURNS); left > 0; left -= 1) await nextTurn();
}
