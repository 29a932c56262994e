/** Signing in on devices: which are asked to prove themselves, what they stand in for, and what their tokens are renewed by. Source: Cognito developer guide, "Working with user devices in your user pool". */
import assert from 'node:assert/strict';
import type { AuthenticationResultType } from '@aws-sdk/client-cognito-identity-provider';
import {
  challenge,
  confirm,
  makeDevicePool,
  prove,
  startOn,
  type Remembered,
} from '../../support/devices.ts';
import { answer, enrol, totpOf } from '../../support/factors.ts';
import { claimsOf, makeUser, PASSWORD, type MadePool } from '../../support/pool.ts';
import { startServer, type TestServer } from '../../support/server.ts';

const STRANGE = 'us-east-1_00000000-0000-4000-8000-000000000000';
const GONE = { name: 'ResourceNotFoundException', message: 'Device does not exist.' };
const WRONG = { name: 'NotAuthorizedException', message: 'Incorrect username or password.' };

describe('signing in on a device', () => {
  let server: TestServer;
  let pool: MadePool;
  let people = 0;

  before(async () => {
    server = await startServer();
    pool = await makeDevicePool(server);
  });
  after(() => server.close());

  const arrive = async (name: string, where = pool): Promise<AuthenticationResultType> =>
    (await startOn(where, name)).AuthenticationResult!;
  async function somebody(where = pool) {
    people += 1;
    const name = `person-${people}`;
    await makeUser(where, name);
    return { name, result: await arrive(name, where) };
  }
  async function owner(where = pool) {
    const { name, result } = await somebody(where);
    return { name, result, device: await confirm(where, result) };
  }
  const forgotten = (name: string, { key }: Remembered) =>
    pool.idp.adminForgetDevice({ UserPoolId: pool.UserPoolId, Username: name, DeviceKey: key });
  it('asks a remembered device to prove itself, and promises it no other key', async () => {
    const { name, device } = await owner();

    const asked = await startOn(pool, name, device.key);
    const { asked: told, responses } = await challenge(pool, name, device, asked.Session);
    const done = await answer(pool, 'DEVICE_PASSWORD_VERIFIER', told.Session, responses);

    assert.equal(asked.ChallengeName, 'DEVICE_SRP_AUTH');
    assert.deepEqual(asked.ChallengeParameters, { USERNAME: name, DEVICE_KEY: device.key });
    assert.equal(told.ChallengeName, 'DEVICE_PASSWORD_VERIFIER');
    assert.deepEqual(
      Object.keys(told.ChallengeParameters!).toSorted((one, other) => one.localeCompare(other)),
      ['DEVICE_KEY', 'SALT', 'SECRET_BLOCK', 'SRP_B', 'USERNAME'],
    );
    assert.equal(done.AuthenticationResult!.NewDeviceMetadata, undefined);
    assert.equal(claimsOf(done.AuthenticationResult!.AccessToken!).device_key, device.key);
  });

  it('notes when and from where', async () => {
    const { name, result, device } = await owner();
    const confirmedAt = server.clock.now().getTime();
    server.clock.pass(60);
    const { Session } = await startOn(pool, name, device.key);
    await prove(pool, name, device, Session);

    const { Device } = await pool.idp.getDevice({
      AccessToken: result.AccessToken,
      DeviceKey: device.key,
    });

    assert.equal(Device!.DeviceLastAuthenticatedDate!.getTime(), confirmedAt + 60_000);
    assert.equal(Device!.DeviceCreateDate!.getTime(), confirmedAt);
  });

  it('asks nothing of a device that is known and not remembered, and promises it no other key', async () => {
    const { name, result, device } = await owner();
    await pool.idp.updateDeviceStatus({
      AccessToken: result.AccessToken,
      DeviceKey: device.key,
      DeviceRememberedStatus: 'not_remembered',
    });

    const { AuthenticationResult } = await startOn(pool, name, device.key);

    assert.ok(AuthenticationResult!.AccessToken);
    assert.equal(AuthenticationResult!.NewDeviceMetadata, undefined);
  });

  it('asks nothing of a device that gave no secret, and lets it stand in for nothing', async () => {
    const { name, result } = await somebody();
    const { DeviceKey } = result.NewDeviceMetadata!;
    await pool.idp.confirmDevice({ AccessToken: result.AccessToken, DeviceKey });

    const { AuthenticationResult } = await startOn(pool, name, DeviceKey);

    assert.ok(AuthenticationResult!.AccessToken);
  });

  describe('that is not there', () => {
    it('is said to who knows the password, and to nobody else', async () => {
      const { name } = await somebody();

      await assert.rejects(startOn(pool, name, STRANGE), GONE);
      await assert.rejects(startOn(pool, name, STRANGE, 'Wrong-Horse-7'), WRONG);
    });

    it("is another's, or was forgotten", async () => {
      const { name, device } = await owner();
      const other = await somebody();

      await assert.rejects(startOn(pool, other.name, device.key), GONE);
      await forgotten(name, device);
      await assert.rejects(startOn(pool, name, device.key), GONE);
    });

    it('does not spend the session of the answer that named it', async () => {
      const { name } = await owner();
      const { idp, UserPoolId, ClientId } = pool;
      await idp.adminSetUserPassword({
        UserPoolId,
        Username: name,
        Password: 'Temporary-Horse-1',
        Permanent: false,
      });
      const { Session } = await startOn(pool, name, undefined, 'Temporary-Horse-1');
      const respond = (more: Record<string, string>) =>
        idp.respondToAuthChallenge({
          ClientId,
          Session,
          ChallengeName: 'NEW_PASSWORD_REQUIRED',
          ChallengeResponses: { USERNAME: name, NEW_PASSWORD: PASSWORD, ...more },
        });

      await assert.rejects(respond({ DEVICE_KEY: STRANGE }), GONE);

      assert.ok((await respond({})).AuthenticationResult!.NewDeviceMetadata);
    });

    it('was forgotten while it was asked', async () => {
      const { name, device } = await owner();
      const first = await startOn(pool, name, device.key);
      const second = await startOn(pool, name, device.key);
      const { asked, responses } = await challenge(pool, name, device, second.Session);
      await forgotten(name, device);

      await assert.rejects(prove(pool, name, device, first.Session), GONE);
      await assert.rejects(answer(pool, 'DEVICE_PASSWORD_VERIFIER', asked.Session, responses), GONE);
    });
  });

  describe('that has to prove itself', () => {
    it('refuses a wrong secret, and leaves the session', async () => {
      const { name, device } = await owner();
      const { Session } = await startOn(pool, name, device.key);
      const { asked, responses } = await challenge(pool, name, device, Session);
      const wrong = { ...responses, PASSWORD_CLAIM_SIGNATURE: Buffer.alloc(32).toString('base64') };

      await assert.rejects(answer(pool, 'DEVICE_PASSWORD_VERIFIER', asked.Session, wrong), WRONG);

      const done = await answer(pool, 'DEVICE_PASSWORD_VERIFIER', asked.Session, responses);
      assert.ok(done.AuthenticationResult);
    });

    it('refuses a proof of another challenge, and one that was shown before', async () => {
      const { name, device } = await owner();
      const [one, other] = [await startOn(pool, name, device.key), await startOn(pool, name, device.key)];
      const first = await challenge(pool, name, device, one.Session);
      const second = await challenge(pool, name, device, other.Session);
      await answer(pool, 'DEVICE_PASSWORD_VERIFIER', first.asked.Session, first.responses);

      await assert.rejects(
        answer(pool, 'DEVICE_PASSWORD_VERIFIER', second.asked.Session, first.responses),
        WRONG,
      );
      await assert.rejects(answer(pool, 'DEVICE_PASSWORD_VERIFIER', first.asked.Session, first.responses), {
        name: 'NotAuthorizedException',
      });
    });

    it("refuses the proof of another of one's own devices", async () => {
      const { name, device } = await owner();
      const second = await confirm(pool, await arrive(name));
      const { Session } = await startOn(pool, name, device.key);

      await assert.rejects(prove(pool, name, second, Session), GONE);
      await assert.rejects(prove(pool, name, { ...second, key: device.key }, Session), WRONG);
    });

    it('refuses a proof that is older than five minutes', async () => {
      const { name, device } = await owner();
      const { Session } = await startOn(pool, name, device.key);
      const old = new Date(server.clock.now().getTime() - 301_000);
      const { asked, responses } = await challenge(pool, name, device, Session, { now: old });

      await assert.rejects(answer(pool, 'DEVICE_PASSWORD_VERIFIER', asked.Session, responses), WRONG);
    });

    it('refuses a proof over a block that was not given with the challenge', async () => {
      const { name, device } = await owner();
      const { Session } = await startOn(pool, name, device.key);
      const block = Buffer.from('a block of my own').toString('base64');
      const { asked, responses } = await challenge(pool, name, device, Session, { block });

      await assert.rejects(answer(pool, 'DEVICE_PASSWORD_VERIFIER', asked.Session, responses), WRONG);
    });

    it('refuses an SRP value without secrecy', async () => {
      const { name, device } = await owner();

      for (const SRP_A of ['0', '1', 'not a number']) {
        const { Session } = await startOn(pool, name, device.key);
        await assert.rejects(
          answer(pool, 'DEVICE_SRP_AUTH', Session, { USERNAME: name, DEVICE_KEY: device.key, SRP_A }),
          { name: 'InvalidParameterException' },
        );
      }
    });

    it('lets one get on of many who show one proof at once', async () => {
      const { name, device } = await owner();
      const { Session } = await startOn(pool, name, device.key);
      const { asked, responses } = await challenge(pool, name, device, Session);

      const results = await Promise.allSettled(
        Array.from({ length: 20 }, () => answer(pool, 'DEVICE_PASSWORD_VERIFIER', asked.Session, responses)),
      );

      assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
    });
  });

  describe('with a second factor', () => {
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
});
