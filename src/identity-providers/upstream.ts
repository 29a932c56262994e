/**
 * What all providers spoken to by openid-client have alike: how requests go out, and how what goes wrong is told.
 *
 * Words of a provider or of the library go nowhere; OAuth's own short word is told on, and the names by
 * which issuer and audience are called, cut short.
 */
import * as client from 'openid-client';
import { Failure, isFailure } from '../base/failure.ts';
import type { OutgoingFetch } from '../base/fetch.ts';
import type {
  IdentityProviderFailure,
  RefusalCause,
  RequestHints,
} from '../domain/ports/identity-provider.ts';

const TIMEOUT_SECONDS = 5;
const SHORT_WORD = /^[\w-]{1,64}$/;

export const refused = (reason: string, cause?: unknown) =>
  new Failure<IdentityProviderFailure>('provider-refused', { reason }, { cause });
/** @param reason why, as the outgoing fetch tells it unless said */
export const unreachable = (cause: unknown, reason = reasonIn(cause)) =>
  new Failure<IdentityProviderFailure>('provider-unreachable', { reason }, { cause });

const refusedBecause = (because: RefusalCause, reason: string, cause: unknown) =>
  new Failure<IdentityProviderFailure>('provider-refused', { reason, because }, { cause });

const FETCH_REASONS: Readonly<Record<string, string>> = {
  'fetch-timeout': 'it did not answer in time',
  'fetch-too-large': 'its answer is too large',
};

/** What the failed request says of itself, however deep it lies. */
function reasonIn(cause: unknown): string {
  if (isFailure(cause)) return String(cause.facts['reason'] ?? FETCH_REASONS[cause.kind] ?? cause.kind);
  return cause instanceof Error && cause.cause !== undefined ? reasonIn(cause.cause) : 'it cannot be reached';
}

/** How the library speaks: through our fetch, for five seconds; plain http goes where the fetch lets it. */
export const speaking = (
  fetch: OutgoingFetch<'tenant'>,
): { readonly timeout: number; readonly [client.customFetch]: client.CustomFetch } => ({
  timeout: TIMEOUT_SECONDS,
  [client.customFetch]: (url, options) =>
    fetch(url, { ...options, body: options.body as string | undefined }),
});

/** The library's switches for a provider at that address. */
export const allowing = (address: string): ((configuration: client.Configuration) => void)[] =>
  // Where plain http may go is decided by the outgoing fetch; here it is only not in the way.
  new URL(address).protocol === 'http:' ? [client.allowInsecureRequests] : [];

/** Values of `prompt` that a provider is asked for; `none` is answered here, for it shows no page. */
const PROMPTS = new Set(['login', 'consent', 'select_account']);

/** What an application asked for, in OpenID Connect's parameters. */
export function hintParameters({
  loginHint,
  prompt = '',
  maxAge,
  uiLocales,
}: RequestHints): Record<string, string> {
  const prompts = prompt.split(' ').filter((each) => PROMPTS.has(each));
  return {
    ...(loginHint !== undefined && { login_hint: loginHint }),
    ...(prompts.length > 0 && { prompt: prompts.join(' ') }),
    ...(maxAge !== undefined && { max_age: String(maxAge) }),
    ...(uiLocales !== undefined && { ui_locales: uiLocales }),
  };
}

/** An error of the client as the domain's. @throws Failure `provider-refused`, `provider-unreachable` */
export function asFailure(error: unknown): never {
  if (isFailure(error, 'provider-refused', 'provider-unreachable')) throw error;
  if (isFailure(error)) throw unreachable(error);
  if (error instanceof client.AuthorizationResponseError || error instanceof client.ResponseBodyError)
    throw saidNo(error);
  const cause = error instanceof Error ? error.cause : undefined;
  if (isFailure(cause)) throw unreachable(error);
  throw refused(error instanceof client.ClientError ? reasonOf(error) : 'its answer does not hold', error);
}

/** OAuth's words for "not now", "no", and "not without asking the user". */
const PASSING = new Set(['temporarily_unavailable', 'server_error']);
const INTERACTIVE = new Set([
  'login_required',
  'interaction_required',
  'consent_required',
  'account_selection_required',
]);

/** What the provider itself answered by an error of OAuth. */
function saidNo(
  error: client.AuthorizationResponseError | client.ResponseBodyError,
): Failure<IdentityProviderFailure> {
  const word = SHORT_WORD.test(error.error) ? `it answers ${error.error}` : 'it refused';
  if (PASSING.has(error.error)) return unreachable(error, word);
  if (INTERACTIVE.has(error.error)) return refusedBecause('not-passive', word, error);
  if (error.error === 'access_denied') return refusedBecause('unsuccessful', word, error);
  return refused(word, error);
}

/** Claims whose values may be told: names of parties, which are no secrets. */
const TELLABLE = new Set(['iss', 'aud', 'azp', 'issuer']);
const MAX_SHOWN = 200;

/** What others wrote, as it may stand in a reason. */
export const shown = (value: unknown): string =>
  value === undefined ? 'missing' : JSON.stringify(value).slice(0, MAX_SHOWN);

/** Why the library found that an answer does not hold. */
function reasonOf({ code, cause }: client.ClientError): string {
  if (cause instanceof Response && code === 'OAUTH_RESPONSE_IS_NOT_CONFORM')
    return `it answers with status ${cause.status}`;
  if (code === 'OAUTH_RESPONSE_IS_NOT_JSON' || code === 'OAUTH_PARSE_ERROR') return 'its answer is not JSON';
  if (code === 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED') return 'its ID token is over, or not valid yet';
  const found = detailsIn(cause);
  const name = found['claim'] ?? found['attribute'];
  if (typeof name !== 'string') return 'its answer does not hold';
  if (!TELLABLE.has(name)) return `its ${name.slice(0, MAX_SHOWN)} is not the one expected`;
  const said = membersOf(found['claims'] ?? found['body'])[name];
  return name === 'issuer'
    ? wrongIssuer(said, found['expected'])
    : `its ${name} is ${shown(said)}, expected ${shown(found['expected'])}`;
}

/** Why an issuer is not the one that was named; some providers publish a template for all their tenants. */
export const wrongIssuer = (said: unknown, expected: unknown): string =>
  typeof said === 'string' && said.includes('{')
    ? `its issuer is the template ${shown(said)}: name the issuer of one tenant in oidc_issuer`
    : `its issuer is ${shown(said)}, expected ${shown(expected)}`;

/** What the library says it compared; some of its errors stand between. */
const detailsIn = (cause: unknown): Readonly<Record<string, unknown>> =>
  cause instanceof Error ? membersOf(cause.cause) : membersOf(cause);

const membersOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {};
