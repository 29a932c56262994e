/**
 * A real mail server on loopback, which keeps what it takes, and is as slow or as unwilling as a test wants it.
 */
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';

const TLS = join(import.meta.dirname, '..', 'tls');
/** Vouches for the server's certificate, which is for `localhost`. */
export const CA_FILE = join(TLS, 'cert.pem');

export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly user: string | undefined;
  readonly isSecure: boolean;
  /** As it came. */
  readonly raw: string;
  /** By name in lower case, unfolded; of a name that comes twice, both. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  /** Decoded, by type. */
  readonly parts: Readonly<Record<string, string>>;
}
export interface MailServerOptions {
  readonly implicitTls?: boolean;
  readonly offersTls?: boolean;
  readonly user?: string;
  readonly password?: string;
  /** Recipients that are refused. */
  readonly refuses?: readonly string[];
  /** Takes no message until it is told to; or, given a text, no message to an address that ends so. */
  readonly stalls?: boolean | string;
}

export async function startMailServer(options: MailServerOptions = {}) {
  const mails: Mail[] = [];
  let connections = 0;
  const stalled: (() => void)[] = [];
  const stalls = ({ envelope }: SMTPServerSession): boolean =>
    typeof options.stalls === 'string'
      ? envelope.rcptTo.some(({ address }) => address.endsWith(String(options.stalls)))
      : options.stalls === true;
  const server = new SMTPServer({
    secure: options.implicitTls ?? false,
    key: readFileSync(join(TLS, 'key.pem')),
    cert: readFileSync(CA_FILE),
    authOptional: options.user === undefined,
    disabledCommands: options.offersTls ? [] : ['STARTTLS'],
    hideSTARTTLS: !options.offersTls,
    // Clients decide about clear text; that ours does not is what is tested.
    allowInsecureAuth: true,
    disableReverseLookup: true,
    closeTimeout: 1,
    onConnect(_session, answer) {
      connections += 1;
      answer();
    },
    onAuth({ username, password }, _session, answer) {
      if (username === options.user && password === options.password) answer(null, { user: username });
      else answer(new Error('no such user'));
    },
    onRcptTo({ address }, _session, answer) {
      answer(
        options.refuses?.includes(address)
          ? Object.assign(new Error('no mailbox'), { responseCode: 550 })
          : null,
      );
    },
    onData(stream, session, answer) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const take = () => {
          mails.push(mailOf(Buffer.concat(chunks).toString('utf8'), session));
          answer(null);
        };
        if (stalls(session)) stalled.push(take);
        else take();
      });
    },
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.server.address() as AddressInfo).port,
    mails,
    connections: () => connections,
    /** Messages that came and are not taken yet. */
    waiting: () => stalled.length,
    release: () => stalled.splice(0).forEach((take) => take()),
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
export type MailServer = Awaited<ReturnType<typeof startMailServer>>;

function mailOf(raw: string, { envelope, user, secure }: SMTPServerSession): Mail {
  const { headers, body } = partOf(raw);
  return {
    from: envelope.mailFrom ? envelope.mailFrom.address : '',
    to: envelope.rcptTo.map(({ address }) => address),
    user,
    isSecure: secure,
    raw,
    headers,
    parts: bodiesOf(headers, body),
  };
}

function partOf(raw: string): { headers: Record<string, string[]>; body: string } {
  const end = raw.indexOf('\r\n\r\n');
  const headers: Record<string, string[]> = {};
  for (const line of raw
    .slice(0, end)
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n')) {
    const name = line.slice(0, line.indexOf(':')).toLowerCase();
    (headers[name] ??= []).push(line.slice(line.indexOf(':') + 1).trim());
  }
  return { headers, body: raw.slice(end + 4) };
}

function bodiesOf(headers: Record<string, string[]>, body: string): Record<string, string> {
  const type = headers['content-type']?.[0] ?? 'text/plain';
  const [, boundary] = /boundary="([^"]+)"/.exec(type) ?? [];
  if (boundary === undefined) return { [type.split(';')[0]!]: decoded(headers, body) };
  return Object.assign(
    {},
    ...body
      .split(`--${boundary}`)
      .slice(1, -1)
      .map((each) => partOf(each.replace(/^\r\n/, '')))
      .map((part) => bodiesOf(part.headers, part.body)),
  ) as Record<string, string>;
}

function decoded(headers: Record<string, string[]>, body: string): string {
  const text = body.replace(/\r\n$/, '');
  switch (headers['content-transfer-encoding']?.[0]) {
    case 'base64':
      return Buffer.from(text, 'base64').toString('utf8');
    case 'quoted-printable': {
      const bytes = text
        .replace(/=\r\n/g, '')
        .replace(/=([0-9A-F]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
      return Buffer.from(bytes, 'latin1').toString('utf8');
    }
    default:
      return text;
  }
}
