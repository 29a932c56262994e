/**
 * Pools by their domain: `{name}.auth.{host}` by the Host header, `/domains/{name}/…` by path.
 *
 * A way in, and no more. What a browser visits is sent on to the pool's own address, where its cookies are; what a program calls is answered where it called. No address that we write is made of the Host.
 * Source: Cognito developer guide, "Configuring a user pool domain".
 */
import type { Context } from 'koa';
import type { PoolDomains } from '../domain/pools/pool-domains.ts';
import type { Pages } from './pages.ts';
import { TO_COME } from './to-come.ts';

/** What programs call. */
const ANSWERED_HERE = new Set(['/oauth2/token', '/oauth2/revoke', '/oauth2/userInfo', '/saml2/metadata']);
/** Where SAML providers post; what is put aside there is fetched at the pool's own address, where the journey's cookie is. */
const SAML_RETURN = '/saml2/idpresponse';
/** What browsers visit. */
const SENT_ON = new Set([
  '/oauth2/authorize',
  '/login',
  '/logout',
  '/confirmUser',
  '/oauth2/idpresponse',
  ...Object.keys(TO_COME),
]);
/** Those that take a form, too: it is sent on with what it says. */
const FORMS = new Set(['/oauth2/authorize', '/logout']);
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const BY_PATH = '/domains/';

interface ByDomainParts {
  readonly poolDomains: Pick<PoolDomains, 'find'>;
  readonly pages: Pages;
  /** Without a slash at the end. */
  readonly publicUrl: string;
}

function statusFor(method: string, path: string): 302 | 307 | undefined {
  if (method === 'GET' || method === 'HEAD') return 302;
  return method === 'POST' && FORMS.has(path) ? 307 : undefined;
}

/** Makes the function that sees to requests under a pool's domain. */
export function createByDomain({ poolDomains, pages, publicUrl }: ByDomainParts) {
  const { host } = new URL(publicUrl);
  const suffix = `.auth.${host}`;

  /** The name asked for, and the path below it. */
  function named({ path, host: asked }: Context): { name: string; rest: string } | undefined {
    if (path.startsWith(BY_PATH)) {
      const [name = '', ...steps] = path.slice(BY_PATH.length).split('/');
      return { name, rest: `/${steps.join('/')}` };
    }
    const lower = asked.toLowerCase();
    return lower.endsWith(suffix) ? { name: lower.slice(0, -suffix.length), rest: path } : undefined;
  }

  /**
   * @returns `answered` when the browser was sent on; `rewritten` when the context's path is now below the pool's id; undefined for what is not under a domain
   */
  return async (context: Context): Promise<'answered' | 'rewritten' | undefined> => {
    const asked = named(context);
    if (!asked || !LABEL.test(asked.name)) return undefined;
    const { rest } = asked;
    const isAnsweredHere = ANSWERED_HERE.has(rest) || (rest === SAML_RETURN && context.method === 'POST');
    if (!isAnsweredHere && !SENT_ON.has(rest)) return undefined;
    const found = await poolDomains.find(asked.name);
    if (!found) return undefined;
    if (isAnsweredHere) {
      context.path = `/${found.poolId}${rest}`;
      return 'rewritten';
    }
    const status = statusFor(context.method, rest);
    if (status === undefined) return undefined;
    context.redirect(`${pages.origin}${pages.pathOf(found.poolId, rest)}${context.search}`);
    context.status = status;
    return 'answered';
  };
}
