/** Record operations of cognito-sync. */
import type { SyncRecord } from '../../domain/sync/datasets.ts';
import { integer, list, moment, oneOf, structure, text } from '../../wire/members.ts';
import { operationOnDataset } from './nouns.ts';

const MOST_RESULTS = 1024;
/** Beyond the 1,024 records of a dataset, so that the domain says of a few too many what AWS says. */
const MOST_PATCHES = 1500;

const place = {
  IdentityPoolId: text({ min: 1, max: 55, pattern: /[\w-]+:[0-9a-f-]+/ }),
  IdentityId: text({ min: 1, max: 55, pattern: /[\w-]+:[0-9a-f-]+/ }),
  DatasetName: text({ min: 1, max: 128, pattern: /[a-zA-Z0-9_.:-]+/ }),
};
export const ListRecords = operationOnDataset({
  input: structure({
    ...place,
    LastSyncCount: integer().optional(),
    NextToken: text().optional(),
    MaxResults: integer({ min: 1 }).optional(),
    SyncSessionToken: text().optional(),
  }),
  async handle({ DatasetName, LastSyncCount = 0, NextToken, MaxResults }, { datasets }, { identity }) {
    const { records, next, dataset, session } = await datasets.list(
      { identityId: identity.id, dataset: DatasetName },
      { since: LastSyncCount, limit: MaxResults ?? MOST_RESULTS, after: NextToken },
    );
    return {
      Records: records.map(recordType),
      NextToken: next,
      Count: records.length,
      DatasetSyncCount: dataset?.syncCount ?? 0,
      LastModifiedBy: dataset?.modifiedBy,
      MergedDatasetNames: [],
      DatasetExists: dataset !== undefined,
      DatasetDeletedAfterRequestedSyncCount: false,
      SyncSessionToken: session,
    };
  },
});

export const UpdateRecords = operationOnDataset({
  input: structure({
    ...place,
    DeviceId: text({ min: 1, max: 256 }).optional(),
    RecordPatches: list(
      structure({
        Op: oneOf(['replace', 'remove']),
        Key: text({ min: 1, max: 1024 }),
        Value: text({ max: 1_048_575 }).optional(),
        SyncCount: integer(),
        DeviceLastModifiedDate: moment().optional(),
      }),
      { max: MOST_PATCHES },
    ).optional(),
    SyncSessionToken: text(),
    ClientContext: text().optional(),
  }),
  async handle(input, { datasets }, { principal, identity }) {
    const { DatasetName, RecordPatches = [], SyncSessionToken: session, DeviceId } = input;
    const patches = RecordPatches.map(({ Op, Key, Value = '', SyncCount, DeviceLastModifiedDate }) => ({
      key: Key,
      value: Op === 'remove' ? undefined : Value,
      syncCount: SyncCount,
      deviceModifiedAt: DeviceLastModifiedDate,
    }));
    const by = DeviceId ?? principal.arn;
    const records = await datasets.update(
      { identityId: identity.id, dataset: DatasetName },
      { session, patches, by },
    );
    return { Records: records.map(recordType) };
  },
});

/** A record in the wire's words (Record); one that was removed has no value. */
const recordType = ({ key, value, syncCount, modifiedAt, modifiedBy, deviceModifiedAt }: SyncRecord) => ({
  Key: key,
  Value: value,
  SyncCount: syncCount,
  LastModifiedDate: new Date(modifiedAt),
  LastModifiedBy: modifiedBy,
  DeviceLastModifiedDate: new Date(deviceModifiedAt),
});
