/**
 * What an installation says about delivery: the mail server, the webhook for text messages.
 *
 * config/default.yaml tells what each setting means; passwords and secrets are split off by config.ts.
 */
import { z } from 'zod';
import { isLoopback } from '../base/ip.ts';
import { webhookKey } from '../base/standard-webhook.ts';
import { readSender } from './addresses.ts';

const IMPLICIT_TLS_PORT = 465;
const DOMAIN = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;

const smtp = z.strictObject({
  host: z.string().min(1).max(253),
  port: z.coerce.number().int().min(1).max(65_535).optional(),
  tls: z.enum(['implicit', 'starttls', 'none']).optional(),
  /** PEM. */
  caFile: z.string().min(1).optional(),
  user: z.string().min(1).max(256).optional(),
  password: z.string().min(1).max(1024).optional(),
  from: z
    .string()
    .refine((text) => readSender(text) !== undefined, 'must be an address, or a name and <address>'),
  domains: z.array(z.string().regex(DOMAIN, 'must be a domain in lower case')).max(1000).optional(),
});
const sms = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .refine((text) => !new URL(text).username && !new URL(text).password, 'must not carry credentials'),
  secret: z
    .string()
    .refine((text) => webhookKey(text) !== undefined, 'must be whsec_ and 24 to 64 bytes in base64')
    .optional(),
});
export const messagesSettings = z
  .strictObject({
    outboxFile: z.string().min(1).optional(),
    smtp: smtp.optional(),
    sms: sms.optional(),
  })
  .nullish();
type Settings = z.infer<typeof messagesSettings>;

/** A mail server, without its password. */
export interface SmtpSettings {
  readonly host: string;
  readonly port: number;
  readonly tls: 'implicit' | 'starttls' | 'none';
  readonly caFile?: string;
  readonly user?: string;
  /** What letters come from whose pool names no sender. */
  readonly from: string;
  /** Whose addresses a pool may name as its sender, besides those of the domain of `from`. */
  readonly domains: readonly string[];
}

/** What no single member can say. */
export function messagesFaults(settings: Settings): string[] {
  const faults: string[] = [];
  const { smtp: mail, sms: webhook } = settings ?? {};
  if (mail && Boolean(mail.user) !== Boolean(mail.password))
    faults.push('messages.smtp.user, messages.smtp.password: give both or neither');
  // Codes and the password would cross a network in clear.
  if (mail?.tls === 'none' && !isLoopback(mail.host))
    faults.push('messages.smtp.tls: may be none at a loopback address only');
  if (webhook && webhook.secret === undefined)
    faults.push('messages.sms.secret: must be given, so that the receiver can know whose calls they are');
  return faults;
}

/** The mail server with what follows from its address where nothing is said. */
export function smtpSettings(settings: Settings): SmtpSettings | undefined {
  if (!settings?.smtp) return undefined;
  const { password: _, tls, port, domains = [], ...mail } = settings.smtp;
  const isLocal = isLoopback(mail.host);
  const usual = port === IMPLICIT_TLS_PORT ? 'implicit' : isLocal ? 'none' : 'starttls';
  const chosen = tls ?? usual;
  return { ...mail, tls: chosen, port: port ?? (chosen === 'implicit' ? IMPLICIT_TLS_PORT : 587), domains };
}
