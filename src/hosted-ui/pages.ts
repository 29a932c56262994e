/**
 * Pages: views become HTML, under headers that let a page do nothing but be read and sent back.
 *
 * Views are eta templates beside this file, escaping on; the one script sends a form that a button would send. `Referrer-Policy` is `same-origin` where there is a form:
 * under `no-referrer` browsers send `Origin: null` with it, which is refused; nothing leaves for other sites either way.
 * What cannot go on is told as a page to browsers and as JSON to programs, by what they accept.
 * Source: OWASP ASVS 5, V3; CSP Level 3; Fetch, "append a request Origin header".
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Eta } from 'eta';
import type { Context } from 'koa';
import { notesNow } from '../base/request-notes.ts';
import { sha256Hex } from '../base/secret.ts';

const STYLE = readFileSync(join(import.meta.dirname, 'assets', 'style.css'));
/** Its name changes when it does, so that it can be kept for ever. */
const STYLE_NAME = `style-${sha256Hex(STYLE).slice(0, 16)}.css`;
const YEAR_SECONDS = 31_536_000;

const SCRIPT = readFileSync(join(import.meta.dirname, 'assets', 'send.js'));
const SCRIPT_NAME = `send-${sha256Hex(SCRIPT).slice(0, 16)}.js`;

/** By their names in addresses. */
const ASSETS_BY_NAME: ReadonlyMap<string, { readonly type: string; readonly content: Buffer }> = new Map([
  [STYLE_NAME, { type: 'text/css; charset=utf-8', content: STYLE }],
  [SCRIPT_NAME, { type: 'text/javascript; charset=utf-8', content: SCRIPT }],
]);

/** For every answer under a pool's address, whoever makes it. */
const BASE_HEADERS: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy':
    "default-src 'none'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};

/** Where assets lie, below the public address: what a page looks like is no pool's own. */
const ASSETS = '/assets/';
const FOR_PROGRAMS = 'isForPrograms';

/** In the query of a login's address: the person is back from a later page and begins anew. */
export const START_OVER = 'again';

interface PageOptions {
  readonly status?: number;
  /** Sources that a form of the page may end at besides our own, redirects included. */
  readonly formTargets?: readonly string[];
}

/** What a person reads when something cannot go on. */
export interface ErrorText {
  readonly heading: string;
  readonly message: string;
  readonly advice: string;
  /** For the application's makers: OAuth's error and what it is about. */
  readonly code?: string;
  readonly detail?: string;
  /** Where the person can go on. */
  readonly link?: { readonly href: string; readonly text: string };
}

/** Errors by status, for programs, where no code is known. Source: RFC 6749, sections 4.1.2.1 and 5.2. */
const CODES: Readonly<Record<number, string>> = {
  400: 'invalid_request',
  403: 'access_denied',
  404: 'not_found',
  501: 'not_implemented',
  502: 'temporarily_unavailable',
  503: 'temporarily_unavailable',
};

export type Pages = ReturnType<typeof createPages>;

/** @param publicUrl without a slash at the end */
export function createPages(publicUrl: string) {
  const { origin, pathname, protocol } = new URL(publicUrl);
  const publicPath = pathname.replace(/\/$/, '');
  const eta = new Eta({ views: join(import.meta.dirname, 'views'), cache: true, autoEscape: true });

  function armour(context: Context): void {
    context.set(BASE_HEADERS);
    if (protocol === 'https:') context.set('Strict-Transport-Security', `max-age=${YEAR_SECONDS}`);
  }

  function show(
    context: Context,
    view: string,
    data: object,
    { status = 200, formTargets }: PageOptions = {},
  ): void {
    context.status = status;
    context.type = 'text/html; charset=utf-8';
    context.set('Content-Security-Policy', policyOf(formTargets));
    if (formTargets) context.set('Referrer-Policy', 'same-origin');
    context.body = eta.render(`./${view}`, { ...data, stylesheet: `${publicPath}${ASSETS}${STYLE_NAME}` });
  }

  function showError(context: Context, status: number, text: ErrorText): void {
    // The first is for who takes anything, and who takes nothing of it all.
    const forms = context.state[FOR_PROGRAMS] === true ? ['json', 'html'] : ['html', 'json'];
    context.vary('Accept');
    if ((context.accepts(forms) || forms[0]) === 'html')
      return show(
        context,
        'error',
        { reference: notesNow().requestId, ...text, title: text.heading },
        { status },
      );
    context.status = status;
    context.body = {
      error: text.code ?? CODES[status] ?? 'server_error',
      error_description: text.detail ?? text.message,
    };
  }

  return {
    /** Where browsers find us, e.g. `https://id.example.com`; a form must come from there. */
    origin,

    /** The path that browsers know for `rest` below the pool, e.g. `/eu-west-1_a1b2c3d4e/login/x`. */
    pathOf: (poolId: string, rest: string): string => `${publicPath}/${poolId}${rest}`,

    show,

    /** Tells what cannot go on: as a page, or as JSON to a program. */
    showError,

    /** The page that posts a form to another provider: by its script, or without one by its button. */
    showLeaving(
      context: Context,
      { address, ...more }: { address: string; members: Readonly<Record<string, string>>; provider: string },
    ): void {
      const page = {
        ...more,
        title: `Continue to ${more.provider}`,
        address,
        script: `${publicPath}${ASSETS}${SCRIPT_NAME}`,
      };
      // The provider may send the browser on to other hosts of its own, and browsers hold that to form-action too.
      show(context, 'leaving', page, { formTargets: [new URL(address).protocol] });
    },

    /** There is nothing at this address. Who takes anything is a program here. */
    showNotFound(context: Context, text: ErrorText): void {
      forPrograms(context);
      showError(context, 404, text);
    },

    /** Sets the headers that everything under a pool's address carries. */
    armour,

    /** Answers with the asset at the request's path. @returns false when there is none */
    asset(context: Context): boolean {
      const { path } = context;
      const found = path.startsWith(ASSETS) ? ASSETS_BY_NAME.get(path.slice(ASSETS.length)) : undefined;
      if (!found || !isRead(context)) return false;
      armour(context);
      context.set('Cache-Control', `public, max-age=${YEAR_SECONDS}, immutable`);
      context.type = found.type;
      context.body = found.content;
      return true;
    },
  };
}

const isRead = ({ method }: Context): boolean => method === 'GET' || method === 'HEAD';

/** Marks a request that programs make: what is wrong with it is told in JSON unless a page is asked for. */
export function forPrograms(context: Context): void {
  context.state[FOR_PROGRAMS] = true;
}

function policyOf(formTargets: readonly string[] | undefined): string {
  const targets = formTargets ? ["'self'", ...formTargets].join(' ') : "'none'";
  return `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; form-action ${targets}; frame-ancestors 'none'; base-uri 'none'`;
}

/**
 * The CSP source for a redirect URI: a form's redirects end there, and browsers hold them to `form-action`. A host that CSP has no words for
 * (an IPv6 address) is named by its scheme.
 */
export function formTargetOf(redirectUri: string): string {
  const { protocol, host, origin } = new URL(redirectUri);
  if (protocol !== 'http:' && protocol !== 'https:') return protocol;
  return host.startsWith('[') ? protocol : origin;
}
