/**
 * Inline policies and trust policies, as they are read and taken back: each change counts for the next call.
 *
 * Source: IAM API reference, each operation named.
 */
import assert from 'node:assert/strict';
import { CognitoIdentityProvider } from '@aws-sdk/client-cognito-identity-provider';
import { IAM } from '@aws-sdk/client-iam';
import { STS } from '@aws-sdk/client-sts';
import { startServer, type TestServer } from '../../support/servers/server.ts';

const ACCOUNT = 'arn:aws:iam::123456789012';
const policy = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const allow = (Action: string) => ({ Effect: 'Allow', Action, Resource: '*' });
const trusting = (name: string) =>
  policy({ Effect: 'Allow', Principal: { AWS: `${ACCOUNT}:user/${name}` }, Action: 'sts:AssumeRole' });
const ROOT_TRUST = policy({
  Effect: 'Allow',
  Principal: { AWS: `${ACCOUNT}:root` },
  Action: 'sts:AssumeRole',
});
type Client = TestServer['client'];

describe('policies of IAM', () => {
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
  const listPools = (client: Client) => new CognitoIdentityProvider(client).listUserPools({ MaxResults: 1 });

  describe('policies of a user', () => {
    it('DeleteUserPolicy: takes back what it allowed, for the next call', async () => {
      const { UserName, client } = await makeIamUser(policy(allow('cognito-idp:ListUserPools')));
      assert.ok(await listPools(client));

      await iam.deleteUserPolicy({ UserName, PolicyName: 'p' });

      await assert.rejects(listPools(client), { name: 'AccessDeniedException' });
      assert.deepEqual((await iam.listUserPolicies({ UserName })).PolicyNames, []);
      await assert.rejects(iam.deleteUserPolicy({ UserName, PolicyName: 'p' }), {
        name: 'NoSuchEntityException',
        message: 'The user policy with name p cannot be found.',
      });
    });

    it('GetUserPolicy: gives the text as PutUserPolicy got it, percent-encoded', async () => {
      const { UserName } = await makeIamUser();
      const PolicyDocument = policy({ ...allow('s3:*'), Sid: 'A' });
      await iam.putUserPolicy({ UserName, PolicyName: 'shown', PolicyDocument });

      const shown = await iam.getUserPolicy({ UserName: UserName.toUpperCase(), PolicyName: 'shown' });

      assert.deepEqual(
        [shown.UserName, shown.PolicyName, decodeURIComponent(shown.PolicyDocument!)],
        [UserName, 'shown', PolicyDocument],
      );
      assert.notEqual(shown.PolicyDocument, PolicyDocument);
      await assert.rejects(iam.getUserPolicy({ UserName, PolicyName: 'toString' }), {
        name: 'NoSuchEntityException',
      });
    });

    it('ListUserPolicies: pages through what PutUserPolicy wrote', async () => {
      const { UserName } = await makeIamUser();
      const names = ['b', 'c', '__proto__', 'a'];
      for (const PolicyName of names)
        await iam.putUserPolicy({ UserName, PolicyName, PolicyDocument: policy(allow('s3:*')) });

      const first = await iam.listUserPolicies({ UserName, MaxItems: 3 });
      const second = await iam.listUserPolicies({ UserName, Marker: first.Marker });

      assert.deepEqual([first.PolicyNames!.length, first.IsTruncated], [3, true]);
      assert.deepEqual([second.PolicyNames!.length, second.IsTruncated], [1, false]);
      assert.deepEqual([...first.PolicyNames!, ...second.PolicyNames!], names.toSorted());
    });
  });

  describe('roles', () => {
    it('DeleteRolePolicy: takes back what it allowed, from sessions too', async () => {
      const { RoleName, RoleArn } = await makeRole();
      const PolicyDocument = policy(allow('cognito-idp:ListUserPools'));
      await iam.putRolePolicy({ RoleName, PolicyName: 'list', PolicyDocument });
      const { client } = await makeIamUser(policy(allow('sts:AssumeRole')));
      const session = await assume(client, RoleArn);
      assert.ok(await listPools(session));

      await iam.deleteRolePolicy({ RoleName, PolicyName: 'list' });

      await assert.rejects(listPools(session), { name: 'AccessDeniedException' });
      assert.deepEqual((await iam.listRolePolicies({ RoleName })).PolicyNames, []);
      await iam.deleteRole({ RoleName });
      await assert.rejects(iam.deleteRolePolicy({ RoleName, PolicyName: 'list' }), {
        name: 'NoSuchEntityException',
        message: `The role with name ${RoleName} cannot be found.`,
      });
    });

    it('GetRolePolicy: gives the text as PutRolePolicy got it, percent-encoded', async () => {
      const { RoleName } = await makeRole();
      const PolicyDocument = policy(allow('s3:GetObject'));
      await iam.putRolePolicy({ RoleName, PolicyName: 'p', PolicyDocument });

      const shown = await iam.getRolePolicy({ RoleName, PolicyName: 'p' });

      assert.deepEqual(
        [shown.RoleName, shown.PolicyName, decodeURIComponent(shown.PolicyDocument!)],
        [RoleName, 'p', PolicyDocument],
      );
      await assert.rejects(iam.getRolePolicy({ RoleName, PolicyName: 'q' }), {
        name: 'NoSuchEntityException',
        message: 'The role policy with name q cannot be found.',
      });
    });

    it('ListRolePolicies: pages through what PutRolePolicy wrote', async () => {
      const { RoleName } = await makeRole();
      for (const PolicyName of ['b', 'a'])
        await iam.putRolePolicy({ RoleName, PolicyName, PolicyDocument: policy(allow('s3:*')) });

      const first = await iam.listRolePolicies({ RoleName, MaxItems: 1 });
      const second = await iam.listRolePolicies({ RoleName, Marker: first.Marker });

      assert.deepEqual([first.PolicyNames, first.IsTruncated], [['a'], true]);
      assert.deepEqual([second.PolicyNames, second.IsTruncated], [['b'], false]);
    });

    it('UpdateAssumeRolePolicy: decides who may take the role from the next call on', async () => {
      const [ada, bob] = [await makeIamUser(), await makeIamUser()];
      const { RoleName, RoleArn } = await makeRole(trusting(ada.UserName));
      await assume(ada.client, RoleArn);
      await assert.rejects(assume(bob.client, RoleArn), { name: 'AccessDenied' });

      await iam.updateAssumeRolePolicy({ RoleName, PolicyDocument: trusting(bob.UserName) });

      await assert.rejects(assume(ada.client, RoleArn), { name: 'AccessDenied' });
      await assume(bob.client, RoleArn);
      const { Role } = await iam.getRole({ RoleName });
      assert.equal(decodeURIComponent(Role!.AssumeRolePolicyDocument!), trusting(bob.UserName));
    });

    it('UpdateAssumeRolePolicy: takes no trust policy that CreateRole would not take', async () => {
      const { RoleName } = await makeRole();
      const refusals = [
        ['{', 'MalformedPolicyDocumentException'],
        [policy(allow('sts:AssumeRole')), 'MalformedPolicyDocumentException'],
        [
          policy({
            Effect: 'Allow',
            Principal: { AWS: Array.from({ length: 400 }, (_, at) => `${ACCOUNT}:user/name-${at}`) },
            Action: 'sts:AssumeRole',
          }),
          'LimitExceededException',
        ],
      ] as const;

      for (const [PolicyDocument, name] of refusals) {
        await assert.rejects(iam.updateAssumeRolePolicy({ RoleName, PolicyDocument }), { name });
        await assert.rejects(
          iam.createRole({ RoleName: 'refused', AssumeRolePolicyDocument: PolicyDocument }),
          { name },
        );
      }
      const { Role } = await iam.getRole({ RoleName });
      assert.equal(decodeURIComponent(Role!.AssumeRolePolicyDocument!), ROOT_TRUST);
    });
  });
});
