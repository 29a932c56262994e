/**
 * What all providers spoken to by openid-client have alike: how requests go out, and how what goes wrong is told.
 *
 * Words of a provider or of the library go nowhere; only OAuth's own short word is told on.
 */
import * as client from 'openid-client';
import { Failure, isFailure } from '../base/failure.ts';
import type { OutgoingFetch } from '../base/fetch.ts';
import type { IdentityProviderFailure } from '../domain/ports/identity-provider.ts';

const TIMEOUT_SECONDS = 5;
const SHORT_WORD = /^[\w-]{1,64}$/;

export const refused = (reason: string, cause?: unknown) =>
  new Failure<IdentityProviderFailure>('provider-refused', { reason }, { cause });
export const unreachable = (cause: unknown) =>
  new Failure<IdentityProviderFailure>('provider-unreachable', {}, { cause });

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

/** An error of the client as the domain's. @throws Failure `provider-refused`, `provider-unreachable` */
export function asFailure(error: unknown): never {
  if (isFailure(error, 'provider-refused', 'provider-unreachable')) throw error;
  if (isFailure(error)) throw unreachable(error);
  if (error instanceof client.AuthorizationResponseError || error instanceof client.ResponseBodyError)
    throw refused(SHORT_WORD.test(error.error) ? error.error : 'it refused', error);
  const cause = error instanceof Error ? error.cause : undefined;
  if (isFailure(cause)) throw unreachable(error);
  throw refused('its answer does not hold', error);
}
