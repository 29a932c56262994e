/**
 * The sign-in page: a name and a password, or another account.
 *
 * Where the request or the client leaves only one provider there is nothing to choose, and the browser is sent there. Passwords are judged by
 * the same rules as the API's (domain/sign-in); a wrong password and an unknown name get the same words, and the page shown again is the same.
 */
import type { Context } from 'koa';
import { z } from 'zod';
import { isFailure } from '../base/failure.ts';
import { toldBy } from '../base/refusal-log.ts';
import { addressOf } from '../base/request-head.ts';
import type { Client } from '../domain/pools/clients.ts';
import type { Pool } from '../domain/pools/pools.ts';
import { rememberedBrowser } from '../domain/sign-in/known-devices.ts';
import { OWN_USERS } from '../oidc/requests.ts';
import { type Desk, type UnderWay, poolOf } from './desk.ts';
import type { FederatedPages } from './federated.ts';
import type { NewPasswordPages } from './new-password.ts';
import { formTargetOf, START_OVER } from './pages.ts';
import { wordsFor } from './words.ts';

const loginForm = z.object({
  username: z.string().trim().min(1).max(128),
  password: z.string().min(1).max(256),
});

export function createLoginPages(
  desk: Desk,
  next: { readonly federated: FederatedPages; readonly newPassword: NewPasswordPages },
) {
  const { pages, forms, signIn } = desk;

  function show(
    context: Context,
    { login, client }: UnderWay,
    shown: { username: string; problem?: string },
  ): void {
    const pool = poolOf(context);
    const path = pages.pathOf(pool.id, `/login/${login.id}`);
    const page = {
      title: shown.problem ? 'Error: Sign in' : 'Sign in',
      clientName: client.name,
      action: path,
      csrf: forms.tokenOf(pool.id, login.id),
      offersPassword: client.identityProviders.includes(OWN_USERS),
      providers: otherProviders(client).map((name) => ({
        name,
        href: `${path}/with/${encodeURIComponent(name)}`,
      })),
      ...signInNameOf(pool),
      ...shown,
    };
    pages.show(context, 'login', page, {
      status: shown.problem ? 400 : 200,
      formTargets: [formTargetOf(login.redirectUri)],
    });
  }

  return {
    /** GET /login/{id} */
    async show(context: Context, id: string): Promise<void> {
      const underWay = await desk.loginAt(context, id);
      const only = onlyProvider(underWay);
      if (only !== undefined) return next.federated.leave(context, underWay, only);
      // A later page came back here because what it knew had run out.
      const problem =
        context.query[START_OVER] === undefined ? undefined : 'This took too long. Sign in again.';
      show(context, underWay, { username: underWay.login.hint ?? '', problem });
    },

    /** POST /login/{id} */
    async submit(context: Context, id: string): Promise<void> {
      const underWay = await desk.loginAt(context, id);
      const pool = poolOf(context);
      const { username, password } = await forms.read(context, loginForm, { poolId: pool.id, id });
      const { client } = underWay;
      if (!client.identityProviders.includes(OWN_USERS)) {
        desk.refused(context, { at: 'page', kind: 'password-not-offered', client: client.id });
        return show(context, underWay, {
          username: '',
          problem: 'This application does not let you sign in with a password.',
        });
      }
      try {
        // Whatever the client shows at the API, a page tells nobody which names are known, in words or in time.
        const discreet = { ...client, hidesUserExistence: true };
        const flow = 'password';
        const caller = { kind: 'user', ip: addressOf(context) } as const;
        const memory = rememberedBrowser(desk.knownBrowsers.recognise(context, pool.id));
        const attempt = { pool, client: discreet, login: username, flow, caller, memory } as const;
        const since = desk.clock.now();
        const outcome = await signIn.start(attempt, 'password', { password });
        if ('proven' in outcome)
          return await desk.goOn(context, id, { user: outcome.proven, by: OWN_USERS, since });
        if (outcome.owed === 'new-password')
          return await next.newPassword.owe(context, underWay, { ...outcome, username });
        show(context, underWay, {
          username,
          problem: 'Your account asks for a step that this page does not offer.',
        });
      } catch (error) {
        const problem = isFailure(error) ? wordsFor(error) : undefined;
        if (problem === undefined || !isFailure(error)) throw error;
        desk.refused(context, { at: 'page', ...toldBy(error), client: client.id });
        show(context, underWay, { username, problem });
      }
    },
  };
}

const otherProviders = ({ identityProviders }: Client): readonly string[] =>
  identityProviders.filter((name) => name !== OWN_USERS);

/** The provider that is left when there is no choice and it is not our own users. */
function onlyProvider({ login, client }: UnderWay): string | undefined {
  const choice = login.provider === undefined ? client.identityProviders : [login.provider];
  const [only, ...more] = choice;
  return more.length === 0 && only !== OWN_USERS ? only : undefined;
}

/** What the name is called that the pool's people sign in with. */
function signInNameOf({ usernameAttributes }: Pool): { usernameLabel: string; inputMode: string } {
  const isByEmail = usernameAttributes.includes('email');
  const isByPhone = usernameAttributes.includes('phone_number');
  if (isByEmail && isByPhone) return { usernameLabel: 'Email address or phone number', inputMode: 'text' };
  if (isByEmail) return { usernameLabel: 'Email address', inputMode: 'email' };
  if (isByPhone) return { usernameLabel: 'Phone number', inputMode: 'tel' };
  return { usernameLabel: 'Username', inputMode: 'text' };
}
