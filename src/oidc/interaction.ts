/**
 * Logins: an authorization request that waits for somebody to sign in, without the library's types.
 *
 * `begin` reads the login of the browser that asks: known by a signed cookie, never by the address alone, so that a login handed to another
 * browser is worth nothing. `finish` writes down who signed in and says where to go on; there the library checks the browser a second time.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { errors } from 'oidc-provider';
import { epochSeconds } from '../base/clock.ts';
import { Failure } from '../base/failure.ts';
import type { RequestHints } from '../domain/ports/identity-provider.ts';
import type { Tokens } from '../domain/tokens/tokens.ts';
import type { PoolProviders } from './pool-providers.ts';
import { ASKED_PROMPT } from './requests.ts';
import { amrOf } from './signed-in.ts';

export type LoginFailure = 'login-not-found';

export interface Login {
  /** Bearer; in addresses and cookies of one browser only. */
  readonly id: string;
  readonly poolId: string;
  readonly clientId: string;
  /** Checked against the client's. */
  readonly redirectUri: string;
  /** The provider that the request asks for by name, `COGNITO` included. */
  readonly provider?: string;
  /** What the client believes the person signs in by. */
  readonly hint?: string;
  /** What else the request asks for of the sign-in. */
  readonly asked: RequestHints;
}

/** Who was proven, by whom, when. */
export interface Proof {
  readonly sub: string;
  /** `COGNITO`, or the provider's name. */
  readonly by: string;
  readonly at: Date;
}

export type Logins = ReturnType<typeof createLogins>;

export function createLogins(providers: PoolProviders, tokens: Pick<Tokens, 'endBrowser'>) {
  return {
    /**
     * The login under way at `id`, in the browser that sends this request.
     * @throws Failure `login-not-found` when it is over, was never begun, or is another browser's
     */
    async begin(
      poolId: string,
      id: string,
      exchange: { request: IncomingMessage; response: ServerResponse },
    ): Promise<Login> {
      const provider = await providers.of(poolId);
      const { uid, params } = await found(provider.interactionDetails(exchange.request, exchange.response));
      if (uid !== id) throw new Failure<LoginFailure>('login-not-found');
      return {
        id,
        poolId,
        clientId: String(params['client_id']),
        redirectUri: String(params['redirect_uri']),
        provider: textOf(params['identity_provider']),
        hint: textOf(params['login_hint']),
        asked: hintsIn(params),
      };
    },

    /**
     * Ends the login at `id` with an error that its application is told; nobody signed in.
     * @returns the address where the browser's request goes on
     * @throws Failure `login-not-found`
     */
    async fail(
      poolId: string,
      id: string,
      { error, description }: { readonly error: string; readonly description: string },
    ): Promise<string> {
      const provider = await providers.of(poolId);
      const interaction = await provider.Interaction.find(id);
      if (!interaction) throw new Failure<LoginFailure>('login-not-found');
      interaction.result = { error, error_description: description };
      await interaction.persist();
      return interaction.returnTo;
    },

    /**
     * Ends the login at `id` with what was proven.
     * @returns the address where the browser's request goes on
     * @throws Failure `login-not-found`
     */
    async finish(poolId: string, id: string, { sub, by, at }: Proof): Promise<string> {
      const provider = await providers.of(poolId);
      const interaction = await provider.Interaction.find(id);
      if (!interaction) throw new Failure<LoginFailure>('login-not-found');
      const { session } = interaction;
      if (session?.uid && session.accountId !== sub) {
        // Somebody else signs in: the old session ends here, or the library would ask for it by a page that needs script.
        await (await provider.Session.findByUid(session.uid))?.destroy();
        if (session.accountId) await tokens.endBrowser(poolId, { sub: session.accountId, uid: session.uid });
        interaction.session = undefined;
      }
      interaction.result = { login: { accountId: sub, ts: epochSeconds(at), amr: amrOf(by, at) } };
      await interaction.persist();
      return interaction.returnTo;
    },
  };
}

async function found<T>(details: Promise<T>): Promise<T> {
  try {
    return await details;
  } catch (error) {
    if (error instanceof errors.SessionNotFound)
      throw new Failure<LoginFailure>('login-not-found', {}, { cause: error });
    throw error;
  }
}

/** What the request asks for that a provider may heed. */
function hintsIn(params: Readonly<Record<string, unknown>>): RequestHints {
  // The library has judged it, and keeps it as a text or as a number.
  const maxAge = Number(params['max_age'] ?? Number.NaN);
  return {
    loginHint: textOf(params['login_hint']),
    // The library makes `login` of a max_age of nothing.
    prompt: textOf(params[ASKED_PROMPT]) ?? textOf(params['prompt']),
    maxAge: Number.isSafeInteger(maxAge) ? maxAge : undefined,
    uiLocales: textOf(params['ui_locales']) ?? textOf(params['lang']),
  };
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;
