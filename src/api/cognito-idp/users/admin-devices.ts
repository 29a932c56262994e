/** Operations of cognito-idp by which an administrator sees to people's devices. */
import type { Device } from '../../../domain/users/devices.ts';
import { structure } from '../../../wire/members.ts';
import { deviceType, isRemembered, rememberedStatus } from './device-types.ts';
import { deviceKey, onPool, pageSize, poolId, searchToken, username } from '../members.ts';
import { operation, type Nouns } from '../nouns.ts';

const PAGE = 60;
const one = { UserPoolId: poolId, Username: username, DeviceKey: deviceKey };

export const AdminGetDevice = operation({
  caller: 'iam',
  on: onPool,
  input: structure(one),
  async handle({ UserPoolId, Username, DeviceKey }, nouns) {
    const { pool, user, owner } = await ownerOf(nouns, UserPoolId, Username);
    return { Device: deviceType(await nouns.devices.get(owner, DeviceKey), pool, user) };
  },
});

export const AdminListDevices = operation({
  caller: 'iam',
  on: onPool,
  input: structure({
    UserPoolId: poolId,
    Username: username,
    Limit: pageSize.optional(),
    PaginationToken: searchToken.optional(),
  }),
  async handle({ UserPoolId, Username, Limit, PaginationToken }, nouns) {
    const { pool, user, owner } = await ownerOf(nouns, UserPoolId, Username);
    const page = { limit: Limit || PAGE, after: PaginationToken };
    const { records, next } = await nouns.devices.list(owner, page);
    const shown = (device: Device) => deviceType(device, pool, user);
    return { Devices: records.map(shown), PaginationToken: next };
  },
});

export const AdminUpdateDeviceStatus = operation({
  caller: 'iam',
  on: onPool,
  input: structure({ ...one, DeviceRememberedStatus: rememberedStatus }),
  async handle({ UserPoolId, Username, DeviceKey, DeviceRememberedStatus }, nouns) {
    const { owner } = await ownerOf(nouns, UserPoolId, Username);
    await nouns.devices.remember(owner, DeviceKey, isRemembered(DeviceRememberedStatus));
    return {};
  },
});

export const AdminForgetDevice = operation({
  caller: 'iam',
  on: onPool,
  input: structure(one),
  async handle({ UserPoolId, Username, DeviceKey }, nouns) {
    const { owner } = await ownerOf(nouns, UserPoolId, Username);
    await nouns.devices.forget(owner, DeviceKey);
  },
});

/** @throws Failure `pool-not-found`, `user-not-found` */
async function ownerOf({ pools, users }: Nouns, id: string, login: string) {
  const pool = await pools.get(id);
  const user = await users.get(pool, login);
  return { pool, user, owner: { poolId: pool.id, sub: user.sub } };
}
