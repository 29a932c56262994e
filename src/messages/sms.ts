/**
 * Text messages by webhook: the installation's own gateway is told what to send to whom.
 *
 * A signed POST (Standard Webhooks) of `{ type: 'message.sms', timestamp, data: { to, text, occasion, poolId } }`; any 2xx takes the message over. A try that fails for reasons that may pass is made once more, under the same
 * webhook-id, so that the receiver can tell it from a second message.
 * Source: standardwebhooks.com, specification.
 */
import type { Clock } from '../base/clock.ts';
import { Failure, isFailure } from '../base/failure.ts';
import type { FetchFailure, OutgoingFetch } from '../base/fetch.ts';
import { newUuid } from '../base/ids.ts';
import { signedHeaders } from '../base/standard-webhook.ts';
import type { Messages, MessagesFailure } from '../domain/ports/messages.ts';

const TRIES = 2;
const NUMBER = /^\+\d{2,15}$/;
const TOO_MANY_REQUESTS = 429;

interface WebhookSmsParts {
  readonly url: string;
  /** What calls are signed with. */
  readonly key: Uint8Array;
  readonly fetch: OutgoingFetch<'operator'>;
  readonly clock: Clock;
}

const failed = (reason: string, cause?: unknown) =>
  new Failure<MessagesFailure>('delivery-failed', { channel: 'sms', reason }, { cause });

export function webhookSms({ url, key, fetch, clock }: WebhookSmsParts): Messages {
  /** One try. @returns what went wrong in a way that may pass. @throws Failure `delivery-failed` for what will not */
  async function post(id: string, body: string): Promise<Failure<MessagesFailure> | undefined> {
    const headers = {
      'content-type': 'application/json',
      ...signedHeaders(key, { id, at: clock.now(), body }),
    };
    try {
      const { ok, status } = await fetch(url, { method: 'POST', headers, body, redirect: 'manual' });
      if (ok) return undefined;
      const refusal = failed(`the webhook answered ${status}`);
      if (status < 500 && status !== TOO_MANY_REQUESTS) throw refusal;
      return refusal;
    } catch (error) {
      if (isFailure<FetchFailure>(error, 'fetch-failed', 'fetch-timeout')) return failed(error.kind, error);
      if (isFailure<FetchFailure>(error, 'fetch-refused', 'fetch-too-large')) throw failed(error.kind, error);
      throw error;
    }
  }

  return {
    async send({ to, text, kind, poolId }) {
      if (!NUMBER.test(to)) throw failed('the recipient is not one phone number');
      const id = `msg_${newUuid()}`;
      const body = JSON.stringify({
        type: 'message.sms',
        timestamp: clock.now().toISOString(),
        data: { to, text, occasion: kind, poolId },
      });
      let last: Failure<MessagesFailure> | undefined;
      for (let tries = 0; tries < TRIES; tries += 1) {
        last = await post(id, body);
        if (!last) return;
      }
      throw last;
    },
  };
}
