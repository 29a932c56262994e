/**
 * Data sync through the official client: one person's records on several devices, and nobody else's.
 *
 * On one embedded process, and on two whose records are in Redis.
 * Sources: Cognito Sync API reference, ListRecords, UpdateRecords; developer guide, "Handling callbacks", conflicts.
 */
import assert from 'node:assert/strict';
import { CognitoSync, type RecordPatch } from '@aws-sdk/client-cognito-sync';
import {
  createIdentityWorld,
  ofIdentityPool,
  trustOf,
  type IdentityWorld,
} from '../support/identity-pool.ts';
import { onBoth, type Installation } from '../support/servers/installation.ts';
import { makeUser } from '../support/pool.ts';

const DatasetName = 'settings';
const AT_ONCE = 50;

describe('cognito-sync', () =>
  onBoth((start) => {
    let server: Installation;
    let world: IdentityWorld;
    let IdentityPoolId: string;
    let datasets = 0;

    before(async () => {
      server = await start();
      world = await createIdentityWorld(server);
      IdentityPoolId = await world.makePool();
      await makeUser(world.people, 'bob');
      // As generous as the roles that people are given: what keeps one from another's data is not the policy.
      const authenticated = await world.makeRole(trustOf(ofIdentityPool(IdentityPoolId)), [
        { Effect: 'Allow', Action: 'cognito-sync:*', Resource: '*' },
      ]);
      await world.identity.setIdentityPoolRoles({ IdentityPoolId, Roles: { authenticated } });
    });
    after(() => server.close());

    /** A device of somebody: a client with credentials of his identity. */
    async function deviceOf(person: string, pool = IdentityPoolId) {
      const { IdentityId, credentials } = await world.identify(pool, await world.loginOf(person));
      return { sync: new CognitoSync(server.clientAs(credentials)), IdentityId };
    }
    type Device = Awaited<ReturnType<typeof deviceOf>>;
    const newDataset = () => `dataset-${(datasets += 1)}`;

    const list = (
      { sync, IdentityId }: Device,
      dataset = DatasetName,
      more: { LastSyncCount?: number; MaxResults?: number; NextToken?: string } = {},
    ) => sync.listRecords({ IdentityPoolId, IdentityId, DatasetName: dataset, ...more });
    async function write(device: Device, RecordPatches: RecordPatch[], dataset = DatasetName) {
      const { SyncSessionToken } = await list(device, dataset, { MaxResults: 1 });
      return device.sync.updateRecords({
        IdentityPoolId,
        IdentityId: device.IdentityId,
        DatasetName: dataset,
        DeviceId: 'phone',
        SyncSessionToken,
        RecordPatches,
      });
    }
    const put = (Key: string, Value: string, SyncCount = 0): RecordPatch => ({
      Op: 'replace',
      Key,
      Value,
      SyncCount,
    });
    const drop = (Key: string, SyncCount: number): RecordPatch => ({ Op: 'remove', Key, SyncCount });
    const valuesIn = ({ Records = [] }: Awaited<ReturnType<typeof list>>) =>
      Object.fromEntries(Records.map(({ Key, Value }) => [Key, Value]));

    it('UpdateRecords: writes on one device what ListRecords reads on another', async () => {
      const [phone, laptop] = [await deviceOf('ada'), await deviceOf('ada')];
      assert.deepEqual((await list(laptop)).DatasetExists, false);
      const { SyncSessionToken } = await phone.sync.listRecords({
        IdentityPoolId,
        IdentityId: phone.IdentityId,
        DatasetName,
      });
      const changed = new Date('2026-01-02T03:04:05.678Z');

      const { Records } = await phone.sync.updateRecords({
        IdentityPoolId,
        IdentityId: phone.IdentityId,
        DatasetName,
        DeviceId: 'phone',
        SyncSessionToken,
        RecordPatches: [{ ...put('theme', 'dark ☾'), DeviceLastModifiedDate: changed }],
      });

      assert.deepEqual(
        Records!.map(({ Key, Value, SyncCount }) => [Key, Value, SyncCount]),
        [['theme', 'dark ☾', 1]],
      );
      const read = await laptop.sync.listRecords({
        IdentityPoolId,
        IdentityId: laptop.IdentityId,
        DatasetName,
      });
      assert.deepEqual(read.Records, Records);
      assert.equal(read.Records![0]!.DeviceLastModifiedDate!.getTime(), changed.getTime());
      assert.deepEqual(
        [read.DatasetSyncCount, read.Count, read.DatasetExists, read.LastModifiedBy],
        [1, 1, true, 'phone'],
      );
    });

    it('ListRecords: gives what is newer than what UpdateRecords gave before, what was removed too', async () => {
      const device = await deviceOf('ada');
      const name = newDataset();
      const { IdentityId, sync } = device;
      await write(device, [put('a', '1'), put('b', '1')], name);
      const { SyncSessionToken } = await sync.listRecords({ IdentityPoolId, IdentityId, DatasetName: name });
      await sync.updateRecords({
        IdentityPoolId,
        IdentityId,
        DatasetName: name,
        SyncSessionToken,
        RecordPatches: [put('a', '2', 1), drop('b', 1), put('c', '1')],
      });

      const newer = await sync.listRecords({
        IdentityPoolId,
        IdentityId,
        DatasetName: name,
        LastSyncCount: 1,
      });

      assert.deepEqual(valuesIn(newer), { a: '2', b: undefined, c: '1' });
      assert.equal(newer.DatasetSyncCount, 2);
      assert.deepEqual((await list(device, name, { LastSyncCount: 2 })).Records, []);
    });

    it('pages through many records, each once', async () => {
      const device = await deviceOf('ada');
      const name = newDataset();
      const keys = Array.from({ length: 25 }, (_, index) => `key-${index}`);
      await write(
        device,
        keys.map((key) => put(key, key)),
        name,
      );
      await write(device, [put('key-3', 'again', 1)], name);

      const seen: string[] = [];
      let NextToken: string | undefined;
      do {
        const page = await list(device, name, { MaxResults: 10, NextToken });
        seen.push(...page.Records!.map(({ Key }) => Key!));
        NextToken = page.NextToken;
      } while (NextToken);

      assert.deepEqual(seen.toSorted(), keys.toSorted());
      await assert.rejects(list(device, name, { NextToken: 'made up' }), {
        name: 'InvalidParameterException',
      });
    });

    it('tells a device that its record is old, and changes nothing then', async () => {
      const device = await deviceOf('ada');
      const name = newDataset();
      await write(device, [put('a', '1')], name);
      await write(device, [put('a', '2', 1)], name);

      for (const patches of [
        [put('a', 'lost', 1)],
        [put('a', 'lost', 0)],
        [put('a', 'lost', 9)],
        [put('new', 'lost'), drop('a', 1)],
      ])
        await assert.rejects(
          write(device, patches, name),
          (error: { name: string; $metadata: { httpStatusCode: number } }) => {
            assert.deepEqual(
              [error.name, error.$metadata.httpStatusCode],
              ['ResourceConflictException', 409],
            );
            return true;
          },
        );

      assert.deepEqual(valuesIn(await list(device, name)), { a: '2' });
    });

    it('lets one of many devices at once win a record, and none lose another', async () => {
      const device = await deviceOf('ada');
      const name = newDataset();

      const same = await Promise.allSettled(
        Array.from({ length: 8 }, (_, index) => write(device, [put('same', String(index))], name)),
      );
      await Promise.all(
        Array.from({ length: 6 }, (_, index) => write(device, [put(`own-${index}`, 'x')], name)),
      );

      assert.equal(same.filter(({ status }) => status === 'fulfilled').length, 1);
      assert.equal((await list(device, name)).Records!.length, 7);
    });

    it('is nobody else’s business, however generous the role', async () => {
      const [ada, bob] = [await deviceOf('ada'), await deviceOf('bob')];
      const { SyncSessionToken } = await list(ada);
      const theirs = { IdentityPoolId, IdentityId: ada.IdentityId, DatasetName };

      await assert.rejects(bob.sync.listRecords(theirs), { name: 'NotAuthorizedException' });
      await assert.rejects(
        bob.sync.updateRecords({ ...theirs, SyncSessionToken, RecordPatches: [put('x', 'y')] }),
        {
          name: 'NotAuthorizedException',
        },
      );
      await assert.rejects(ada.sync.listRecords({ ...theirs, IdentityPoolId: await world.makePool() }), {
        name: 'NotAuthorizedException',
      });
      const developer = new CognitoSync(server.client);
      assert.equal((await developer.listRecords(theirs)).DatasetExists, true);
      await assert.rejects(developer.listRecords({ ...theirs, IdentityPoolId: await world.makePool() }), {
        name: 'ResourceNotFoundException',
      });
    });

    it('is decided by policies that speak of the identity', async () => {
      const pool = await world.makePool();
      const own =
        'arn:aws:cognito-sync:*:*:identitypool/${cognito-identity.amazonaws.com:aud}/identity/${cognito-identity.amazonaws.com:sub}/dataset/mine';
      const authenticated = await world.makeRole(trustOf(ofIdentityPool(pool)), [
        { Effect: 'Allow', Action: 'cognito-sync:ListRecords', Resource: own },
      ]);
      await world.identity.setIdentityPoolRoles({ IdentityPoolId: pool, Roles: { authenticated } });
      const { sync, IdentityId } = await deviceOf('ada', pool);
      const at = (name: string) => sync.listRecords({ IdentityPoolId: pool, IdentityId, DatasetName: name });

      assert.equal((await at('mine')).DatasetExists, false);
      await assert.rejects(at('others'), { name: 'AccessDeniedException' });
    });

    it('asks for a session of this very dataset', async () => {
      const device = await deviceOf('ada');
      const other = newDataset();
      const { SyncSessionToken } = await list(device, other);
      const update = (token: string | undefined) =>
        device.sync.updateRecords({
          IdentityPoolId,
          IdentityId: device.IdentityId,
          DatasetName: newDataset(),
          SyncSessionToken: token,
          RecordPatches: [put('a', 'b')],
        });

      await assert.rejects(update(SyncSessionToken), { name: 'InvalidParameterException' });
      await assert.rejects(update('made up'), { name: 'InvalidParameterException' });
    });

    it('holds to its limits, and takes nothing of a call that breaks one', async () => {
      const device = await deviceOf('ada');
      const name = newDataset();
      const large = 'x'.repeat(600_000);
      await write(device, [put('a', large)], name);

      await assert.rejects(write(device, [put('small', 'y'), put('b', large)], name), {
        name: 'LimitExceededException',
      });
      await assert.rejects(write(device, [put('twice', '1'), put('twice', '2')], name), {
        name: 'InvalidParameterException',
      });
      const many = Array.from({ length: 1025 }, (_, index) => put(`k${index}`, ''));
      await assert.rejects(write(device, many, name), { name: 'LimitExceededException' });
      assert.deepEqual(
        (await list(device, name)).Records!.map(({ Key }) => Key),
        ['a'],
      );
      // What is removed makes room.
      await write(device, [drop('a', 1)], name);
      await write(device, [put('b', large)], name);
    });

    it('gives an identity twenty datasets', async () => {
      await makeUser(world.people, 'collector');
      const device = await deviceOf('collector');
      for (let left = 20; left > 0; left -= 1) await write(device, [put('a', 'b')], newDataset());

      await assert.rejects(write(device, [put('a', 'b')], newDataset()), { name: 'LimitExceededException' });
    });

    it('answers what it cannot read in the words of the protocol', async () => {
      const address = `${server.url}/identitypools/${encodeURIComponent(IdentityPoolId)}`;
      const rows: readonly [string, RequestInit, number, string][] = [
        ['/nothing/of/the/sort', {}, 400, 'UnknownOperationException'],
        ['/identities/x/datasets/y/records', {}, 403, 'MissingAuthenticationTokenException'],
        ['/identities/x/datasets/y', { method: 'DELETE' }, 400, 'UnknownOperationException'],
      ];

      for (const [path, init, status, code] of rows) {
        const response = await fetch(`${address}${path}`, init);
        assert.equal(response.status, status, path);
        assert.equal(response.headers.get('x-amzn-errortype'), `${code}:`);
        assert.equal(typeof ((await response.json()) as { message: string }).message, 'string');
      }
      const preflight = await fetch(`${address}/identities/x/datasets/y/records`, {
        method: 'OPTIONS',
        headers: { 'access-control-request-method': 'GET', origin: 'https://app.example.com' },
      });
      assert.match(preflight.headers.get('access-control-allow-methods') ?? '', /GET/);
    });

    it('takes nothing twice of many calls at once', async () => {
      const device = await deviceOf('ada');
      const name = newDataset();
      await write(device, [put('counter', '0')], name);

      const outcomes = await Promise.allSettled(
        Array.from({ length: AT_ONCE }, () => write(device, [put('counter', '1', 1)], name)),
      );

      assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
      assert.equal((await list(device, name)).DatasetSyncCount, 2);
    });
  }));
