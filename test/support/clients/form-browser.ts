/**
 * A browser without a window: follows redirects, keeps cookies, and fills in the first form of a page.
 *
 * Enough for pages that work without script, and no more; what people see is proven with Chromium. Cookies are kept by host and path with
 * their attributes heeded as far as loopback pages need.
 */

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly path: string;
}
export interface VisitedPage {
  /** Where the redirects ended. */
  readonly url: URL;
  readonly status: number;
  readonly html: string;
}

const MAX_STEPS = 20;

/** @param stopAt addresses that are not fetched: the page then is what the browser was sent to */
export function createFormBrowser(stopAt: (url: URL) => boolean) {
  const jar = new Map<string, Cookie>();

  function keep(url: URL, lines: readonly string[]): void {
    for (const line of lines) {
      const [pair = '', ...attributes] = line.split(/;\s*/);
      const split = pair.indexOf('=');
      const name = pair.slice(0, split);
      const attribute = (wanted: string) =>
        attributes.find((each) => each.toLowerCase().startsWith(`${wanted}=`))?.slice(wanted.length + 1);
      const path = attribute('path') ?? '/';
      const expires = attribute('expires');
      const isGone =
        attribute('max-age') === '0' || (expires !== undefined && new Date(expires).getTime() < 1000);
      const key = `${url.host} ${path} ${name}`;
      if (isGone) jar.delete(key);
      else jar.set(key, { name, value: pair.slice(split + 1), path });
    }
  }

  const cookiesFor = (url: URL) =>
    [...jar]
      .filter(
        ([key, { path }]) =>
          key.startsWith(`${url.host} `) &&
          (url.pathname === path || url.pathname.startsWith(path.replace(/\/?$/, '/'))),
      )
      .map(([, { name, value }]) => `${name}=${value}`)
      .join('; ');

  async function go(start: URL, first: RequestInit = {}): Promise<VisitedPage> {
    let url = start;
    let init = first;
    for (let step = 0; step < MAX_STEPS; step += 1) {
      if (stopAt(url)) return { url, status: 0, html: '' };
      const headers = new Headers(init.headers);
      const cookie = cookiesFor(url);
      if (cookie) headers.set('cookie', cookie);
      const response = await fetch(url, { ...init, headers, redirect: 'manual' });
      keep(url, response.headers.getSetCookie());
      const location = response.headers.get('location');
      const html = await response.text();
      if (!location || response.status < 300 || response.status > 399)
        return { url, status: response.status, html };
      url = new URL(location, url);
      init = {};
    }
    throw new Error(`more than ${MAX_STEPS} redirects, the last to ${url.href}`);
  }

  return {
    visit: (address: string | URL) => go(new URL(address)),

    /** Sends the first form of `page` that has all of `fields`, hidden members included. */
    async submit(page: VisitedPage, fields: Readonly<Record<string, string>>): Promise<VisitedPage> {
      const form = formsOf(page.html).find(({ members }) =>
        Object.keys(fields).every((name) => name in members),
      );
      if (!form)
        throw new Error(
          `no form with ${Object.keys(fields).join(', ')} at ${page.url.href}: ${page.html.slice(0, 500)}`,
        );
      const target = new URL(form.action || page.url.href, page.url);
      return go(target, {
        method: 'POST',
        body: new URLSearchParams({ ...form.members, ...fields }),
        headers: { origin: page.url.origin },
      });
    },
  };
}

function formsOf(html: string): { action: string; members: Record<string, string> }[] {
  return [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)].map(([, head = '', inner = '']) => ({
    action: attributeOf(head, 'action'),
    members: Object.fromEntries(
      [...inner.matchAll(/<input\b([^>]*)>/g)].map(([, input = '']) => [
        attributeOf(input, 'name'),
        attributeOf(input, 'value'),
      ]),
    ),
  }));
}

function attributeOf(text: string, name: string): string {
  const [, value = ''] = new RegExp(`\\b${name}="([^"]*)"`).exec(text) ?? [];
  return value
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
