/** Devices that are refused, by the operations that confirm, show and change them. Source: API reference, ConfirmDevice and its kin. */
import assert from 'node:assert/strict';
import { confirm, makeDevicePool, owner, secretFor } from '../../../support/devices.ts';
import { somebody } from '../../../support/people.ts';
import type { MadePool } from '../../../support/pool.ts';
import { startServer, type TestServer } from '../../../support/servers/server.ts';

const STRANGE = 'us-east-1_00000000-0000-4000-8000-000000000000';
const GONE = { name: 'ResourceNotFoundException', message: 'Device does not exist.' };

describe('devices are refused', () => {
  let server: TestServer;
  let pool: MadePool;

  before(async () => {
    server = await startServer();
    pool = await makeDevicePool(server, { onPrompt: true });
  });
  after(() => server.close());

  it('when confirmed again, or by many at once', async () => {
    const { result, AccessToken } = await somebody(pool);
    const { key, verifier } = secretFor(result.NewDeviceMetadata!);
    const again = () =>
      pool.idp.confirmDevice({ AccessToken, DeviceKey: key, DeviceSecretVerifierConfig: verifier });

    const results = await Promise.allSettled(Array.from({ length: 50 }, again));

    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
    await assert.rejects(again(), { name: 'DeviceKeyExistsException' });
  });

  it('under a key that nobody was promised, or somebody else was', async () => {
    const promised = await somebody(pool);
    const other = await somebody(pool);
    const { DeviceKey } = promised.result.NewDeviceMetadata!;
    const refused = { name: 'InvalidParameterException', message: 'Invalid device key given.' };

    for (const key of [DeviceKey, STRANGE])
      await assert.rejects(
        pool.idp.confirmDevice({ AccessToken: other.AccessToken, DeviceKey: key }),
        refused,
      );

    // The promise is still good for whom it was made to.
    await confirm(pool, promised.result);
  });

  it('under a key that was confirmed, and then forgotten', async () => {
    const { result, AccessToken, device } = await owner(pool);
    await pool.idp.forgetDevice({ AccessToken, DeviceKey: device.key });

    await assert.rejects(confirm(pool, result), { message: 'Invalid device key given.' });
  });

  it('with a secret that is none', async () => {
    const { result, AccessToken } = await somebody(pool);
    const { key, verifier } = secretFor(result.NewDeviceMetadata!);
    const bad = [
      { ...verifier, Salt: undefined },
      { ...verifier, PasswordVerifier: undefined },
      { ...verifier, PasswordVerifier: 'not base64!' },
      { ...verifier, PasswordVerifier: Buffer.alloc(384).toString('base64') },
      { ...verifier, PasswordVerifier: Buffer.alloc(386, 1).toString('base64') },
      { ...verifier, Salt: Buffer.alloc(65, 1).toString('base64') },
    ];

    for (const DeviceSecretVerifierConfig of bad)
      await assert.rejects(
        pool.idp.confirmDevice({ AccessToken, DeviceKey: key, DeviceSecretVerifierConfig }),
        { name: 'InvalidParameterException' },
      );
  });

  it('to everybody but their owner, as if there were none', async () => {
    const { device } = await owner(pool);
    const { AccessToken, name } = await somebody(pool);
    const whose = { UserPoolId: pool.UserPoolId, Username: name };
    const DeviceKey = device.key;
    const DeviceRememberedStatus = 'remembered';

    for (const call of [
      () => pool.idp.getDevice({ AccessToken, DeviceKey }),
      () => pool.idp.updateDeviceStatus({ AccessToken, DeviceKey, DeviceRememberedStatus }),
      () => pool.idp.forgetDevice({ AccessToken, DeviceKey }),
      () => pool.idp.adminGetDevice({ ...whose, DeviceKey }),
      () => pool.idp.adminUpdateDeviceStatus({ ...whose, DeviceKey, DeviceRememberedStatus }),
      () => pool.idp.adminForgetDevice({ ...whose, DeviceKey }),
    ])
      await assert.rejects(call, GONE);
  });

  it('to administrators who name nobody, or no pool', async () => {
    const Username = 'nobody';
    const here = { UserPoolId: pool.UserPoolId, Username };
    const nowhere = { UserPoolId: 'us-east-1_AAAAAAAAA', Username };

    for (const [where, name] of [
      [here, 'UserNotFoundException'],
      [nowhere, 'ResourceNotFoundException'],
    ] as const) {
      const one = { ...where, DeviceKey: STRANGE };
      await assert.rejects(pool.idp.adminGetDevice(one), { name });
      await assert.rejects(pool.idp.adminListDevices(where), { name });
      await assert.rejects(
        pool.idp.adminUpdateDeviceStatus({ ...one, DeviceRememberedStatus: 'remembered' }),
        { name },
      );
      await assert.rejects(pool.idp.adminForgetDevice(one), { name });
    }
  });

  it('without a status to give them, and without a token', async () => {
    const { name, AccessToken, device } = await owner(pool);
    const bad = { name: 'InvalidParameterException' };
    const one = { UserPoolId: pool.UserPoolId, Username: name, DeviceKey: device.key };

    await assert.rejects(pool.idp.updateDeviceStatus({ AccessToken, DeviceKey: device.key }), bad);
    await assert.rejects(pool.idp.adminUpdateDeviceStatus(one), bad);
    await assert.rejects(pool.idp.getDevice({ DeviceKey: device.key }), bad);
    await assert.rejects(pool.idp.forgetDevice({ DeviceKey: device.key }), bad);
    await assert.rejects(pool.idp.getDevice({ DeviceKey: device.key, AccessToken: 'x.y.z' }), {
      name: 'NotAuthorizedException',
    });
  });

  it('while the password must be reset, or the account is disabled', async () => {
    const [reset, disabled] = [await owner(pool), await owner(pool)];
    const { idp, UserPoolId } = pool;
    await idp.adminResetUserPassword({ UserPoolId, Username: reset.name });
    await idp.adminDisableUser({ UserPoolId, Username: disabled.name });

    for (const [{ AccessToken, device }, name] of [
      [reset, 'PasswordResetRequiredException'],
      [disabled, 'NotAuthorizedException'],
    ] as const) {
      const DeviceKey = device.key;
      for (const call of [
        () => idp.confirmDevice({ AccessToken, DeviceKey: STRANGE }),
        () => idp.getDevice({ AccessToken, DeviceKey }),
        () => idp.listDevices({ AccessToken }),
        () => idp.updateDeviceStatus({ AccessToken, DeviceKey, DeviceRememberedStatus: 'remembered' }),
        () => idp.forgetDevice({ AccessToken, DeviceKey }),
      ])
        await assert.rejects(call, { name });
    }
    // What an administrator does about them stays possible.
    const whose = { UserPoolId, Username: disabled.name };
    assert.equal((await idp.adminListDevices(whose)).Devices!.length, 1);
  });
});
