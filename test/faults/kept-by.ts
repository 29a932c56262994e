/**
 * The stores whose writers and servers are killed, opened alike: records, and claims that are made once.
 *
 * PostgreSQL keeps no notes. There a claim is a record under its key, as marks of what others issued are.
 */
import { systemClock } from '../../src/base/clock.ts';
import { isFailure } from '../../src/base/failure.ts';
import type { Expiring } from '../../src/domain/ports/expiring.ts';
import { insert, type Records } from '../../src/domain/ports/records.ts';
import { openPostgres } from '../../src/stores/postgres/index.ts';
import { openRedis } from '../../src/stores/redis/index.ts';
import { openSqlite } from '../../src/stores/sqlite/index.ts';
import { collections, marks } from './written.ts';

/** `servers`: records in PostgreSQL, claims in Redis. */
export type Kind = 'sqlite' | 'postgres' | 'redis' | 'servers';
export interface Address {
  readonly kind: Kind;
  /** A file, a URL, or for `servers` both URLs with a space between. */
  readonly at: string;
}
export interface KilledStore {
  readonly records: Records;
  readonly claim: (id: string) => Promise<boolean>;
  readonly isClaimed: (id: string) => Promise<boolean>;
  close(): Promise<void>;
}

const PREFIX = 'killed:';
const SECONDS = 3600;

export async function openStore({ kind, at }: Address): Promise<KilledStore> {
  const parts = { clock: systemClock, collections };
  if (kind === 'sqlite') return withNotes(await openSqlite(at, parts));
  if (kind === 'redis') return withNotes(await openRedis(at, { ...parts, prefix: PREFIX }));
  if (kind === 'postgres') return withMarks(await openPostgres(at, parts));
  const [postgres = '', redis = ''] = at.split(' ');
  const directory = await openPostgres(postgres, parts);
  const notes = withNotes(await openRedis(redis, { ...parts, prefix: PREFIX }));
  return {
    ...notes,
    records: directory.records,
    async close() {
      await Promise.all([notes.close(), directory.close()]);
    },
  };
}

type Openable = Pick<KilledStore, 'records' | 'close'>;

const withNotes = ({
  records,
  expiring,
  close,
}: Openable & { readonly expiring: Expiring }): KilledStore => ({
  records,
  close: () => close(),
  claim: (id) => expiring.claim('mark', id, id, SECONDS),
  isClaimed: async (id) => (await expiring.get('mark', id)) === id,
});

const withMarks = ({ records, close }: Openable): KilledStore => ({
  records,
  close: () => close(),
  async claim(id) {
    try {
      await records.commit(insert(marks, { id }));
      return true;
    } catch (error) {
      if (isFailure(error, 'already-kept')) return false;
      throw error;
    }
  },
  isClaimed: async (id) => (await records.get(marks, [id])) !== undefined,
});
