/**
 * The log: one line of JSON an event, to standard output.
 *
 * Lines are written together, at latest after a tenth of a second and at the end of the process: a write for each would cost a sign-in more than its checks do.
 * Redaction by name is the second fence; the first is that no caller hands a secret over. It is ours because a line is looked through once, not once for each name.
 */
import { destination, pino, stdSerializers, type DestinationStream, type Logger } from 'pino';

export type Log = Logger;

const BUFFERED_BYTES = 4096;
const FLUSH_MS = 100;
const CENSORED = '[redacted]';
/** How many levels of an entry are looked through: more than any has. */
const DEEPEST = 6;
const SECRETS: ReadonlySet<string> = new Set([
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
]);

/**
 * @param level pino's: `silent`, `error`, `warn`, `info`, `debug`
 * @param output standard output unless said
 */
export function createLog(level: string, output: DestinationStream = standardOutput()): Log {
  return pino(
    {
      level,
      base: null,
      formatters: { log: (entry) => redacted(entry, DEEPEST) },
      // Errors are written out above, under whatever name they come.
      serializers: { err: (error: unknown) => error },
    },
    output,
  );
}

function standardOutput(): DestinationStream {
  const output = destination({ dest: 1, sync: false, minLength: BUFFERED_BYTES });
  setInterval(() => output.flush(), FLUSH_MS).unref();
  return output;
}

/** `members`, `deep` levels of them without secrets, and with errors in words; the same object where there are none. */
function redacted<Members extends object>(members: Members, deep: number): Members {
  let copy: Members | undefined;
  for (const [name, value] of Object.entries(members)) {
    const shown = SECRETS.has(name) ? CENSORED : shownOf(value, deep - 1);
    if (shown !== value) copy = Object.assign(copy ?? copyOf(members), { [name]: shown });
  }
  return copy ?? members;
}

const copyOf = <Members extends object>(members: Members): Members =>
  Array.isArray(members) ? Object.assign([], members) : { ...members };

function shownOf(value: unknown, deep: number): unknown {
  if (deep <= 0 || typeof value !== 'object' || value === null) return value;
  return redacted(value instanceof Error ? stdSerializers.err(value) : value, deep);
}
