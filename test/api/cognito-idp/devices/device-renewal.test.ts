/** What the tokens of a device are renewed by. Source: API reference, GetTokensFromRefreshToken, "DeviceKey". */
import assert from 'node:assert/strict';
import { confirm, forget, makeDevicePool, owner, prove, startOn } from '../../../support/devices.ts';
import { somebody } from '../../../support/people.ts';
import { claimsOf, signIn, type MadePool } from '../../../support/pool.ts';
import { startServer, type TestServer } from '../../../support/servers/server.ts';

const STRANGE = 'us-east-1_00000000-0000-4000-8000-000000000000';
const UNRENEWED = { name: 'NotAuthorizedException', message: 'Invalid Refresh Token' };

describe('a device renews its tokens', () => {
  let server: TestServer;
  let pool: MadePool;

  before(async () => {
    server = await startServer();
    pool = await makeDevicePool(server);
  });
  after(() => server.close());

  const renew = (REFRESH_TOKEN: string | undefined, DEVICE_KEY?: string, where = pool) =>
    where.idp.initiateAuth({
      ClientId: where.ClientId,
      AuthFlow: 'REFRESH_TOKEN_AUTH',
      AuthParameters: { REFRESH_TOKEN: REFRESH_TOKEN!, ...(DEVICE_KEY && { DEVICE_KEY }) },
    });

  it('by naming it, and not otherwise', async () => {
    const { result, device } = await owner(pool);
    const { RefreshToken } = result;

    const { AuthenticationResult } = await renew(RefreshToken, device.key);

    assert.equal(claimsOf(AuthenticationResult!.AccessToken!).device_key, device.key);
    await assert.rejects(renew(RefreshToken), UNRENEWED);
    await assert.rejects(renew(RefreshToken, STRANGE), UNRENEWED);
  });

  it('also by GetTokensFromRefreshToken', async () => {
    const { result, device } = await owner(pool);
    const { ClientId } = pool;
    const { RefreshToken } = result;

    const { AuthenticationResult } = await pool.idp.getTokensFromRefreshToken({
      ClientId,
      RefreshToken,
      DeviceKey: device.key,
    });

    assert.ok(AuthenticationResult!.AccessToken);
    await assert.rejects(pool.idp.getTokensFromRefreshToken({ ClientId, RefreshToken }), UNRENEWED);
  });

  it('not after it was forgotten, whether it is named or not', async () => {
    const { name, result, device } = await owner(pool);
    const { Session } = await startOn(pool, name, device.key);
    const later = (await prove(pool, name, device, Session)).AuthenticationResult!;
    await forget(pool, name, device);

    for (const { RefreshToken } of [result, later]) {
      await assert.rejects(renew(RefreshToken, device.key), UNRENEWED);
      await assert.rejects(renew(RefreshToken), UNRENEWED);
    }
  });

  it('without naming it, when it was never confirmed', async () => {
    const { result } = await somebody(pool);

    assert.ok((await renew(result.RefreshToken)).AuthenticationResult);
  });

  it("not by naming another of one's own", async () => {
    const { name, result } = await owner(pool);
    const second = await confirm(pool, await signIn(pool, name));

    await assert.rejects(renew(result.RefreshToken, second.key), UNRENEWED);
  });
});
