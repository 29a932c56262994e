/**
 * PostgreSQL as a process of the tests' own: its own data folder, port and socket; no server of the machine's is touched.
 *
 * The machine's binaries, else Debian's package; where neither is to be had the suite says so loudly and is not run, and with CI=true fails.
 * The tests of a run share one server, started when the first needs it; each test uses a database of its own. Tests that kill start another.
 */
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, type QueryResult } from 'pg';
import { describeWith, foundOrInstalled } from './needs.ts';
import { freePort } from './server.ts';

export interface Database {
  readonly url: string;
  /** Runs statements as a user other than the store would, and gives the rows of the last. */
  run(sql: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
  drop(): Promise<void>;
}
export interface PostgresServer {
  createDatabase(): Promise<Database>;
  /** `kill -9` of every process of the server. */
  kill(): Promise<void>;
  /** After `kill`, on the same data, folder and port. */
  start(): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

const ROOTS = ['/usr/lib/postgresql', '/opt/homebrew/opt', '/usr/local/opt', '/usr/pgsql'];
const USER = 'cognate';
const STARTS = 20;
const BETWEEN_STARTS_MS = 250;
const START_TRIES = 1200;

/** Where `initdb` and `postgres` are, the newest version first. */
function findBinaries(): string | undefined {
  const folders = ROOTS.filter((root) => existsSync(root)).flatMap((root) =>
    readdirSync(root)
      .toSorted((one, other) => parseFloat(other) - parseFloat(one))
      .map((version) => join(root, version, 'bin')),
  );
  return [...folders, '/usr/local/bin', '/usr/bin'].find(
    (folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')),
  );
}

/** A `describe` that needs PostgreSQL. @param tests take a fresh database, of the server that all share, in hooks or tests */
export function withPostgres(title: string, tests: (createDatabase: () => Promise<Database>) => void): void {
  const binaries = foundOrInstalled(findBinaries, ['postgresql']);
  describeWith(title, binaries, 'PostgreSQL is not installed and cannot be', () => {
    before(async function () {
      this.timeout(120_000); // The first one makes the server.
      await sharedServer();
    });
    tests(async () => (await sharedServer()).createDatabase());
  });
}

let shared: Promise<PostgresServer> | undefined;
/** Ends with the process. */
const sharedServer = (): Promise<PostgresServer> => (shared ??= startPostgres());

/** A server of its own; `stop` it. It ends with this process at the latest. */
export async function startPostgres(): Promise<PostgresServer> {
  const binaries = findBinaries();
  if (binaries === undefined) throw new Error('PostgreSQL is not installed');
  const folder = mkdtempSync(join(tmpdir(), 'cognate-postgres-'));
  const port = await freePort();
  const as = unprivileged();
  if (as) chownSync(folder, as.uid, as.gid);
  const data = join(folder, 'data');
  const initdb = ['-D', data, '-U', USER, '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
  execFileSync(join(binaries, 'initdb'), initdb, { ...as, cwd: folder, stdio: 'ignore' });
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: folder,
    // The tests end processes, not the machine: what was handed to the system is there after a restart.
    fsync: 'off',
    max_connections: 200,
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  let child: ChildProcess | undefined;
  const killNow = () => {
    const pid = child?.pid;
    if (pid === undefined || child?.exitCode !== null || child.signalCode !== null) return [];
    // Stopped, it has no more children between being asked for them and ending; one left behind would keep it from starting again.
    process.kill(pid, 'SIGSTOP');
    const pids = [pid, ...childrenOf(pid)];
    for (const each of pids) end(each);
    return pids;
  };
  const atExit = () => {
    killNow();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  const server = {
    createDatabase: () => createDatabase(port),
    async start() {
      // As whatever watches over a server does: a process of the one before may hold its memory or its port a moment longer.
      for (let left = STARTS; ; left -= 1) {
        child = spawn(join(binaries, 'postgres'), ['-D', data, ...args], {
          ...as,
          cwd: folder,
          stdio: 'ignore',
        });
        // The server must not keep the tests' process from ending.
        child.unref();
        try {
          return await answering(port, child);
        } catch (error) {
          if (child.exitCode === null || left === 1) throw error;
          await new Promise((resolve) => setTimeout(resolve, BETWEEN_STARTS_MS));
        }
      }
    },
    async kill() {
      const pids = killNow();
      await until(() => !pids.some(isAlive));
    },
    async stop() {
      process.off('exit', atExit);
      await server.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  process.on('exit', atExit);
  await server.start();
  return server;
}

let made = 0;
/** A schema of its own, which is made ten times faster than a database and is as good: the store never looks beyond it. */
async function createDatabase(port: number): Promise<Database> {
  const server = urlOf(port);
  made += 1;
  const name = `test_${made}`;
  const url = `${server}?options=${encodeURIComponent(`-c search_path=${name}`)}`;
  await runAt(server, `create schema ${name}`);
  return {
    url,
    run: (sql, values) => runAt(url, sql, values),
    drop: async () => void (await runAt(server, `drop schema ${name} cascade`)),
  };
}

const urlOf = (port: number): string => `postgres://${USER}@127.0.0.1:${port}/postgres`;

async function runAt(
  url: string,
  sql: string,
  values?: readonly unknown[],
): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  // A server that is killed meanwhile tells it twice: in the rejection, and in an event that nobody needs.
  client.on('error', () => {});
  await client.connect();
  try {
    // The types do not know that several statements in one text give several results.
    const results: QueryResult | QueryResult[] = await client.query(sql, values && [...values]);
    return [results].flat().at(-1)?.rows ?? [];
  } finally {
    await client.end();
  }
}

/** Resolves once the server takes connections. */
async function answering(port: number, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < START_TRIES; tries += 1) {
    if (child.exitCode !== null) throw new Error(`postgres ended with ${child.exitCode}`);
    try {
      await runAt(urlOf(port), 'select 1');
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
  throw new Error('postgres does not listen');
}

/** initdb and postgres refuse to run as root. */
function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const people = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const person = people.find(([name]) => name === 'postgres') ?? people.find(([name]) => name === 'nobody');
  return { uid: Number(person?.[2] ?? 65_534), gid: Number(person?.[3] ?? 65_534) };
}

/** Each of PostgreSQL's processes leads a group of its own, so that the group of the first does not name them. */
const childrenOf = (parent: number): number[] =>
  execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([pid, ppid]) => (pid !== undefined && ppid === parent ? [pid] : []));

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** False too for one that has ended and that nobody has asked after yet. */
function isAlive(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout.trim() !== '' && !stdout.trim().startsWith('Z');
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}
