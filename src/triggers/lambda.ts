/**
 * An endpoint that speaks Lambda's Invoke API: Lambda's runtime interface emulator, LocalStack and their kin. Calls are not signed.
 *
 * Source: AWS Lambda API reference, Invoke.
 */
import type { OutgoingFetch } from '../base/fetch.ts';
import { errorMessageIn, failed, malformed, parsed, refusedWith, type Bridge } from './call.ts';
import { post } from './posting.ts';

export function invokeBridge(
  { lambda, function: as }: { readonly lambda: string; readonly function?: string | undefined },
  { fetch }: { readonly fetch: OutgoingFetch<'operator'> },
): Bridge {
  return async ({ named, event, id, limitMs }) => {
    const url = new URL(`/2015-03-31/functions/${encodeURIComponent(as ?? named.name)}/invocations`, lambda);
    if (named.qualifier !== undefined) url.searchParams.set('Qualifier', named.qualifier);
    const headers = { 'x-amz-invocation-type': 'RequestResponse', 'x-amzn-requestid': id };
    const { answer, bytes } = await post(fetch, { url, headers, body: JSON.stringify(event), limitMs });
    if (!answer.ok) throw failed(`it answered ${answer.status}`);
    if (!answer.headers.has('x-amz-function-error')) return bytes;
    const message = errorMessageIn(parsed(bytes));
    throw message === undefined ? malformed() : refusedWith(message);
  };
}
