/**
 * Browser sessions: how long they answer for whom.
 *
 * Sources: OpenID Connect Core 1.0, section 3.1.2.1; OWASP ASVS 5, V7 (session management).
 */
import assert from 'node:assert/strict';
import { createBrowser, createWorld, type TestClient, type World } from './world.ts';

describe('browser sessions', () => {
  let world: World;
  let client: TestClient;
  before(async () => {
    world = await createWorld();
    client = await world.addClient();
  });
  after(() => world.close());

  describe('a browser session', () => {
    it("signs in to the pool's other clients without asking again", async () => {
      const browser = createBrowser();
      const other = await world.addClient();
      await world.signIn(world.authorize(client), 'ada', browser);

      const { location } = await browser.open(world.authorize(other));

      assert.ok(location?.searchParams.get('code'));
    });

    it('answers prompt none', async () => {
      const browser = createBrowser();
      await world.signIn(world.authorize(client), 'ada', browser);

      const { location } = await browser.open(world.authorize(client, { prompt: 'none' }));

      assert.equal(await world.personAt(client, location), 'ada');
    });

    it('is asked for again by prompt login and prompt select_account', async () => {
      const browser = createBrowser();
      await world.signIn(world.authorize(client), 'ada', browser);
      for (const prompt of ['login', 'select_account']) {
        const page = await browser.open(world.authorize(client, { prompt }));

        assert.match(page.html, /<h1>Sign in<\/h1>/);
      }
    });

    it('is asked for again when it is older than max_age', async () => {
      const browser = createBrowser();
      await world.signIn(world.authorize(client), 'ada', browser);

      assert.ok((await browser.open(world.authorize(client, { max_age: '100' }))).location);
      assert.match((await browser.open(world.authorize(client, { max_age: '0' }))).html, /<h1>Sign in<\/h1>/);
    });

    it('ends an hour after the sign-in, used or not', async () => {
      const browser = createBrowser();
      await world.signIn(world.authorize(client), 'ada', browser);
      world.server.clock.pass(3000);
      assert.ok((await browser.open(world.authorize(client))).location);
      world.server.clock.pass(601);

      const { location } = await browser.open(world.authorize(client, { prompt: 'none' }));

      assert.equal(location?.searchParams.get('error'), 'login_required');
    });

    it('passes to whoever signs in next', async () => {
      const browser = createBrowser();
      await world.signIn(world.authorize(client), 'ada', browser);
      const before = world.sessionIn(browser);

      const back = await world.signIn(world.authorize(client, { prompt: 'login' }), 'bob', browser);

      assert.equal(await world.personAt(client, back), 'bob');
      assert.notEqual(world.sessionIn(browser), before);
      const { location } = await browser.open(world.authorize(client, { prompt: 'none' }));
      assert.equal(await world.personAt(client, location), 'bob');
    });

    it('believes an ID token hint that names its person, and no other', async () => {
      const browser = createBrowser();
      const idTokenOf = async (back: URL) => (await world.redeem(client, back)).id_token;
      const ada = await idTokenOf(await world.signIn(world.authorize(client), 'ada', browser));
      const bob = await idTokenOf(await world.signIn(world.authorize(client), 'bob'));

      const right = await browser.open(world.authorize(client, { prompt: 'none', id_token_hint: ada }));
      const wrong = await browser.open(world.authorize(client, { prompt: 'none', id_token_hint: bob }));

      assert.ok(right.location?.searchParams.get('code'));
      assert.equal(wrong.location?.searchParams.get('error'), 'login_required');
    });

    it('of one pool is nothing to another', async () => {
      const browser = createBrowser();
      await world.signIn(world.authorize(client), 'ada', browser);
      const other = await world.addPool('elsewhere');
      const theirs = await world.addClient({ UserPoolId: other });
      browser.jar.push({ name: `session-${other}`, value: world.sessionIn(browser)!, path: '/', line: '' });

      const { location } = await browser.open(
        world.authorize(theirs, { prompt: 'none' }).replace(world.poolId, other),
      );

      assert.equal(location?.searchParams.get('error'), 'login_required');
    });

    it('has another id after the sign-in than any that was there before', async () => {
      const browser = createBrowser();
      await world.signIn(world.authorize(client), 'ada', browser);
      const planted = world.sessionIn(browser);
      const victim = createBrowser(browser.jar.filter(({ name }) => name.startsWith('session-')));

      await world.signIn(world.authorize(client, { prompt: 'login' }), 'bob', victim);

      assert.notEqual(world.sessionIn(victim), planted);
      const { location } = await browser.open(world.authorize(client, { prompt: 'none' }));
      assert.equal(location?.searchParams.get('error'), 'login_required');
    });

    it('is not believed without its signature', async () => {
      const browser = createBrowser();
      await world.signIn(world.authorize(client), 'ada', browser);
      const unsigned = createBrowser(browser.jar.filter(({ name }) => name === `session-${world.poolId}`));

      const { location } = await unsigned.open(world.authorize(client, { prompt: 'none' }));

      assert.equal(location?.searchParams.get('error'), 'login_required');
    });
  });
});
