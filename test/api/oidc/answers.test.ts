/**
 * Who gets a page and who gets JSON, and whose forms are believed: over all hosted routes and all forms, so that a new one is judged too.
 *
 * Sources: RFC 9110, section 12.5.1 (Accept); Cognito developer guide, "User pool endpoints and managed login reference"; OWASP CSRF
 * prevention.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TO_COME } from '../../../src/hosted-ui/to-come.ts';
import {
  createBrowser,
  createWorld,
  formOf,
  PASSWORD,
  TEMPORARY,
  type Page,
  type TestClient,
  type World,
} from './world.ts';

const OF_BROWSERS = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
const LOGOUT = 'https://app.example.com/bye';

describe('answers of the hosted routes', () => {
  let world: World;
  let client: TestClient;
  before(async () => {
    world = await createWorld();
    client = await world.addClient({ LogoutURLs: [LOGOUT] });
  });
  after(() => world.close());

  const ask = async (address: string, { accept, method = 'GET' }: { accept?: string; method?: string }) => {
    const response = await fetch(address, {
      method,
      headers: accept === undefined ? {} : { accept },
      redirect: 'manual',
    });
    return {
      status: response.status,
      type: response.headers.get('content-type') ?? '',
      text: await response.text(),
    };
  };

  async function assertPage(address: string, status: number, method?: string): Promise<void> {
    const answer = await ask(address, { accept: OF_BROWSERS, method });
    assert.deepEqual([answer.status, answer.type], [status, 'text/html; charset=utf-8'], address);
    assert.match(answer.text, /<h1>[^<]+<\/h1>/, address);
    const [, style = ''] = /<link rel="stylesheet" href="([^"]+)">/.exec(answer.text) ?? [];
    assert.equal((await fetch(new URL(style, address))).status, 200, 'the style of the page is there');
  }
  async function assertJson(address: string, status: number, method?: string): Promise<void> {
    const answer = await ask(address, { accept: 'application/json', method });
    assert.deepEqual([answer.status, answer.type], [status, 'application/json; charset=utf-8'], address);
    assert.match((JSON.parse(answer.text) as { error: string }).error, /^[a-z_]+$/, address);
  }

  describe('where there is nothing', () => {
    const places: readonly (readonly [string, (base: string, origin: string) => string])[] = [
      ['below a pool', (base) => `${base}/nothing`],
      ['below a login', (base) => `${base}/login/x/y/z`],
      ['at a pool that is not there', (_base, origin) => `${origin}/us-east-1_Nowhere00/login`],
      ['at a pool itself', (base) => base],
      ['outside of the pools', (_base, origin) => `${origin}/nothing/at/all`],
      ['below a domain that is nobody’s', (_base, origin) => `${origin}/domains/nobody/login`],
      ['among the assets', (_base, origin) => `${origin}/assets/none.css`],
    ];
    for (const [where, addressOf] of places) {
      const address = () => addressOf(world.base, world.server.url);

      it(`a browser gets a page ${where}`, () => assertPage(address(), 404));
      it(`a program gets JSON ${where}`, () => assertJson(address(), 404));
      it(`who takes anything gets JSON ${where}`, async () => {
        for (const accept of ['*/*', undefined])
          assert.match((await ask(address(), { accept })).type, /^application\/json/);
      });
    }
  });

  describe('where something cannot go on', () => {
    const refused: readonly (readonly [string, number, (base: string) => string])[] = [
      ['an unknown client', 400, (base) => `${base}/oauth2/authorize?client_id=nobody`],
      ['a login that is over', 400, (base) => `${base}/login/nothing`],
      ['a way to a provider', 400, (base) => `${base}/login/nothing/with/Google`],
      ['a logout to nowhere', 400, (base) => `${base}/logout?logout_uri=https://evil.example`],
      ['a logout of nobody', 400, (base) => `${base}/logout?client_id=nobody`],
      ['a link of no letter', 400, (base) => `${base}/confirmUser?client_id=x`],
      ['a way back that nobody went', 400, (base) => `${base}/oauth2/idpresponse?state=xxxxxxxxxx&code=y`],
      ['a SAML response that nobody sent', 400, (base) => `${base}/saml2/idpresponse?ref=x`],
    ];
    for (const [what, status, addressOf] of refused) {
      it(`a browser gets a page: ${what}`, () => assertPage(addressOf(world.base), status));
      it(`a program gets JSON: ${what}`, () => assertJson(addressOf(world.base), status));
      it(`who takes anything gets a page: ${what}`, async () => {
        assert.match((await ask(addressOf(world.base), { accept: '*/*' })).type, /^text\/html/);
      });
    }
  });

  describe('of pages that are to come', () => {
    const PATHS = Object.keys(TO_COME);

    for (const path of PATHS)
      it(`${path} say that they are not there yet, and are no success`, async () => {
        for (const method of ['GET', 'POST']) {
          await assertPage(`${world.base}${path}`, 501, method);
          await assertJson(`${world.base}${path}`, 501, method);
        }
        const answer = await ask(`${world.base}${path}`, { accept: 'application/json' });
        assert.equal((JSON.parse(answer.text) as { error: string }).error, 'not_implemented');
      });

    it('lead back to the sign-in page that the request is for, and to no other address', async () => {
      const query = new URL(world.authorize(client)).search;
      const evil = new URL(world.authorize(client, { redirect_uri: 'https://evil.example' })).search;
      const at = async (search: string) => (await createBrowser().open(`${world.base}/signup${search}`)).html;
      const [, href = ''] =
        /<a class="button" href="([^"]+)">Back to the sign-in page/.exec(await at(query)) ?? [];

      const page = await createBrowser().open(new URL(href.replaceAll('&amp;', '&'), world.base));

      assert.match(page.html, /type="password"/);
      for (const search of [evil, '', '?client_id=nobody']) assert.doesNotMatch(await at(search), /<a /);
    });

    it('are found under the domain of the pool too', async () => {
      await world.userPools.createUserPoolDomain({ Domain: 'answers', UserPoolId: world.poolId });
      for (const path of PATHS) {
        const response = await fetch(`${world.server.url}/domains/answers${path}`, { redirect: 'manual' });
        assert.equal(response.headers.get('location'), `${world.base}${path}`);
      }
    });
  });

  describe('to forms', () => {
    let invited = 0;
    /** Every form there is: its page in a browser of its own, and what a user fills in. */
    const FORMS: Readonly<
      Record<
        string,
        () => Promise<{
          browser: ReturnType<typeof createBrowser>;
          page: Page;
          fields: Record<string, string>;
        }>
      >
    > = {
      'the sign-in form': async () => {
        const browser = createBrowser();
        return {
          browser,
          page: await browser.open(world.authorize(client)),
          fields: { username: 'ada', password: PASSWORD },
        };
      },
      'the new-password form': async () => {
        const name = `invited-${(invited += 1)}`;
        await world.addInvited(name);
        const browser = createBrowser();
        const login = await browser.open(world.authorize(client));
        const page = await browser.send(login, { username: name, password: TEMPORARY });
        const password = 'Own-Password-17!';
        return { browser, page, fields: { new_password: password, repeated: password } };
      },
      'the sign-out form': async () => {
        const browser = createBrowser();
        await world.signIn(world.authorize(client), 'ada', browser);
        const asked = new URLSearchParams({ client_id: client.id, post_logout_redirect_uri: LOGOUT });
        return { browser, page: await browser.open(`${world.base}/logout?${asked.toString()}`), fields: {} };
      },
    };
    /** As a WebView sends it: `browser.send` would add the Origin. */
    const sendWith = async (
      form: Awaited<ReturnType<(typeof FORMS)[string]>>,
      headers: Record<string, string>,
      more: Record<string, string> = {},
    ) => {
      const { action, members } = formOf(form.page.html);
      return form.browser.open(new URL(action, form.page.url), {
        method: 'POST',
        body: new URLSearchParams({ ...members, ...form.fields, ...more }),
        headers,
      });
    };

    it('are all of those that pages have', () => {
      const folder = join(import.meta.dirname, '../../../src/hosted-ui/views');
      // This one is posted to another provider, and never to us.
      const elsewhere = 'leaving.eta';
      const views = readdirSync(folder).filter(
        (name) => name !== elsewhere && readFileSync(join(folder, name), 'utf8').includes('<form'),
      );

      assert.equal(views.length, Object.keys(FORMS).length, views.join());
    });

    for (const [what, open] of Object.entries(FORMS)) {
      it(`${what}: is believed without an Origin`, async () => {
        const sent = await sendWith(await open(), {});

        assert.equal(sent.location?.origin, 'https://app.example.com', `${sent.status} ${sent.html}`);
      });

      for (const origin of ['https://evil.example', 'null', '', 'http://127.0.0.1'])
        it(`${what}: is refused with the Origin "${origin}"`, async () => {
          const sent = await sendWith(await open(), { origin });

          assert.equal(sent.status, 403);
          assert.equal(sent.location, undefined);
        });

      it(`${what}: is refused without its token, with or without an Origin`, async () => {
        for (const headers of [{}, { origin: new URL(world.base).origin }] as Record<string, string>[]) {
          const sent = await sendWith(await open(), headers, { csrf: 'x' });
          assert.equal(sent.status, 403);
        }
      });

      it(`${what}: does nothing in a browser that has not opened it`, async () => {
        const sent = await sendWith({ ...(await open()), browser: createBrowser() }, {});

        assert.equal(sent.location, undefined);
      });
    }
  });
});
