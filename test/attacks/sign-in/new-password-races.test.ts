/**
 * A password that is replaced while somebody signs in with the old one: whoever comes in by it has nothing.
 *
 * Who knows the old password asks with it over and over, so that one sign-in is always between proof and tokens. Here a function of the
 * pool holds that moment: it is asked once the password is found right, and replaces it before it answers.
 */
import assert from 'node:assert/strict';
import { createBrowser, createWorld, type World } from '../../api/oidc/world.ts';
import { NEW_PASSWORD, PASSWORD } from '../../support/pool.ts';
import { poolFunctions } from '../../support/pool-functions.ts';

describe('a password that is replaced during a sign-in', () => {
  const told = poolFunctions();
  let world: World;
  before(async () => {
    world = await createWorld(
      { functions: told.functions },
      { LambdaConfig: told.configOf('PostAuthentication') },
    );
  });
  after(() => world.close());
  afterEach(() => told.reset());

  /** Has the password replaced once the old one was found right, somewhat later by the clock. */
  const replaceMeanwhile = (Username: string) =>
    told.answer('PostAuthentication', async () => {
      told.answer('PostAuthentication', undefined);
      world.server.clock.pass(1);
      await world.userPools.adminSetUserPassword({
        UserPoolId: world.poolId,
        Username,
        Password: NEW_PASSWORD,
        Permanent: true,
      });
      world.server.clock.pass(1);
    });

  it('lets nobody in by the old one at the API', async () => {
    const { id: ClientId } = await world.addClient({ ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'] });
    await world.addPerson('eve');
    world.server.clock.pass(1);
    replaceMeanwhile('eve');

    const comeIn = (password: string) =>
      world.userPools.initiateAuth({
        ClientId,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: 'eve', PASSWORD: password },
      });

    await assert.rejects(comeIn(PASSWORD), {
      name: 'NotAuthorizedException',
      message: 'Incorrect username or password.',
    });
    assert.ok((await comeIn(NEW_PASSWORD)).AuthenticationResult);
  });

  it('leaves no session in the browser that showed the old one', async () => {
    const request = world.authorize(await world.addClient());
    await world.addPerson('zoe');
    world.server.clock.pass(1);
    replaceMeanwhile('zoe');
    const browser = createBrowser();
    const page = await browser.open(request);

    const { location } = await browser.send(page, { username: 'zoe', password: PASSWORD });

    assert.equal(location?.searchParams.get('code') ?? undefined, undefined);
    const again = await browser.open(request);
    assert.equal(again.status, 200);
    assert.match(again.html, /password/i);
  });
});
