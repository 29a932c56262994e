/**
 * Root credentials: the access key that may do everything, made at the first start when none is configured.
 *
 * Kept in a file of mode 0600 whose lines a shell can read (`. keys/root-credentials`). There is no default key: one that every
 * installation shares would be no secret. What the key may do is decided in domain/access.
 */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { newAccessKeyId, newSecretAccessKey } from '../base/ids.ts';
import { Failure } from '../base/failure.ts';

export interface RootCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}
type RootCredentialsFailure = 'root-credentials-unreadable';

/**
 * The credentials in `file`; new ones, written there, when it is absent.
 *
 * @returns `isNew` when they were just made
 * @throws Failure `root-credentials-unreadable` (facts: file, reason)
 */
export function openRootCredentials(file: string): RootCredentials & { readonly isNew: boolean } {
  const made = { accessKeyId: newAccessKeyId(), secretAccessKey: newSecretAccessKey() };
  const text = `AWS_ACCESS_KEY_ID=${made.accessKeyId}\nAWS_SECRET_ACCESS_KEY=${made.secretAccessKey}\n`;
  try {
    // `wx`: of two processes that start at once, one makes the file and the other reads it.
    writeFileSync(file, text, { flag: 'wx', mode: 0o600 });
    return { ...made, isNew: true };
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST'))
      throw unreadable(file, 'it cannot be written', error);
  }
  return { ...read(file), isNew: false };
}

/** Characters that a root key must have away from a loopback address, so that it cannot be guessed. */
export const SHORTEST_ROOT_KEY = { accessKeyId: 16, secretAccessKey: 32 } as const;

/** True for a key that only a loopback address may have, e.g. `test` and `test`. */
export const isWeakKey = ({ accessKeyId, secretAccessKey }: RootCredentials): boolean =>
  accessKeyId.length < SHORTEST_ROOT_KEY.accessKeyId ||
  secretAccessKey.length < SHORTEST_ROOT_KEY.secretAccessKey;

function read(file: string): RootCredentials {
  let text: string;
  try {
    // Others who can read the file could act as root.
    if (statSync(file).mode & 0o077) throw unreadable(file, 'others may read it; set its mode to 0600');
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw error instanceof Failure ? error : unreadable(file, 'it cannot be read', error);
  }
  const [, accessKeyId] = /^AWS_ACCESS_KEY_ID=(\w{16,128})$/m.exec(text) ?? [];
  const [, secretAccessKey] = /^AWS_SECRET_ACCESS_KEY=(\S{8,128})$/m.exec(text) ?? [];
  if (!accessKeyId || !secretAccessKey)
    throw unreadable(file, 'it holds no AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY');
  return { accessKeyId, secretAccessKey };
}

const unreadable = (file: string, reason: string, cause?: unknown) =>
  new Failure<RootCredentialsFailure>('root-credentials-unreadable', { file, reason }, { cause });
