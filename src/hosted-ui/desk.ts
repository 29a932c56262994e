/**
 * The desk: what every hosted page works with.
 *
 * The parts lent by build.ts, and what is made of them once: pages, forms, logins under way. Who has been proven leaves the pages through
 * `goOn`, the only place that ends a login.
 */
import type { Context } from 'koa';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { logRefusal, type Refusal } from '../base/refusal-log.ts';
import { addressOf } from '../base/request-head.ts';
import type { Client, Clients } from '../domain/pools/clients.ts';
import type { PoolDomains } from '../domain/pools/pool-domains.ts';
import type { Pool, Pools } from '../domain/pools/pools.ts';
import type { Providers, ProviderType } from '../domain/pools/providers.ts';
import type { ResourceServers } from '../domain/pools/resource-servers.ts';
import type { SignUp } from '../domain/accounts/sign-up.ts';
import type { User, Users } from '../domain/users/users.ts';
import type { Journeys } from '../domain/federation/transactions.ts';
import type { Expiring } from '../domain/ports/expiring.ts';
import type { Sealer } from '../domain/ports/sealer.ts';
import type { SignIn } from '../domain/sign-in/sign-in.ts';
import type { Tokens } from '../domain/tokens/tokens.ts';
import { createLogins, type Login, type Logins } from '../oidc/interaction.ts';
import { OWN_USERS } from '../oidc/requests.ts';
import type { PoolProviders } from '../oidc/pool-providers.ts';
import { createSessions, type Sessions } from '../oidc/sessions.ts';
import { createForms, type Forms } from './forms.ts';
import { createKnownBrowsers, type KnownBrowsers } from './known-browsers.ts';
import type { Pages } from './pages.ts';

export interface HostedParts {
  readonly pools: Pools;
  readonly clients: Clients;
  readonly users: Users;
  readonly providers: Providers;
  readonly resourceServers: ResourceServers;
  readonly poolDomains: PoolDomains;
  readonly signUp: SignUp;
  readonly signIn: SignIn;
  readonly tokens: Tokens;
  readonly journeys: Journeys;
  readonly expiring: Expiring;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly log: Log;
  /** Without a slash at the end. */
  readonly publicUrl: string;
  issuerOf(pool: Pool): string;
  /** Where a provider of that type sends browsers back to. */
  callbackOf(poolId: string, type: ProviderType): string;
  /** What SAML providers call the pool. */
  entityIdOf(poolId: string): string;
}

/** A login that somebody is in the middle of, and the client that asked for it. */
export interface UnderWay {
  readonly login: Login;
  readonly client: Client;
}

export interface Desk extends HostedParts {
  readonly pages: Pages;
  readonly forms: Forms;
  readonly logins: Logins;
  readonly sessions: Sessions;
  readonly knownBrowsers: KnownBrowsers;
  /** The login at `id` of the browser that asks, and its client. @throws Failure `login-not-found`, `client-not-found` */
  loginAt(context: Context, id: string): Promise<{ login: Login; client: Client }>;
  /**
   * Ends the login, and sends the browser where its request goes on.
   * @param proven `since`: a moment before it was judged, so that a password that is replaced meanwhile ends this session too
   * @throws Failure `login-not-found`
   */
  goOn(context: Context, loginId: string, proven: { user: User; by: string; since: Date }): Promise<void>;
  /** Tells the log of a refusal at a page or an endpoint of a pool. */
  refused(context: Context, refusal: RefusalHere): void;
  /**
   * Ends the login by telling its application that nobody signed in, and why.
   * @throws Failure `login-not-found`
   */
  turnAway(context: Context, loginId: string, refusal: { error: string; description: string }): Promise<void>;
}

type RefusalHere = Omit<Refusal, 'pool' | 'sourceIp'>;

export function createDesk(parts: HostedParts, pages: Pages, poolProviders: PoolProviders): Desk {
  const logins = createLogins(poolProviders, parts.tokens);
  const knownBrowsers = createKnownBrowsers({ ...parts, pathOf: pages.pathOf });
  return {
    ...parts,
    pages,
    logins,
    knownBrowsers,
    sessions: createSessions(poolProviders, parts),
    forms: createForms({ sealer: parts.sealer, origin: pages.origin }),

    refused: (context, refusal) => refusedHere(parts.log, context, refusal),

    async turnAway(context, loginId, refusal) {
      const address = await logins.fail(poolOf(context).id, loginId, refusal);
      context.redirect(address);
      context.status = 303;
    },

    async loginAt(context, id) {
      const { id: poolId } = poolOf(context);
      const login = await logins.begin(poolId, id, { request: context.req, response: context.res });
      return { login, client: await parts.clients.get(poolId, login.clientId) };
    },

    async goOn(context, loginId, { user, by, since }) {
      const { id: poolId } = poolOf(context);
      const address = await logins.finish(poolId, loginId, { sub: user.sub, by, at: since });
      if (by === OWN_USERS) knownBrowsers.remember(context, poolId, user);
      parts.log.info({ event: 'signed-in', pool: poolId, user: user.sub, by });
      // 303: what was posted here must not be posted on.
      context.redirect(address);
      context.status = 303;
    },
  };
}

export function refusedHere(log: Log, context: Context, refusal: RefusalHere): void {
  logRefusal(log, {
    ...refusal,
    pool: String(context.state['poolId']),
    sourceIp: addressOf(context),
  });
}

/** What this request is called in the log, and towards whoever sent it. */
export const requestIdOf = (context: Context): string => String(context.state['requestId']);

/** The pool whose address this is; routes.ts put it there. */
export const poolOf = (context: Context): Pool => context.state['pool'] as Pool;
