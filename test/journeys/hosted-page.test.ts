/**
 * The hosted page, seen by people and by applications: a real browser in front, an unmodified relying party behind.
 *
 * The relying party is openid-client; it believes nothing that does not verify. The browser is Chromium, which enforces what the page's headers
 * promise. What an assistive device needs is read from the page itself.
 */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as oidc from 'openid-client';
import type { Page } from 'playwright-core';
import { createWorldOn, PASSWORD, TEMPORARY, type TestClient, type WorldOn } from '../api/oidc/world.ts';
import { withBrowsers } from '../support/clients/browser.ts';
import { onBoth, type Installation } from '../support/servers/installation.ts';

withBrowsers('the hosted page', (browsers) =>
  onBoth((start) => {
    let world: WorldOn<Installation>;
    let application: Server;
    let callback: string;
    let client: TestClient;

    before(async () => {
      application = createServer((_request, response) =>
        response.end('<!doctype html><title>App</title>Signed in'),
      );
      await new Promise<void>((resolve) => application.listen(0, '127.0.0.1', resolve));
      callback = `http://127.0.0.1:${(application.address() as AddressInfo).port}/cb`;
      world = await createWorldOn(await start());
      client = await world.addClient({ CallbackURLs: [callback], ClientName: 'Books + Flowers' });
    });
    after(async () => {
      await world.close();
      application.closeAllConnections();
      await new Promise((resolve) => application.close(resolve));
    });

    /** A relying party's request, and how it takes the answer. */
    async function relyingParty(more: Record<string, string> = {}) {
      const config = await oidc.discovery(new URL(world.base), client.id, undefined, oidc.None(), {
        execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks],
      });
      const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
      const [expectedState, expectedNonce] = [oidc.randomState(), oidc.randomNonce()];
      const start = oidc.buildAuthorizationUrl(config, {
        redirect_uri: callback,
        scope: 'openid email',
        code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
        code_challenge_method: 'S256',
        state: expectedState,
        nonce: expectedNonce,
        ...more,
      });
      const finish = (back: string) =>
        oidc.authorizationCodeGrant(config, new URL(back), {
          pkceCodeVerifier,
          expectedState,
          expectedNonce,
        });
      return { start: start.href, finish, config };
    }

    async function openPage(options?: { readonly javaScriptEnabled?: boolean }): Promise<Page> {
      const page = await (await browsers.open(options)).newPage();
      page.on('console', (message) => {
        if (/Content Security Policy/.test(message.text())) throw new Error(message.text());
      });
      return page;
    }

    it('signs somebody in for a relying party, and renews the tokens', async () => {
      const page = await openPage();
      const { start, finish, config } = await relyingParty();

      await page.goto(start);
      await page.getByLabel('Username').fill('ada');
      await page.getByLabel('Password').fill(PASSWORD);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.waitForURL(`${callback}?**`);

      const tokens = await finish(page.url());
      assert.equal(tokens.claims()?.['cognito:username'], 'ada');
      const renewed = await oidc.refreshTokenGrant(config, tokens.refresh_token!);
      assert.equal(renewed.claims()?.sub, tokens.claims()?.sub);
    });

    it('works by keyboard alone, from the moment it is there', async () => {
      const page = await openPage();
      const { start, finish } = await relyingParty();

      await page.goto(start);
      await page.locator('input:focus').waitFor();
      await page.keyboard.type('ada');
      await page.keyboard.press('Tab');
      await page.keyboard.type(PASSWORD);
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await page.waitForURL(`${callback}?**`);

      assert.equal((await finish(page.url())).claims()?.['cognito:username'], 'ada');
    });

    it('works without script', async () => {
      const page = await openPage({ javaScriptEnabled: false });
      const { start, finish } = await relyingParty();

      await page.goto(start);
      await page.getByLabel('Username').fill('ada');
      await page.getByLabel('Password').fill(PASSWORD);
      await page.getByLabel('Password').press('Enter');
      await page.waitForURL(`${callback}?**`);

      assert.equal((await finish(page.url())).claims()?.['cognito:username'], 'ada');
    });

    it('says what went wrong where it is heard and seen, keeps the name, and lets one try again', async () => {
      const page = await openPage();
      const { start, finish } = await relyingParty();
      await page.goto(start);
      await page.getByLabel('Username').fill('ada');
      await page.getByLabel('Password').fill('Wrong-Password-1');
      await page.keyboard.press('Enter');

      const alert = page.getByRole('alert');
      assert.match((await alert.textContent()) ?? '', /Incorrect username or password/);
      assert.match(await page.title(), /^Error: /);
      assert.equal(await page.getByLabel('Username').inputValue(), 'ada');
      assert.equal(await page.getByLabel('Password').inputValue(), '');
      for (const label of ['Username', 'Password']) {
        assert.equal(await page.getByLabel(label).getAttribute('aria-invalid'), 'true');
        const described = await page.getByLabel(label).getAttribute('aria-describedby');
        assert.match((await page.locator(`#${described}`).textContent()) ?? '', /Incorrect/);
      }
      await page.getByLabel('Password').fill(PASSWORD);
      await page.keyboard.press('Enter');
      await page.waitForURL(`${callback}?**`);

      assert.equal((await finish(page.url())).claims()?.['cognito:username'], 'ada');
    });

    it('takes somebody with a temporary password through to a password of his own', async () => {
      await world.addInvited('hedy');
      const page = await openPage();
      const { start, finish } = await relyingParty();
      await page.goto(start);
      await page.getByLabel('Username').fill('hedy');
      await page.getByLabel('Password').fill(TEMPORARY);
      await page.keyboard.press('Enter');

      await page.getByLabel('New password').fill('Own-Password-1!');
      await page.getByLabel('The same again').fill('Own-Password-1!');
      await page.keyboard.press('Enter');
      await page.waitForURL(`${callback}?**`);

      assert.equal((await finish(page.url())).claims()?.['cognito:username'], 'hedy');
    });

    it('can be read by assistive devices: one heading, named controls, a landmark, a language', async () => {
      const page = await openPage();
      await page.goto((await relyingParty()).start);

      assert.equal(await page.locator('html').getAttribute('lang'), 'en');
      assert.equal(await page.getByRole('main').count(), 1);
      assert.equal(await page.getByRole('heading', { level: 1 }).count(), 1);
      assert.equal(await page.getByRole('textbox', { name: 'Username' }).count(), 1);
      assert.equal(await page.getByRole('button', { name: 'Sign in' }).count(), 1);
      assert.match((await page.getByRole('main').textContent()) ?? '', /Books \+ Flowers/);
      const unnamed = await page
        .locator('input:not([type=hidden])')
        .evaluateAll((inputs) => inputs.filter((input) => !Reflect.get(input, 'labels')?.length).length);
      assert.equal(unnamed, 0);
    });

    it('can be read by everybody: contrast of at least 4.5 to 1 in light and in dark, and room on a small screen', async () => {
      const page = await openPage();
      await page.setViewportSize({ width: 320, height: 568 });
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        await page.goto((await relyingParty()).start);

        for (const selector of ['h1', '.to', 'label', 'input#username', 'button']) {
          const ratio = contrast(await coloursOf(page, selector));
          assert.ok(ratio >= 4.5, `${selector} in ${colorScheme}: ${ratio}`);
        }
        const overflow = await page.evaluate(
          'document.documentElement.scrollWidth > document.documentElement.clientWidth',
        );
        assert.equal(overflow, false);
        const box = await page.getByRole('button', { name: 'Sign in' }).boundingBox();
        assert.ok(box && box.height >= 44);
      }
    });
  }),
);

/** Text and ground of an element, as `[r, g, b]`; a ground is what the nearest ancestor paints. Runs in the page. */
const COLOURS = `(selector) => {
  const numbers = (text) => text.match(/[\\d.]+/g).map(Number);
  const element = document.querySelector(selector);
  let at = element;
  while (numbers(getComputedStyle(at).backgroundColor)[3] === 0) at = at.parentElement;
  return [numbers(getComputedStyle(element).color), numbers(getComputedStyle(at).backgroundColor)];
}`;

const coloursOf = (page: Page, selector: string): Promise<[number[], number[]]> =>
  page.evaluate(`(${COLOURS})(${JSON.stringify(selector)})`);

/** WCAG 2.2, contrast ratio. */
function contrast([one, other]: [number[], number[]]): number {
  const luminance = (colour: number[]): number => {
    const [r = 0, g = 0, b = 0] = colour.map((value) => {
      const part = value / 255;
      return part <= 0.040_45 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].toSorted((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}
