/**
 * Who is shut out by wrong passwords: whoever was wrong, and nobody besides.
 *
 * An address that was wrong is shut out of one pool, servers that speak for many users are not taken for one user, and strangers
 * cannot lock the owner of an account out of a device or browser that the owner signed in on before.
 * Source: Cognito developer guide, "Lockout behavior for failed sign-in attempts"; NIST SP 800-63B, 5.2.2.
 */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import type { AuthFlowType, CreateUserPoolClientRequest } from '@aws-sdk/client-cognito-identity-provider';
import { createBrowser, createWorld, type Browser, type World } from '../../api/oidc/world.ts';
import { makeDevicePool, owner } from '../../support/devices.ts';
import { somebody } from '../../support/people.ts';
import { makePool, makeUser, NEW_PASSWORD, PASSWORD, signIn, type MadePool } from '../../support/pool.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';

const ADDRESS_IS_WRONG = 100;
const STRANGERS_TRY = 18;
const EXCEEDED = { name: 'NotAuthorizedException', message: 'Password attempts exceeded' };
const WRONG = { name: 'NotAuthorizedException', message: 'Incorrect username or password.' };
const CLIENT = {
  ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_ADMIN_USER_PASSWORD_AUTH'],
  PreventUserExistenceErrors: 'ENABLED',
} satisfies Partial<CreateUserPoolClientRequest>;

describe('wrong passwords', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer({ environment: { COGNATE_LOG_LEVEL: 'silent' } });
  });
  after(() => server.close());

  const hashOf = ({ ClientId, ClientSecret = '' }: MadePool, name: string): string =>
    createHmac('sha256', ClientSecret).update(`${name}${ClientId}`).digest('base64');

  /** A password as a public client shows it, or a server with its secret, which may say whose address it is. */
  const shown = (pool: MadePool, USERNAME: string, password: string, IpAddress?: string) =>
    pool.idp.initiateAuth({
      ClientId: pool.ClientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: {
        USERNAME,
        PASSWORD: password,
        ...(pool.ClientSecret !== undefined && { SECRET_HASH: hashOf(pool, USERNAME) }),
      },
      ...(IpAddress !== undefined && { UserContextData: { IpAddress } }),
    });

  const byAdministrator = (
    { idp, UserPoolId, ClientId }: MadePool,
    [USERNAME, password]: [string, string],
    IpAddress?: string,
  ) =>
    idp.adminInitiateAuth({
      UserPoolId,
      ClientId,
      AuthFlow: 'ADMIN_USER_PASSWORD_AUTH' satisfies AuthFlowType,
      AuthParameters: { USERNAME, PASSWORD: password },
      ...(IpAddress !== undefined && {
        ContextData: { IpAddress, ServerName: 'server', ServerPath: '/', HttpHeaders: [] },
      }),
    });

  /** So many wrong ones, each for another name. */
  async function wrong(show: (name: string) => Promise<unknown>, times = ADDRESS_IS_WRONG): Promise<void> {
    for (let index = 0; index < times; index += 1) await assert.rejects(show(`nobody-${index}`), WRONG);
  }

  it('shut an address out of the pool that it tried, and of no other', async () => {
    const [tried, other] = [await makePool(server, {}, CLIENT), await makePool(server, {}, CLIENT)];
    for (const pool of [tried, other]) await makeUser(pool, 'ada');

    await wrong((name) => shown(tried, name, 'wrong'));

    await assert.rejects(shown(tried, 'ada', PASSWORD), EXCEEDED);
    assert.ok((await shown(other, 'ada', PASSWORD)).AuthenticationResult);
  });

  it('do not shut out a server that proved its secret', async () => {
    const pool = await makePool(server, {}, { GenerateSecret: true, ...CLIENT });
    await makeUser(pool, 'ada');

    await wrong((name) => shown(pool, name, 'wrong'), ADDRESS_IS_WRONG + 5);

    assert.ok((await shown(pool, 'ada', PASSWORD)).AuthenticationResult);
  });

  it('shut out the address that such a server tells, where it may tell one', async () => {
    const pool = await makePool(
      server,
      {},
      {
        GenerateSecret: true,
        ...CLIENT,
        EnablePropagateAdditionalUserContextData: true,
      },
    );
    await makeUser(pool, 'ada');

    await wrong((name) => shown(pool, name, 'wrong', '192.0.2.1'));

    await assert.rejects(shown(pool, 'ada', PASSWORD, '192.0.2.1'), EXCEEDED);
    assert.ok((await shown(pool, 'ada', PASSWORD, '192.0.2.2')).AuthenticationResult);
  });

  it('are not counted by the address that a public client makes up', async () => {
    const pool = await makePool(server, {}, CLIENT);
    await makeUser(pool, 'ada');

    await wrong((name) => shown(pool, name, 'wrong', `192.0.2.${name.length}`));

    await assert.rejects(shown(pool, 'ada', PASSWORD, '192.0.2.99'), EXCEEDED);
  });

  it('shut out the address that an administrator tells, and no administrator', async () => {
    const pool = await makePool(server, {}, { ...CLIENT });
    await makeUser(pool, 'ada');

    await wrong((name) => byAdministrator(pool, [name, 'wrong'], '192.0.2.1'));

    await assert.rejects(byAdministrator(pool, ['ada', PASSWORD], '192.0.2.1'), EXCEEDED);
    assert.ok((await byAdministrator(pool, ['ada', PASSWORD])).AuthenticationResult);
    assert.ok((await byAdministrator(pool, ['ada', PASSWORD], '192.0.2.2')).AuthenticationResult);
  });

  describe('of strangers', () => {
    const onDevice = (pool: MadePool, USERNAME: string, DEVICE_KEY: string, password = PASSWORD) =>
      pool.idp.initiateAuth({
        ClientId: pool.ClientId,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME, PASSWORD: password, DEVICE_KEY },
      });

    /** Locks an account for whoever comes from elsewhere. */
    async function attack(pool: MadePool, name: string): Promise<void> {
      for (let index = 0; index < STRANGERS_TRY; index += 1)
        await assert.rejects(signIn(pool, name, 'wrong'), { name: 'NotAuthorizedException' });
      await assert.rejects(signIn(pool, name), EXCEEDED);
    }

    it('do not lock the owner out of a device that was confirmed', async () => {
      const pool = await makeDevicePool(server);
      const { name, device } = await owner(pool);
      await attack(pool, name);

      const { ChallengeName } = await onDevice(pool, name, device.key);

      assert.equal(ChallengeName, 'DEVICE_SRP_AUTH');
      await assert.rejects(signIn(pool, name), EXCEEDED);
    });

    it('gain no tries by the key of a device that is another user’s', async () => {
      const pool = await makeDevicePool(server);
      const { device } = await owner(pool);
      const { name } = await somebody(pool);
      await attack(pool, name);

      await assert.rejects(onDevice(pool, name, device.key), EXCEEDED);
    });

    it('gain six tries by a device key that they know, and no more', async () => {
      const pool = await makeDevicePool(server);
      const { name, device } = await owner(pool);
      await attack(pool, name);

      for (let index = 0; index < 6; index += 1)
        await assert.rejects(onDevice(pool, name, device.key, 'wrong'), WRONG);

      await assert.rejects(onDevice(pool, name, device.key, 'wrong'), EXCEEDED);
    });

    it('do not keep who is signed in from changing the password', async () => {
      const pool = await makePool(server);
      const { name, AccessToken } = await somebody(pool);
      await attack(pool, name);

      await pool.idp.changePassword({
        AccessToken,
        PreviousPassword: PASSWORD,
        ProposedPassword: NEW_PASSWORD,
      });
    });
  });
});

