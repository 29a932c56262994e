/**
 * The lock of a SQLite store: one process a file, because what the processes know of each other (cut-offs, the bus) is in no file.
 *
 * The lock is SQLite's own on a small file beside the database, which the system drops when the process dies, however it dies.
 */
import { closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { Failure } from '../../base/failure.ts';

/**
 * `store-in-use`: another process, or this one, has the file open. `store-unreadable` (fact: reason): it cannot be opened, is damaged, or
 * was written by a newer version.
 */
export type SqliteFailure = 'store-in-use' | 'store-unreadable';

const SQLITE_BUSY = 5;

/**
 * @returns what releases the lock
 * @throws Failure `store-in-use`, `store-unreadable` (facts: file, reason)
 */
export function lockFile(file: string): () => void {
  try {
    makePrivate(`${file}.lock`);
    const lock = new DatabaseSync(`${file}.lock`, { timeout: 0 });
    lock.exec('pragma locking_mode = exclusive; begin exclusive');
    return () => lock.close();
  } catch (error) {
    if (!isBusy(error)) throw unreadable(file, error);
    const reason = 'another process has it open. More than one process needs DATABASE_URL and REDIS_URL';
    throw new Failure<SqliteFailure>('store-in-use', { file, reason }, { cause: error });
  }
}

/** Makes `file` when it is absent, so that nobody else on the machine may read what SQLite writes into it. */
export const makePrivate = (file: string): void => closeSync(openSync(file, 'a', 0o600));

export function unreadable(file: string, cause: unknown): Failure<SqliteFailure> {
  const reason = cause instanceof Error ? cause.message : 'it cannot be opened';
  return new Failure<SqliteFailure>('store-unreadable', { file, reason }, { cause });
}

const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
