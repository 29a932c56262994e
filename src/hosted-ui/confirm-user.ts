/**
 * The page behind the link of a letter: whoever opens it confirms the account that the letter was sent for.
 *
 * Judged as the API judges a code, tries counted. Whatever is wrong with a link gets one answer, so that no page says which names are known. The address holds the code, as at Cognito; it is good once, and the page
 * tells nobody where it was.
 * Source: Cognito developer guide, "Verifying contact information at sign-up", link style.
 */
import type { Context } from 'koa';
import { isFailure } from '../base/failure.ts';
import { toldBy } from '../base/refusal-log.ts';
import { addressOf } from '../base/request-head.ts';
import { poolOf, type Desk } from './desk.ts';
import type { ErrorText } from './pages.ts';

const LONGEST = { client_id: 128, user_name: 256, confirmation_code: 2048 } as const;
const WORTHLESS = [
  'client-user-not-found',
  'user-disabled',
  'already-confirmed',
  'code-mismatch',
  'code-expired',
  'too-many-attempts',
  'sign-up-closed',
];
const REFUSAL: ErrorText = {
  heading: 'This link does not work',
  message: 'It was used already, is too old, or is not the last one that was sent to you.',
  advice: 'Try to sign in. If your account is not confirmed yet, ask the application for a new link.',
};
const TAKEN: ErrorText = {
  heading: 'Your account is not confirmed',
  message: 'Another account uses this address already.',
  advice: 'Sign in with that account, or ask whoever runs the application.',
};

/** GET /confirmUser?client_id=…&user_name=…&confirmation_code=… */
export async function confirmUser(context: Context, desk: Desk): Promise<void> {
  const { pages, clients, signUp } = desk;
  // Programs that look whether a link leads anywhere ask by HEAD, and are not the person.
  if (context.method === 'HEAD') {
    context.status = 200;
    return;
  }
  const [clientId, login, code] = [
    valueOf(context, 'client_id'),
    valueOf(context, 'user_name'),
    valueOf(context, 'confirmation_code'),
  ];
  if (clientId === undefined || login === undefined || code === undefined) {
    desk.refused(context, { at: 'page', kind: 'link-malformed' });
    return pages.showError(context, 400, REFUSAL);
  }
  const pool = poolOf(context);
  const client = await clients.get(pool.id, clientId);
  try {
    await signUp.confirm({
      pool,
      client: { ...client, hidesUserExistence: true },
      login,
      code,
      force: false,
      caller: { kind: 'user', ip: addressOf(context) },
    });
  } catch (error) {
    if (isFailure(error, 'alias-exists', ...WORTHLESS))
      desk.refused(context, { at: 'page', ...toldBy(error), client: client.id });
    if (isFailure(error, ...WORTHLESS)) return pages.showError(context, 400, REFUSAL);
    if (isFailure(error, 'alias-exists')) return pages.showError(context, 400, TAKEN);
    throw error;
  }
  pages.show(context, 'confirmed', { title: 'Your account is confirmed', clientName: client.name });
}

/** A value that is said once; undefined for none, for several, and for one that is too long to be ours. */
function valueOf(context: Context, name: keyof typeof LONGEST): string | undefined {
  const [value, ...others] = context.URL.searchParams.getAll(name);
  return value && others.length === 0 && value.length <= LONGEST[name] ? value : undefined;
}
