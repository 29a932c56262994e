/**
 * Devices: what people sign in on, where their pool keeps track of it.
 *
 * A sign-in on a device that is not known yet is promised a key. Only the person whose sign-in it was may confirm the key, once, and gives with it the verifier of a secret that the device keeps; a promise that
 * nobody confirms is nothing. A device is one person's: nobody else finds it by its key. What a forgotten device had been granted cannot be renewed. It stands in for a second factor only once a sign-in on it had one: else whoever knew the password before
 * its owner turned a second factor on would never be asked for it.
 * Source: Cognito developer guide, "Working with user devices in your user pool"; API reference, ConfirmDevice.
 */
import type { Clock } from '../../base/clock.ts';
import { Failure, isFailure } from '../../base/failure.ts';
import { newUuid, randomText } from '../../base/ids.ts';
import type { Expiring } from '../ports/expiring.ts';
import {
  insert,
  remove,
  replace,
  retrying,
  update,
  type Change,
  type Collection,
  type Page,
  type Records,
} from '../ports/records.ts';
import type { Client } from '../pools/clients.ts';
import type { Pool } from '../pools/pools.ts';
import { userCollection, type User, type UserFailure } from './users.ts';

export interface Device {
  readonly poolId: string;
  readonly sub: string;
  /** `<region>_` and a UUID. */
  readonly key: string;
  /** What stands for the pool's name in the device's SRP. */
  readonly groupKey: string;
  readonly name?: string;
  /** Of the secret that the device keeps; both hexadecimal. Absent in a device that gave none, which can prove nothing. */
  readonly secret?: DeviceSecret;
  /** A device that is not remembered is known, and asked for nothing. */
  readonly isRemembered: boolean;
  /** That a sign-in on it had a second factor, for which it can stand in from then on. */
  readonly hadSecondFactor: boolean;
  readonly lastIp?: string;
  /** The longest that any refresh token lives which was granted to it. */
  readonly tokenSeconds: number;
  readonly createdAt: string;
  readonly modifiedAt: string;
  readonly lastAuthenticatedAt: string;
}
export interface DeviceSecret {
  readonly salt: string;
  readonly verifier: string;
}
/** `device-key-refused`: not one that the person was promised. */
export type DeviceFailure = 'device-not-found' | 'device-exists' | 'device-key-refused';

export const deviceCollection: Collection<Device> = {
  name: 'devices',
  key: ({ poolId, sub, key }) => [poolId, sub, key],
  lists: { byUse: ({ poolId, sub, lastAuthenticatedAt }) => [[poolId, sub, lastAuthenticatedAt]] },
  sealed: ['secret'],
};

/** The device that was not used for longest makes room for one more. */
const MOST_OF_PERSON = 50;
/** Above what simultaneous confirmations could leave. */
const SEVERAL = 200;
const PROMISED = 'promised-device';
const FORGOTTEN = 'forgotten-device';

/** What a sign-in on a new device is told, so that the device can be confirmed. */
interface NewDevice {
  readonly key: string;
  readonly groupKey: string;
}
interface Promised {
  readonly sub: string;
  readonly groupKey: string;
  readonly tokenSeconds: number;
  readonly hadSecondFactor: boolean;
  readonly ip?: string;
}
/** A sign-in that is done. */
export interface Arrival {
  readonly pool: Pool;
  readonly client: Client;
  readonly user: User;
  /** The key of the device that it says it is on. */
  readonly named: string | undefined;
  /** That the device proved to be it. */
  readonly isProven: boolean;
  /** That there was a second factor. */
  readonly hadSecondFactor: boolean;
  readonly ip?: string;
}
/** A person in his pool. */
interface Owner {
  readonly poolId: string;
  readonly sub: string;
}

