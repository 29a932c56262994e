/**
 * nginx as a process of the tests' own, in a folder and on a port of its own.
 *
 * The machine's binary, else Debian's package; where neither is to be had the suite says so loudly and is not run, and with CI=true fails.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWith, foundOrInstalled } from './needs.ts';
import { listening } from './listening.ts';
import { freePort } from './server.ts';

const BINARIES = ['/usr/sbin/nginx', '/usr/bin/nginx', '/usr/local/bin/nginx', '/opt/homebrew/bin/nginx'];

/** A `describe` that needs nginx. */
export function withNginx(title: string, tests: (binary: string) => void): void {
  const binary = foundOrInstalled(() => BINARIES.find((each) => existsSync(each)), ['nginx-light']);
  describeWith(title, binary, 'nginx is not installed and cannot be', tests);
}

/** Starts nginx with these locations in one server. */
export async function startNginx(binary: string, locations: string) {
  const folder = mkdtempSync(join(tmpdir(), 'nginx-'));
  const port = await freePort();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join('\n');
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log warn;
     events { worker_connections 64; }
     http { access_log off; ${temporary} server { listen 127.0.0.1:${port}; ${locations} } }`,
  );
  const child = spawn(binary, ['-c', join(folder, 'nginx.conf'), '-p', folder], { stdio: 'ignore' });
  await listening(port, child);
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
