/** A store that fails between the writes of an operation: what was written first already protects. */
import assert from 'node:assert/strict';
import { memoryRecords } from '../../src/stores/memory.ts';
import { makePool, makeUser, signIn } from '../support/pool.ts';
import { startServer, stillClock, type TestServer } from '../support/servers/server.ts';

describe('a person who is disabled while the store fails', () => {
  let server: TestServer;
  afterEach(() => server.close());

  it('has signed out all the same, also once he is enabled again', async () => {
    const clock = stillClock();
    const records = memoryRecords(clock);
    let writesLeft = Infinity;
    const failing: typeof records = {
      ...records,
      async commit(...changes) {
        if (writesLeft === 0) throw new Error('the store is gone');
        writesLeft -= 1;
        return records.commit(...changes);
      },
    };
    server = await startServer({ clock, store: { records: failing } });
    const pool = await makePool(server);
    const at = { UserPoolId: pool.UserPoolId, Username: 'ada' };
    await makeUser(pool, 'ada');
    const { RefreshToken: REFRESH_TOKEN } = await signIn(pool, 'ada');
    clock.pass(1);

    writesLeft = 1;
    await assert.rejects(pool.idp.adminDisableUser(at), { name: /Internal/ });
    writesLeft = Infinity;

    assert.equal((await pool.idp.adminGetUser(at)).Enabled, false);
    await pool.idp.adminEnableUser(at);
    const AuthParameters = { REFRESH_TOKEN: REFRESH_TOKEN! };
    await assert.rejects(
      pool.idp.initiateAuth({ ClientId: pool.ClientId, AuthFlow: 'REFRESH_TOKEN_AUTH', AuthParameters }),
      { name: 'NotAuthorizedException' },
    );
  });
});
