/**
 * Guests: one that nobody uses ends, one that is used does not, and one address makes so many and no more.
 */
import assert from 'node:assert/strict';
import type { Records } from '../../../src/domain/ports/records.ts';
import { memoryRecords } from '../../../src/stores/memory.ts';
import { keyringFrom, newKeyringText } from '../../../src/token-keys/keyring.ts';
import { createIdentityWorld, ofIdentityPool, trustOf } from '../../support/identity-pool.ts';
import {
  startServer,
  stillClock,
  type ServerOptions,
  type TestServer,
} from '../../support/servers/server.ts';

const DAY = 86_400;

describe('guests', () => {
  const servers: TestServer[] = [];
  async function start(options: ServerOptions = {}): Promise<TestServer> {
    const server = await startServer(options);
    servers.push(server);
    return server;
  }
  afterEach(() => Promise.all(servers.splice(0).map((each) => each.close())));

  /** An identity pool that lets guests in. */
  async function welcoming(server: TestServer) {
    const world = await createIdentityWorld(server);
    const IdentityPoolId = await world.makePool({
      AllowUnauthenticatedIdentities: true,
      AllowClassicFlow: true,
    });
    const role = await world.makeRole(trustOf(ofIdentityPool(IdentityPoolId)));
    await world.identity.setIdentityPoolRoles({
      IdentityPoolId,
      Roles: { authenticated: role, unauthenticated: role },
    });
    const { identity } = world;
    return {
      world,
      IdentityPoolId,
      guest: async () => (await identity.getId({ IdentityPoolId })).IdentityId!,
      credentials: (IdentityId: string, Logins?: Record<string, string>) =>
        identity.getCredentialsForIdentity({ IdentityId, Logins }),
      token: (IdentityId: string) => identity.getOpenIdToken({ IdentityId }),
    };
  }
  type Welcoming = Awaited<ReturnType<typeof welcoming>>;
  const isThere = async ({ credentials }: Pick<Welcoming, 'credentials'>, id: string) => {
    try {
      await credentials(id);
      return true;
    } catch (error) {
      assert.equal((error as Error).name, 'ResourceNotFoundException');
      return false;
    }
  };

  /** Stores that write down how often an identity is written. */
  function watched() {
    const clock = stillClock();
    const records = memoryRecords(clock);
    const state = { writes: 0 };
    const store: Records = {
      get: (...given) => records.get(...given),
      find: (...given) => records.find(...given),
      page: (...given) => records.page(...given),
      async commit(...changes) {
        await records.commit(...changes);
        state.writes += changes.filter(({ collection }) => collection.name === 'identities').length;
      },
    };
    return { clock, state, sealer: keyringFrom(newKeyringText(clock)), store: { records: store } };
  }

  it('are there for ninety days at least, and end when nobody uses them', async () => {
    const server = await start();
    const pool = await welcoming(server);
    const [used, unused] = [await pool.guest(), await pool.guest()];

    server.clock.pass(90 * DAY);
    const isUsedThere = await isThere(pool, used);
    server.clock.pass(30 * DAY);

    assert.deepEqual(
      [isUsedThere, await isThere(pool, used), await isThere(pool, unused)],
      [true, true, false],
    );
  });

  for (const what of ['credentials', 'token'] as const)
    it(`are kept by ${what}, each time for ninety days more`, async () => {
      const server = await start();
      const pool = await welcoming(server);
      const id = await pool.guest();

      for (let times = 0; times < 5; times += 1) {
        server.clock.pass(90 * DAY);
        await pool[what](id);
      }
      server.clock.pass(100 * DAY);

      assert.equal(await isThere(pool, id), false);
    });

  it('are not written at each use', async () => {
    const { clock, state, ...parts } = watched();
    const pool = await welcoming(await start({ clock, ...parts }));
    const id = await pool.guest();
    const before = state.writes;

    for (let times = 0; times < 20; times += 1) {
      await pool.credentials(id);
      clock.pass(DAY);
    }

    assert.equal(state.writes - before, 1);
  });

  it('stay for ever once a login is shown with them, or when they turn out to be somebody', async () => {
    const server = await start();
    const pool = await welcoming(server);
    const [own, merged] = [await pool.guest(), await pool.guest()];
    const Logins = await pool.world.loginOf('ada');
    await pool.credentials(own, Logins);
    const { IdentityId } = await pool.credentials(merged, Logins);
    assert.equal(IdentityId, own);

    server.clock.pass(1000 * DAY);

    const later = await pool.world.loginOf('ada');
    assert.equal((await pool.credentials(merged, later)).IdentityId, own);
    assert.equal(
      (await pool.world.identity.getId({ IdentityPoolId: pool.IdentityPoolId, Logins: later })).IdentityId,
      own,
    );
  });

  it('that were kept before there was a date stay until they are used, and end after that', async () => {
    const { clock, state: _, ...parts } = watched();
    const environment = { COGNATE_EXPIRY_GUEST_DAYS: 'never' };
    const older = await welcoming(await start({ clock, ...parts, environment }));
    const id = await older.guest();
    const newer = await start({ clock, ...parts });
    const { identity } = await createIdentityWorld(newer);
    const pool = {
      credentials: (IdentityId: string) => identity.getCredentialsForIdentity({ IdentityId }),
    };

    clock.pass(5000 * DAY);
    const before = await isThere(pool, id);
    clock.pass(100 * DAY);

    assert.deepEqual([before, await isThere(pool, id)], [true, false]);
  });

  it('stay where the setting says never, also those that had a date', async () => {
    const { clock, state: _, ...parts } = watched();
    const older = await welcoming(await start({ clock, ...parts }));
    const id = await older.guest();
    const environment = { COGNATE_EXPIRY_GUEST_DAYS: 'never' };
    const { identity } = await createIdentityWorld(await start({ clock, ...parts, environment }));
    const pool = {
      credentials: (IdentityId: string) => identity.getCredentialsForIdentity({ IdentityId }),
    };

    await pool.credentials(id);
    clock.pass(1000 * DAY);

    assert.equal(await isThere(pool, id), true);
  });

  describe('of one address', () => {
    const MOST = 3;
    async function asked() {
      const server = await start({
        guestsPerAddress: MOST,
        environment: { COGNATE_TRUSTED_PROXIES: '127.0.0.1/32', COGNATE_LOG_LEVEL: 'silent' },
      });
      const pool = await welcoming(server);
      /** The name of the fault, or undefined when a guest was made. */
      const come = async (address: string, IdentityPoolId: string, Logins?: Record<string, string>) => {
        const response = await fetch(server.url, {
          method: 'POST',
          headers: {
            'content-type': 'application/x-amz-json-1.1',
            'x-amz-target': 'AWSCognitoIdentityService.GetId',
            'x-forwarded-for': address,
          },
          body: JSON.stringify({ IdentityPoolId, Logins }),
        });
        return ((await response.json()) as { ['__type']?: string })['__type'];
      };
      return { server, pool, come };
    }
    const fill = async (come: (address: string) => Promise<unknown>, address: string) => {
      for (let times = 0; times < MOST; times += 1) assert.equal(await come(address), undefined);
    };

    it('are so many in an hour, and others are not shut out', async () => {
      const { server, pool, come } = await asked();
      const { IdentityPoolId, world } = pool;
      const here = (address: string) => come(address, IdentityPoolId);
      const other = await world.makePool({ AllowUnauthenticatedIdentities: true });
      await fill(here, '192.0.2.1');

      assert.equal(await here('192.0.2.1'), 'TooManyRequestsException');
      assert.equal(await here('192.0.2.2'), undefined, 'another address');
      assert.equal(await come('192.0.2.1', other), undefined, 'another identity pool');
      assert.equal(await come('192.0.2.1', IdentityPoolId, await world.loginOf('ada')), undefined, 'a user');
      server.clock.pass(3600);
      assert.equal(await here('192.0.2.1'), undefined, 'later');
    });

    it('are those of its /64, and of IPv4 written as IPv6', async () => {
      const { pool, come } = await asked();
      const here = (address: string) => come(address, pool.IdentityPoolId);
      await fill(here, '2001:db8::1');
      await fill(here, '192.0.2.3');

      assert.equal(await here('2001:db8::ffff'), 'TooManyRequestsException');
      assert.equal(await here('2001:db8:0:1::1'), undefined);
      assert.equal(await here('::ffff:192.0.2.3'), 'TooManyRequestsException');
    });
  });
});
