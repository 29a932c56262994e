/**
 * A real browser: Debian's Chromium, driven by playwright-core.
 *
 * Found at /usr/bin/chromium, or else installed by apt-get where that may be done. Where neither works the suite stands as not run, with a loud
 * line; with CI=true it fails. Each browser has a profile of its own that is gone afterwards, and talks to nobody but loopback.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext } from 'playwright-core';
import { foundOrInstalled } from '../servers/needs.ts';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser'];
const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const INSTALL_MS = 300_000;
const START_MS = 60_000;

/** Opens browsers, each with a profile of its own. */
export interface Browsers {
  open(options?: { readonly javaScriptEnabled?: boolean }): Promise<BrowserContext>;
}

/** A `describe` whose tests open browsers; all that they opened are closed afterwards. */
export function withBrowsers(title: string, tests: (browsers: Browsers) => void): void {
  describe(title, function suite() {
    this.timeout(START_MS);
    const opened: { context: BrowserContext; profile: string }[] = [];
    let executablePath: string | undefined;

    before(function find() {
      this.timeout(INSTALL_MS);
      executablePath = foundOrInstalled(findChromium, ['chromium']);
      if (executablePath) return;
      if (process.env['CI'] === 'true') throw new Error('no Chromium, and it cannot be installed');
      process.stderr.write(`\nNOT RUN: ${title}: no Chromium, and it cannot be installed\n`);
      this.skip();
    });

    after(async () => {
      for (const { context, profile } of opened) {
        await context.close();
        rmSync(profile, { recursive: true, force: true });
      }
    });

    tests({
      async open({ javaScriptEnabled = true } = {}) {
        const profile = mkdtempSync(join(tmpdir(), 'cognate-browser-'));
        const options = { executablePath, args: ARGUMENTS, headless: true, javaScriptEnabled };
        const context = await chromium.launchPersistentContext(profile, options);
        opened.push({ context, profile });
        return context;
      },
    });
  });
}

const findChromium = (): string | undefined => PLACES.find((place) => existsSync(place));
