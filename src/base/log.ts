/**
 * The log: one line of JSON an event, to standard output.
 *
 * Lines are written together, at latest after a tenth of a second and at the end of the process: a write for each would cost a sign-in more than its checks do.
 * Redaction by name is the second fence; the first is that no caller hands a secret over.
 */
import { destination, pino, type Logger } from 'pino';

export type Log = Logger;

const BUFFERED_BYTES = 4096;
const FLUSH_MS = 100;
const SECRETS = [
  'password',
  'secret',
  'token',
  'code',
  'authorization',
  'cookie',
  'secretAccessKey',
  'sessionToken',
  'accessToken',
  'idToken',
  'refreshToken',
  'clientSecret',
  'verifier',
  'session',
];

/** @param level pino's: `silent`, `error`, `warn`, `info`, `debug` */
export function createLog(level: string): Log {
  const output = destination({ dest: 1, sync: false, minLength: BUFFERED_BYTES });
  setInterval(() => output.flush(), FLUSH_MS).unref();
  return pino(
    {
      level,
      base: null,
      redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' },
    },
    output,
  );
}
