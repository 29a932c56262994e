/** Signing in on devices: which are asked to prove themselves, what they stand in for, and what their tokens are renewed by. Source: Cognito developer guide, "Working with user devices in your user pool". */
import assert from 'node:assert/strict';
import { N, padHex } from '../../../../src/password-hash/srp.ts';
import {
  challenge,
  confirm,
  forget,
  makeDevicePool,
  owner,
  prove,
  secretFor,
  startOn,
} from '../../../support/devices.ts';
import { answer } from '../../../support/factors.ts';
import { somebody } from '../../../support/people.ts';
import { claimsOf, PASSWORD, signIn, type MadePool } from '../../../support/pool.ts';
import { startServer, type TestServer } from '../../../support/servers/server.ts';

const STRANGE = 'us-east-1_00000000-0000-4000-8000-000000000000';
const GONE = { name: 'ResourceNotFoundException', message: 'Device does not exist.' };
const WRONG = { name: 'NotAuthorizedException', message: 'Incorrect username or password.' };

describe('signing in on a device', () => {
  let server: TestServer;
  let pool: MadePool;

  before(async () => {
    server = await startServer();
    pool = await makeDevicePool(server);
  });
  after(() => server.close());

  it('asks a remembered device to prove itself, and promises it no other key', async () => {
    const { name, device } = await owner(pool);

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
    const { name, result, device } = await owner(pool);
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

  for (const [name, verifier] of Object.entries({ '1': 1n, 'N - 1': N - 1n, N, 'N + 1': N + 1n }))
    it(`believes no device whose verifier is ${name}, which anybody could prove`, async () => {
      const { name: login, result } = await somebody(pool);
      const device = secretFor(result.NewDeviceMetadata!);
      const PasswordVerifier = Buffer.from(padHex(verifier), 'hex').toString('base64');
      await pool.idp.confirmDevice({
        AccessToken: result.AccessToken,
        DeviceKey: device.key,
        DeviceSecretVerifierConfig: { ...device.verifier, PasswordVerifier },
      });
      const { Session } = await startOn(pool, login, device.key);

      await assert.rejects(prove(pool, login, device, Session), WRONG);
    });

  it('asks nothing of a device that is known and not remembered, and promises it no other key', async () => {
    const { name, result, device } = await owner(pool);
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
    const { name, result } = await somebody(pool);
    const { DeviceKey } = result.NewDeviceMetadata!;
    await pool.idp.confirmDevice({ AccessToken: result.AccessToken, DeviceKey });

    const { AuthenticationResult } = await startOn(pool, name, DeviceKey);

    assert.ok(AuthenticationResult!.AccessToken);
  });

  describe('that is not there', () => {
    it('is said to who knows the password, and to nobody else', async () => {
      const { name } = await somebody(pool);

      await assert.rejects(startOn(pool, name, STRANGE), GONE);
      await assert.rejects(startOn(pool, name, STRANGE, 'Wrong-Horse-7'), WRONG);
    });

    it("is another's, or was forgotten", async () => {
      const { name, device } = await owner(pool);
      const other = await somebody(pool);

      await assert.rejects(startOn(pool, other.name, device.key), GONE);
      await forget(pool, name, device);
      await assert.rejects(startOn(pool, name, device.key), GONE);
    });

    it('does not spend the session of the answer that named it', async () => {
      const { name } = await owner(pool);
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
      const { name, device } = await owner(pool);
      const first = await startOn(pool, name, device.key);
      const second = await startOn(pool, name, device.key);
      const { asked, responses } = await challenge(pool, name, device, second.Session);
      await forget(pool, name, device);

      await assert.rejects(prove(pool, name, device, first.Session), GONE);
      await assert.rejects(answer(pool, 'DEVICE_PASSWORD_VERIFIER', asked.Session, responses), GONE);
    });
  });

  describe('that has to prove itself', () => {
    it('refuses a wrong secret, and leaves the session', async () => {
      const { name, device } = await owner(pool);
      const { Session } = await startOn(pool, name, device.key);
      const { asked, responses } = await challenge(pool, name, device, Session);
      const wrong = { ...responses, PASSWORD_CLAIM_SIGNATURE: Buffer.alloc(32).toString('base64') };

      await assert.rejects(answer(pool, 'DEVICE_PASSWORD_VERIFIER', asked.Session, wrong), WRONG);

      const done = await answer(pool, 'DEVICE_PASSWORD_VERIFIER', asked.Session, responses);
      assert.ok(done.AuthenticationResult);
    });

    it('refuses a proof of another challenge, and one that was shown before', async () => {
      const { name, device } = await owner(pool);
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
      const { name, device } = await owner(pool);
      const second = await confirm(pool, await signIn(pool, name));
      const { Session } = await startOn(pool, name, device.key);

      await assert.rejects(prove(pool, name, second, Session), GONE);
      await assert.rejects(prove(pool, name, { ...second, key: device.key }, Session), WRONG);
    });

    it('refuses a proof that is older than five minutes', async () => {
      const { name, device } = await owner(pool);
      const { Session } = await startOn(pool, name, device.key);
      const old = new Date(server.clock.now().getTime() - 301_000);
      const { asked, responses } = await challenge(pool, name, device, Session, { now: old });

      await assert.rejects(answer(pool, 'DEVICE_PASSWORD_VERIFIER', asked.Session, responses), WRONG);
    });

    it('refuses a proof over a block that was not given with the challenge', async () => {
      const { name, device } = await owner(pool);
      const { Session } = await startOn(pool, name, device.key);
      const block = Buffer.from('a block of my own').toString('base64');
      const { asked, responses } = await challenge(pool, name, device, Session, { block });

      await assert.rejects(answer(pool, 'DEVICE_PASSWORD_VERIFIER', asked.Session, responses), WRONG);
    });

    it('refuses an SRP value without secrecy', async () => {
      const { name, device } = await owner(pool);

      for (const SRP_A of ['0', '1', 'not a number']) {
        const { Session } = await startOn(pool, name, device.key);
        await assert.rejects(
          answer(pool, 'DEVICE_SRP_AUTH', Session, { USERNAME: name, DEVICE_KEY: device.key, SRP_A }),
          { name: 'InvalidParameterException' },
        );
      }
    });

    it('lets one get on of many who show one proof at once', async () => {
      const { name, device } = await owner(pool);
      const { Session } = await startOn(pool, name, device.key);
      const { asked, responses } = await challenge(pool, name, device, Session);

      const results = await Promise.allSettled(
        Array.from({ length: 20 }, () => answer(pool, 'DEVICE_PASSWORD_VERIFIER', asked.Session, responses)),
      );

      assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
    });
  });
});
