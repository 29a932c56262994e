/**
 * Browsers: how long one that signed in at a pool's hosted page is not asked again.
 *
 * An hour, and nothing is kept count of, unless the pool tracks sessions. Then each client says for itself how old a sign-in may be, the browser keeps its session for as long as the most patient of them,
 * and a session that was ended is over although the browser has it. Both hold for what a browser has from a time when the pool was set otherwise.
 * Source: Cognito developer guide, "Managing user sessions"; API reference, ClientSSOSessionConfigType.
 */
import type { Clock } from '../../base/clock.ts';
import { DEFAULT_SSO_MINUTES, type Pool } from '../pools/pools.ts';
import { ssoSessionId, tracksSessions, type Browser, type Sessions, type Whence } from './sessions.ts';

const MINUTE = 60;

export type Browsers = ReturnType<ReturnType<typeof createBrowsers>['browsersOf']>;

export function createBrowsers({ sessions, clock }: { sessions: Sessions; clock: Clock }) {
  return {
    /** A browser's session ended by its own will, or somebody else signed in there. */
    endBrowser: (poolId: string, { sub, uid }: Pick<Browser, 'sub' | 'uid'>): Promise<void> =>
      sessions.end({ poolId, sub, id: ssoSessionId(uid) }),

    /** A pool's, by its settings as they are. */
    browsersOf(pool: Pool) {
      const isTracked = tracksSessions(pool);
      const minutes = isTracked ? pool.sessions?.longestSsoMinutes : undefined;
      const seconds = Math.max(minutes ?? 0, DEFAULT_SSO_MINUTES) * MINUTE;

      return {
        /** How long a browser keeps its session after a sign-in. */
        seconds,

        /** A browser is given a code. @returns false when its session is over */
        used: async (browser: Omit<Browser, 'seconds'>, whence: Whence): Promise<boolean> =>
          !isTracked || sessions.browserUsed(pool, { ...browser, seconds }, whence),

        /** True when the session is too old, for the client where the pool tracks sessions, or was ended. */
        async mustAsk(
          browser: Pick<Browser, 'sub' | 'uid' | 'signedInAt'>,
          { ssoMinutes = DEFAULT_SSO_MINUTES }: { readonly ssoMinutes?: number },
        ): Promise<boolean> {
          const age = clock.now().getTime() - browser.signedInAt.getTime();
          const most = isTracked ? ssoMinutes * MINUTE : seconds;
          // A pool that tracks sessions no more may have ended some while it did.
          return (
            age >= most * 1000 || (pool.sessions !== undefined && sessions.isBrowserOver(pool.id, browser))
          );
        },
      };
    },
  };
}
