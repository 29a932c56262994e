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

export interface SessionParts {
  readonly sealer: Sealer;
  /** Without a slash at the end. */
  readonly publicUrl: string;
  readonly tokens: Pick<Tokens, 'endBrowser'>;
}

export function createSessions(providers: PoolProviders, { sealer, publicUrl, tokens }: SessionParts) {
  return {
    /** Ends the browser's session at the pool, if it has one. */
    async end(context: Context, poolId: string): Promise<void> {
      const name = cookieName('session', poolId, publicUrl);
      const id = context.cookies.get(name, { signed: false });
      const signature = context.cookies.get(`${name}.sig`, { signed: false }) ?? '';
      for (const each of [name, `${name}.sig`]) context.append('Set-Cookie', forgotten(each, publicUrl));
      if (id === undefined || !cookieKeys(sealer, poolId).verify(`${name}=${id}`, signature)) return;
      const provider = await providers.of(poolId);
      const session = await provider.Session.find(id);
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
