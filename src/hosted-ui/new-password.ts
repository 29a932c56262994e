/**
 * The page for a password of one's own, where the present one was temporary.
 *
 * What is owed (the session of domain/sign-in) waits on our side under the login's id, so that the page holds nothing worth stealing. A password
 * that breaks the pool's rules is asked for again; when the session is over, the person signs in again.
 */
import type { Context } from 'koa';
import { z } from 'zod';
import { isFailure } from '../base/failure.ts';
import { toldBy } from '../base/refusal-log.ts';
import { addressOf } from '../base/request-head.ts';
import type { Pool } from '../domain/pools/pools.ts';
import { OWN_USERS } from '../oidc/requests.ts';
import { LOGIN_SECONDS } from '../oidc/settings.ts';
import { type Desk, type UnderWay, poolOf } from './desk.ts';
import { formTargetOf, START_OVER } from './pages.ts';
import { wordsFor } from './words.ts';

const KIND = 'hosted-new-password';
const ATTRIBUTE = 'attribute.';
const MAX_ATTRIBUTE = 2048;

const newPasswordForm = z
  .object({ new_password: z.string().min(1).max(256), repeated: z.string().max(256) })
  .catchall(z.string().max(MAX_ATTRIBUTE));

/** What the person owes, as it waits for the form. */
interface Owed {
  readonly session: string;
  readonly username: string;
  /** Names of attributes that must be given too. */
  readonly attributes: readonly string[];
}

export type NewPasswordPages = ReturnType<typeof createNewPasswordPages>;

export function createNewPasswordPages(desk: Desk) {
  const { pages, forms, expiring, signIn } = desk;

  function show(
    context: Context,
    { login, client }: UnderWay,
    shown: { owed: Owed; given?: Given; problem?: string },
  ): void {
    const pool = poolOf(context);
    const { owed, given = {}, problem } = shown;
    const page = {
      title: problem ? 'Error: Choose a new password' : 'Choose a new password',
      clientName: client.name,
      action: pages.pathOf(pool.id, `/login/${login.id}/new-password`),
      csrf: forms.tokenOf(pool.id, login.id),
      username: owed.username,
      rules: rulesOf(pool),
      attributes: owed.attributes.map((name) => ({
        name,
        label: labelOf(name),
        value: given[name] ?? '',
        autocomplete: AUTOCOMPLETE[name] ?? 'off',
      })),
      problem,
    };
    pages.show(context, 'new-password', page, {
      status: problem ? 400 : 200,
      formTargets: [formTargetOf(login.redirectUri)],
    });
  }

  const noteOf = (context: Context, id: string) => `${poolOf(context).id}/${id}`;

  return {
    /** Shows the page after a sign-in that came to this. */
    async owe(
      context: Context,
      underWay: UnderWay,
      outcome: { session: string; asks: Readonly<Record<string, string>>; username: string },
    ): Promise<void> {
      const { session, asks, username } = outcome;
      const owed: Owed = { session, username, attributes: attributesIn(asks['requiredAttributes']) };
      await expiring.put(KIND, noteOf(context, underWay.login.id), owed, LOGIN_SECONDS);
      show(context, underWay, { owed });
    },

    /** POST /login/{id}/new-password */
    async submit(context: Context, id: string): Promise<void> {
      const underWay = await desk.loginAt(context, id);
      const pool = poolOf(context);
      const form = await forms.read(context, newPasswordForm, { poolId: pool.id, id });
      const owed = await expiring.get<Owed>(KIND, noteOf(context, id));
      if (!owed) return restart(context, id);
      const given = givenIn(form, owed);
      if (form.new_password !== form.repeated)
        return show(context, underWay, { owed, given, problem: 'The two passwords differ.' });
      try {
        const answer = { newPassword: form.new_password, ...prefixed(given) };
        const { session } = owed;
        const since = desk.clock.now();
        const outcome = await signIn.answer({
          pool,
          client: underWay.client,
          session,
          steps: ['new-password'],
          caller: { kind: 'user', ip: addressOf(context) },
          answer,
        });
        await expiring.forget(KIND, noteOf(context, id));
        if (!('proven' in outcome)) return restart(context, id);
        await desk.goOn(context, id, { user: outcome.proven, by: OWN_USERS, since });
      } catch (error) {
        if (!isFailure(error)) throw error;
        const isOver = isFailure(error, 'session-expired', 'wrong-step', 'temporary-password-expired');
        const problem = wordsFor(error);
        if (problem === undefined && !isOver) throw error;
        desk.refused(context, { at: 'page', ...toldBy(error), client: underWay.client.id });
        if (isOver) return restart(context, id);
        show(context, underWay, { owed, given, problem });
      }
    },
  };

  /** Back to the sign-in page of the same login. */
  function restart(context: Context, id: string): void {
    context.redirect(`${pages.pathOf(poolOf(context).id, `/login/${id}`)}?${START_OVER}`);
    context.status = 303;
  }
}

type Given = Readonly<Record<string, string>>;

/** Cognito's `requiredAttributes`: a JSON list such as `["userAttributes.email"]`. */
function attributesIn(list: string | undefined): readonly string[] {
  const names: unknown = JSON.parse(list ?? '[]');
  return z
    .array(z.string())
    .parse(names)
    .map((name) => name.replace(/^userAttributes\./, ''));
}

const givenIn = (form: Readonly<Record<string, string>>, { attributes }: Owed): Given =>
  Object.fromEntries(attributes.map((name) => [name, form[`${ATTRIBUTE}${name}`]?.trim() ?? '']));

const prefixed = (given: Given): Given =>
  Object.fromEntries(Object.entries(given).map(([name, value]) => [`userAttributes.${name}`, value]));

const LABELS: Readonly<Record<string, string>> = {
  email: 'Email address',
  phone_number: 'Phone number, with country code',
  name: 'Full name',
  given_name: 'Given name',
  family_name: 'Family name',
  nickname: 'Nickname',
  preferred_username: 'Preferred username',
  birthdate: 'Date of birth, as YYYY-MM-DD',
};
const AUTOCOMPLETE: Readonly<Record<string, string>> = {
  email: 'email',
  phone_number: 'tel',
  name: 'name',
  given_name: 'given-name',
  family_name: 'family-name',
  birthdate: 'bday',
};
const labelOf = (name: string): string => LABELS[name] ?? name.replace(/^custom:/, '').replaceAll('_', ' ');

/** The pool's rules for passwords, in a sentence. */
function rulesOf({ passwordPolicy: policy }: Pool): string {
  const needs = [
    policy.requiresUppercase && 'an upper-case letter',
    policy.requiresLowercase && 'a lower-case letter',
    policy.requiresNumbers && 'a number',
    policy.requiresSymbols && 'a special character',
  ].filter((need) => need !== false);
  const list = needs.length > 1 ? `${needs.slice(0, -1).join(', ')} and ${needs.at(-1)}` : needs[0];
  return `At least ${policy.minimumLength} characters${list ? `, with ${list}` : ''}.`;
}
