/** Turns: nobody keeps large bodies of others waiting. */
import assert from 'node:assert/strict';
import { createTurns } from '../../src/api/turns.ts';

const MOST_WAITING = 50;
const take = (turns: ReturnType<typeof createTurns>, address: string) =>
  turns.take({ address, loseTurn: () => {} });

describe('turns', () => {
  it('leave room for others, however often one caller asks', async () => {
    const turns = createTurns(() => 0);
    const first = await take(turns, '192.0.2.1');
    assert.ok(first);
    const more = Array.from({ length: MOST_WAITING }, () => take(turns, '192.0.2.1'));

    const other = await take(turns, '192.0.2.2');
    assert.ok(other, 'another caller gets the turn that is free');
    const third = take(turns, '192.0.2.3');
    other.release();
    assert.ok(await third, 'and a third one waits, and gets it next');
    assert.equal((await Promise.race(more.slice(-1))) ?? 'refused', 'refused');
  });
  it('take the addresses of one IPv6 network for one caller', async () => {
    const turns = createTurns(() => 0);
    const first = await take(turns, '2001:db8::1');
    const second = take(turns, '2001:db8::2');
    const other = await take(turns, '2001:db8:0:1::1');
    assert.ok(other, 'another network is before the second of the first');
    first?.release();
    assert.ok(await second);
  });
});
