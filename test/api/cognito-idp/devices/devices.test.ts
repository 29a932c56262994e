/** Devices: confirmed, shown, remembered and forgotten, by their owner and by an administrator. Source: API reference, ConfirmDevice and its kin. */
import assert from 'node:assert/strict';
import type { DeviceType } from '@aws-sdk/client-cognito-identity-provider';
import {
  confirm,
  makeDevicePool,
  owner,
  prove,
  secretFor,
  startOn,
  type Remembered,
} from '../../../support/devices.ts';
import { somebody } from '../../../support/people.ts';
import { claimsOf, makePool, makeUser, PASSWORD, signIn, type MadePool } from '../../../support/pool.ts';
import { ACCOUNT, startServer, type TestServer } from '../../../support/servers/server.ts';

const STRANGE = 'us-east-1_00000000-0000-4000-8000-000000000000';
const GONE = { name: 'ResourceNotFoundException', message: 'Device does not exist.' };

describe('devices', () => {
  let server: TestServer;
  let pool: MadePool;

  before(async () => {
    server = await startServer();
    pool = await makeDevicePool(server, { onPrompt: true });
  });
  after(() => server.close());

  const attributesOf = ({ DeviceAttributes }: DeviceType): Record<string, string | undefined> =>
    Object.fromEntries(DeviceAttributes!.map(({ Name, Value }) => [Name, Value]));
  const statusOf = (device: DeviceType) => attributesOf(device)['dev:device_remembered_status'];

  it('are promised a key at the first sign-in, which the access token carries', async () => {
    const { result } = await somebody(pool);

    const { DeviceKey, DeviceGroupKey } = result.NewDeviceMetadata!;
    assert.match(DeviceKey!, /^us-east-1_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    assert.match(DeviceGroupKey!, /^-[0-9a-zA-Z]{8}$/);
    assert.equal(claimsOf(result.AccessToken!).device_key, DeviceKey);
  });

  it('are nothing in a pool that does not track them', async () => {
    const plain = await makePool(server);
    await makeUser(plain, 'ada');

    const result = (await startOn(plain, 'ada', STRANGE)).AuthenticationResult!;

    assert.equal(result.NewDeviceMetadata, undefined);
    assert.equal(claimsOf(result.AccessToken!).device_key, undefined);
  });

  it('are promised to people whom a server signs in, too', async () => {
    const { idp, UserPoolId, ClientId } = pool;
    await makeUser(pool, 'by-admin');

    const { AuthenticationResult } = await idp.adminInitiateAuth({
      UserPoolId,
      ClientId,
      AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: 'by-admin', PASSWORD: PASSWORD },
    });

    assert.ok(AuthenticationResult!.NewDeviceMetadata!.DeviceKey);
  });

  it('ConfirmDevice: makes a device of a promise, which GetDevice shows', async () => {
    const { name, result, AccessToken } = await somebody(pool);
    const { key, verifier } = secretFor(result.NewDeviceMetadata!);

    const { UserConfirmationNecessary } = await pool.idp.confirmDevice({
      AccessToken,
      DeviceKey: key,
      DeviceSecretVerifierConfig: verifier,
      DeviceName: 'a laptop',
    });

    const { Device } = await pool.idp.getDevice({ AccessToken, DeviceKey: key });
    assert.equal(UserConfirmationNecessary, true);
    assert.deepEqual(attributesOf(Device!), {
      device_status: 'valid',
      device_name: 'a laptop',
      'dev:device_arn': `arn:aws:cognito-idp:us-east-1:${ACCOUNT}:owner/${name}.${pool.UserPoolId}/device/${key}`,
      'dev:device_owner': `${name}.${pool.UserPoolId}`,
      last_ip_used: '127.0.0.1',
      'dev:device_remembered_status': 'not_remembered',
    });
    const now = new Date(server.clock.now().getTime());
    assert.deepEqual(
      [Device!.DeviceCreateDate, Device!.DeviceLastModifiedDate, Device!.DeviceLastAuthenticatedDate],
      [now, now, now],
    );
  });

  it('ConfirmDevice: remembers at once where the pool does not leave it to people, as AdminGetDevice shows', async () => {
    const eager = await makeDevicePool(server);
    const { name, result, AccessToken } = await somebody(eager);
    const { key } = secretFor(result.NewDeviceMetadata!);

    const { UserConfirmationNecessary } = await eager.idp.confirmDevice({ AccessToken, DeviceKey: key });

    const { Device } = await eager.idp.adminGetDevice({
      UserPoolId: eager.UserPoolId,
      Username: name,
      DeviceKey: key,
    });
    assert.equal(UserConfirmationNecessary, false);
    assert.equal(statusOf(Device!), 'remembered');
  });

  it('GetDevice: shows what UpdateDeviceStatus changed', async () => {
    const { AccessToken, device } = await owner(pool);

    await pool.idp.updateDeviceStatus({
      AccessToken,
      DeviceKey: device.key,
      DeviceRememberedStatus: 'remembered',
    });

    const { Device } = await pool.idp.getDevice({ AccessToken, DeviceKey: device.key });
    assert.equal(statusOf(Device!), 'remembered');
  });

  it("ListDevices: shows one's own, page by page, each that ConfirmDevice made", async () => {
    const { name, AccessToken, device } = await owner(pool);
    const more = [
      await confirm(pool, await signIn(pool, name)),
      await confirm(pool, await signIn(pool, name)),
    ];
    await owner(pool);

    const first = await pool.idp.listDevices({ AccessToken, Limit: 2 });
    const second = await pool.idp.listDevices({
      AccessToken,
      Limit: 2,
      PaginationToken: first.PaginationToken,
    });

    const keys = [...first.Devices!, ...second.Devices!].map(({ DeviceKey }) => DeviceKey);
    assert.deepEqual(new Set(keys), new Set([device.key, ...more.map(({ key }) => key)]));
    assert.equal(keys.length, 3);
    assert.equal(second.PaginationToken, undefined);
    const { Device } = await pool.idp.getDevice({ AccessToken, DeviceKey: keys[0] });
    assert.deepEqual(first.Devices![0], Device);
  });

  it('UpdateDeviceStatus: remembers a device and does not any more, as ListDevices shows', async () => {
    const { AccessToken, device } = await owner(pool);
    const status = async (DeviceRememberedStatus: 'remembered' | 'not_remembered') => {
      await pool.idp.updateDeviceStatus({ AccessToken, DeviceKey: device.key, DeviceRememberedStatus });
      const { Devices } = await pool.idp.listDevices({ AccessToken });
      return statusOf(Devices![0]!);
    };

    assert.equal(await status('remembered'), 'remembered');
    assert.equal(await status('not_remembered'), 'not_remembered');
  });

  it('ForgetDevice: removes a device, which ListDevices shows no more', async () => {
    const { AccessToken, device } = await owner(pool);

    await pool.idp.forgetDevice({ AccessToken, DeviceKey: device.key });

    assert.deepEqual((await pool.idp.listDevices({ AccessToken })).Devices, []);
    await assert.rejects(pool.idp.forgetDevice({ AccessToken, DeviceKey: device.key }), GONE);
  });

  it('AdminGetDevice: shows the same as GetDevice', async () => {
    const { name, AccessToken, device } = await owner(pool);
    const asked = { UserPoolId: pool.UserPoolId, Username: name, DeviceKey: device.key };

    const { Device } = await pool.idp.adminGetDevice(asked);

    const own = await pool.idp.getDevice({ AccessToken, DeviceKey: device.key });
    assert.deepEqual(Device, own.Device);
  });

  it('AdminListDevices: shows the same as ListDevices, page by page', async () => {
    const { name, AccessToken } = await owner(pool);
    await confirm(pool, await signIn(pool, name));
    const asked = { UserPoolId: pool.UserPoolId, Username: name, Limit: 1 };

    const first = await pool.idp.adminListDevices(asked);
    const second = await pool.idp.adminListDevices({ ...asked, PaginationToken: first.PaginationToken });

    const { Devices } = await pool.idp.listDevices({ AccessToken });
    assert.deepEqual([...first.Devices!, ...second.Devices!], Devices);
  });

  it('AdminUpdateDeviceStatus: remembers a device, as AdminGetDevice shows', async () => {
    const { name, device } = await owner(pool);
    const asked = { UserPoolId: pool.UserPoolId, Username: name, DeviceKey: device.key };

    await pool.idp.adminUpdateDeviceStatus({ ...asked, DeviceRememberedStatus: 'remembered' });

    assert.equal(statusOf((await pool.idp.adminGetDevice(asked)).Device!), 'remembered');
  });

  it('AdminForgetDevice: removes a device, which AdminListDevices shows no more', async () => {
    const { name, device } = await owner(pool);
    const whose = { UserPoolId: pool.UserPoolId, Username: name };

    await pool.idp.adminForgetDevice({ ...whose, DeviceKey: device.key });

    assert.deepEqual((await pool.idp.adminListDevices(whose)).Devices, []);
  });

  it('are gone with their owner', async () => {
    const { name, device } = await owner(pool);
    const whose = { UserPoolId: pool.UserPoolId, Username: name };
    await pool.idp.adminDeleteUser(whose);
    await makeUser(pool, name);

    assert.deepEqual((await pool.idp.adminListDevices(whose)).Devices, []);
    await assert.rejects(startOn(pool, name, device.key), GONE);
  });

  it('are fifty at most: the one that was not used for longest goes', async () => {
    const many = await makeDevicePool(server);
    await makeUser(many, 'ada');
    const devices: Remembered[] = [];
    const tokens: (string | undefined)[] = [];
    for (let count = 0; count < 50; count += 1) {
      const result = await signIn(many, 'ada');
      devices.push(await confirm(many, result));
      tokens.push(result.RefreshToken);
      server.clock.pass(1);
    }
    // The first is used again, and so it is the second that goes.
    const { Session } = await startOn(many, 'ada', devices[0]!.key);
    await prove(many, 'ada', devices[0]!, Session);

    const result = await signIn(many, 'ada');
    devices.push(await confirm(many, result));

    const { Devices } = await many.idp.listDevices({ AccessToken: result.AccessToken });
    const gone = many.idp.getTokensFromRefreshToken({ ClientId: many.ClientId, RefreshToken: tokens[1] });
    await assert.rejects(gone, { message: 'Invalid Refresh Token' });
    assert.deepEqual(
      new Set(Devices!.map(({ DeviceKey }) => DeviceKey)),
      new Set(devices.flatMap(({ key }, at) => (at === 1 ? [] : [key]))),
    );
  });
});
