/**
 * Datasets: the key-value records that a person's devices keep equal.
 *
 * A dataset counts its changes; each changed record carries the count it was changed at, so that a device asks for what is newer than what it has. All patches of a call take effect together or none does: a patch that was
 * made on an older state of its record than the one that is kept is a conflict, which the device resolves. A removed record stays behind without a value, because other devices must learn of it.
 * Source: Cognito Sync API reference, ListRecords, UpdateRecords; developer guide, "Synchronizing data between clients".
 */
import { plusSeconds, type Clock } from '../../base/clock.ts';
import { Failure, isFailure } from '../../base/failure.ts';
import {
  insert,
  replace,
  retrying,
  type Change,
  type Collection,
  type Kept,
  type Records,
} from '../ports/records.ts';
import type { Sealer } from '../ports/sealer.ts';
import type { Epochs } from './epochs.ts';

interface Dataset {
  readonly identityId: string;
  readonly name: string;
  readonly syncCount: number;
  /** Records that have a value. */
  readonly live: number;
  /** UTF-8 bytes of their keys and values. */
  readonly bytes: number;
  readonly createdAt: string;
  readonly modifiedAt: string;
  readonly modifiedBy: string;
}
export interface SyncRecord {
  readonly identityId: string;
  readonly dataset: string;
  readonly key: string;
  /** Absent: removed. */
  readonly value?: string;
  readonly syncCount: number;
  readonly modifiedAt: string;
  readonly modifiedBy: string;
  readonly deviceModifiedAt: string;
}
interface Patch {
  readonly key: string;
  /** Absent: remove. */
  readonly value?: string;
  /** Of the record as the device knows it; 0 when it knows none. */
  readonly syncCount: number;
  readonly deviceModifiedAt?: Date;
}
/** `records-conflict` (fact: key), `sync-session-invalid`, `sync-limit` (fact: reason), `patch-refused` (fact: reason). */
export type SyncFailure = 'records-conflict' | 'sync-session-invalid' | 'sync-limit' | 'patch-refused';

const COUNT_DIGITS = 16;
export const datasetCollection: Collection<Dataset> = {
  name: 'sync-datasets',
  key: ({ identityId, name }) => [identityId, name],
  together: 1,
};
export const syncRecordCollection: Collection<SyncRecord> = {
  name: 'sync-records',
  key: ({ identityId, dataset, key }) => [identityId, dataset, key],
  lists: {
    byCount: ({ identityId, dataset, syncCount }) => [
      [identityId, dataset, String(syncCount).padStart(COUNT_DIGITS, '0')],
    ],
  },
  together: 1,
};

/** Cognito's quotas. */
const MOST_DATASETS = 20;
const MOST_RECORDS = 1024;
/** A page of records. */
const MOST_LISTED = 1000;
const MOST_BYTES = 1024 * 1024;
const SESSION_SECONDS = 24 * 3600;

export interface Place {
  readonly identityId: string;
  readonly dataset: string;
}
interface RecordsPage {
  readonly records: readonly SyncRecord[];
  readonly next?: string;
  readonly dataset?: Dataset;
  readonly session: string;
}

interface DatasetParts {
  readonly records: Records;
  readonly epochs: Epochs;
  readonly sealer: Sealer;
  readonly clock: Clock;
}

