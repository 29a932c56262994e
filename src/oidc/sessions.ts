/**
 * Browser sessions, ended: without the library's types, and without its own logout page.
 *
 * The session is known by its signed cookie alone. What it gave out already is not touched; tokens are revoked where tokens are.
 */
import type { Context } from 'koa';
import type { Sealer } from '../domain/ports/sealer.ts';
import type { Tokens } from '../domain/tokens/tokens.ts';
import { cookieKeys, cookieName } from './cookies.ts';
import type { PoolProviders } from './pool-providers.ts';

interface SessionParts {
  readonly sealer: Sealer;
  /** Without a slash at the end. */
  readonly publicUrl: string;
  readonly tokens: Pick<Tokens, 'endBrowser'>;
}

/** A browser in which somebody is signed in. */
export interface SignedInBrowser {
  /** The user's. */
  readonly sub: string;
  /** Names the session to us; in no address and no cookie. */
  readonly uid: string;
}

export function createSessions(providers: PoolProviders, { sealer, publicUrl, tokens }: SessionParts) {
  /** The session that the browser's signed cookie names, whoever is signed in there. */
  async function sessionIn(context: Context, poolId: string) {
    const name = cookieName('session', poolId, publicUrl);
    const id = context.cookies.get(name, { signed: false });
    const signature = context.cookies.get(`${name}.sig`, { signed: false }) ?? '';
    if (id === undefined || !cookieKeys(sealer, poolId).verify(`${name}=${id}`, signature)) return undefined;
    return (await providers.of(poolId)).Session.find(id);
  }

  return {
    /** Who is signed in at the pool in this browser; undefined for nobody. */
    async find(context: Context, poolId: string): Promise<SignedInBrowser | undefined> {
      const session = await sessionIn(context, poolId);
      return session?.accountId ? { sub: session.accountId, uid: session.uid } : undefined;
    },

    /** Ends the browser's session at the pool, if it has one. */
    async end(context: Context, poolId: string): Promise<void> {
      const name = cookieName('session', poolId, publicUrl);
      for (const each of [name, `${name}.sig`]) context.append('Set-Cookie', forgotten(each, publicUrl));
      const session = await sessionIn(context, poolId);
      if (!session) return;
      await session.destroy();
      if (session.accountId) await tokens.endBrowser(poolId, { sub: session.accountId, uid: session.uid });
    },
  };
}
export type Sessions = ReturnType<typeof createSessions>;

/** With the flags that it was set with: else a browser keeps it. */
const forgotten = (name: string, publicUrl: string): string =>
  [
    `${name}=`,
    'Path=/',
    'Max-Age=0',
    'HttpOnly',
    'SameSite=Lax',
    ...(publicUrl.startsWith('https:') ? ['Secure'] : []),
  ].join('; ');
