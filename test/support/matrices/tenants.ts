/**
 * Two pools with everything alike: names, clients, groups, the subject of a person, even the ids of their keys.
 *
 * Nobody chooses a subject, and the id of a key is its hash: both are written into the store.
 */
import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { collections } from '../../../src/domain/collections.ts';
import { userCollection } from '../../../src/domain/users/users.ts';
import { insert, update } from '../../../src/domain/ports/records.ts';
import type { SigningKeyPair } from '../../../src/domain/ports/signer.ts';
import { signingKeyCollection, type KeyUse } from '../../../src/domain/tokens/signing-keys.ts';
import { inProcessBus } from '../../../src/stores/in-process-bus.ts';
import { memoryExpiring, memoryRecords } from '../../../src/stores/memory.ts';
import { sealedRecords } from '../../../src/stores/sealed.ts';
import { keyringFrom, newKeyringText } from '../../../src/token-keys/keyring.ts';
import { createSigner } from '../../../src/token-keys/signer.ts';
import { claimsOf } from '../pool.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { startServer, stillClock, type TestServer } from '../servers/server.ts';
import { makeTenant, type Tenant } from '../servers/whole-requests.ts';

/** Starts and ends with the suite: call it inside a `describe`. */
export function twoTenants() {
  const clock = stillClock();
  const records = memoryRecords(clock);
  // Not by the still clock, which begins at the first look at it: that is the server's, when the tests run.
  const sealer = keyringFrom(newKeyringText(systemClock));
  const opened = sealedRecords(records, sealer);

  let server: TestServer;
  let mine: Tenant;
  let theirs: Tenant;

  before(async () => {
    const store = { records, expiring: memoryExpiring(clock), bus: inProcessBus() };
    server = await startServer({ clock, sealer, store });
    mine = await makeTenant(server);
    theirs = await makeTenant(server, {
      other: 'bob',
      async prepare({ UserPoolId }) {
        await giveSubject(UserPoolId);
        for (const use of ['id', 'access'] as const)
          await plant(UserPoolId, use, (await keyOf(mine, use)).kid);
      },
    });
  });
  after(() => server.close());

  /** Gives `ada` of a pool the subject of the first one's. */
  async function giveSubject(poolId: string): Promise<void> {
    const sub = String(claimsOf(mine.AccessToken).sub);
    await update(records, userCollection, [poolId, 'ada'], (user) => ({ ...user, sub }));
  }
  async function keyOf({ UserPoolId }: Tenant, use: KeyUse): Promise<SigningKeyPair> {
    return (await opened.get(signingKeyCollection, [UserPoolId, use]))!.record.pair;
  }
  /** Gives a pool, which has none yet, a key under that id. */
  async function plant(poolId: string, use: KeyUse, kid: string): Promise<void> {
    const made = await createSigner().generate('RS256');
    const pair = { ...made, kid, publicJwk: { ...made.publicJwk, kid } };
    await opened.commit(
      insert(signingKeyCollection, { poolId, use, pair, createdAt: clock.now().toISOString() }),
    );
  }

  /** All that is kept of a pool. */
  async function keptOf({ UserPoolId }: Tenant): Promise<readonly unknown[]> {
    const pages = await Promise.all(
      collections.map((collection) => records.page<object>(collection, { prefix: [], limit: 1000 })),
    );
    return pages.flatMap((page) =>
      page.records.filter((record) => JSON.stringify(record).includes(UserPoolId)),
    );
  }

  /** Asserts that nothing changes of what is kept of a pool. */
  async function leaves(tenant: Tenant, act: () => Promise<void>): Promise<void> {
    const before = await keptOf(tenant);
    await act();
    assert.ok(isDeepStrictEqual(await keptOf(tenant), before), 'something of the pool changed');
  }

  return {
    clock,
    get server() {
      return server;
    },
    get mine() {
      return mine;
    },
    get theirs() {
      return theirs;
    },
    /** A pool like the first one, whose `ada` has the same subject too. */
    another: (): Promise<Tenant> =>
      makeTenant(server, { prepare: ({ UserPoolId }) => giveSubject(UserPoolId) }),
    /** Claims under a pool's key. */
    sign: async (tenant: Tenant, use: KeyUse, claims: object): Promise<string> =>
      createSigner().sign(await keyOf(tenant, use), { ...claims }),

    leaves,
    leavesTheirs: (act: () => Promise<void>): Promise<void> => leaves(theirs, act),
  };
}
