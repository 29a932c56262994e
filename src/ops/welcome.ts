/**
 * The welcome page: what a newcomer reads at `GET /`, in HTML for browsers and in JSON for programs.
 *
 * From this machine it says the version, where the root access key lies, the endpoint lines for an
 * SDK and for the AWS CLI, and it serves the guides. From anywhere else it says the name and no more:
 * a version tells an attacker what to try. No secret is ever on it.
 */
import type { Context, Middleware } from 'koa';
import { isLoopback } from '../base/ip.ts';
import { isPassedOn, readHead } from '../base/request-head.ts';
import { sha256 } from '../base/secret.ts';

interface WelcomeParts {
  /** True when nothing but this machine can reach the program. */
  readonly isLocal: boolean;
  readonly version: string;
  /** Without a slash at the end. */
  readonly publicUrl: string;
  readonly region: string;
  /** The file of the root access key; undefined when the key came with the configuration. */
  readonly rootCredentialsFile: string | undefined;
  /** The guides by file name, e.g. `messages.md`, as Markdown. */
  readonly guides: ReadonlyMap<string, string>;
}

const GUIDES = '/docs/';
const STYLE = `body{font:1rem/1.6 system-ui,sans-serif;max-width:44rem;margin:3rem auto;padding:0 1rem;color:#16191f}
pre{background:#f2f3f3;padding:.75rem 1rem;overflow-x:auto}h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}`;
const HEADERS: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': `default-src 'none'; style-src 'sha256-${sha256(STYLE).toString('base64')}'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'`,
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};

/** Answers `GET /` and, from this machine, `GET /docs/<guide>`; leaves the rest to others. */
export function welcome(parts: WelcomeParts): Middleware {
  return async (ctx, next) => {
    const guide = isNear(ctx, parts) ? guideAt(ctx.path, parts.guides) : undefined;
    if ((ctx.method !== 'GET' && ctx.method !== 'HEAD') || (ctx.path !== '/' && guide === undefined)) {
      await next();
      return;
    }
    ctx.set(HEADERS);
    ctx.vary('Accept');
    if (guide !== undefined) {
      ctx.type = 'text/plain; charset=utf-8';
      ctx.body = guide;
      return;
    }
    const facts = factsFor(ctx, parts);
    const wantsPage = ctx.accepts('json', 'html') === 'html';
    if (wantsPage) ctx.type = 'text/html; charset=utf-8';
    ctx.body = wantsPage ? pageOf(facts) : facts;
  };
}

/** The page of this machine's own user: no other machine can have sent the request, nor named the host. */
const isNear = (ctx: Context, { isLocal }: WelcomeParts): boolean =>
  isLocal &&
  isLoopback(ctx.req.socket.remoteAddress ?? '') &&
  isLoopback(ctx.hostname) &&
  !isPassedOn(readHead(ctx));

const guideAt = (path: string, guides: WelcomeParts['guides']): string | undefined =>
  path.startsWith(GUIDES) ? guides.get(path.slice(GUIDES.length)) : undefined;

interface Facts {
  readonly name: 'Cognate';
  readonly version?: string;
  readonly endpoint?: string;
  readonly region?: string;
  readonly rootAccessKey?: string;
  readonly health?: string;
  readonly guides?: readonly string[];
}

function factsFor(ctx: Context, parts: WelcomeParts): Facts {
  if (!isNear(ctx, parts)) return { name: 'Cognate' };
  const { version, publicUrl: endpoint, region, rootCredentialsFile, guides } = parts;
  return {
    name: 'Cognate',
    version,
    endpoint,
    region,
    rootAccessKey: rootCredentialsFile ?? 'as configured',
    health: `${endpoint}/health/ready`,
    guides: [...guides.keys()].map((name) => `${endpoint}${GUIDES}${name}`),
  };
}

function pageOf({ version, endpoint, region, rootAccessKey, guides = [] }: Facts): string {
  const body =
    endpoint === undefined
      ? '<h1>Cognate</h1>'
      : `<h1>Cognate is running</h1>
<p>Version ${escaped(version ?? '')}. <a href="/health/ready">Health</a></p>
<h2>Root access key</h2>
${keyLines(rootAccessKey ?? '')}
<h2>AWS CLI</h2>
<pre>aws --endpoint-url ${escaped(endpoint)} --region ${escaped(region ?? '')} cognito-idp list-user-pools --max-results 10</pre>
<h2>AWS SDKs</h2>
<pre>export AWS_ENDPOINT_URL=${escaped(endpoint)} AWS_REGION=${escaped(region ?? '')}</pre>
<h2>Guides</h2>
<ul>${guides.map((url) => `<li><a href="${escaped(new URL(url).pathname)}">${escaped(url.slice(url.lastIndexOf('/') + 1))}</a></li>`).join('')}</ul>`;
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Cognate</title><style>${STYLE}</style></head><body>${body}</body></html>`;
}

const keyLines = (file: string): string =>
  file === 'as configured'
    ? '<p>The one that the configuration names (COGNATE_ROOT_ACCESS_KEY_ID).</p>'
    : `<p>It lies in a file that only its owner can read. In a shell, in the folder that Cognate was started in:</p>
<pre>set -a; . ${escaped(file)}; set +a</pre>`;

const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