describe('wrong passwords at the hosted page', () => {
  let world: World;
  before(async () => {
    world = await createWorld();
  });
  after(() => world.close());

  async function submit(browser: Browser, username: string, password: string) {
    const page = await browser.open(world.authorize(await client()));
    return browser.send(page, { username, password });
  }
  let made: Awaited<ReturnType<World['addClient']>> | undefined;
  const client = async () => (made ??= await world.addClient());

  /** Locks an account for whoever comes from elsewhere. */
  async function attack(username: string): Promise<void> {
    for (let index = 0; index < STRANGERS_TRY; index += 1) await submit(createBrowser(), username, 'wrong');
    assert.equal((await submit(createBrowser(), username, PASSWORD)).location, undefined);
  }
  /** The browser after its session is over. */
  const withoutSession = ({ jar }: Browser): Browser =>
    createBrowser(jar.filter(({ name }) => !/session/.test(name)));

  it('of strangers do not lock the owner out of a browser that they signed in with before', async () => {
    const browser = createBrowser();
    assert.ok((await submit(browser, 'ada', PASSWORD)).location);
    await attack('ada');

    assert.ok((await submit(withoutSession(browser), 'ada', PASSWORD)).location);
  });

  it('are those of all others in a browser that another user signed in with', async () => {
    const browser = createBrowser();
    assert.ok((await submit(browser, 'bob', PASSWORD)).location);
    await world.addPerson('eve');
    await attack('eve');

    assert.equal((await submit(withoutSession(browser), 'eve', PASSWORD)).location, undefined);
  });

  it('are those of all others in a browser whose cookie was made up, or is half a year old', async () => {
    await world.addPerson('zoe');
    const browser = createBrowser();
    assert.ok((await submit(browser, 'zoe', PASSWORD)).location);
    const jar = withoutSession(browser).jar.map((cookie) => ({
      ...cookie,
      value: cookie.name.startsWith('browser-') ? `${cookie.value}x` : cookie.value,
    }));
    await attack('zoe');

    assert.equal((await submit(createBrowser(jar), 'zoe', PASSWORD)).location, undefined);
    world.server.clock.pass(181 * 86_400);
    await attack('zoe');
    assert.equal((await submit(withoutSession(browser), 'zoe', PASSWORD)).location, undefined);
  });
});
