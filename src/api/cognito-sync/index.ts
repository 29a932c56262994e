/**
 * cognito-sync: a person's datasets on all devices, over Amazon Cognito Sync's API.
 *
 * Owns the wire names of datasets, and where their members lie in a request. Enters through dispatch; must know no HTTP, no store, and no other service.
 */
import { restJson } from '../../wire/rest-json.ts';
import type { Service } from '../service.ts';
import { failures } from './failures.ts';
import * as records from './records.ts';

export const operations = { ...records };

const DATASET = '/identitypools/{IdentityPoolId}/identities/{IdentityId}/datasets/{DatasetName}';
const MEBIBYTE = 1024 * 1024;

export const cognitoSync: Service = {
  name: 'cognito-sync',
  protocol: restJson('/identitypools', {
    ListRecords: {
      method: 'GET',
      path: `${DATASET}/records`,
      query: {
        lastSyncCount: 'LastSyncCount',
        nextToken: 'NextToken',
        maxResults: 'MaxResults',
        syncSessionToken: 'SyncSessionToken',
      },
      numbers: ['LastSyncCount', 'MaxResults'],
    },
    UpdateRecords: {
      method: 'POST',
      path: DATASET,
      headers: { 'x-amz-client-context': 'ClientContext' },
    },
  }),
  operations,
  failures,
  invalidInput: 'InvalidParameterException',
  largeBodies: { UpdateRecords: 8 * MEBIBYTE },
};
