/**
 * Every bus under its contract.
 */
import { inProcessBus } from '../../src/stores/in-process-bus.ts';
import { openRedisBus } from '../../src/stores/redis/bus.ts';
import { freshPrefix, sharedRedis, withRedis } from '../support/servers/redis.ts';
import { busContract } from './bus.contract.ts';

busContract('the in-process bus', async () => {
  const bus = inProcessBus();
  return { here: bus, there: bus, close: async () => {} };
});

withRedis('The bus over Redis', () => {
  busContract('Redis', async () => {
    const { url } = await sharedRedis();
    const prefix = freshPrefix();
    const [here, there] = await Promise.all([openRedisBus(url, { prefix }), openRedisBus(url, { prefix })]);
    const close = async () => {
      await Promise.all([here.close(), there.close()]);
    };
    return { here, there, close };
  });
});
