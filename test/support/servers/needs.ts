/**
 * What a suite needs of its machine: found there, else installed, else the suite stands as not run, with a loud line; with CI=true it fails.
 */
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const LOCK = join(tmpdir(), 'cognate-tests-apt.lock');
const INSTALL_MS = 300_000;
const isRequired = process.env['CI'] === 'true';

/** What `find` finds, after Debian's packages were installed where that may be done; undefined when even that brings nothing. */
export function foundOrInstalled<T>(find: () => T | undefined, packages: readonly string[]): T | undefined {
  const present = find();
  if (present !== undefined || process.getuid?.() !== 0) return present;
  const options = {
    stdio: 'ignore',
    timeout: INSTALL_MS,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  } as const;
  // Tests run in several processes, and the package manager in one at a time.
  const aptGet = (...words: readonly string[]) => spawnSync('flock', [LOCK, 'apt-get', ...words], options);
  aptGet('update');
  aptGet('install', '-y', '--no-install-recommends', ...packages);
  return find();
}

/** A `describe` of `tests` with what they need, when it is there. @param reason why it is not, e.g. `nginx is not installed and cannot be` */
export function describeWith<T>(
  title: string,
  needed: T | undefined,
  reason: string,
  tests: (needed: T) => void,
): void {
  if (needed !== undefined) {
    describe(title, () => tests(needed));
    return;
  }
  const words = `NOT RUN: ${title}: ${reason}`;
  if (isRequired) {
    it(title, () => {
      throw new Error(words);
    });
    return;
  }
  process.stderr.write(`\n${words}\n`);
  it.skip(words);
}
