/** Passkeys and devices in the directory: whose they are not, and that nothing of them outlives their owner or their pool. */
import assert from 'node:assert/strict';
import { deviceCollection } from '../../../src/domain/directory/devices.ts';
import { createPasskeys, passkeyCollection } from '../../../src/domain/directory/passkeys.ts';
import { createPoolDomains } from '../../../src/domain/directory/pool-domains.ts';
import { createPools } from '../../../src/domain/directory/pools.ts';
import { sweepPool } from '../../../src/domain/directory/sweep.ts';
import { userCollection } from '../../../src/domain/directory/users.ts';
import { createJobs } from '../../../src/domain/jobs/jobs.ts';
import type { AnyCollection } from '../../../src/domain/ports/records.ts';
import { passkeyVerifier } from '../../../src/passkeys/index.ts';
import { memoryExpiring, memoryRecords } from '../../../src/stores/memory.ts';
import { authenticator } from '../../support/authenticator.ts';
import { confirm } from '../../support/devices.ts';
import { creationOptions, enroll, makePasskeyPool, ORIGIN } from '../../support/passkeys.ts';
import { makeUser, signIn, type MadePool } from '../../support/pool.ts';
import { startServer, stillClock, type TestServer } from '../../support/server.ts';

const ROUNDS = 20;
const OWNED: readonly AnyCollection[] = [passkeyCollection, deviceCollection];

describe('passkeys and devices of a person', () => {
  const clock = stillClock();
  const records = memoryRecords(clock);
  let server: TestServer;
  let pool: MadePool;

  before(async () => {
    server = await startServer({ clock, store: { records } });
    pool = await makePasskeyPool(server, {}, { DeviceConfiguration: {} });
  });
  after(() => server.close());

  const keptOf = async (collection: AnyCollection): Promise<number> =>
    (await records.page<object>(collection, { prefix: [pool.UserPoolId], limit: 1000 })).records.length;

  it('do not outlive a person who is removed while they are made', async () => {
    const device = authenticator({ origin: ORIGIN });

    for (let round = 0; round < ROUNDS; round += 1) {
      const Username = `leaver-${round}`;
      await makeUser(pool, Username);
      const result = await signIn(pool, Username);
      const AccessToken = result.AccessToken!;
      const Credential = device.create(await creationOptions(pool, AccessToken));

      await Promise.allSettled([
        pool.idp.completeWebAuthnRegistration({ AccessToken, Credential }),
        confirm(pool, result),
        pool.idp.adminDeleteUser({ UserPoolId: pool.UserPoolId, Username }),
      ]);

      assert.equal(
        (await records.page(userCollection, { prefix: [pool.UserPoolId], limit: 1 })).records.length,
        0,
      );
      assert.deepEqual(await Promise.all(OWNED.map(keptOf)), [0, 0]);
    }
  });

  it('are swept with their pool', async () => {
    await makeUser(pool, 'ada');
    const result = await signIn(pool, 'ada');
    await enroll(pool, authenticator({ origin: ORIGIN }), result.AccessToken!);
    await confirm(pool, result);
    const present = await Promise.all(OWNED.map(keptOf));

    await sweepPool(records)(pool.UserPoolId, { cursor: undefined, keep: async () => undefined });

    assert.deepEqual(
      [present, await Promise.all(OWNED.map(keptOf))],
      [
        [1, 1],
        [0, 0],
      ],
    );
  });

  it('are not kept of people whom a provider brings', async () => {
    const jobs = createJobs({ records, clock, works: {}, onFailure: assert.fail });
    const pools = createPools({ records, jobs, clock, account: '123456789012' });
    const made = await pools.get((await makePasskeyPool(server)).UserPoolId);
    const passkeys = createPasskeys({
      records,
      expiring: memoryExpiring(clock),
      poolDomains: createPoolDomains({ records, clock, pools }),
      passkeyVerifier,
      clock,
      publicUrl: server.url,
    });
    const moment = clock.now().toISOString();
    const external = {
      poolId: made.id,
      username: 'Google_1',
      nameKey: 'google_1',
      sub: '00000000-0000-4000-8000-000000000000',
      status: 'EXTERNAL_PROVIDER',
      isEnabled: true,
      attributes: {},
      aliases: {},
      createdAt: moment,
      modifiedAt: moment,
    } as const;

    await assert.rejects(passkeys.invite(made, external, 'app'), { kind: 'passkey-of-external-user' });
    await assert.rejects(passkeys.register(made, external, 'app', {}), { kind: 'passkey-of-external-user' });
    assert.equal(await passkeys.hasPasskey(made, external), false);
  });
});
