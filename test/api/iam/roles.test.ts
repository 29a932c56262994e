/** IAM roles, users, keys and policies, through the official clients; policies are read back by what they allow. */
import assert from 'node:assert/strict';
import { CognitoIdentityProvider } from '@aws-sdk/client-cognito-identity-provider';
import { IAM } from '@aws-sdk/client-iam';
import { STS } from '@aws-sdk/client-sts';
import { startServer, type TestServer } from '../../support/servers/server.ts';

const ROOT_TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::123456789012:root' }, Action: 'sts:AssumeRole' },
  ],
});
const policy = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const allow = (Action: string, Resource = '*', more: object = {}) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...more,
});

describe('iam', () => {
  let server: TestServer;
  let iam: IAM;

  before(async () => {
    server = await startServer();
    iam = new IAM(server.client);
  });
  after(() => server.close());

  /** A user with that policy, and how he signs. */
  async function makeIamUser(UserName: string, PolicyDocument?: string) {
    await iam.createUser({ UserName });
    if (PolicyDocument) await iam.putUserPolicy({ UserName, PolicyName: 'p', PolicyDocument });
    const { AccessKey } = await iam.createAccessKey({ UserName });
    return server.clientAs({
      accessKeyId: AccessKey!.AccessKeyId!,
      secretAccessKey: AccessKey!.SecretAccessKey!,
    });
  }
  const listPools = (client: Awaited<ReturnType<typeof makeIamUser>>) =>
    new CognitoIdentityProvider(client).listUserPools({ MaxResults: 1 });

  it('CreateRole: makes a role that GetRole shows', async () => {
    const { Role } = await iam.createRole({
      RoleName: 'shown',
      Path: '/team/',
      AssumeRolePolicyDocument: ROOT_TRUST,
      Description: 'a <role> & more',
      MaxSessionDuration: 7200,
      Tags: [{ Key: 'team', Value: 'a' }],
    });

    const { Role: shown } = await iam.getRole({ RoleName: 'SHOWN' });

    assert.deepEqual(shown, Role);
    assert.equal(shown!.Arn, 'arn:aws:iam::123456789012:role/team/shown');
    assert.equal(decodeURIComponent(shown!.AssumeRolePolicyDocument!), ROOT_TRUST);
    assert.deepEqual(
      [shown!.Description, shown!.MaxSessionDuration, shown!.Tags],
      ['a <role> & more', 7200, [{ Key: 'team', Value: 'a' }]],
    );
  });

  it('GetRole: says that a role is not there', async () => {
    await iam.createRole({ RoleName: 'there', AssumeRolePolicyDocument: ROOT_TRUST });

    assert.equal((await iam.getRole({ RoleName: 'there' })).Role!.RoleName, 'there');
    await assert.rejects(iam.getRole({ RoleName: 'absent' }), {
      name: 'NoSuchEntityException',
      message: 'The role with name absent cannot be found.',
    });
  });

  it('gives one name to one role, of a hundred who ask at once', async () => {
    const asked = await Promise.allSettled(
      Array.from({ length: 100 }, () =>
        iam.createRole({ RoleName: 'wanted', AssumeRolePolicyDocument: ROOT_TRUST }),
      ),
    );

    assert.equal(asked.filter(({ status }) => status === 'fulfilled').length, 1);
    assert.ok(
      asked.every(
        (each) =>
          each.status === 'fulfilled' || (each.reason as Error).name === 'EntityAlreadyExistsException',
      ),
    );
  });

  it('refuses policies that it does not understand', async () => {
    for (const document of [
      '{',
      '{"Version":"2012-10-17"}',
      policy({ Effect: 'Allow', Action: '*', Resource: '*' }),
      policy({ Effect: 'allow', Principal: '*', Action: 'sts:*' }),
    ]) {
      await assert.rejects(iam.createRole({ RoleName: 'bad', AssumeRolePolicyDocument: document }), {
        name: 'MalformedPolicyDocumentException',
      });
    }
    await iam.createUser({ UserName: 'bad-policy' });
    for (const document of [
      policy(allow('s3:GetObject', 'no-arn')),
      policy({ ...allow('*'), Condition: { StringEqualz: { 'aws:username': 'x' } } }),
      policy({ ...allow('*'), Conditions: {} }),
    ]) {
      await assert.rejects(
        iam.putUserPolicy({ UserName: 'bad-policy', PolicyName: 'p', PolicyDocument: document }),
        { name: 'MalformedPolicyDocumentException' },
      );
    }
  });

  it('PutRolePolicy: decides what a session of the role may do, from the next call on', async () => {
    await iam.createRole({ RoleName: 'worker', AssumeRolePolicyDocument: ROOT_TRUST });
    const client = await makeIamUser('boss', policy(allow('sts:AssumeRole')));
    const { Credentials } = await new STS(client).assumeRole({
      RoleArn: 'arn:aws:iam::123456789012:role/worker',
      RoleSessionName: 'now',
    });
    const session = server.clientAs({
      accessKeyId: Credentials!.AccessKeyId!,
      secretAccessKey: Credentials!.SecretAccessKey!,
      sessionToken: Credentials!.SessionToken,
    });
    await assert.rejects(listPools(session), { name: 'AccessDeniedException' });

    await iam.putRolePolicy({
      RoleName: 'worker',
      PolicyName: 'list',
      PolicyDocument: policy(allow('cognito-idp:ListUserPools')),
    });
    assert.ok((await listPools(session)).UserPools);

    await iam.putRolePolicy({
      RoleName: 'worker',
      PolicyName: 'stop',
      PolicyDocument: policy({ Effect: 'Deny', Action: '*', Resource: '*' }),
    });
    await assert.rejects(listPools(session), {
      name: 'AccessDeniedException',
      message: /with an explicit deny in an identity-based policy/,
    });
  });

  it('CreateUser: makes a user who may do nothing', async () => {
    const { User } = await iam.createUser({ UserName: 'nobody', Path: '/staff/' });
    const { AccessKey } = await iam.createAccessKey({ UserName: 'nobody' });

    const client = server.clientAs({
      accessKeyId: AccessKey!.AccessKeyId!,
      secretAccessKey: AccessKey!.SecretAccessKey!,
    });

    assert.equal((await new STS(client).getCallerIdentity({})).Arn, User!.Arn);
    assert.equal(User!.Arn, 'arn:aws:iam::123456789012:user/staff/nobody');
    await assert.rejects(listPools(client), {
      name: 'AccessDeniedException',
      message: /because no identity-based policy allows the cognito-idp:ListUserPools action/,
    });
    await assert.rejects(iam.createUser({ UserName: 'NOBODY' }), { name: 'EntityAlreadyExistsException' });
  });

  it('PutUserPolicy: allows what it says, under the conditions that it says', async () => {
    const client = await makeIamUser(
      'careful',
      policy(
        allow('cognito-idp:ListUserPools', '*', {
          Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } },
        }),
      ),
    );
    await assert.rejects(listPools(client), { name: 'AccessDeniedException' });

    await iam.putUserPolicy({
      UserName: 'careful',
      PolicyName: 'p',
      PolicyDocument: policy(
        allow('cognito-idp:ListUserPools', '*', {
          Condition: {
            IpAddress: { 'aws:SourceIp': '127.0.0.0/8' },
            StringEquals: { 'aws:username': '${aws:username}' },
          },
        }),
      ),
    });

    assert.ok((await listPools(client)).UserPools);
    assert.equal((await new STS(client).getCallerIdentity({})).Account, '123456789012');
  });

  it('CreateAccessKey: gives two keys at most, also when ten are asked for at once', async () => {
    await iam.createUser({ UserName: 'keys' });

    const asked = await Promise.allSettled(
      Array.from({ length: 10 }, () => iam.createAccessKey({ UserName: 'keys' })),
    );

    const made = asked.flatMap((each) => (each.status === 'fulfilled' ? [each.value.AccessKey!] : []));
    assert.equal(made.length, 2);
    for (const { AccessKeyId, SecretAccessKey } of made) {
      const { UserId } = await new STS(
        server.clientAs({ accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey! }),
      ).getCallerIdentity({});
      assert.match(UserId!, /^AIDA/);
    }
    assert.ok(
      asked.every(
        (each) => each.status === 'fulfilled' || (each.reason as Error).name === 'LimitExceededException',
      ),
    );
  });
});
