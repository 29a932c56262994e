/**
 * The program as a process of its own, in a folder of its own: what `npm start` runs, seen from outside.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, ROOT } from './server.ts';

export const MAIN = join(import.meta.dirname, '..', '..', '..', 'src', 'main.ts');

export interface ProcessOptions {
  /** Where an earlier process ran; a fresh one when absent. */
  readonly folder?: string;
  /** Modules that are loaded before the program. */
  readonly imports?: readonly string[];
}
export type CognateProcess = Awaited<ReturnType<typeof startProcess>>;

/**
 * Starts the program and resolves once it is ready; rejects with what it said when it ends before.
 */
export async function startProcess(
  environment: Readonly<Record<string, string>> = {},
  { folder = mkdtempSync(join(tmpdir(), 'cognate-')), imports = [] }: ProcessOptions = {},
) {
  const port = Number(environment['PORT'] ?? (await freePort()));
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(process.execPath, [...imports.flatMap((each) => ['--import', each]), MAIN], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      PORT: String(port),
      COGNATE_PUBLIC_URL: url,
      COGNATE_ROOT_ACCESS_KEY_ID: ROOT.accessKeyId,
      COGNATE_ROOT_SECRET_ACCESS_KEY: ROOT.secretAccessKey,
      COGNATE_KEYRING_FILE: join(folder, 'keyring.json'),
      COGNATE_LOG_LEVEL: 'warn',
      COGNATE_MAX_CONNECTIONS_PER_ADDRESS: '20000',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let logged = '';
  child.stdout.on('data', (chunk: Buffer) => (logged += chunk.toString()));
  const said = await untilReady(child);

  return {
    url,
    /** What it said up to being ready. */
    said,
    /** Its log so far. */
    logged: () => logged,
    folder,
    child,
    /** Messages sent so far, oldest first. */
    sent: (): readonly { to: string; kind: string; code: string }[] =>
      readFileSync(join(folder, 'data', 'outbox.jsonl'), 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
    /** Ends the process as an operator would, and resolves with its exit code. */
    stop: () => ended(child, 'SIGTERM'),
    kill: () => ended(child, 'SIGKILL'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/**
 * Resolves once the program says that it is ready, with all it said; rejects with that when it ends before.
 */
export function untilReady(child: ChildProcess): Promise<string> {
  let said = '';
  return new Promise((resolve, reject) => {
    const hear = (chunk: Buffer) => {
      said += chunk.toString();
      if (/Cognate is ready.*\n/.test(said)) resolve(said);
    };
    child.stderr?.on('data', hear);
    child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.once('exit', (code) => reject(new Error(`ended with ${code}: ${said}`)));
  });
}

/** Sends the signal and resolves with the exit code. */
export function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => {
    child.once('exit', (code) => resolve(code));
    child.kill(signal);
  });
}
