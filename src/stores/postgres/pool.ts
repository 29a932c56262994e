/**
 * The connections to PostgreSQL: how many, how long anything may take, what is tried again, and the driver's errors in our words.
 *
 * A transaction whose work PostgreSQL has taken back (deadlock, serialization, a unique key taken meanwhile) or whose connection broke before
 * `commit` was sent is done anew from its beginning, a bounded number of times. Once `commit` is on its way a broken connection leaves the
 * outcome unknown, and that is what the caller is told. All of it, tries included, ends within the patience of the pool.
 */
import { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { DatabaseError, Pool as Connections, type ClientBase, type PoolClient, type QueryConfig } from 'pg';
import { Failure } from '../../base/failure.ts';
import { sha256Hex } from '../../base/secret.ts';
import type { RecordsFailure } from '../../domain/ports/records.ts';

/**
 * `store-unavailable` (facts: reason; outcome `unknown` when a commit may have been made): the database cannot be reached, or did not answer
 * in time. `store-unreadable` (fact: reason): it is not one that this program can use.
 */
export type PostgresFailure = 'store-unavailable' | 'store-unreadable';

export type Value = string | number | null | Buffer | readonly (string | number | null | Buffer)[];
/** Runs one statement, prepared under a name of its own, and gives its rows. `Row` is what the statement selects. */
export type Query = <Row extends object>(text: string, values?: readonly Value[]) => Promise<readonly Row[]>;
export type Pool = ReturnType<typeof createPool>;

interface Patience {
  /** For work on whole tables, which no request waits for. */
  readonly patient?: boolean;
}
interface PoolOptions {
  /** Told of connections that break while nobody uses them. */
  readonly onError: (error: unknown) => void;
  /** Milliseconds that a call may take, from its beginning to its last try. */
  readonly patience: number;
}

const CONNECTIONS = 10;
/** Parts of the patience: a connection, a lock, a statement. The server gives up before we do, so that it says why. */
const CONNECT_PART = 0.5;
const LOCK_PART = 0.5;
const STATEMENT_PART = 0.8;
const IDLE_IN_TRANSACTION_MS = 30_000;
const PATIENT_MS = 600_000;
const HEALTH_MS = 2000;
const END_MS = 2000;
const TRIES = 10;
const LOST_TRIES = 3;
const JITTER_MS = 20;

const SERIALIZATION = '40001';
const DEADLOCK = '40P01';
const UNIQUE = '23505';
/** A row that was locked is not as it was found; thrown by the work itself. */
const MOVED = 'moved';
const AGAIN: readonly (string | undefined)[] = [SERIALIZATION, DEADLOCK, UNIQUE, MOVED];
/** Timeouts, too many connections, no memory or disk, a standby that takes no writes. */
const NOT_NOW = /^(57014|55P03|53...|25006|58...)$/;
/** Connection exceptions, shutdown, crash, still starting. */
const LOST = /^(08...|57P0.)$/;

/**
 * Every acknowledged commit is durable, whatever the role's or the database's defaults; what is stricter stays. The rest keeps plans on the
 * indexes, of which every statement of ours has one: a page through a sort would cost more the deeper it lies.
 */
const SESSION = `select set_config('synchronous_commit', 'on', false)
    where current_setting('synchronous_commit') in ('off', 'local');
  set jit = off; set enable_seqscan = off; set enable_sort = off; set enable_hashjoin = off; set enable_mergejoin = off`;

/** What the database or the way to it said, before it is translated. */
export class Fault extends Error {
  override readonly name = 'Fault';
  /** SQLSTATE, or the system's code. */
  readonly code: string | undefined;
  /** The connection is of no more use. */
  readonly isLost: boolean;

  constructor(message: string, code: string | undefined, parts: { isLost: boolean; cause?: unknown }) {
    super(message, { cause: parts.cause });
    this.code = code;
    this.isLost = parts.isLost;
  }
}

/** Makes the transaction start anew: a row is no longer as it was found. */
export const moved = (): Fault => new Fault('a row has moved', MOVED, { isLost: false });

export function createPool(url: string, { onError, patience }: PoolOptions) {
  const connectMs = Math.ceil(patience * CONNECT_PART);
  const sockets = new Map<Socket, Promise<unknown>>();
  const pool = new Connections({
    connectionString: url,
    max: CONNECTIONS,
    connectionTimeoutMillis: connectMs,
    statement_timeout: Math.ceil(patience * STATEMENT_PART),
    lock_timeout: Math.ceil(patience * LOCK_PART),
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    query_timeout: patience,
    stream: () => {
      const socket = new Socket();
      const closed = new Promise<void>((resolve) => socket.once('close', resolve));
      sockets.set(
        socket,
        closed.then(() => sockets.delete(socket)),
      );
      return socket;
    },
    keepAlive: true,
    fallback_application_name: 'cognate',
    // The pool waits for what this gives before it hands the connection out; its types do not say so.
    onConnect: ((client: ClientBase) => client.query(SESSION)) as (client: ClientBase) => void,
  });
  // Both are needed: an error event that nobody hears ends the process, on idle connections (pool) and on those in use (client).
  pool.on('error', onError);
  pool.on('connect', (client) => client.on('error', onError));

  const connect = () => pool.connect().catch((error: unknown) => Promise.reject(faultOf(error)));

  async function attempt<T>(
    work: (query: Query) => Promise<T>,
    { patient, deadline }: Patience & { readonly deadline: number },
  ): Promise<T> {
    const client = await connect();
    const query = queryOf(client, deadline);
    let isCommitting = false;
    try {
      await query('begin isolation level read committed read write');
      if (patient)
        await query(
          `select set_config(name, $1, true) from unnest(array['lock_timeout', 'statement_timeout',
          'idle_in_transaction_session_timeout']) as name`,
          [String(PATIENT_MS)],
        );
      const result = await work(query);
      isCommitting = true;
      await query('commit');
      client.release();
      return result;
    } catch (error) {
      await abandon(client, query, error);
      if (isCommitting && error instanceof Fault && error.isLost)
        throw unavailable(error, { outcome: 'unknown' });
      throw error;
    }
  }

  async function takesWrites(): Promise<boolean> {
    try {
      const client = await connect();
      try {
        const query = queryOf(client, performance.now() + HEALTH_MS);
        const [row] = await query<{ mode: string }>(
          `select current_setting('transaction_read_only') as mode`,
        );
        client.release();
        return row?.mode === 'off';
      } catch (error) {
        client.release(true);
        throw error;
      }
    } catch {
      // Whatever it was, the answer is no.
      return false;
    }
  }

  return {
    /** One statement that changes nothing. @throws Failure `store-unavailable` */
    read: <Row extends object>(text: string, values: readonly Value[]) =>
      trying({ patience, connectMs }, async (deadline) => {
        const client = await connect();
        try {
          const rows = await queryOf(client, deadline)<Row>(text, values);
          client.release();
          return rows;
        } catch (error) {
          client.release(true);
          throw error;
        }
      }),
    /** All of `work`, or nothing of it; `work` may run more than once. @throws Failure `store-unavailable`, `changed-meanwhile`, what `work` throws */
    transaction: <T>(work: (query: Query) => Promise<T>, { patient = false }: Patience = {}) =>
      trying({ patience: patient ? PATIENT_MS : patience, connectMs }, (deadline) =>
        attempt(work, { patient, deadline }),
      ),
    /** Whether the database answers soon, and takes writes. */
    isHealthy: () => Promise.race([takesWrites(), elapsed(HEALTH_MS).then(() => false)]),
    /** Waits for the server's goodbye, but not for one that is gone: its connections would keep the process from ending. */
    async end(): Promise<void> {
      await pool.end();
      await Promise.race([Promise.all(sockets.values()), elapsed(END_MS)]);
      for (const each of sockets.keys()) each.destroy();
      await Promise.all(sockets.values());
    },
  };
}

/** @param deadline when no answer is waited for any longer, as `performance.now()` tells time */
function queryOf(client: PoolClient, deadline: number): Query {
  return async (text, values = []) => {
    // The types do not know that a query may have a time of its own; the driver reads it.
    const config: QueryConfig & { query_timeout: number } = {
      name: `cognate-${sha256Hex(text).slice(0, 32)}`,
      text,
      values: [...values],
      // None at all for 0.
      query_timeout: Math.max(1, Math.ceil(deadline - performance.now())),
    };
    try {
      return (await client.query(config)).rows;
    } catch (error) {
      throw faultOf(error);
    }
  };
}

/** Ends a transaction that failed; a connection that cannot even do that is thrown away. */
async function abandon(client: PoolClient, query: Query, error: unknown): Promise<void> {
  if (error instanceof Fault && error.isLost) {
    client.release(true);
    return;
  }
  try {
    await query('rollback');
    client.release();
  } catch {
    // The first error says more than this one; PostgreSQL rolls back what loses its connection.
    client.release(true);
  }
}

async function trying<T>(
  { patience, connectMs }: { readonly patience: number; readonly connectMs: number },
  work: (deadline: number) => Promise<T>,
): Promise<T> {
  const deadline = performance.now() + patience;
  for (let run = 1; ; run += 1) {
    try {
      return await work(deadline);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      const most = AGAIN.includes(error.code) ? TRIES : error.isLost ? LOST_TRIES : 1;
      // A lost connection is worth another try when there is time to make one.
      const isLate = deadline - performance.now() < (error.isLost ? connectMs : 0);
      if (run >= most || isLate) throw translated(error);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * JITTER_MS * run));
    }
  }
}

function translated(fault: Fault): Error {
  if (fault.isLost || NOT_NOW.test(fault.code ?? '')) return unavailable(fault);
  if (AGAIN.includes(fault.code))
    return new Failure<RecordsFailure>('changed-meanwhile', {}, { cause: fault });
  return new Error(`the database refused a statement: ${fault.code} ${fault.message}`, { cause: fault });
}

const unavailable = (fault: Fault, facts: Failure['facts'] = {}) =>
  new Failure<PostgresFailure>('store-unavailable', { reason: fault.message, ...facts }, { cause: fault });

function faultOf(error: unknown): Fault {
  if (error instanceof DatabaseError) {
    const { code, severity, message } = error;
    // The driver's own error is not kept: its `detail` holds the values of keys.
    const isLost = severity === 'FATAL' || severity === 'PANIC' || LOST.test(code ?? '');
    return new Fault(message, code, { isLost });
  }
  // What did not come from the server: the way to it is broken, or it did not answer in time.
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  const message = error instanceof Error ? error.message : String(error);
  return new Fault(message || code || 'no connection', code, { isLost: true, cause: error });
}

const elapsed = (ms: number) =>
  new Promise<void>((resolve) => {
    setTimeout(resolve, ms).unref();
  });
