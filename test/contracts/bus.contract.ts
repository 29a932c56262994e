/**
 * The contract of every bus: who hears what, on the node that says it and on another.
 */
import assert from 'node:assert/strict';
import type { Bus } from '../../src/domain/ports/bus.ts';

export interface OpenBus {
  readonly here: Bus;
  /** The same bus as another node has it. */
  readonly there: Bus;
  close(): Promise<void>;
}
type News = Parameters<Bus['publish']>[1];

export function busContract(name: string, open: () => Promise<OpenBus>): void {
  describe(`news over ${name}`, () => {
    let bus: OpenBus;
    beforeEach(async () => {
      bus = await open();
    });
    afterEach(() => bus.close());

    /** Resolves once all that was said before, here or there, has been heard by both. */
    async function heard(): Promise<void> {
      for (const [from, to] of [
        [bus.here, bus.there],
        [bus.there, bus.here],
      ] as const) {
        const arrived = new Promise<void>((resolve) => {
          const end = to.subscribe('last', () => {
            end();
            resolve();
          });
        });
        await from.publish('last', {});
        await arrived;
      }
    }

    it('reach every listener of the topic on every node once, and no other', async () => {
      const told: string[] = [];
      bus.here.subscribe('cut-off', ({ user }) => told.push(`here ${user}`));
      bus.here.subscribe('cut-off', ({ user }) => told.push(`here too ${user}`));
      bus.there.subscribe('cut-off', ({ user }) => told.push(`there ${user}`));
      for (const other of ['cut', 'cut-off ', '*', '']) bus.there.subscribe(other, () => told.push(other));

      await bus.here.publish('cut-off', { user: 'u' });
      await heard();

      assert.deepEqual(told.toSorted(), ['here too u', 'here u', 'there u']);
    });

    it('come in the order they were told', async () => {
      const told: unknown[] = [];
      bus.there.subscribe('topic', ({ place }) => told.push(place));

      for (let place = 0; place < 100; place += 1) await bus.here.publish('topic', { place });
      await heard();

      assert.deepEqual(
        told,
        Array.from({ length: 100 }, (_, place) => place),
      );
    });

    it('come as they were told, whatever their text', async () => {
      const news = {
        text: '\0\ud800 😀 "\\\n{}',
        number: -0.5,
        large: Number.MAX_SAFE_INTEGER,
        '': '',
        from: 'x',
        topic: 'y',
      };
      const told: News[] = [];
      for (const each of [bus.here, bus.there]) each.subscribe('\0{topic}', (given) => told.push(given));

      await bus.here.publish('\0{topic}', news);
      await heard();

      assert.deepEqual(
        told.map((each) => ({ ...each })),
        [news, news],
      );
    });

    it('share nothing with what was handed in, nor one listener with another', async () => {
      const news = { count: 1 };
      const told: News[] = [];
      bus.there.subscribe('topic', (given) => {
        assert.throws(() => Object.assign(given, { count: 3 }), TypeError);
      });
      bus.there.subscribe('topic', (given) => told.push(given));

      await bus.here.publish('topic', news);
      news.count = 2;
      await heard();

      assert.deepEqual(told, [{ count: 1 }]);
    });

    it('do not reach a listener whose subscription has ended, and reach one twice that subscribed twice', async () => {
      let count = 0;
      const hear = () => {
        count += 1;
      };
      const endFirst = bus.there.subscribe('topic', hear);
      const endSecond = bus.there.subscribe('topic', hear);

      await bus.here.publish('topic', {});
      await heard();
      endFirst();
      endFirst();
      await bus.here.publish('topic', {});
      await heard();
      endSecond();
      await bus.here.publish('topic', {});
      await heard();

      assert.equal(count, 3);
    });

    it('of a topic that nobody listens to are no fault', async () => {
      await bus.here.publish('unheard', { user: 'u' });
    });
  });
}
