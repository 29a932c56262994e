/**
 * Known browsers: a long-lived cookie by which a browser is recognised that a user signed in with before.
 *
 * It proves nothing about who uses the browser. It only gives its users tries of their own, so that strangers who try passwords do not
 * lock them out there (domain/limits/rate-limits.ts). Sealed, so that it can neither be made nor read by anybody else.
 */
import type { Context } from 'koa';
import { z } from 'zod';
import { isFailure } from '../base/failure.ts';
import { newUuid } from '../base/ids.ts';
import type { User } from '../domain/users/users.ts';
import type { Sealer, SealerFailure } from '../domain/ports/sealer.ts';
import type { KnownBrowser } from '../domain/sign-in/known-devices.ts';
import { cookieName, isSecure } from '../oidc/cookies.ts';

/** From the last sign-in on; half a year. */
const SECONDS = 180 * 86_400;
/** Users of one browser; who signed in longest ago makes room. */
const MOST_USERS = 5;
const MOST_CHARACTERS = 2048;

const content = z.object({ id: z.uuid(), subs: z.array(z.string()).max(MOST_USERS), until: z.number() });

interface KnownBrowserParts {
  readonly sealer: Sealer;
  readonly clock: { now(): Date };
  readonly publicUrl: string;
  /** The path that browsers know for what is below the pool. */
  readonly pathOf: (poolId: string, rest: string) => string;
}
export type KnownBrowsers = ReturnType<typeof createKnownBrowsers>;

export function createKnownBrowsers({ sealer, clock, publicUrl, pathOf }: KnownBrowserParts) {
  const nameOf = (poolId: string): string => cookieName('browser', poolId, publicUrl);
  const contextOf = (poolId: string): string => `known browsers ${poolId}`;

  /** The browser that asks, if it shows a cookie of ours for this pool that is not over. */
  function recognise(context: Context, poolId: string): KnownBrowser | undefined {
    const sealed = context.cookies.get(nameOf(poolId), { signed: false });
    if (sealed === undefined || sealed.length > MOST_CHARACTERS) return undefined;
    try {
      const { id, subs, until } = content.parse(
        JSON.parse(sealer.open(sealed, contextOf(poolId)).toString()),
      );
      return until > clock.now().getTime() ? { id, subs } : undefined;
    } catch (error) {
      // Made up, of another pool, or sealed with a key that is gone: a browser like any other.
      if (isFailure<SealerFailure>(error, 'cannot-open')) return undefined;
      throw error;
    }
  }

  return {
    recognise,

    /** Gives the browser what it is recognised by from now on. */
    remember(context: Context, poolId: string, { sub }: Pick<User, 'sub'>): void {
      const { id = newUuid(), subs = [] } = recognise(context, poolId) ?? {};
      const users = [sub, ...subs.filter((each) => each !== sub)].slice(0, MOST_USERS);
      const until = clock.now().getTime() + SECONDS * 1000;
      const cookie = [
        `${nameOf(poolId)}=${sealer.seal(JSON.stringify({ id, subs: users, until }), contextOf(poolId))}`,
        `Path=${pathOf(poolId, '/login')}`,
        `Max-Age=${SECONDS}`,
        'HttpOnly',
        'SameSite=Lax',
        ...(isSecure(publicUrl) ? ['Secure'] : []),
      ];
      context.append('Set-Cookie', cookie.join('; '));
    },
  };
}
