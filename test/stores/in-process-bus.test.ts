/**
 * The bus of a single process.
 */
import assert from 'node:assert/strict';
import { inProcessBus } from '../../src/stores/in-process-bus.ts';

describe('the in-process bus', () => {
  it('tells every listener of the topic, and no other', async () => {
    const bus = inProcessBus();
    const heard: string[] = [];
    bus.subscribe('cut-off', ({ user }) => heard.push(`one ${user}`));
    bus.subscribe('cut-off', ({ user }) => heard.push(`two ${user}`));
    bus.subscribe('other', () => heard.push('other'));

    await bus.publish('cut-off', { user: 'u' });

    assert.deepEqual(heard, ['one u', 'two u']);
  });

  it('tells nothing after the subscription has ended, and hears one listener twice when it subscribed twice', async () => {
    const bus = inProcessBus();
    let heard = 0;
    const hear = () => {
      heard += 1;
    };
    const endFirst = bus.subscribe('topic', hear);
    const endSecond = bus.subscribe('topic', hear);

    await bus.publish('topic', {});
    endFirst();
    endFirst();
    await bus.publish('topic', {});
    endSecond();
    await bus.publish('topic', {});

    assert.equal(heard, 3);
  });
});
