/**
 * The whole program on a free loopback port, in this process, with a clock that stands still until it is told to move.
 *
 * Only the outside is stood in for: messages are caught in a list instead of being sent. Everything else is what `npm start` runs.
 */
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { build } from '../../../src/build.ts';
import type { Clock } from '../../../src/base/clock.ts';
import { createFetches } from '../../../src/base/fetch.ts';
import { createLog } from '../../../src/base/log.ts';
import { loadConfig } from '../../../src/config.ts';
import type { MessageLimitSettings } from '../../../src/domain/notifications/message-limits.ts';
import type { Outside } from '../../../src/nouns.ts';
import type { Sealer } from '../../../src/domain/ports/sealer.ts';
import type { Message } from '../../../src/domain/ports/messages.ts';
import { openTriggers } from '../../../src/triggers/index.ts';
import { listen } from '../../../src/ops/listen.ts';
import { openPasswordHash } from '../../../src/password-hash/index.ts';
import { inProcessBus } from '../../../src/stores/in-process-bus.ts';
import { memoryExpiring, memoryRecords } from '../../../src/stores/memory.ts';
import type { Storage } from '../../../src/stores/storage.ts';
import { keyringFrom, newKeyringText } from '../../../src/token-keys/keyring.ts';

export const ROOT = {
  accessKeyId: 'AKIATESTROOT00000000',
  secretAccessKey: 'a-root-secret-that-only-these-tests-know',
};
export const REGION = 'us-east-1';
export const ACCOUNT = '123456789012';

/**
 * A clock that moves only by `pass`. It starts at the real time, because real clients sign with
 * theirs; at that of the first look at it, because suites that are declared together run one after
 * another, and SDK clients do not believe a server that is five minutes behind.
 */
export function stillClock(start?: Date): Clock & { pass(seconds: number): void } {
  let now = start?.getTime();
  const present = (): number => (now ??= new Date().getTime());
  return {
    now: () => new Date(present()),
    pass(seconds) {
      now = present() + seconds * 1000;
    },
  };
}

/** The ARN by which a pool names a function of `ServerOptions.functions`. */
export const functionArn = (name: string): string => `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`;

/** The event as a function gets it. */
// oxlint-disable-next-line typescript/no-explicit-any -- each trigger has its own request and response, and tests look at all of them
export type TriggerHandler = (event: any) => Promise<unknown>;

export interface ServerOptions {
  /** More of the environment, e.g. `{ COGNATE_ISSUER: 'aws' }`. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Plain stores; fresh ones in memory when absent. */
  readonly store?: Partial<Omit<Storage, 'close'>>;
  readonly clock?: ReturnType<typeof stillClock>;
  /** Of several servers on one store; a fresh one when absent. */
  readonly sealer?: Sealer;
  /** In place of Google, Facebook and Amazon. */
  readonly standIns?: Outside['standIns'];
  /** What functions that pools name as triggers do, by name; called as modules are. */
  readonly functions?: Readonly<Record<string, TriggerHandler>>;
  /** Asked before each message is sent; what it throws, the delivery throws. */
  readonly deliver?: (message: Message) => Promise<void>;
  /** In place of config/default.yaml's. */
  readonly messageLimits?: Partial<MessageLimitSettings>;
  /** In place of config/default.yaml's. */
  readonly guestsPerAddress?: number;
  /** The root access key; ROOT when absent. */
  readonly root?: Outside['root'];
  /** PEM files; with them the server speaks TLS. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
  /** Gets every line of the log, as it was written; the log is silent but for errors when absent. */
  readonly logged?: object[];
  /** Told apart from 127.0.0.1 by the URL only, e.g. `localhost`. */
  readonly host?: string;
  /** Of a server that was closed, whose place it takes. */
  readonly port?: number;
}

export type TestServer = Awaited<ReturnType<typeof startServer>>;

/** Shared by all servers of this process: its threads need a while to start. Idle, it keeps no process alive. */
export const passwordHash = openPasswordHash();

