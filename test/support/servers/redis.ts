/**
 * redis-server as a process of the tests' own, in a folder and on a port of its own, writing to disk before it answers.
 *
 * The machine's binary, else Debian's package; where neither is to be had the suite says so loudly and is not run, and with CI=true fails.
 * No other Redis of the machine is ever spoken to. One server is shared by all who ask for no settings of their own; each of them takes a
 * key prefix of its own.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as elapsed } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { describeWith, foundOrInstalled } from './needs.ts';
import { freePort } from './server.ts';

const BINARIES = ['/usr/bin/redis-server', '/usr/local/bin/redis-server', '/opt/homebrew/bin/redis-server'];
const running = new Set<ChildProcess>();
const folders = new Set<string>();
let binary: string | undefined;
let shared: Promise<RedisServer> | undefined;

export type RedisServer = Awaited<ReturnType<typeof startRedis>>;

/** A `describe` that needs Redis. */
export function withRedis(title: string, tests: () => void): void {
  describeWith(title, findRedis(), 'redis-server is not installed and cannot be', tests);
}

/** The server of all; it ends with the process, which runs many files of tests. */
export function sharedRedis(): Promise<RedisServer> {
  return (shared ??= startRedis());
}

export const freshPrefix = (): string => `test-${randomBytes(6).toString('hex')}:`;

/** Starts a server. @param settings more of its arguments, e.g. `{ 'appendfsync': 'everysec' }` */
export async function startRedis(settings: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'cognate-redis-'));
  folders.add(folder);
  const port = await freePort();
  const all: Readonly<Record<string, string>> = {
    port: String(port),
    bind: '127.0.0.1',
    dir: folder,
    appendonly: 'yes',
    appendfsync: 'always',
    save: '',
    'maxmemory-policy': 'noeviction',
    ...settings,
  };
  const words = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]);
  const address = { port, ...(all['requirepass'] !== undefined && { password: all['requirepass'] }) };
  let child = await launch(words, address);

  return {
    port,
    folder,
    url: `redis://127.0.0.1:${port}`,
    /** One command, over a connection of its own. */
    ask: async (command: string, ...args: readonly (string | number)[]): Promise<unknown> => {
      const client = new Redis(address);
      try {
        return await client.call(command, ...args);
      } finally {
        client.disconnect();
      }
    },
    /** Ends it as `kill -9` does. */
    kill: () => ended(child, 'SIGKILL'),
    /** Stops its work without ending it, until `go`. */
    halt: () => child.kill('SIGSTOP'),
    go: () => child.kill('SIGCONT'),
    /** Starts it again on the same port, with what its folder holds. */
    async restart() {
      child = await launch(words, address);
    },
    async stop() {
      child.kill('SIGCONT');
      await ended(child, 'SIGTERM');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A server that follows `primary`, once it has all that is there. */
export async function startReplica(primary: RedisServer): Promise<RedisServer> {
  // It would wait five seconds for others that might follow too.
  await primary.ask('CONFIG', 'SET', 'repl-diskless-sync-delay', 0);
  const replica = await startRedis();
  await replica.ask('REPLICAOF', '127.0.0.1', primary.port);
  while (!String(await primary.ask('INFO', 'replication')).includes('state=online')) await elapsed(20);
  return replica;
}

/** A Redis Cluster of one node, which has all slots. */
export async function startClusterNode(): Promise<RedisServer> {
  // Its second port, for other nodes, would by itself be 10,000 above the first, where there may be none.
  const node = await startRedis({ 'cluster-enabled': 'yes', 'cluster-port': String(await freePort()) });
  await node.ask('CLUSTER', 'ADDSLOTSRANGE', 0, 16383);
  // It takes a moment to see that it is complete.
  while (!String(await node.ask('CLUSTER', 'INFO')).includes('cluster_state:ok'));
  return node;
}

async function launch(
  words: readonly string[],
  address: { port: number; password?: string },
): Promise<ChildProcess> {
  const child = spawn(findRedis() ?? 'redis-server', words, { stdio: 'ignore' });
  // The server must not keep the tests' process from ending.
  child.unref();
  running.add(child);
  const client = new Redis({ ...address, maxRetriesPerRequest: null, retryStrategy: () => 20 });
  client.on('error', () => {});
  const gone = new Promise<never>((_, reject) => {
    child.once('exit', (code) => {
      running.delete(child);
      reject(new Error(`redis-server ended with ${code}`));
    });
  });
  try {
    await Promise.race([client.ping(), gone]);
  } finally {
    gone.catch(() => {});
    client.disconnect();
  }
  return child;
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await exit;
}

const findRedis = (): string | undefined =>
  (binary ??= foundOrInstalled(() => BINARIES.find((each) => existsSync(each)), ['redis-server']));

process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
