/**
 * Which way a message goes: the one that is configured for its channel, else the outbox, else none.
 *
 * What cannot be delivered is told in the log, for whoever runs the program: the person only hears that it failed. Neither address nor code enters the log.
 */
import { readFileSync } from 'node:fs';
import type { Clock } from '../base/clock.ts';
import { isFailure } from '../base/failure.ts';
import type { OutgoingFetch } from '../base/fetch.ts';
import type { Log } from '../base/log.ts';
import { webhookKey } from '../base/standard-webhook.ts';
import type { Messages } from '../domain/ports/messages.ts';
import { fileOutbox, refusingMessages } from './outbox.ts';
import type { SmtpSettings } from './settings.ts';
import { webhookSms } from './sms.ts';
import { smtpMail } from './smtp.ts';

interface ChannelParts {
  readonly outboxFile?: string;
  readonly smtp?: SmtpSettings;
  readonly sms?: { readonly url: string };
  readonly secrets: { readonly smtpPassword?: string; readonly smsWebhook?: string };
  readonly fetch: OutgoingFetch<'operator'>;
  readonly clock: Clock;
  readonly log: Pick<Log, 'error'>;
}

/** Opens the ways that are configured; `close` ends their connections. */
export function openMessages(parts: ChannelParts): Messages & { close(): void } {
  const { outboxFile, smtp, sms, secrets, fetch, clock, log } = parts;
  const otherwise = outboxFile === undefined ? refusingMessages() : fileOutbox(outboxFile, clock);
  const mail =
    smtp &&
    smtpMail({
      ...smtp,
      password: secrets.smtpPassword,
      ca: smtp.caFile === undefined ? undefined : readFileSync(smtp.caFile, 'utf8'),
    });
  const key = webhookKey(secrets.smsWebhook ?? '');
  const ways: Readonly<Record<'email' | 'sms', Messages>> = {
    email: mail ?? otherwise,
    sms: sms && key ? webhookSms({ url: sms.url, key, fetch, clock }) : otherwise,
  };
  return {
    async send(message) {
      const { channel, kind, poolId } = message;
      try {
        await ways[channel].send(message);
      } catch (error) {
        if (isFailure(error, 'delivery-failed'))
          log.error({ event: 'message-not-delivered', ...error.facts, channel, kind, pool: poolId });
        throw error;
      }
    },
    close: () => mail?.close(),
  };
}