/** Starts a server of its own; `close` it in `after`. */
export async function startServer(options: ServerOptions = {}) {
  const clock = options.clock ?? stillClock();
  const port = options.port ?? (await freePort());
  const url = `${options.tls ? 'https' : 'http'}://${options.host ?? '127.0.0.1'}:${port}`;
  const loaded = loadConfig({
    PORT: String(port),
    COGNATE_PUBLIC_URL: url,
    COGNATE_OUTGOING_ALLOW: '127.0.0.0/8,::1/128',
    COGNATE_OUTGOING_ALLOW_TENANTS: '127.0.0.0/8,::1/128',
    COGNATE_LOG_LEVEL: 'error',
    // One process is all clients of a suite, and each of its SDK clients keeps connections of its own.
    COGNATE_MAX_CONNECTIONS_PER_ADDRESS: '20000',
    ...(options.tls && {
      COGNATE_TLS_CERT_FILE: options.tls.certFile,
      COGNATE_TLS_KEY_FILE: options.tls.keyFile,
    }),
    ...options.environment,
  });
  const config = {
    ...loaded,
    limits: {
      ...loaded.limits,
      guestsPerAddress: options.guestsPerAddress ?? loaded.limits.guestsPerAddress,
      messages: { ...loaded.limits.messages, ...options.messageLimits },
    },
  };
  const sent: Message[] = [];
  const { functions = {} } = options;
  const triggers = await openTriggers({
    ...config.triggers,
    ...(options.functions && {
      functions: Object.fromEntries(
        Object.keys(functions).map((name) => [name, { module: `file:/${name}` }]),
      ),
      load: async (url: string) => ({ handler: functions[url.slice(url.lastIndexOf('/') + 1)] }),
    }),
    secrets: config.secrets.webhooks,
    fetch: createFetches(config.outgoing).operator,
    clock,
  });
  const program = build({
    config,
    clock,
    log: options.logged ? logInto(options.logged) : createLog(config.log.level),
    storage: { ...memoryStorage(clock), ...options.store },
    sealer: options.sealer ?? keyringFrom(newKeyringText(clock)),
    passwordHash,
    messages: {
      async send(message) {
        await options.deliver?.(message);
        sent.push(message);
      },
    },
    triggers,
    root: options.root ?? ROOT,
    standIns: options.standIns,
  });
  await program.load();
  const listening = await listen(program.answer, config.server);

  return {
    url,
    port,
    clock,
    config,
    /** What was sent to people, oldest first. */
    sent,
    /** Resolves once what the server left to do after its answers is done. */
    settled: () => program.settled(),
    /** Does now what the server else does once in a minute. */
    tend: () => program.tend(),
    get client() {
      return clientsOf(url, clock).client;
    },
    clientAs: clientsOf(url, clock).clientAs,
    async close() {
      await listening.drain(0);
      await program.close();
    },
  };
}

const logInto = (lines: object[]) =>
  createLog('info', { write: (line: string) => void lines.push(JSON.parse(line) as object) });

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** What tests need of a server, however it runs. */
export interface RunningServer extends ReturnType<typeof clientsOf> {
  readonly url: string;
  readonly port: number;
  readonly clock: ReturnType<typeof stillClock>;
  close(): Promise<void>;
}

/** What points AWS SDK clients at a server; they sign by its clock as it stands when they are made. */
export const clientsOf = (url: string, clock: Clock) => ({
  /** Options for any AWS SDK client, as root. */
  get client() {
    return clientOptions(url, clock, ROOT);
  },
  /** The same with other credentials. */
  clientAs: (credentials: Credentials) => clientOptions(url, clock, credentials),
});

function clientOptions(endpoint: string, clock: Clock, credentials: Credentials) {
  const systemClockOffset = clock.now().getTime() - new Date().getTime();
  return { endpoint, region: REGION, credentials, maxAttempts: 1, systemClockOffset };
}

/** Stores of one process that are gone with it. */
function memoryStorage(clock: Clock): Omit<Storage, 'close'> {
  return {
    records: memoryRecords(clock),
    expiring: memoryExpiring(clock),
    bus: inProcessBus(),
    isShared: false,
    history: async () => 'memory',
    isHealthy: async () => true,
  };
}

/** A port that nothing listens on. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
