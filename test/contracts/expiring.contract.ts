/**
 * The contract of every store of notes and counters: once only means once, also when a hundred ask at one moment.
 */
import assert from 'node:assert/strict';
import type { Expiring } from '../../src/domain/ports/expiring.ts';

export interface OpenExpiring {
  readonly expiring: Expiring;
  /** Lets time go by. */
  pass(seconds: number): void | Promise<void>;
  close(): Promise<void>;
}

export function expiringContract(name: string, open: () => Promise<OpenExpiring>): void {
  describe(`notes kept for a while by ${name}`, () => {
    let store: OpenExpiring;
    let expiring: Expiring;

    beforeEach(async () => {
      store = await open();
      expiring = store.expiring;
    });
    afterEach(() => store.close());

    it('are given back until their time is over', async () => {
      await expiring.put('state', 'id', { step: 1 }, 10);

      await store.pass(9);
      assert.deepEqual(await expiring.get('state', 'id'), { step: 1 });
      await store.pass(1);

      assert.equal(await expiring.get('state', 'id'), undefined);
      assert.equal(await expiring.take('state', 'id'), undefined);
    });

    it('are replaced by a later one, with its time', async () => {
      await expiring.put('state', 'id', 'one', 10);
      await expiring.put('state', 'id', 'two', 100);
      await store.pass(50);

      assert.equal(await expiring.get('state', 'id'), 'two');
    });

    it('of another kind or id are other notes', async () => {
      await expiring.put('state', 'id', 'one', 10);

      assert.equal(await expiring.get('code', 'id'), undefined);
      assert.equal(await expiring.get('state', 'i'), undefined);
      assert.equal(await expiring.take('stat', 'eid'), undefined);
      assert.equal(await expiring.get('state', 'id'), 'one');
    });

    for (const id of ['', '\0', '/', 'a\u0001b', '\ud800', '\udfff', '😀', '\ufffd', 'x'.repeat(5000)]) {
      it(`may have the id ${JSON.stringify(id.slice(0, 12))}`, async () => {
        const others = ['', '\0', '/', 'a\u0001b', '\ud800', '\udfff', '😀', '\ufffd'].filter(
          (other) => other !== id,
        );
        for (const other of others) await expiring.put('state', other, 'other', 10);

        assert.equal(await expiring.claim('state', id, 'mine', 10), true);
        assert.equal(await expiring.take('state', id), 'mine');
      });
    }

    it('may be any JSON value', async () => {
      for (const note of [null, false, 0, '', '\0\ud800', [], { a: { b: [2 ** 53] } }]) {
        await expiring.put('state', 'id', note, 10);

        assert.deepEqual(await expiring.take('state', 'id'), note);
      }
    });

    it('cannot be undefined, nor live less than a second', async () => {
      await assert.rejects(expiring.put('state', 'id', undefined, 10), TypeError);
      for (const seconds of [0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
        await assert.rejects(expiring.put('state', 'id', 1, seconds), RangeError);
        await assert.rejects(expiring.claim('state', 'id', 1, seconds), RangeError);
        await assert.rejects(expiring.count('state', 'id', seconds), RangeError);
      }
      assert.equal(await expiring.get('state', 'id'), undefined);
    });

    it('share nothing with the object that was handed in', async () => {
      const note = { list: [1] };
      await expiring.put('state', 'id', note, 10);
      note.list.push(2);

      assert.deepEqual(await expiring.get('state', 'id'), { list: [1] });
    });

    it('are taken once', async () => {
      await expiring.put('code', 'id', { user: 'u' }, 10);

      assert.deepEqual(await expiring.take('code', 'id'), { user: 'u' });
      assert.equal(await expiring.take('code', 'id'), undefined);
      assert.equal(await expiring.get('code', 'id'), undefined);
    });

    it('are got by one of a hundred takers', async () => {
      await expiring.put('code', 'id', 'note', 10);

      const taken = await Promise.all(Array.from({ length: 100 }, () => expiring.take('code', 'id')));

      assert.deepEqual(
        taken.filter((each) => each !== undefined),
        ['note'],
      );
    });

    it('are spent once, by one of a hundred, until their time is over', async () => {
      await expiring.put('code', 'id', 'note', 10);
      const spent = await Promise.all(Array.from({ length: 100 }, () => expiring.spend('code', 'id')));
      await expiring.put('code', 'late', 'note', 10);
      await store.pass(10);

      assert.equal(spent.filter(Boolean).length, 1);
      assert.equal(await expiring.get('code', 'id'), undefined);
      assert.equal(await expiring.spend('code', 'late'), false);
      assert.equal(await expiring.spend('code', 'none'), false);
    });

    it('are claimed by one of a hundred claimants, whose note stays', async () => {
      const claims = await Promise.all(
        Array.from({ length: 100 }, (_, place) => expiring.claim('mark', 'id', { place }, 10)),
      );

      assert.equal(claims.filter(Boolean).length, 1);
      assert.deepEqual(await expiring.get('mark', 'id'), { place: claims.indexOf(true) });
    });

    it('can be claimed anew when their time is over, or when they are taken', async () => {
      assert.equal(await expiring.claim('mark', 'id', 1, 10), true);
      assert.equal(await expiring.claim('mark', 'id', 2, 10), false);
      await store.pass(10);
      assert.equal(await expiring.claim('mark', 'id', 3, 10), true);
      assert.equal(await expiring.take('mark', 'id'), 3);

      assert.equal(await expiring.claim('mark', 'id', 4, 10), true);
    });

    it('keep their time when a claim fails', async () => {
      await expiring.claim('mark', 'id', 1, 10);
      await store.pass(5);
      await expiring.claim('mark', 'id', 2, 1000);
      await store.pass(5);

      assert.equal(await expiring.get('mark', 'id'), undefined);
    });

    it('are forgotten when told', async () => {
      await expiring.put('state', 'id', 1, 10);
      await expiring.count('state', 'id', 10);
      await expiring.forget('state', 'id');
      await expiring.forget('state', 'never there');

      assert.equal(await expiring.get('state', 'id'), undefined);
      assert.equal(await expiring.counted('state', 'id'), 0);
    });

    it('live beside a count of the same kind and id', async () => {
      await expiring.put('state', 'id', 'note', 10);
      await expiring.count('state', 'id', 10);

      assert.equal(await expiring.get('state', 'id'), 'note');
      assert.equal(await expiring.take('state', 'id'), 'note');
      assert.equal(await expiring.counted('state', 'id'), 1);
    });
  });

  describe(`counts kept for a while by ${name}`, () => {
    let store: OpenExpiring;
    let expiring: Expiring;

    beforeEach(async () => {
      store = await open();
      expiring = store.expiring;
    });
    afterEach(() => store.close());

    it('begin at one and tell the present number', async () => {
      assert.equal(await expiring.counted('tries', 'u'), 0);
      assert.equal(await expiring.count('tries', 'u', 10), 1);
      assert.equal(await expiring.count('tries', 'u', 10), 2);
      assert.equal(await expiring.counted('tries', 'u'), 2);
      assert.equal(await expiring.count('tries', 'other', 10), 1);
      assert.equal(await expiring.count('other', 'u', 10), 1);
    });

    it('are forgotten a while after their first, however many came since', async () => {
      await expiring.count('tries', 'u', 10);
      await store.pass(9);
      assert.equal(await expiring.count('tries', 'u', 10), 2);
      await store.pass(1);

      assert.equal(await expiring.counted('tries', 'u'), 0);
      assert.equal(await expiring.count('tries', 'u', 10), 1);
      await store.pass(9);
      assert.equal(await expiring.counted('tries', 'u'), 1);
    });

    it('give a thousand at once a thousand different numbers', async () => {
      const counts = await Promise.all(Array.from({ length: 1000 }, () => expiring.count('tries', 'u', 10)));

      assert.deepEqual(
        counts.toSorted((one, other) => one - other),
        Array.from({ length: 1000 }, (_, place) => place + 1),
      );
    });
  });
}
