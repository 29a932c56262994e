/** Passkeys and devices in the directory: whose they are not, and that nothing of them outlives their owner or their pool. */
import assert from 'node:assert/strict';
import { deviceCollection } from '../../../src/domain/users/devices.ts';
import { createPasskeys, passkeyCollection } from '../../../src/domain/users/passkeys.ts';
import { createPoolDomains } from '../../../src/domain/pools/pool-domains.ts';
import { createPools } from '../../../src/domain/pools/pools.ts';
import { sweepPool } from '../../../src/domain/users/sweep.ts';
import { userCollection } from '../../../src/domain/users/users.ts';
import { createJobs } from '../../../src/domain/jobs/jobs.ts';
import type { AnyCollection, Records } from '../../../src/domain/ports/records.ts';
import { passkeyVerifier } from '../../../src/passkeys/index.ts';
import { memoryExpiring, memoryRecords } from '../../../src/stores/memory.ts';
import { authenticator } from '../../support/clients/authenticator.ts';
import { confirm } from '../../support/devices.ts';
import { creationOptions, enroll, makePasskeyPool, ORIGIN } from '../../support/passkeys.ts';
import { makeUser, signIn, type MadePool } from '../../support/pool.ts';
import { startServer, stillClock, type TestServer } from '../../support/servers/server.ts';

const OWNED: readonly AnyCollection[] = [passkeyCollection, deviceCollection];

describe('passkeys and devices of a person', () => {
  const clock = stillClock();
  const kept = memoryRecords(clock);
  /** What happens just before the next one of these is kept. */
  let pending: { readonly collection: AnyCollection; readonly happens: () => Promise<unknown> } | undefined;
  const records: Records = {
    ...kept,
    async commit(...changes) {
      const due = pending;
      if (due && changes.some(({ act, collection }) => act === 'insert' && collection === due.collection)) {
        pending = undefined;
        await due.happens();
      }
      await kept.commit(...changes);
    },
  };
  let server: TestServer;
  let pool: MadePool;

  before(async () => {
    server = await startServer({ clock, store: { records } });
    pool = await makePasskeyPool(server, {}, { DeviceConfiguration: {} });
  });
  after(() => server.close());

  const keptOf = async (collection: AnyCollection): Promise<number> =>
    (await records.page<object>(collection, { prefix: [pool.UserPoolId], limit: 1000 })).records.length;

  for (const collection of OWNED) {
    it(`do not outlive a person who is removed while they are made: ${collection.name}`, async () => {
      const Username = `leaver-${collection.name}`;
      await makeUser(pool, Username);
      const result = await signIn(pool, Username);
      const AccessToken = result.AccessToken!;
      const device = authenticator({ origin: ORIGIN });
      const Credential = device.create(await creationOptions(pool, AccessToken));
      pending = {
        collection,
        happens: () => pool.idp.adminDeleteUser({ UserPoolId: pool.UserPoolId, Username }),
      };

      await assert.rejects(
        collection === deviceCollection
          ? confirm(pool, result)
          : pool.idp.completeWebAuthnRegistration({ AccessToken, Credential }),
        { name: 'UserNotFoundException' },
      );

      assert.deepEqual(await Promise.all([userCollection, ...OWNED].map(keptOf)), [0, 0, 0]);
    });
  }

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
