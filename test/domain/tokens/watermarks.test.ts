/**
 * Cut-offs on several processes: what one has cut is void at all of them, whether the news reach them or not.
 */
import assert from 'node:assert/strict';
import { Failure } from '../../../src/base/failure.ts';
import { createCutOffs, cutOffCollection } from '../../../src/domain/tokens/watermarks.ts';
import type { Bus } from '../../../src/domain/ports/bus.ts';
import { inProcessBus } from '../../../src/stores/in-process-bus.ts';
import { memoryExpiring, memoryRecords } from '../../../src/stores/memory.ts';
import { stillClock } from '../../support/servers/server.ts';

const NOBODY_HEARS: Bus = { publish: async () => undefined, subscribe: () => () => undefined };

describe('cut-offs', () => {
  function world(busOf: () => Bus) {
    const clock = stillClock();
    const records = memoryRecords(clock);
    const expiring = memoryExpiring(clock);
    let pages = 0;
    const counting: typeof records = {
      ...records,
      page: (...words) => {
        pages += 1;
        return records.page(...words);
      },
    };
    const process = () => createCutOffs({ records: counting, expiring, bus: busOf(), clock });
    return { clock, records, expiring, process, pagesRead: () => pages };
  }

  it('reach another process by the news, and then nothing is read', async () => {
    const bus = inProcessBus();
    const { clock, process, pagesRead } = world(() => bus);
    const [here, there] = [process(), process()];

    await here.cut({ subject: 'user/a' });
    await here.cut({ subject: 'user/b' });
    await Promise.resolve();

    assert.equal(there.isCut('user/b', clock.now()), true);
    await there.confirm();
    assert.equal(pagesRead(), 0);
  });

  it('reach a process that heard no news, when it makes sure', async () => {
    const { clock, process } = world(() => NOBODY_HEARS);
    const [here, there] = [process(), process()];
    await here.cut({ subject: 'user/a' });
    assert.equal(there.isCut('user/a', clock.now()), false);

    await there.confirm();

    assert.equal(there.isCut('user/a', clock.now()), true);
  });

  it('reach a process that made sure before the counter began anew', async () => {
    const { clock, expiring, process } = world(() => NOBODY_HEARS);
    const [here, there] = [process(), process()];
    for (const each of ['a', 'b', 'c']) await here.cut({ subject: `user/${each}` });
    await there.confirm();
    await expiring.forget('cut-offs', 'changes');
    await here.cut({ subject: 'user/d' });

    await there.confirm();
    await here.cut({ subject: 'user/e' });
    await there.confirm();

    assert.deepEqual(
      ['user/d', 'user/e'].map((each) => there.isCut(each, clock.now())),
      [true, true],
    );
  });

  it('take one record of a subject, however often it is cut', async () => {
    const { clock, records, process } = world(inProcessBus);
    const cutOffs = process();

    for (let time = 0; time < 20; time += 1) {
      clock.pass(1);
      await cutOffs.cut({ subject: 'family/a' });
    }

    const kept = await records.page(cutOffCollection, { prefix: [], limit: 100 });
    assert.equal(kept.records.length, 1);
    assert.equal(kept.records[0]!.before, clock.now().getTime());
  });

  describe('of a removal', () => {
    const cuts = [{ subject: 'group/a' }];

    it('are void at all processes with its commit, though whoever wrote it died at once', async () => {
      const { clock, records, process } = world(inProcessBus);
      const [here, there] = [process(), process()];
      await Promise.all([here.load(), there.load()]);
      const dying = here.ending(cuts, async (endings) => {
        await records.commit(...endings);
        throw new Failure('store-unavailable', { store: 'memory' });
      });
      await assert.rejects(dying, { kind: 'store-unavailable' });

      for (const each of [here, there]) {
        await each.confirm();
        assert.equal(each.isCut('group/a', clock.now()), true);
      }
    });

    it('are found, though another process had looked before they were written', async () => {
      const { clock, records, process } = world(inProcessBus);
      const [here, there] = [process(), process()];
      await there.load();
      const dying = here.ending(cuts, async (endings) => {
        await there.confirm();
        await records.commit(...endings);
        throw new Failure('store-unavailable', { store: 'memory' });
      });
      await assert.rejects(dying, { kind: 'store-unavailable' });
      assert.equal(there.isCut('group/a', clock.now()), false);

      await there.confirm();

      assert.equal(there.isCut('group/a', clock.now()), true);
    });

    it('are looked for until nobody can write them any more', async () => {
      const { clock, process, pagesRead } = world(inProcessBus);
      const [here, there] = [process(), process()];
      await there.load();
      const failing = here.ending(cuts, async () => {
        throw new Failure('store-unavailable', { store: 'memory' });
      });
      await assert.rejects(failing, { kind: 'store-unavailable' });

      await there.confirm();
      const soon = pagesRead();
      await there.confirm();
      const again = pagesRead();
      clock.pass(30);
      await there.confirm();
      const late = pagesRead();
      await there.confirm();

      assert.ok(again > soon, 'it looks again');
      assert.equal(pagesRead(), late);
    });

    it('that was refused are nothing, and nobody looks for them', async () => {
      const bus = inProcessBus();
      const { clock, process, pagesRead } = world(() => bus);
      const [here, there] = [process(), process()];
      await there.load();
      const before = pagesRead();
      const refused = here.ending(cuts, async () => {
        throw new Failure('group-not-found');
      });
      await assert.rejects(refused, { kind: 'group-not-found' });

      await there.confirm();

      assert.equal(there.isCut('group/a', clock.now()), false);
      assert.equal(pagesRead(), before);
    });
  });

  it('say nothing is good while in doubt, and still know what is void', async () => {
    const { clock, process } = world(inProcessBus);
    const cutOffs = process();
    await cutOffs.cut({ subject: 'user/a' });

    cutOffs.doubt();

    assert.equal(cutOffs.isCut('user/a', clock.now()), true);
    assert.throws(() => cutOffs.isCut('user/b', clock.now()), { kind: 'revocations-unconfirmed' });
    await cutOffs.confirm();
    assert.equal(cutOffs.isCut('user/b', clock.now()), false);
  });

  it('of a hundred at once from two processes are all heard, with nothing read', async () => {
    const bus = inProcessBus();
    const { clock, process, pagesRead } = world(() => bus);
    const [here, there, third] = [process(), process(), process()];

    await Promise.all(
      Array.from({ length: 100 }, (_, at) => (at % 2 ? here : there).cut({ subject: `user/${at}` })),
    );
    await Promise.resolve();
    await third.confirm();

    const known = Array.from({ length: 100 }, (_, at) => third.isCut(`user/${at}`, clock.now()));
    assert.ok(known.every(Boolean));
    assert.equal(pagesRead(), 0);
  });

  it('are looked through a few times only, however many live', async () => {
    const bus = inProcessBus();
    const { clock, process } = world(() => bus);
    const cutOffs = process();
    const now = clock.now();
    let looks = 0;
    clock.now = () => {
      looks += 1;
      return now;
    };

    for (let change = 1; change <= 10_500; change += 1)
      await bus.publish('cut-off', {
        subject: `family/${change}`,
        before: now.getTime(),
        until: now.getTime() + 1000,
        change,
      });

    assert.equal(cutOffs.isCut('family/10500', now), true);
    assert.ok(looks < 5, `${looks} looks at the clock`);
  });
});
