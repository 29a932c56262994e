/**
 * The log: one line of JSON an event, to standard output.
 *
 * Redaction by name is the second fence; the first is that no caller hands a secret over.
 */
import { pino, type Logger } from 'pino';

export type Log = Logger;

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
  return pino({
    level,
    base: null,
    redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' },
  });
}