export function createDatasets({ records, epochs, sealer, clock }: DatasetParts) {
  const sessionContext = ({ identityId, dataset }: Place): string => `sync-session/${identityId}/${dataset}`;

  /** Proof that this dataset was listed: bound to identity and dataset, good for a day. */
  const newSession = (place: Place): string =>
    sealer.seal(plusSeconds(clock.now(), SESSION_SECONDS).toISOString(), sessionContext(place));

  /** @throws Failure `sync-session-invalid` */
  function assertSession(session: string, place: Place): void {
    const invalid = new Failure<SyncFailure>('sync-session-invalid');
    try {
      const until = sealer.open(session, sessionContext(place)).toString('utf8');
      if (Date.parse(until) <= clock.now().getTime()) throw invalid;
    } catch (error) {
      throw isFailure(error, 'cannot-open') ? invalid : error;
    }
  }

  const find = ({ identityId, dataset }: Place): Promise<Kept<Dataset> | undefined> =>
    records.get(datasetCollection, [identityId, dataset]);

  async function tryUpdate(place: Place, patches: readonly Patch[], by: string): Promise<SyncRecord[]> {
    const [dataset, ...present] = await Promise.all([
      find(place),
      ...patches.map(({ key }) => records.get(syncRecordCollection, [place.identityId, place.dataset, key])),
    ]);
    if (!dataset) await assertRoomForDataset(records, place.identityId);
    const now = clock.now();
    const floor = await epochs.floor({ again: dataset === undefined });
    const syncCount = Math.max(dataset?.record.syncCount ?? 0, floor) + 1;
    const changed = patches.map((patch, index): SyncRecord => {
      const known = present[index]?.record.syncCount ?? 0;
      if (patch.syncCount !== known) throw new Failure<SyncFailure>('records-conflict', { key: patch.key });
      return {
        identityId: place.identityId,
        dataset: place.dataset,
        key: patch.key,
        value: patch.value,
        syncCount,
        modifiedAt: now.toISOString(),
        modifiedBy: by,
        deviceModifiedAt: (patch.deviceModifiedAt ?? now).toISOString(),
      };
    });
    const next = grown(place, { dataset: dataset?.record, syncCount, present, changed, by, now });
    const changes: Change[] = changed.map((record, index) => {
      const kept = present[index];
      return kept
        ? replace(syncRecordCollection, record, kept.version)
        : insert(syncRecordCollection, record);
    });
    await records.commit(
      dataset ? replace(datasetCollection, next, dataset.version) : insert(datasetCollection, next),
      ...changes,
    );
    return changed;
  }

  return {
    /**
     * What changed after `since`, the newest first, a page of it.
     * @param session of the page before; a new one is given where there is none
     * @throws Failure `bad-page-token`
     */
    async list(
      place: Place,
      { since, limit, after }: { since: number; limit: number; after?: string },
    ): Promise<RecordsPage> {
      const [dataset, page] = await Promise.all([
        find(place),
        records.page(syncRecordCollection, {
          index: 'byCount',
          prefix: [place.identityId, place.dataset],
          limit: Math.min(limit, MOST_LISTED),
          newestFirst: true,
          after,
        }),
      ]);
      const newer = page.records.filter(({ syncCount }) => syncCount > since);
      return {
        records: newer,
        // Whatever follows a record that is not newer is not newer either.
        next: newer.length === page.records.length ? page.next : undefined,
        dataset: dataset?.record,
        session: newSession(place),
      };
    },

    /**
     * Applies all patches, or none.
     * @param by whose device it is, for showing
     * @throws Failure `sync-session-invalid`, `records-conflict`, `sync-limit`, `patch-refused`, `changed-meanwhile`
     */
    async update(
      place: Place,
      { session, patches, by }: { session: string; patches: readonly Patch[]; by: string },
    ): Promise<readonly SyncRecord[]> {
      assertSession(session, place);
      if (patches.length > MOST_RECORDS)
        throw new Failure<SyncFailure>('sync-limit', { reason: `More than ${MOST_RECORDS} records.` });
      if (new Set(patches.map(({ key }) => key)).size < patches.length)
        throw new Failure<SyncFailure>('patch-refused', { reason: 'A record is patched twice.' });
      if (patches.length === 0) return [];
      return retrying(() => tryUpdate(place, patches, by), ['changed-meanwhile', 'already-kept']);
    },
  };
}
export type Datasets = ReturnType<typeof createDatasets>;

async function assertRoomForDataset(records: Records, identityId: string): Promise<void> {
  const page = await records.page(datasetCollection, { prefix: [identityId], limit: MOST_DATASETS });
  if (page.records.length >= MOST_DATASETS)
    throw new Failure<SyncFailure>('sync-limit', {
      reason: `An identity may have up to ${MOST_DATASETS} datasets.`,
    });
}

/** The dataset after a change. @throws Failure `sync-limit` */
function grown(
  { identityId, dataset: name }: Place,
  change: {
    dataset: Dataset | undefined;
    syncCount: number;
    present: readonly (Kept<SyncRecord> | undefined)[];
    changed: readonly SyncRecord[];
    by: string;
    now: Date;
  },
): Dataset {
  const { dataset, syncCount, present, changed, by, now } = change;
  const before = present.flatMap((kept) => (kept ? [kept.record] : []));
  const live = (dataset?.live ?? 0) + liveIn(changed) - liveIn(before);
  const bytes = (dataset?.bytes ?? 0) + bytesIn(changed) - bytesIn(before);
  if (live > MOST_RECORDS)
    throw new Failure<SyncFailure>('sync-limit', {
      reason: `A dataset may have up to ${MOST_RECORDS} records.`,
    });
  if (bytes > MOST_BYTES)
    throw new Failure<SyncFailure>('sync-limit', { reason: 'A dataset may have up to 1 MB.' });
  return {
    identityId,
    name,
    syncCount,
    live,
    bytes,
    createdAt: dataset?.createdAt ?? now.toISOString(),
    modifiedAt: now.toISOString(),
    modifiedBy: by,
  };
}

const liveIn = (all: readonly SyncRecord[]): number => all.filter(({ value }) => value !== undefined).length;
const bytesIn = (all: readonly SyncRecord[]): number =>
  all.reduce(
    (sum, { key, value }) =>
      value === undefined ? sum : sum + Buffer.byteLength(key) + Buffer.byteLength(value),
    0,
  );
