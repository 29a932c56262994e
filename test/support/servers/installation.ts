/**
 * Installations as people run them: one embedded process, or two processes that share PostgreSQL and Redis behind a load balancer which
 * gives each request to the other one.
 *
 * What they run is `src/main.ts`; only the machine's clock may be put forward, and providers at fixed addresses may be stood in for. A journey
 * is told once and walked on both.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../../src/base/clock.ts';
import { newKeyringText } from '../../../src/token-keys/keyring.ts';
import { startBalancer } from './balancer.ts';
import { withPostgres, type Database } from './postgres.ts';
import { startProcess } from './process.ts';
import { freshPrefix, sharedRedis, withRedis } from './redis.ts';
import { clientsOf, freePort, type RunningServer, type ServerOptions } from './server.ts';

const SHIFTED_CLOCK = fileURLToPath(new URL('./shifted-clock.ts', import.meta.url));
const STAND_INS = fileURLToPath(new URL('../upstreams/stand-ins.ts', import.meta.url));

export interface InstallationOptions extends Pick<ServerOptions, 'environment' | 'tls' | 'host'> {
  /** Where providers at fixed addresses are instead, e.g. `{ 'https://www.facebook.com': 'http://127.0.0.1:4711' }`. */
  readonly standIns?: Readonly<Record<string, string>>;
}
export type StartInstallation<Started = Installation> = (options?: InstallationOptions) => Promise<Started>;

export interface Installation extends RunningServer {
  /** What was sent to people, oldest first. */
  readonly sent: readonly { readonly to: string; readonly kind: string; readonly code: string }[];
}

/** Two processes, whose processes one can end. */
export interface Pair extends Installation {
  /** Ends one as an operator does, or by `kill -9`; the balancer notices. */
  end(node: 0 | 1, how: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Starts one again that has ended. */
  begin(node: 0 | 1): Promise<void>;
}

/** `tests`, once for each kind of installation. */
export function onBoth(tests: (start: StartInstallation) => void): void {
  describe('on one embedded process', function () {
    this.timeout(60_000); // Processes are started.
    tests(startEmbedded);
  });
  onPair(tests);
}

/** `tests` on two processes that share their stores. */
export function onPair(tests: (start: StartInstallation<Pair>) => void): void {
  withPostgres('on two processes that share PostgreSQL', (createDatabase) =>
    withRedis('and Redis', () => {
      describe('with each request on the other one', function () {
        this.timeout(60_000);
        tests((options) => startPair(createDatabase, options));
      });
    }),
  );
}

async function startEmbedded(options: InstallationOptions = {}): Promise<Installation> {
  const { folder, clock, environment, imports } = prepare(options);
  const port = await freePort();
  const { url, settings } = addressOf(port, options);
  const cognate = await startProcess(
    {
      ...environment,
      ...settings,
      PORT: String(port),
      ...(options.tls && {
        COGNATE_TLS_CERT_FILE: options.tls.certFile,
        COGNATE_TLS_KEY_FILE: options.tls.keyFile,
      }),
    },
    { folder, imports },
  );
  const close = async () => {
    await cognate.stop();
    cognate.remove();
  };
  return installed({ url, port, folder, clock, close });
}

async function startPair(
  createDatabase: () => Promise<Database>,
  options: InstallationOptions = {},
): Promise<Pair> {
  const [database, redis] = await Promise.all([createDatabase(), sharedRedis()]);
  const pair = await startPairOn({ databaseUrl: database.url, redisUrl: redis.url }, options);
  const closePair = pair.close.bind(pair);
  return Object.assign(pair, {
    async close() {
      await closePair();
      await database.drop();
    },
  });
}

/** A pair on stores that are there already, and stay when it is closed. */
export async function startPairOn(
  stores: { readonly databaseUrl: string; readonly redisUrl: string },
  options: InstallationOptions = {},
): Promise<Pair> {
  const { folder, clock, environment, imports } = prepare(options);
  const port = await freePort();
  const { url, settings } = addressOf(port, options);
  const shared = { ...environment, ...settings, ...sharedStores(folder, stores) };
  const ports = [await freePort(), await freePort()];
  const startNode = (at: number) => startProcess({ ...shared, PORT: String(ports[at]) }, { folder, imports });
  const nodes = await Promise.all(ports.map((_, at) => startNode(at)));
  const balancer = await startBalancer({ port, ports, tls: options.tls });
  const close = async () => {
    await balancer.close();
    await Promise.all(nodes.map((node) => node.stop()));
    rmSync(folder, { recursive: true, force: true });
    // Otherwise nobody proves that both were asked.
    if (balancer.served.some((requests) => requests === 0)) throw new Error('a node was never asked');
  };
  return Object.assign(installed({ url, port, folder, clock, close }), {
    end: async (node: 0 | 1, how: 'SIGTERM' | 'SIGKILL') => {
      await (how === 'SIGTERM' ? nodes[node]!.stop() : nodes[node]!.kill());
    },
    begin: async (node: 0 | 1) => {
      nodes[node] = await startNode(node);
    },
  });
}

/** What processes need that share their stores. */
export function sharedStores(
  folder: string,
  { databaseUrl, redisUrl }: { databaseUrl: string; redisUrl: string },
): Readonly<Record<string, string>> {
  const keyring = join(folder, 'keyring.json');
  writeFileSync(keyring, newKeyringText(systemClock), { mode: 0o600 });
  return {
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    COGNATE_REDIS_PREFIX: freshPrefix(),
    COGNATE_KEYRING_FILE: keyring,
    COGNATE_TRUSTED_PROXIES: '127.0.0.1',
  };
}

/** A folder, and a clock that can be put forward for whatever runs in it. */
function prepare({ standIns }: InstallationOptions) {
  const folder = mkdtempSync(join(tmpdir(), 'cognate-'));
  const file = join(folder, 'clock');
  let ahead = 0;
  const write = () => writeFileSync(file, String(ahead).padEnd(16));
  write();
  const clock = {
    now: () => new Date(systemClock.now().getTime() + ahead * 1000),
    pass(seconds: number) {
      ahead += seconds;
      write();
    },
  };
  const environment = {
    SHIFTED_CLOCK_FILE: file,
    COGNATE_OUTGOING_ALLOW: '127.0.0.0/8,::1/128',
    COGNATE_OUTGOING_ALLOW_TENANTS: '127.0.0.0/8,::1/128',
    ...(standIns && { STAND_INS: JSON.stringify(standIns) }),
  };
  return { folder, clock, environment, imports: [SHIFTED_CLOCK, ...(standIns ? [STAND_INS] : [])] };
}

function addressOf(port: number, { tls, host = '127.0.0.1', environment }: InstallationOptions) {
  const url = `${tls ? 'https' : 'http'}://${host}:${port}`;
  return { url, settings: { COGNATE_PUBLIC_URL: url, COGNATE_HOST: '127.0.0.1', ...environment } };
}

function installed({
  folder,
  ...known
}: Omit<RunningServer, 'client' | 'clientAs'> & { readonly folder: string }): Installation {
  const { url, clock } = known;
  const outbox = join(folder, 'data', 'outbox.jsonl');
  return {
    ...known,
    get client() {
      return clientsOf(url, clock).client;
    },
    clientAs: clientsOf(url, clock).clientAs,
    get sent() {
      const text = existsSync(outbox) ? readFileSync(outbox, 'utf8') : '';
      return text
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line));
    },
  };
}
