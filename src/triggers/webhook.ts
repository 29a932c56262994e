/**
 * A webhook: the event as the body, signed as Standard Webhooks have it; the answer is the event with its `response`.
 *
 * It says no with a 4xx and `{"errorMessage": "…"}`.
 */
import type { Clock } from '../base/clock.ts';
import type { OutgoingFetch } from '../base/fetch.ts';
import { signedHeaders } from '../base/standard-webhook.ts';
import { errorMessageIn, failed, parsed, refusedWith, type Bridge } from './call.ts';
import { post } from './posting.ts';

export function webhookBridge(
  { url, key }: { readonly url: string; readonly key: Uint8Array },
  { fetch, clock }: { readonly fetch: OutgoingFetch<'operator'>; readonly clock: Clock },
): Bridge {
  return async ({ event, id, limitMs }) => {
    const body = JSON.stringify(event);
    const headers = signedHeaders(key, { id: `msg_${id}`, at: clock.now(), body });
    const { answer, bytes } = await post(fetch, { url, headers, body, limitMs });
    if (answer.ok) return bytes;
    const message = answer.status >= 400 ? errorMessageOf(bytes) : undefined;
    throw message === undefined ? failed(`it answered ${answer.status}`) : refusedWith(message);
  };
}

/** Whatever stands before the receiver may answer in its stead, and not in JSON. */
function errorMessageOf(bytes: Uint8Array): string | undefined {
  try {
    return errorMessageIn(parsed(bytes));
  } catch {
    return undefined;
  }
}
