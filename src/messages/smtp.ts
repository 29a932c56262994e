/**
 * E-mail by SMTP: one message to one person, handed to the installation's mail server.
 *
 * TLS with a verified certificate, or nothing is sent; only a server at a loopback address may go without. Addresses are read by addresses.ts before the library sees them. A message that is not
 * taken within its seconds is withdrawn, and one that waits behind too many others is not taken at all: whoever waits for a code waits at a request.
 * Source: RFC 5321, RFC 3207, RFC 8314; RFC 3834, 5 (Auto-Submitted).
 */
import { createTransport } from 'nodemailer';
import { Failure } from '../base/failure.ts';
import type { Message, Messages, MessagesFailure } from '../domain/ports/messages.ts';
import { domainOf, isMailbox, readSender, type Sender } from './addresses.ts';
import type { SmtpSettings } from './settings.ts';

const CONNECTION_MS = 5000;
const SILENCE_MS = 10_000;
const MESSAGE_MS = 20_000;
/** More than one pool's messages may take (domain/notifications/delivery.ts). */
const CONNECTIONS = 20;
const MESSAGES_A_CONNECTION = 100;
const MOST_WAITING = 1000;
const MOST_SUBJECT_CHARACTERS = 1000;

export interface SmtpParts extends Omit<SmtpSettings, 'caFile'> {
  readonly password?: string;
  /** PEM of who vouches for the server, in place of the system's authorities. */
  readonly ca?: string;
  /** How long one message may take; MESSAGE_MS when absent. */
  readonly limitMs?: number;
}
export type SmtpMail = Messages & { close(): void };

const failed = (reason: string, cause?: unknown) =>
  new Failure<MessagesFailure>('delivery-failed', { channel: 'email', reason }, { cause });

/** Sends through the mail server; `close` ends its connections. */
export function smtpMail(parts: SmtpParts): SmtpMail {
  const { limitMs = MESSAGE_MS } = parts;
  const transport = createTransport({
    pool: true,
    host: parts.host,
    port: parts.port,
    secure: parts.tls === 'implicit',
    requireTLS: parts.tls === 'starttls',
    ignoreTLS: parts.tls === 'none',
    tls: { rejectUnauthorized: true, minVersion: 'TLSv1.2', ca: parts.ca },
    auth: parts.user === undefined ? undefined : { user: parts.user, pass: parts.password },
    maxConnections: CONNECTIONS,
    maxMessages: MESSAGES_A_CONNECTION,
    maxRequeues: 1,
    connectionTimeout: CONNECTION_MS,
    greetingTimeout: CONNECTION_MS,
    dnsTimeout: CONNECTION_MS,
    socketTimeout: SILENCE_MS,
    // A message is text; what looks like a file or an address in one is never fetched.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  let waiting = 0;

  return {
    async send(message) {
      const letter = letterOf(message, parts);
      if (waiting >= MOST_WAITING) throw failed('too many messages are waiting for the mail server');
      waiting += 1;
      try {
        await transport.sendMail({ ...letter, signal: AbortSignal.timeout(limitMs) });
      } catch (error) {
        throw failed(reasonOf(error), error);
      } finally {
        waiting -= 1;
      }
    },
    close: () => transport.close(),
  };
}

/** What the library is given. @throws Failure `delivery-failed` for what is no single plain address */
function letterOf({ to, from, replyTo, subject = '', text, html }: Message, parts: SmtpParts) {
  if (!isMailbox(to)) throw failed('the recipient is not one plain address');
  if (replyTo !== undefined && !isMailbox(replyTo))
    throw failed('the reply address is not one plain address');
  // A line break would begin another header.
  if (/\p{Cc}/u.test(subject) || subject.length > MOST_SUBJECT_CHARACTERS)
    throw failed('the subject is not one line');
  const sender = senderOf(from, parts);
  return {
    from: sender,
    to: { name: '', address: to },
    replyTo: replyTo === undefined ? undefined : { name: '', address: replyTo },
    // Nothing in a header decides who gets the message.
    envelope: { from: sender.address, to: [to] },
    subject,
    text,
    html,
    headers: { 'Auto-Submitted': 'auto-generated' },
  };
}

/**
 * The pool's own sender, or the installation's.
 *
 * A pool may not speak for a domain that the installation does not own up to: whoever can make pools could write as anybody.
 */
function senderOf(asked: string | undefined, { from, domains }: SmtpParts): Sender {
  const usual = readSender(from);
  const sender = asked === undefined ? usual : readSender(asked);
  if (!sender || !usual) throw failed('the sender is not one plain address');
  const own = [domainOf(usual.address), ...domains];
  if (!own.includes(domainOf(sender.address))) throw failed('the sender is of a domain that is not allowed');
  return sender;
}

/** The library's word for it, and the server's number; never the server's text, which repeats addresses. */
function reasonOf(error: unknown): string {
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown };
  return [code, responseCode]
    .filter((each) => typeof each === 'string' || typeof each === 'number')
    .join(' ');
}
