/**
 * Names that mean harm, at the sign-in page, which shows again what was typed.
 */
import assert from 'node:assert/strict';
import { createBrowser, createWorld, type World } from '../../api/oidc/world.ts';
import { corpusJson, withCorpus } from '../../support/corpora.ts';

withCorpus(
  'names that mean harm, at the sign-in page',
  () => corpusJson<readonly string[]>('blns/blns.json'),
  (names) => {
    let world: World;
    before(async () => (world = await createWorld()));
    after(() => world.close());

    it('are shown as they are, and are nothing else', async function () {
      this.timeout(60_000);
      const browser = createBrowser();
      const page = await browser.open(world.authorize(await world.addClient()));
      const shown = (html: string) => / name="username" type="text" value="([^"]*)" inputmode="/.exec(html);
      /** The page without the value, and without what it says is wrong: so many tries from one address are too many soon. */
      const frame = (html: string) =>
        html.replace(/ value="[^"]*" inputmode/, ' inputmode').replace(/(problem\.<\/strong>) [^<]+</, '$1<');
      const { html: usual } = await browser.send(page, { username: 'nobody', password: 'x' });

      for (const name of names
        .map((each) => each.trim())
        .filter((each) => each !== '' && each.length <= 128)) {
        const { html, status } = await browser.send(page, { username: name, password: 'x' });

        assert.equal(status, 400, name);
        const [, written = ''] = shown(html) ?? [];
        assert.doesNotMatch(written, /[<>"']|&(?!(?:amp|lt|gt|quot|#39);)/, name);
        // Nothing else differs from the page that everybody sees.
        assert.equal(frame(html), frame(usual), name);
      }
    });
  },
);
