/** Remembered devices through amazon-cognito-identity-js, unmodified: what it confirms, proves and forgets by itself. */
import assert from 'node:assert/strict';
import { AuthenticationDetails, CognitoUser, CognitoUserPool } from 'amazon-cognito-identity-js';
import { makeDevicePool } from '../../../support/devices.ts';
import { enrol, totpOf } from '../../../support/factors.ts';
import { makeUser, PASSWORD, type MadePool } from '../../../support/pool.ts';
import { startServer, type TestServer } from '../../../support/servers/server.ts';

/** What a browser keeps between two visits. */
function localStorage() {
  const kept = new Map<string, string>();
  return {
    kept,
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
    removeItem: (name: string) => void kept.delete(name),
    clear: () => kept.clear(),
  };
}
type Storage = ReturnType<typeof localStorage>;

describe('amazon-cognito-identity-js on a device', () => {
  let server: TestServer;
  let pool: MadePool;

  before(async () => {
    server = await startServer();
    pool = await makeDevicePool(server, { onPrompt: true });
  });
  after(() => server.close());

  function userOn(Storage: Storage, Username: string, { UserPoolId, ClientId } = pool): CognitoUser {
    const Pool = new CognitoUserPool({ UserPoolId, ClientId, endpoint: server.url, Storage });
    return new CognitoUser({ Username, Pool, Storage });
  }
  /** A sign-in, and whether the person is to be asked to remember the device; `codes` are for an application. */
  const signInOn = (user: CognitoUser, codes: readonly string[] = []) =>
    new Promise<{ readonly mustAsk: boolean; readonly asked: readonly string[] }>((resolve, reject) => {
      const asked: string[] = [];
      const callbacks = {
        onSuccess: (_session: unknown, mustAsk = false) => resolve({ mustAsk, asked }),
        onFailure: reject,
        totpRequired: () => {
          asked.push('totp');
          user.sendMFACode(codes[0] ?? '', callbacks, 'SOFTWARE_TOKEN_MFA');
        },
      };
      const details = new AuthenticationDetails({ Username: user.getUsername(), Password: PASSWORD });
      user.authenticateUser(details, callbacks);
    });
  type Done = { onSuccess: (value: unknown) => void; onFailure: (error: Error) => void };
  const done = <T>(call: (callbacks: Done) => void): Promise<T> =>
    new Promise((resolve, reject) => call({ onSuccess: (value) => resolve(value as T), onFailure: reject }));
  const listed = (user: CognitoUser) =>
    done<{ Devices: { DeviceKey: string; DeviceAttributes: { Name: string; Value: string }[] }[] }>(
      (callbacks) => user.listDevices(10, null, callbacks),
    );
  const keyIn = ({ kept }: Storage): string | undefined =>
    [...kept].find(([name]) => name.endsWith('.deviceKey'))?.[1];

  it('confirms it, remembers it, proves it at the next sign-in, and forgets it', async () => {
    await makeUser(pool, 'ada');
    const storage = localStorage();
    const first = userOn(storage, 'ada');

    const { mustAsk } = await signInOn(first);
    await done((callbacks) => first.setDeviceStatusRemembered(callbacks));

    assert.equal(mustAsk, true);
    const { Devices } = await listed(first);
    assert.deepEqual(
      Devices.map(({ DeviceKey }) => DeviceKey),
      [keyIn(storage)],
    );
    const status = Devices[0]!.DeviceAttributes.find(({ Name }) => Name === 'dev:device_remembered_status');
    assert.equal(status!.Value, 'remembered');

    const second = userOn(storage, 'ada');
    const again = await signInOn(second);
    assert.equal(again.mustAsk, false);
    assert.equal((await listed(second)).Devices.length, 1);

    await done((callbacks) => second.forgetDevice(callbacks));
    assert.equal(keyIn(storage), undefined);
    assert.deepEqual((await listed(second)).Devices, []);
  });

  it('signs in anew when its device was forgotten elsewhere', async () => {
    await makeUser(pool, 'grace');
    const storage = localStorage();
    await signInOn(userOn(storage, 'grace'));
    const DeviceKey = keyIn(storage)!;
    await pool.idp.adminForgetDevice({ UserPoolId: pool.UserPoolId, Username: 'grace', DeviceKey });

    const user = userOn(storage, 'grace');
    const { mustAsk } = await signInOn(user);

    assert.equal(mustAsk, true);
    assert.notEqual(keyIn(storage), DeviceKey);
  });

  it('renews its session, and does not once the device was forgotten', async () => {
    await makeUser(pool, 'joan');
    const storage = localStorage();
    const user = userOn(storage, 'joan');
    await signInOn(user);
    const refreshToken = user.getSignInUserSession()!.getRefreshToken();
    const renew = () =>
      new Promise((resolve, reject) =>
        user.refreshSession(refreshToken, (error: unknown, session: unknown) =>
          error ? reject(error) : resolve(session),
        ),
      );

    await renew();
    await pool.idp.adminForgetDevice({
      UserPoolId: pool.UserPoolId,
      Username: 'joan',
      DeviceKey: keyIn(storage)!,
    });

    await assert.rejects(renew(), { name: 'NotAuthorizedException', message: 'Invalid Refresh Token' });
  });

  it('is asked for no code on a device that is trusted', async () => {
    const strict = await makeDevicePool(server, { challengesNew: true, mode: 'OPTIONAL' });
    await makeUser(strict, 'ada');
    const storage = localStorage();
    const user = userOn(storage, 'ada', strict);
    await signInOn(user);
    const token = user.getSignInUserSession()!.getAccessToken().getJwtToken();
    const secret = await enrol(server, strict, 'ada', token);

    const first = await signInOn(userOn(storage, 'ada', strict), [totpOf(server, secret)]);
    const second = await signInOn(userOn(storage, 'ada', strict));

    assert.deepEqual([first.asked, second.asked], [['totp'], []]);
  });
});
