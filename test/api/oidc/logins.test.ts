/**
 * Logins under way, and the form that ends them: bound to one browser, one page, one use.
 *
 * Sources: RFC 9700, section 4.7; OWASP CSRF prevention.
 */
import assert from 'node:assert/strict';
import {
  createBrowser,
  createWorld,
  formOf,
  PASSWORD,
  TEMPORARY,
  type TestClient,
  type World,
} from './world.ts';

describe('logins', () => {
  let world: World;
  let client: TestClient;
  before(async () => {
    world = await createWorld();
    client = await world.addClient();
  });
  after(() => world.close());

  describe('a login under way', () => {
    it('handed to another browser is over, at every step', async () => {
      const thief = createBrowser();
      const victim = createBrowser();
      const page = await thief.open(world.authorize(client));
      const resumeAt = page.url.href.replace('/login/', '/oauth2/authorize/');

      for (const [step, outcome] of [
        ['the page', await victim.open(page.url)],
        ['the form', await victim.send(page, { username: 'bob', password: PASSWORD })],
        ['the way out to a provider', await victim.open(`${page.url.href}/with/Google`)],
        [
          'the new password',
          await victim.open(`${page.url.href}/new-password`, {
            method: 'POST',
            headers: { origin: page.url.origin },
          }),
        ],
        ['the way on', await victim.open(resumeAt)],
      ] as const) {
        assert.equal(outcome.status, 400, step);
        assert.equal(outcome.location, undefined, step);
      }
      assert.equal(world.sessionIn(victim), undefined);
    });

    it('cannot be finished by one browser for another', async () => {
      const thief = createBrowser();
      const page = await thief.open(world.authorize(client));
      // The victim's browser is made to hold the cookie of the page, but not the one of the way on.
      const victim = createBrowser(thief.jar.filter(({ name }) => name.startsWith('login-')));

      const outcome = await victim.send(page, { username: 'bob', password: PASSWORD });

      assert.equal(outcome.status, 400);
      assert.equal(outcome.location, undefined);
      assert.equal(world.sessionIn(victim), undefined);
    });

    it('is known by a signed cookie, not by an address alone', async () => {
      const page = await createBrowser().open(world.authorize(client));
      const [id = ''] = page.url.pathname.split('/').slice(-1);
      const forger = createBrowser([
        { name: `login-${world.poolId}`, value: id, path: page.url.pathname, line: '' },
      ]);

      assert.equal((await forger.open(page.url)).status, 400);
    });

    it('is known by its own cookie, not by another of the same browser', async () => {
      const browser = createBrowser();
      const one = await browser.open(world.authorize(client));
      const other = await browser.open(world.authorize(client));
      const moved = browser.jar
        .filter(({ path }) => path === other.url.pathname)
        .map((cookie) => ({ ...cookie, path: one.url.pathname }));

      assert.equal((await createBrowser(moved).open(one.url)).status, 400);
    });

    it('is finished once', async () => {
      const browser = createBrowser();
      const page = await browser.open(world.authorize(client));
      await browser.send(page, { username: 'ada', password: PASSWORD });

      const again = await browser.send(page, { username: 'ada', password: PASSWORD });

      assert.equal(again.status, 400);
      assert.match(again.html, /This sign-in is over/);
    });

    it('is over after a quarter of an hour', async () => {
      const browser = createBrowser();
      const page = await browser.open(world.authorize(client));
      world.server.clock.pass(901);

      assert.equal((await browser.send(page, { username: 'ada', password: PASSWORD })).status, 400);
    });

    it('does not disturb another in the same browser', async () => {
      const browser = createBrowser();
      const one = await browser.open(world.authorize(client, { state: 'one' }));
      const two = await browser.open(world.authorize(client, { state: 'two' }));

      const first = await browser.send(one, { username: 'ada', password: PASSWORD });

      assert.equal(first.location?.searchParams.get('state'), 'one');
      assert.match((await browser.open(two.url)).html, /<h1>Sign in<\/h1>/);
    });
  });

  describe('the sign-in form', () => {
    const send = async (fields: Record<string, string>, headers: Record<string, string> = {}) => {
      const browser = createBrowser();
      const page = await browser.open(world.authorize(client));
      return {
        page,
        outcome: await browser.send(page, { username: 'ada', password: PASSWORD, ...fields }, headers),
      };
    };

    it('says the same of a wrong password and of a name that nobody has', async () => {
      const { outcome: wrong } = await send({ password: 'Wrong-Password-1' });
      const { outcome: unknown } = await send({ username: 'eve' });

      const bare = (html: string) =>
        html.replaceAll(/login\/[\w-]+|name="csrf" value="[^"]*"|value="(ada|eve)"/g, '');
      assert.equal(wrong.status, unknown.status);
      assert.match(wrong.html, /Incorrect username or password/);
      assert.equal(bare(wrong.html), bare(unknown.html));
    });

    it('never shows a password again', async () => {
      const { outcome } = await send({ password: 'Wrong-Password-1' });

      assert.doesNotMatch(outcome.html, /Wrong-Password-1/);
    });

    it('writes what was typed as text, not as markup', async () => {
      const { outcome } = await send({ username: '"><script>alert(1)</script>' });

      assert.doesNotMatch(outcome.html, /<script>/);
      assert.match(outcome.html, /&lt;script&gt;/);
    });

    it('is refused from another origin, from an opaque one, and from none', async () => {
      for (const origin of [
        'https://evil.example',
        'null',
        'http://localhost',
        `${world.server.url}.evil.example`,
        '',
      ]) {
        const { outcome } = await send({}, { origin });

        assert.equal(outcome.status, 403, origin);
        assert.equal(outcome.location, undefined);
      }
    });

    it("is refused without the login's own token", async () => {
      const other = formOf((await createBrowser().open(world.authorize(client))).html).members['csrf'] ?? '';
      for (const csrf of ['', 'x', other]) {
        const { outcome } = await send({ csrf });

        assert.equal(outcome.status, 403, csrf);
      }
    });

    it('is refused when it is too large, or of another type', async () => {
      const { outcome } = await send({ more: 'x'.repeat(20_000) });
      assert.equal(outcome.status, 400);
      const { outcome: json } = await send({}, { 'content-type': 'application/json' });
      assert.equal(json.status, 400);
    });

    it('asks somebody with a temporary password for one of his own', async () => {
      await world.addInvited('dora');
      const browser = createBrowser();
      const page = await browser.open(world.authorize(client));

      const asked = await browser.send(page, { username: 'dora', password: TEMPORARY });
      assert.match(asked.html, /Choose a new password/);
      const differing = await browser.send(asked, {
        new_password: 'Own-Password-1!',
        repeated: 'Own-Password-2!',
      });
      assert.match(differing.html, /The two passwords differ/);
      const weak = await browser.send(differing, { new_password: 'weak', repeated: 'weak' });
      assert.match(weak.html, /does not keep to the rules/);
      const { location } = await browser.send(weak, {
        new_password: 'Own-Password-1!',
        repeated: 'Own-Password-1!',
      });

      assert.equal(await world.personAt(client, location), 'dora');
      const { UserStatus } = await world.userPools.adminGetUser({
        UserPoolId: world.poolId,
        Username: 'dora',
      });
      assert.equal(UserStatus, 'CONFIRMED');
    });

    it("starts over, and says so, when a password of one's own comes too late", async () => {
      await world.addInvited('edith');
      const browser = createBrowser();
      const page = await browser.open(world.authorize(client));
      const asked = await browser.send(page, { username: 'edith', password: TEMPORARY });
      world.server.clock.pass(200);

      const late = await browser.send(asked, {
        new_password: 'Own-Password-1!',
        repeated: 'Own-Password-1!',
      });

      assert.match(late.html, /<h1>Sign in<\/h1>/);
      assert.match(late.html, /This took too long/);
    });

    it('tells somebody who is not confirmed so, once the password is right', async () => {
      const own = await world.addClient();
      await world.userPools.signUp({ ClientId: own.id, Username: 'frida', Password: PASSWORD });

      const { outcome: right } = await send({ username: 'frida' });
      const { outcome: wrong } = await send({ username: 'frida', password: 'Wrong-Password-1' });

      assert.match(right.html, /not confirmed yet/);
      assert.match(wrong.html, /Incorrect username or password/);
    });
  });
});
