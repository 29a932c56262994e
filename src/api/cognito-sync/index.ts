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

const POOL = '/identitypools/{IdentityPoolId}';
const IDENTITY = `${POOL}/identities/{IdentityId}`;
const DATASET = `${IDENTITY}/datasets/{DatasetName}`;
const SUBSCRIPTION = `${DATASET}/subscriptions/{DeviceId}`;
/** Operations that are not there yet, at their addresses, so that a call is told which one it named. */
const NOT_YET = {
  BulkPublish: { method: 'POST', path: `${POOL}/bulkpublish` },
  DeleteDataset: { method: 'DELETE', path: DATASET },
  DescribeDataset: { method: 'GET', path: DATASET },
  DescribeIdentityPoolUsage: { method: 'GET', path: POOL },
  DescribeIdentityUsage: { method: 'GET', path: IDENTITY },
  GetBulkPublishDetails: { method: 'POST', path: `${POOL}/getBulkPublishDetails` },
  GetCognitoEvents: { method: 'GET', path: `${POOL}/events` },
  GetIdentityPoolConfiguration: { method: 'GET', path: `${POOL}/configuration` },
  ListDatasets: { method: 'GET', path: `${IDENTITY}/datasets` },
  ListIdentityPoolUsage: { method: 'GET', path: '/identitypools' },
  RegisterDevice: { method: 'POST', path: `${POOL}/identity/{IdentityId}/device` },
  SetCognitoEvents: { method: 'POST', path: `${POOL}/events` },
  SetIdentityPoolConfiguration: { method: 'POST', path: `${POOL}/configuration` },
  SubscribeToDataset: { method: 'POST', path: SUBSCRIPTION },
  UnsubscribeFromDataset: { method: 'DELETE', path: SUBSCRIPTION },
} as const;
const MEBIBYTE = 1024 * 1024;

export const cognitoSync: Service = {
  name: 'cognito-sync',
  protocol: restJson('/identitypools', {
    ...NOT_YET,
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
  largeBodies: {
    UpdateRecords: {
      bytes: 8 * MEBIBYTE,
      decidedOn: ['IdentityPoolId', 'IdentityId', 'DatasetName'],
    },
  },
};
