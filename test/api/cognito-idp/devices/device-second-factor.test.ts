/** Devices and second factors: which devices stand in for one. Source: Cognito developer guide, "Working with user devices in your user pool"; API reference, DeviceConfigurationType. */
import assert from 'node:assert/strict';
import { challenge, confirm, makeDevicePool, owner, prove, startOn } from '../../../support/devices.ts';
import { answer, enrol, totpOf } from '../../../support/factors.ts';
import { startServer, type TestServer } from '../../../support/servers/server.ts';

const GONE = { name: 'ResourceNotFoundException', message: 'Device does not exist.' };

describe('a device beside a second factor', () => {
  let server: TestServer;

  before(async () => {
    server = await startServer();
  });
  after(() => server.close());

  /** Somebody with an authenticator application, whose device was confirmed before he had it. */
  async function holder(challengesNew: boolean) {
    const strict = await makeDevicePool(server, { challengesNew, mode: 'OPTIONAL' });
    const { name, result, device } = await owner(strict);
    const secret = await enrol(server, strict, name, result.AccessToken!);
    const factor = (Session: string | undefined, offset = 0) =>
      answer(strict, 'SOFTWARE_TOKEN_MFA', Session, {
        USERNAME: name,
        SOFTWARE_TOKEN_MFA_CODE: totpOf(server, secret, offset),
      });
    return { strict, name, device, factor };
  }

  it('CVE-2026-55377: does not let a device stand in that was confirmed without one, until it came with one', async () => {
    const { strict, name, device, factor } = await holder(true);

    const first = await startOn(strict, name, device.key);
    const proven = await factor(first.Session);
    const done = await prove(strict, name, device, proven.Session);
    const next = await startOn(strict, name, device.key);

    assert.equal(first.ChallengeName, 'SOFTWARE_TOKEN_MFA');
    assert.equal(proven.ChallengeName, 'DEVICE_SRP_AUTH');
    assert.ok(done.AuthenticationResult);
    assert.equal(next.ChallengeName, 'DEVICE_SRP_AUTH');
    assert.ok((await prove(strict, name, device, next.Session)).AuthenticationResult);
  });

  it('does not let a device stand in that was named beside a second factor, and did not prove itself', async () => {
    const { strict, name, device, factor } = await holder(true);
    const one = { UserPoolId: strict.UserPoolId, Username: name, DeviceKey: device.key };
    await strict.idp.adminUpdateDeviceStatus({ ...one, DeviceRememberedStatus: 'not_remembered' });
    await factor((await startOn(strict, name, device.key)).Session);
    await strict.idp.adminUpdateDeviceStatus({ ...one, DeviceRememberedStatus: 'remembered' });

    const { ChallengeName } = await startOn(strict, name, device.key);

    assert.equal(ChallengeName, 'SOFTWARE_TOKEN_MFA');
  });

  it('does not let a device stand in for a factor that the person has to set up', async () => {
    const strict = await makeDevicePool(server, { challengesNew: true, mode: 'OPTIONAL' });
    const { name, result } = await owner(strict);
    const secret = await enrol(server, strict, name, result.AccessToken!);
    const asked = await startOn(strict, name);
    const proven = await answer(strict, 'SOFTWARE_TOKEN_MFA', asked.Session, {
      USERNAME: name,
      SOFTWARE_TOKEN_MFA_CODE: totpOf(server, secret),
    });
    const device = await confirm(strict, proven.AuthenticationResult!);
    const { idp, UserPoolId } = strict;
    await idp.adminDeleteSoftwareToken({ UserPoolId, Username: name });
    await idp.setUserPoolMfaConfig({
      UserPoolId,
      MfaConfiguration: 'ON',
      SoftwareTokenMfaConfiguration: { Enabled: true },
    });

    const { ChallengeName } = await startOn(strict, name, device.key);

    assert.equal(ChallengeName, 'MFA_SETUP');
  });

  it('lets a device stand in that was confirmed with one, where the pool says so', async () => {
    const { strict, name, factor } = await holder(true);
    const { Session } = await startOn(strict, name);
    const device = await confirm(strict, (await factor(Session)).AuthenticationResult!);

    const asked = await startOn(strict, name, device.key);
    const done = await prove(strict, name, device, asked.Session);

    assert.equal(asked.ChallengeName, 'DEVICE_SRP_AUTH');
    assert.ok(done.AuthenticationResult);
  });

  it('asks for both where it does not', async () => {
    const { strict, name, factor } = await holder(false);
    const { Session } = await startOn(strict, name);
    const device = await confirm(strict, (await factor(Session)).AuthenticationResult!);

    const asked = await startOn(strict, name, device.key);
    const next = await factor(asked.Session, 30);
    const done = await prove(strict, name, device, next.Session);

    assert.equal(asked.ChallengeName, 'SOFTWARE_TOKEN_MFA');
    assert.equal(next.ChallengeName, 'DEVICE_SRP_AUTH');
    assert.ok(done.AuthenticationResult);
  });

  it('asks for it on a device that is not remembered, new, or was forgotten', async () => {
    const { strict, name, factor } = await holder(true);
    const { Session } = await startOn(strict, name);
    const result = (await factor(Session)).AuthenticationResult!;
    const device = await confirm(strict, result);
    const whose = { AccessToken: result.AccessToken, DeviceKey: device.key };

    await strict.idp.updateDeviceStatus({ ...whose, DeviceRememberedStatus: 'not_remembered' });
    const unremembered = await startOn(strict, name, device.key);
    const fresh = await startOn(strict, name);
    await strict.idp.forgetDevice(whose);

    assert.equal(unremembered.ChallengeName, 'SOFTWARE_TOKEN_MFA');
    assert.equal(fresh.ChallengeName, 'SOFTWARE_TOKEN_MFA');
    await assert.rejects(startOn(strict, name, device.key), GONE);
  });

  it('does not take a device that is named at the last moment for the one that stood in', async () => {
    const { strict, name, device: old, factor } = await holder(true);
    const { Session } = await startOn(strict, name);
    const good = await confirm(strict, (await factor(Session)).AuthenticationResult!);

    const asked = await startOn(strict, name, good.key);

    await assert.rejects(prove(strict, name, old, asked.Session), GONE);
    const again = await startOn(strict, name, good.key);
    const { asked: told } = await challenge(strict, name, good, again.Session);
    const { responses } = await challenge(
      strict,
      name,
      old,
      (await factor((await startOn(strict, name, old.key)).Session, 30)).Session,
    );
    await assert.rejects(answer(strict, 'DEVICE_PASSWORD_VERIFIER', told.Session, responses), GONE);
  });
});
