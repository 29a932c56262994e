/**
 * Access keys and users of IAM, as they are taken back: each ends for the next call that would have used it.
 *
 * Source: IAM API reference, each operation named.
 */
import assert from 'node:assert/strict';
import { IAM } from '@aws-sdk/client-iam';
import { STS } from '@aws-sdk/client-sts';
import { startServer, type TestServer } from '../../support/servers/server.ts';

const ACCOUNT = 'arn:aws:iam::123456789012';
const policy = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const allow = (Action: string) => ({ Effect: 'Allow', Action, Resource: '*' });
const ROOT_TRUST = policy({
  Effect: 'Allow',
  Principal: { AWS: `${ACCOUNT}:root` },
  Action: 'sts:AssumeRole',
});
type Client = TestServer['client'];

describe('users and access keys of IAM', () => {
  let server: TestServer;
  let iam: IAM;
  let made = 0;

  before(async () => {
    server = await startServer();
    iam = new IAM(server.client);
  });
  after(() => server.close());

  /** A user with that policy and a key, and how they sign. */
  async function makeIamUser(PolicyDocument?: string) {
    made += 1;
    const UserName = `user-${made}`;
    await iam.createUser({ UserName });
    if (PolicyDocument) await iam.putUserPolicy({ UserName, PolicyName: 'p', PolicyDocument });
    return { UserName, ...(await addKey(UserName)) };
  }
  async function addKey(UserName: string) {
    const { AccessKey } = await iam.createAccessKey({ UserName });
    const AccessKeyId = AccessKey!.AccessKeyId!;
    const secretAccessKey = AccessKey!.SecretAccessKey!;
    return { AccessKeyId, client: server.clientAs({ accessKeyId: AccessKeyId, secretAccessKey }) };
  }
  async function makeRole(AssumeRolePolicyDocument = ROOT_TRUST) {
    made += 1;
    const RoleName = `role-${made}`;
    await iam.createRole({ RoleName, AssumeRolePolicyDocument });
    return { RoleName, RoleArn: `${ACCOUNT}:role/${RoleName}` };
  }
  async function assume(client: Client, RoleArn: string) {
    const { Credentials } = await new STS(client).assumeRole({ RoleArn, RoleSessionName: 'now' });
    return server.clientAs({
      accessKeyId: Credentials!.AccessKeyId!,
      secretAccessKey: Credentials!.SecretAccessKey!,
      sessionToken: Credentials!.SessionToken,
    });
  }
  const whoIs = (client: Client) => new STS(client).getCallerIdentity({});

  describe('access keys', () => {
    it('DeleteAccessKey: ends a key for the next call; a role taken with it lives on', async () => {
      const { RoleArn } = await makeRole();
      const { UserName, AccessKeyId, client } = await makeIamUser(policy(allow('sts:AssumeRole')));
      const session = await assume(client, RoleArn);

      await iam.deleteAccessKey({ UserName, AccessKeyId });

      await assert.rejects(whoIs(client), { name: 'InvalidClientTokenId' });
      assert.deepEqual((await iam.listAccessKeys({ UserName })).AccessKeyMetadata, []);
      assert.match((await whoIs(session)).Arn!, /assumed-role/);
    });

    it('DeleteAccessKey: makes room for another, which never has its id', async () => {
      const { UserName, AccessKeyId } = await makeIamUser();
      await iam.createAccessKey({ UserName });
      await assert.rejects(iam.createAccessKey({ UserName }), { name: 'LimitExceededException' });

      await iam.deleteAccessKey({ UserName, AccessKeyId });

      const { AccessKey } = await iam.createAccessKey({ UserName });
      assert.notEqual(AccessKey!.AccessKeyId, AccessKeyId);
    });

    it('DeleteAccessKey: deletes the key of whom it names, and of nobody else', async () => {
      const [ada, bob] = [await makeIamUser(), await makeIamUser()];

      for (const change of [
        () => iam.deleteAccessKey({ UserName: ada.UserName, AccessKeyId: bob.AccessKeyId }),
        () =>
          iam.updateAccessKey({
            UserName: ada.UserName,
            AccessKeyId: bob.AccessKeyId,
            Status: 'Inactive',
          }),
      ])
        await assert.rejects(change, {
          name: 'NoSuchEntityException',
          message: `The Access Key with id ${bob.AccessKeyId} cannot be found.`,
        });

      assert.ok(await whoIs(bob.client));
    });

    it('UpdateAccessKey: stops a key and lets it sign again, and ListAccessKeys says which', async () => {
      const { UserName, AccessKeyId, client } = await makeIamUser();
      const statusOf = async () => (await iam.listAccessKeys({ UserName })).AccessKeyMetadata![0]!.Status;

      await iam.updateAccessKey({ UserName, AccessKeyId, Status: 'Inactive' });
      await assert.rejects(whoIs(client), { name: 'InvalidClientTokenId' });
      assert.equal(await statusOf(), 'Inactive');

      await iam.updateAccessKey({ UserName, AccessKeyId, Status: 'Active' });
      assert.ok(await whoIs(client));
      assert.equal(await statusOf(), 'Active');
    });

    it('UpdateAccessKey: sets no status that only AWS gives', async () => {
      const { UserName, AccessKeyId, client } = await makeIamUser();

      await assert.rejects(iam.updateAccessKey({ UserName, AccessKeyId, Status: 'Expired' }), {
        name: 'InvalidInputException',
      });
      assert.ok(await whoIs(client));
    });

    it('ListAccessKeys: pages through the keys of a user, without their secrets', async () => {
      const { UserName, AccessKeyId } = await makeIamUser();
      const { AccessKey } = await iam.createAccessKey({ UserName });

      const first = await iam.listAccessKeys({ UserName, MaxItems: 1 });
      const second = await iam.listAccessKeys({ UserName, MaxItems: 1, Marker: first.Marker });

      const listed = [...first.AccessKeyMetadata!, ...second.AccessKeyMetadata!];
      assert.equal(listed.length, 2);
      assert.deepEqual(
        new Set(listed.map((each) => each.AccessKeyId)),
        new Set([AccessKeyId, AccessKey!.AccessKeyId]),
      );
      assert.deepEqual([first.IsTruncated, second.IsTruncated, second.Marker], [true, false, undefined]);
      assert.ok(!JSON.stringify(listed).includes(AccessKey!.SecretAccessKey!));
      await assert.rejects(iam.listAccessKeys({ UserName, Marker: 'not ours' }), {
        name: 'ValidationError',
      });
    });

    it('are the caller’s own where no name is given, and root’s are none of IAM’s', async () => {
      const { UserName, AccessKeyId, client } = await makeIamUser(policy(allow('iam:*')));
      const own = new IAM(client);
      const second = await addKey(UserName);

      assert.equal((await own.getUser({})).User!.UserName, UserName);
      assert.equal((await own.listAccessKeys({})).AccessKeyMetadata!.length, 2);
      await own.updateAccessKey({ AccessKeyId: second.AccessKeyId, Status: 'Inactive' });
      await own.deleteAccessKey({ AccessKeyId: second.AccessKeyId });

      assert.deepEqual(
        (await own.listAccessKeys({})).AccessKeyMetadata!.map((each) => each.AccessKeyId),
        [AccessKeyId],
      );
      for (const asRoot of [
        () => iam.listAccessKeys({}),
        () => iam.getUser({}),
        () => iam.deleteAccessKey({ AccessKeyId }),
        () => iam.updateAccessKey({ AccessKeyId, Status: 'Inactive' }),
      ])
        await assert.rejects(asRoot, { name: 'ValidationError', message: /Must specify userName/ });
    });
  });

  describe('users', () => {
    it('DeleteUser: refuses while keys or policies are left, and ends the user then', async () => {
      const { UserName, AccessKeyId } = await makeIamUser(policy(allow('iam:*')));
      const conflict = { name: 'DeleteConflictException' };

      await assert.rejects(iam.deleteUser({ UserName }), { ...conflict, message: /access keys/ });
      await iam.deleteAccessKey({ UserName, AccessKeyId });
      await assert.rejects(iam.deleteUser({ UserName }), { ...conflict, message: /policies/ });
      await iam.deleteUserPolicy({ UserName, PolicyName: 'p' });
      await iam.deleteUser({ UserName });

      await assert.rejects(iam.getUser({ UserName }), {
        name: 'NoSuchEntityException',
        message: `The user with name ${UserName} cannot be found.`,
      });
      await assert.rejects(iam.deleteUser({ UserName }), { name: 'NoSuchEntityException' });
    });

    it('DeleteUser: leaves nothing to a user who is made again under the same name', async () => {
      const { UserName, AccessKeyId, client } = await makeIamUser();
      const { User: before } = await iam.getUser({ UserName });
      await iam.deleteAccessKey({ UserName, AccessKeyId });
      await iam.deleteUser({ UserName });

      const { User: again } = await iam.createUser({ UserName });

      assert.notEqual(again!.UserId, before!.UserId);
      assert.deepEqual((await iam.listAccessKeys({ UserName })).AccessKeyMetadata, []);
      await assert.rejects(whoIs(client), { name: 'InvalidClientTokenId' });
    });

    it('DeleteUser: does not lose a key that is made at the same time', async () => {
      for (let round = 0; round < 20; round += 1) {
        const UserName = `raced-${round}`;
        await iam.createUser({ UserName });

        const [deleted, created] = await Promise.allSettled([
          iam.deleteUser({ UserName }),
          iam.createAccessKey({ UserName }),
        ]);

        assert.ok((deleted.status === 'fulfilled') !== (created.status === 'fulfilled'));
      }
    });

    it('GetUser: shows a user as CreateUser made them', async () => {
      const { User } = await iam.createUser({
        UserName: 'Shown',
        Path: '/team/',
        Tags: [{ Key: 'team', Value: 'a' }],
      });

      assert.deepEqual((await iam.getUser({ UserName: 'shown' })).User, User);
    });
  });
});