export function createDevices({
  records,
  expiring,
  clock,
}: {
  records: Records;
  expiring: Expiring;
  clock: Clock;
}) {
  const notFound = () => new Failure<DeviceFailure>('device-not-found');
  const idOf = (poolId: string, key: string): string => `${poolId}/${key}`;

  async function find({ poolId, sub }: Owner, key: string): Promise<Device | undefined> {
    return (await records.get(deviceCollection, [poolId, sub, key]))?.record;
  }

  /** @throws Failure `device-not-found` */
  async function get(owner: Owner, key: string): Promise<Device> {
    const device = await find(owner, key);
    if (!device) throw notFound();
    return device;
  }

  async function change({ poolId, sub }: Owner, key: string, how: (device: Device) => Device) {
    return update(records, deviceCollection, [poolId, sub, key], how).catch((error: unknown) => {
      throw isFailure(error, 'not-kept') ? notFound() : error;
    });
  }

  /** What was granted to a device cannot be renewed any more. */
  const voidTokensOf = ({ poolId, key, tokenSeconds }: Device): Promise<void> =>
    expiring.put(FORGOTTEN, idOf(poolId, key), true, tokenSeconds);

  /** Devices that must go, so that there is room for one more. */
  async function makingRoom({ poolId, sub }: Owner): Promise<readonly Change[]> {
    const page = { index: 'byUse', prefix: [poolId, sub], limit: SEVERAL };
    const { records: longestUnused } = await records.page(deviceCollection, page);
    const going = longestUnused.slice(0, Math.max(0, longestUnused.length - MOST_OF_PERSON + 1));
    await Promise.all(going.map(voidTokensOf));
    return going.map(({ key }) => remove(deviceCollection, [poolId, sub, key]));
  }

  /** The user is written anew with the device, so that it cannot outlive a user who is removed at the same time. */
  async function tryAdd(nameKey: string, device: Device): Promise<void> {
    const [user, gone] = await Promise.all([
      records.get(userCollection, [device.poolId, nameKey]),
      makingRoom(device),
    ]);
    if (user?.record.sub !== device.sub) throw new Failure<UserFailure>('user-not-found');
    await records.commit(
      replace(userCollection, user.record, user.version),
      ...gone,
      insert(deviceCollection, device),
    );
  }

  /** Notes that its owner signed in on a device. @returns false when it is not known (any more) */
  async function used(arrival: Arrival, key: string): Promise<boolean> {
    const { pool, client, user, ip } = arrival;
    const hadSecondFactor = arrival.isProven && arrival.hadSecondFactor;
    const lastAuthenticatedAt = clock.now().toISOString();
    try {
      await change({ poolId: pool.id, sub: user.sub }, key, (device) => ({
        ...device,
        lastAuthenticatedAt,
        lastIp: ip ?? device.lastIp,
        hadSecondFactor: device.hadSecondFactor || hadSecondFactor,
        tokenSeconds: Math.max(device.tokenSeconds, client.refreshTokenSeconds),
      }));
      return true;
    } catch (error) {
      if (isFailure(error, 'device-not-found')) return false;
      throw error;
    }
  }

  /** The key of a device that nobody knows yet; good for as long as the access token that comes with it. */
  async function promise({ pool, client, user, ip, hadSecondFactor }: Arrival): Promise<NewDevice> {
    const promised = { key: `${pool.region}_${newUuid()}`, groupKey: `-${randomText(8)}` };
    const note: Promised = {
      sub: user.sub,
      groupKey: promised.groupKey,
      tokenSeconds: client.refreshTokenSeconds,
      hadSecondFactor,
      ip,
    };
    await expiring.put(PROMISED, idOf(pool.id, promised.key), note, client.accessTokenSeconds);
    return promised;
  }

  return {
    get,
    find,

    /**
     * Notes on which device somebody signed in, and promises a key to one that is not known.
     * @returns nothing where devices are not tracked
     */
    async arrived(arrival: Arrival): Promise<{ readonly key?: string; readonly promised?: NewDevice }> {
      const { pool, named } = arrival;
      if (!pool.devices) return {};
      if (named !== undefined && (await used(arrival, named))) return { key: named };
      const promised = await promise(arrival);
      return { key: promised.key, promised };
    },

    /**
     * Makes a device of a promise.
     * @throws Failure `device-exists`, `device-key-refused`, `user-not-found`
     */
    async confirm(
      pool: Pool,
      user: User,
      { key, name, secret }: Pick<Device, 'key' | 'name' | 'secret'>,
    ): Promise<Device> {
      const id = idOf(pool.id, key);
      const present = await find({ poolId: pool.id, sub: user.sub }, key);
      if (present) throw new Failure<DeviceFailure>('device-exists');
      const seen = await expiring.get<Promised>(PROMISED, id);
      // Looked at first: else anybody who learns a key could use up another's promise.
      const promised = seen?.sub === user.sub ? await expiring.take<Promised>(PROMISED, id) : undefined;
      if (!promised) throw new Failure<DeviceFailure>('device-key-refused');
      const now = clock.now().toISOString();
      const device: Device = {
        poolId: pool.id,
        sub: user.sub,
        key,
        groupKey: promised.groupKey,
        name,
        secret,
        isRemembered: pool.devices?.remembersOnPrompt === false,
        hadSecondFactor: promised.hadSecondFactor,
        lastIp: promised.ip,
        tokenSeconds: promised.tokenSeconds,
        createdAt: now,
        modifiedAt: now,
        lastAuthenticatedAt: now,
      };
      await retrying(() => tryAdd(user.nameKey, device), ['changed-meanwhile', 'not-kept']);
      return device;
    },

    /** A page of a person's devices, by key. */
    list({ poolId, sub }: Owner, { limit, after }: { limit: number; after?: string }): Promise<Page<Device>> {
      return records.page(deviceCollection, { prefix: [poolId, sub], limit, after });
    },

    /** @throws Failure `device-not-found` */
    async remember(owner: Owner, key: string, { isRemembered }: { isRemembered: boolean }): Promise<void> {
      const modifiedAt = clock.now().toISOString();
      await change(owner, key, (device) => ({ ...device, isRemembered, modifiedAt }));
    },

    /** Removes a device; the refresh tokens that were granted to it are void. @throws Failure `device-not-found` */
    async forget(owner: Owner, key: string): Promise<void> {
      // Before it goes: otherwise a crash in between would leave its tokens good.
      await voidTokensOf(await get(owner, key));
      await records
        .commit(remove(deviceCollection, [owner.poolId, owner.sub, key]))
        .catch((error: unknown) => {
          throw isFailure(error, 'not-kept') ? notFound() : error;
        });
    },

    /**
     * True when what was granted to a device may be renewed: by who names it, as long as it is known.
     *
     * @param granted the key of the device that the sign-in was on, confirmed or not; absent where devices were not tracked
     * @param named the key that the caller gives
     */
    async mayRenew(
      pool: Pool,
      sub: string,
      { granted, named }: { granted?: string; named?: string },
    ): Promise<boolean> {
      if (granted === undefined) return true;
      const isKnown = (await find({ poolId: pool.id, sub }, granted)) !== undefined;
      if (isKnown) return named === granted || pool.devices === undefined;
      // A key that was never confirmed is no device, and who was promised it need not name it.
      return named === undefined && (await expiring.get(FORGOTTEN, idOf(pool.id, granted))) === undefined;
    },

    /** What removes all devices of a person, together with him. */
    async endingOf({ poolId, sub }: Owner): Promise<readonly Change[]> {
      const { records: devices } = await records.page(deviceCollection, {
        prefix: [poolId, sub],
        limit: SEVERAL,
      });
      return devices.map(({ key }) => remove(deviceCollection, [poolId, sub, key]));
    },
  };
}
export type Devices = ReturnType<typeof createDevices>;
