/**
 * Accounts that nobody confirms end by themselves, with all that hangs on them, and nobody else's does.
 */
import assert from 'node:assert/strict';
import { CognitoIdentityProvider } from '@aws-sdk/client-cognito-identity-provider';
import type { Change, Records } from '../../../../src/domain/ports/records.ts';
import { memoryRecords } from '../../../../src/stores/memory.ts';
import { keyringFrom, newKeyringText } from '../../../../src/token-keys/keyring.ts';
import { makePool, makeUser, signUp, type MadePool } from '../../../support/pool.ts';
import {
  startServer,
  stillClock,
  type ServerOptions,
  type TestServer,
} from '../../../support/servers/server.ts';

const DAY = 86_400;

describe('an account that is not confirmed', () => {
  const servers: TestServer[] = [];
  async function start(options: ServerOptions = {}): Promise<TestServer> {
    const server = await startServer(options);
    servers.push(server);
    return server;
  }
  afterEach(() => Promise.all(servers.splice(0).map((each) => each.close())));

  const statusOf = async ({ idp, UserPoolId }: MadePool, Username: string) => {
    try {
      return (await idp.adminGetUser({ UserPoolId, Username })).UserStatus;
    } catch (error) {
      return (error as Error).name;
    }
  };
  /** The same pool, called by the server's clock as it stands: a client each time, because one sets its clock by the answers. */
  const again = (server: TestServer, pool: MadePool): MadePool => {
    const idp = new Proxy(pool.idp, {
      get: (_, name) => {
        const client = new CognitoIdentityProvider(server.client);
        const operation: unknown = Reflect.get(client, name);
        return typeof operation === 'function' ? operation.bind(client) : operation;
      },
    });
    return { ...pool, idp };
  };

  it('is there for seven days, and not longer', async () => {
    const server = await start();
    const pool = await makePool(server);
    await signUp(pool, 'ada');

    server.clock.pass(7 * DAY - 1);
    await server.tend();
    const before = await statusOf(again(server, pool), 'ada');
    server.clock.pass(1);
    await server.tend();

    const after = await statusOf(again(server, pool), 'ada');
    assert.deepEqual([before, after], ['UNCONFIRMED', 'UserNotFoundException']);
  });

  it('leaves its name, its address and no membership', async () => {
    const server = await start();
    const made = await makePool(server, { UsernameAttributes: undefined, AliasAttributes: ['email'] });
    const { UserPoolId } = made;
    await made.idp.createGroup({ UserPoolId, GroupName: 'staff' });
    await signUp(made, 'ada', { email: 'ada@example.com' });
    await made.idp.adminUpdateUserAttributes({
      UserPoolId,
      Username: 'ada',
      UserAttributes: [{ Name: 'email_verified', Value: 'true' }],
    });
    await made.idp.adminAddUserToGroup({ UserPoolId, Username: 'ada', GroupName: 'staff' });

    server.clock.pass(7 * DAY);
    await server.tend();

    const pool = again(server, made);
    await makeUser(pool, 'grace', { email: 'ada@example.com', email_verified: 'true' });
    await makeUser(pool, 'ada');
    const { Groups } = await pool.idp.adminListGroupsForUser({ UserPoolId, Username: 'ada' });
    assert.deepEqual(Groups, []);
    assert.equal((await pool.idp.listUsers({ UserPoolId })).Users!.length, 2);
  });

  it('is the only kind that ends, in all pools', async () => {
    const server = await start();
    const [one, other] = [await makePool(server), await makePool(server)];
    await makeUser(one, 'confirmed');
    await one.idp.adminCreateUser({ UserPoolId: one.UserPoolId, Username: 'invited' });
    await signUp(one, 'late');
    await one.idp.adminConfirmSignUp({ UserPoolId: one.UserPoolId, Username: 'late' });
    await signUp(one, 'never');
    await signUp(other, 'never');

    server.clock.pass(300 * DAY);
    await server.tend();

    const [here, there] = [again(server, one), again(server, other)];
    const found = await Promise.all(
      ['confirmed', 'invited', 'late', 'never'].map((name) => statusOf(here, name)),
    );
    assert.deepEqual(
      [...found, await statusOf(there, 'never')],
      ['CONFIRMED', 'FORCE_CHANGE_PASSWORD', 'CONFIRMED', 'UserNotFoundException', 'UserNotFoundException'],
    );
  });

  it('is kept where the setting says never, and as long as it says', async () => {
    const kept = await start({ environment: { COGNATE_EXPIRY_UNCONFIRMED_DAYS: 'never' } });
    const long = await start({ environment: { COGNATE_EXPIRY_UNCONFIRMED_DAYS: '30' } });
    for (const server of [kept, long]) {
      const pool = await makePool(server);
      await signUp(pool, 'ada');
      server.clock.pass(29 * DAY);
      await server.tend();
      assert.equal(await statusOf(again(server, pool), 'ada'), 'UNCONFIRMED');
    }
  });

  it('ends by hundreds at one time', async () => {
    const server = await start();
    const pool = await makePool(server, { AutoVerifiedAttributes: [] });
    for (let at = 0; at < 205; at += 5)
      await Promise.all(
        [0, 1, 2, 3, 4].map((more) =>
          pool.idp.signUp({
            ClientId: pool.ClientId,
            Username: `u${at + more}`,
            Password: 'Correct-Horse-7',
          }),
        ),
      );

    server.clock.pass(7 * DAY);
    await server.tend();

    const { idp, UserPoolId } = again(server, pool);
    assert.deepEqual((await idp.listUsers({ UserPoolId })).Users, []);
  }).timeout(60_000);

  describe('when something happens at the same moment', () => {
    /** Stores that do `meanwhile` once who is due was read, or before the first of them is removed. */
    function interrupted(at: 'reading' | 'removing') {
      const clock = stillClock();
      const records = memoryRecords(clock);
      const state: { meanwhile?: () => Promise<unknown>; removals: number } = { removals: 0 };
      const isRemoval = ({ act, collection }: Change) => act === 'remove' && collection.name === 'users';
      async function interrupt(): Promise<void> {
        const { meanwhile } = state;
        state.meanwhile = undefined;
        await meanwhile?.();
      }
      const store: Records = {
        get: (...given) => records.get(...given),
        find: (...given) => records.find(...given),
        async page(collection, request) {
          const page = await records.page(collection, request);
          if (at === 'reading' && request.index === 'byUnconfirmedSince') await interrupt();
          return page;
        },
        async commit(...changes) {
          if (at === 'removing' && changes.some(isRemoval)) await interrupt();
          await records.commit(...changes);
          if (changes.some(isRemoval)) state.removals += 1;
        },
      };
      return { clock, state, store };
    }

    it('stays when it is confirmed', async () => {
      const { clock, state, store } = interrupted('removing');
      const server = await start({ clock, store: { records: store } });
      const made = await makePool(server);
      await signUp(made, 'ada');
      clock.pass(7 * DAY);
      const pool = again(server, made);
      const { UserPoolId } = pool;
      state.meanwhile = () => pool.idp.adminConfirmSignUp({ UserPoolId, Username: 'ada' });

      await server.tend();

      assert.equal(state.meanwhile, undefined);
      assert.equal(await statusOf(pool, 'ada'), 'CONFIRMED');
    });

    it('is not taken for who has its name by then', async () => {
      const { clock, state, store } = interrupted('reading');
      const server = await start({ clock, store: { records: store } });
      const made = await makePool(server);
      await signUp(made, 'ada');
      clock.pass(7 * DAY);
      const pool = again(server, made);
      const { UserPoolId } = pool;
      state.meanwhile = async () => {
        await pool.idp.adminDeleteUser({ UserPoolId, Username: 'ada' });
        await signUp(pool, 'ada');
      };

      await server.tend();

      assert.equal(state.meanwhile, undefined);
      assert.equal(await statusOf(pool, 'ada'), 'UNCONFIRMED');
    });

    it('ends once, by several processes', async () => {
      const { clock, state, store } = interrupted('removing');
      const sealer = keyringFrom(newKeyringText(clock));
      const processes = [
        await start({ clock, sealer, store: { records: store } }),
        await start({ clock, sealer, store: { records: store } }),
      ];
      const made = await makePool(processes[0]!);
      for (const name of ['ada', 'grace', 'mary']) await signUp(made, name);
      clock.pass(7 * DAY);

      await Promise.all(processes.map((each) => each.tend()));

      assert.equal(state.removals, 3);
    });
  });
});
