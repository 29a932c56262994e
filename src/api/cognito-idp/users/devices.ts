/** Operations of cognito-idp by which a signed-in person sees to the devices that he signs in on. */
import { structure, text } from '../../../wire/members.ts';
import { assertUsable } from './account-states.ts';
import { deviceType, isRemembered, rememberedStatus, secretFrom } from './device-types.ts';
import { accessToken, anyText, deviceKey, pageSize, searchToken } from '../members.ts';
import { operation } from '../nouns.ts';

const PAGE = 60;

export const ConfirmDevice = operation({
  caller: 'user',
  input: structure({
    AccessToken: accessToken,
    DeviceKey: deviceKey,
    DeviceSecretVerifierConfig: structure({
      PasswordVerifier: anyText.optional(),
      Salt: anyText.optional(),
    }).optional(),
    DeviceName: text({ min: 1, max: 1024 }).optional(),
  }),
  async handle(input, { devices }, { bearer: { pool, user } }) {
    assertUsable(user);
    const { isRemembered } = await devices.confirm(pool, user, {
      key: input.DeviceKey,
      name: input.DeviceName,
      secret: secretFrom(input.DeviceSecretVerifierConfig),
    });
    return { UserConfirmationNecessary: !isRemembered };
  },
});

export const GetDevice = operation({
  caller: 'user',
  input: structure({ DeviceKey: deviceKey, AccessToken: accessToken.optional() }),
  async handle({ DeviceKey }, { devices }, { bearer: { pool, user } }) {
    assertUsable(user);
    const device = await devices.get({ poolId: pool.id, sub: user.sub }, DeviceKey);
    return { Device: deviceType(device, pool, user) };
  },
});

export const ListDevices = operation({
  caller: 'user',
  input: structure({
    AccessToken: accessToken,
    Limit: pageSize.optional(),
    PaginationToken: searchToken.optional(),
  }),
  async handle({ Limit, PaginationToken }, { devices }, { bearer: { pool, user } }) {
    assertUsable(user);
    const page = { limit: Limit || PAGE, after: PaginationToken };
    const { records, next } = await devices.list({ poolId: pool.id, sub: user.sub }, page);
    return { Devices: records.map((each) => deviceType(each, pool, user)), PaginationToken: next };
  },
});

export const UpdateDeviceStatus = operation({
  caller: 'user',
  input: structure({
    AccessToken: accessToken,
    DeviceKey: deviceKey,
    DeviceRememberedStatus: rememberedStatus,
  }),
  async handle({ DeviceKey, DeviceRememberedStatus }, { devices }, { bearer: { pool, user } }) {
    assertUsable(user);
    const owner = { poolId: pool.id, sub: user.sub };
    await devices.remember(owner, DeviceKey, isRemembered(DeviceRememberedStatus));
    return {};
  },
});

export const ForgetDevice = operation({
  caller: 'user',
  input: structure({ AccessToken: accessToken.optional(), DeviceKey: deviceKey }),
  async handle({ DeviceKey }, { devices }, { bearer: { pool, user } }) {
    assertUsable(user);
    await devices.forget({ poolId: pool.id, sub: user.sub }, DeviceKey);
  },
});
