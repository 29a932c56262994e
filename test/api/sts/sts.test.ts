/** STS through the official client: who calls, and taking roles. */
import assert from 'node:assert/strict';
import { CognitoIdentityProvider } from '@aws-sdk/client-cognito-identity-provider';
import { IAM } from '@aws-sdk/client-iam';
import { STS, type AssumeRoleRequest } from '@aws-sdk/client-sts';
import { ROOT, startServer, type TestServer } from '../../support/servers/server.ts';
import { signed } from '../../support/signing.ts';

const ACCOUNT = 'arn:aws:iam::123456789012';
const trust = (AWS: string, Condition: object = {}, Action: string | string[] = 'sts:AssumeRole') =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS }, Action, Condition }],
  });

describe('sts', () => {
  let server: TestServer;
  let iam: IAM;
  let users = 0;

  before(async () => {
    server = await startServer();
    iam = new IAM(server.client);
  });
  after(() => server.close());

  async function makeCaller(...Statement: object[]) {
    const UserName = `caller-${(users += 1)}`;
    await iam.createUser({ UserName });
    if (Statement.length > 0)
      await iam.putUserPolicy({
        UserName,
        PolicyName: 'p',
        PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement }),
      });
    const { AccessKey } = await iam.createAccessKey({ UserName });
    return {
      UserName,
      sts: new STS(
        server.clientAs({
          accessKeyId: AccessKey!.AccessKeyId!,
          secretAccessKey: AccessKey!.SecretAccessKey!,
        }),
      ),
    };
  }
  async function makeRole(AssumeRolePolicyDocument: string, MaxSessionDuration?: number): Promise<string> {
    const RoleName = `role-${(users += 1)}`;
    await iam.createRole({ RoleName, AssumeRolePolicyDocument, MaxSessionDuration });
    await iam.putRolePolicy({
      RoleName,
      PolicyName: 'all',
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
      }),
    });
    return `${ACCOUNT}:role/${RoleName}`;
  }
  const assume = (sts: STS, RoleArn: string, more: Partial<AssumeRoleRequest> = {}) =>
    sts.assumeRole({ RoleArn, RoleSessionName: 'test', ...more });
  const asSession = ({ Credentials }: Awaited<ReturnType<typeof assume>>) =>
    server.clientAs({
      accessKeyId: Credentials!.AccessKeyId!,
      secretAccessKey: Credentials!.SecretAccessKey!,
      sessionToken: Credentials!.SessionToken!,
    });
  const mayAssume = { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' };

  it('GetCallerIdentity: tells everyone who he is, even one who is denied everything', async () => {
    const { UserName, sts } = await makeCaller({ Effect: 'Deny', Action: '*', Resource: '*' });

    const { Arn, Account } = await sts.getCallerIdentity({});

    assert.deepEqual([Arn, Account], [`${ACCOUNT}:user/${UserName}`, '123456789012']);
    assert.equal((await new STS(server.client).getCallerIdentity({})).Arn, `${ACCOUNT}:root`);
    await assert.rejects(assume(sts, `${ACCOUNT}:role/none-of-that-name`), { name: 'AccessDenied' });
  });

  it('takes its parameters from the query of a POST, signed with it', async () => {
    const { UserName } = await makeCaller();
    await iam.createRole({ RoleName: `queried-${UserName}`, AssumeRolePolicyDocument: trust('*') });
    const post = async (query: Record<string, string>, body = '', signedQuery = query) => {
      const url = new URL(server.url);
      const request = {
        method: 'POST',
        path: '/',
        query: signedQuery,
        headers: { host: url.host, 'content-type': 'application/x-www-form-urlencoded' },
        body,
      };
      const { headers } = await signed(request, {
        credentials: ROOT,
        at: server.clock.now(),
        service: 'iam',
      });
      const response = await fetch(`${server.url}/?${new URLSearchParams(query).toString()}`, {
        method: 'POST',
        headers: Object.fromEntries(headers),
        body,
      });
      return { status: response.status, text: await response.text() };
    };
    const named = { Action: 'GetRole', Version: '2010-05-08', RoleName: `queried-${UserName}` };

    const all = await post(named);
    assert.equal(all.status, 200, all.text);
    assert.match(all.text, new RegExp(`<RoleName>queried-${UserName}</RoleName>`));
    const { RoleName, ...others } = named;
    assert.equal((await post(others, `RoleName=${RoleName}`)).status, 200);
    assert.match((await post(named, `RoleName=another`)).text, /MalformedInput/);
    assert.equal((await post({ ...named, RoleName: 'another' }, '', named)).status, 403);
  });

  it('AssumeRole: gives credentials that speak as the role', async () => {
    const { UserName, sts } = await makeCaller();
    const RoleArn = await makeRole(trust(`${ACCOUNT}:user/${UserName}`));

    const assumed = await assume(sts, RoleArn);

    const { Arn, UserId } = await new STS(asSession(assumed)).getCallerIdentity({});
    assert.equal(Arn, assumed.AssumedRoleUser!.Arn);
    assert.equal(UserId, assumed.AssumedRoleUser!.AssumedRoleId);
    assert.match(assumed.Credentials!.AccessKeyId!, /^ASIA[A-Z2-7]{16}$/);
  });

  it('ends credentials when their time is up', async () => {
    const own = await startServer();
    const root = new IAM(own.client);
    await root.createUser({ UserName: 'u' });
    await root.createRole({ RoleName: 'r', AssumeRolePolicyDocument: trust(`${ACCOUNT}:user/u`) });
    const { AccessKey } = await root.createAccessKey({ UserName: 'u' });
    const user = new STS(
      own.clientAs({ accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! }),
    );
    const { Credentials } = await assume(user, `${ACCOUNT}:role/r`, { DurationSeconds: 900 });
    const credentials = {
      accessKeyId: Credentials!.AccessKeyId!,
      secretAccessKey: Credentials!.SecretAccessKey!,
      sessionToken: Credentials!.SessionToken!,
    };

    own.clock.pass(899);
    assert.ok((await new STS(own.clientAs(credentials)).getCallerIdentity({})).Arn);
    own.clock.pass(2);
    await assert.rejects(new STS(own.clientAs(credentials)).getCallerIdentity({}), { name: 'ExpiredToken' });
    await own.close();
  });

  it("leaves it to the principal's own policies where the trust names the account", async () => {
    const RoleArn = await makeRole(trust(`${ACCOUNT}:root`));
    const [may, mayNot] = [await makeCaller(mayAssume), await makeCaller()];

    assert.ok((await assume(may.sts, RoleArn)).Credentials);
    await assert.rejects(assume(mayNot.sts, RoleArn), {
      name: 'AccessDenied',
      message: /is not authorized to perform: sts:AssumeRole on resource/,
    });
  });

  it("heeds a Deny of the principal's own although the trust names him", async () => {
    const denied = await makeCaller({
      Effect: 'Deny',
      Action: 'sts:AssumeRole',
      Resource: '*',
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    });
    const RoleArn = await makeRole(trust(`${ACCOUNT}:user/${denied.UserName}`));

    await assert.rejects(assume(denied.sts, RoleArn), { name: 'AccessDenied' });
  });

  it('answers for a role that is not there as for one that does not trust', async () => {
    const { sts } = await makeCaller(mayAssume);
    const other = await makeCaller();
    const RoleArn = await makeRole(trust(`${ACCOUNT}:user/${other.UserName}`));
    const answer = (arn: string) =>
      assume(sts, arn).catch(({ name, message }: Error) => [name, message.replace(arn, '')]);

    assert.deepEqual(await answer(RoleArn), await answer(`${ACCOUNT}:role/absent`));
  });

  it('asks for the external id that the trust demands', async () => {
    const { sts } = await makeCaller(mayAssume);
    const RoleArn = await makeRole(
      trust(`${ACCOUNT}:root`, { StringEquals: { 'sts:ExternalId': 'secret-42' } }),
    );

    assert.ok((await assume(sts, RoleArn, { ExternalId: 'secret-42' })).Credentials);
    await assert.rejects(assume(sts, RoleArn, { ExternalId: 'other' }), { name: 'AccessDenied' });
    await assert.rejects(assume(sts, RoleArn), { name: 'AccessDenied' });
  });

  it('narrows a session by its policy, and widens none', async () => {
    const { sts } = await makeCaller(mayAssume);
    const RoleArn = await makeRole(trust(`${ACCOUNT}:root`));
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'cognito-idp:ListUserPools', Resource: '*' }],
    });

    const narrow = new CognitoIdentityProvider(asSession(await assume(sts, RoleArn, { Policy })));

    assert.ok((await narrow.listUserPools({ MaxResults: 1 })).UserPools);
    await assert.rejects(narrow.createUserPool({ PoolName: 'p' }), {
      name: 'AccessDeniedException',
      message: /because no session policy allows/,
    });
  });

  it('names the session policy that is too long, before it looks at the role or at the token', async () => {
    const { sts } = await makeCaller(mayAssume);
    const RoleArn = `${ACCOUNT}:role/nowhere`;
    const named = { RoleArn, RoleSessionName: 'test', Policy: '{}'.padEnd(2049) };

    for (const assuming of [
      () => sts.assumeRole(named),
      () => sts.assumeRoleWithWebIdentity({ ...named, WebIdentityToken: 'none' }),
      () => sts.assumeRoleWithSAML({ ...named, PrincipalArn: RoleArn, SAMLAssertion: 'none' }),
    ])
      await assert.rejects(assuming, {
        name: 'ValidationError',
        message:
          "1 validation error detected: Value at 'policy' failed to satisfy constraint: Member must have length less than or equal to 2048",
      });
  });

  it('bounds how long a session lasts, a chained one to an hour', async () => {
    const { sts } = await makeCaller(mayAssume);
    const [first, second] = [
      await makeRole(trust(`${ACCOUNT}:root`), 7200),
      await makeRole(trust(`${ACCOUNT}:root`), 43_200),
    ];

    await assert.rejects(assume(sts, first, { DurationSeconds: 7201 }), { name: 'ValidationError' });
    const chained = new STS(asSession(await assume(sts, first, { DurationSeconds: 7200 })));
    await assert.rejects(assume(chained, second, { DurationSeconds: 3601 }), { name: 'ValidationError' });
    assert.ok((await assume(chained, second, { DurationSeconds: 3600 })).Credentials);
  });

  it('carries session tags only where the trust allows tagging', async () => {
    const { sts } = await makeCaller(mayAssume, { Effect: 'Allow', Action: 'sts:TagSession', Resource: '*' });
    const [tags, noTags] = [
      await makeRole(trust(`${ACCOUNT}:root`, {}, ['sts:AssumeRole', 'sts:TagSession'])),
      await makeRole(trust(`${ACCOUNT}:root`)),
    ];
    const Tags = [{ Key: 'team', Value: 'a' }];

    assert.ok((await assume(sts, tags, { Tags })).Credentials);
    await assert.rejects(assume(sts, noTags, { Tags }), { name: 'AccessDenied' });
  });

  it('lets root take no role', async () => {
    const RoleArn = await makeRole(trust(`${ACCOUNT}:root`));

    await assert.rejects(assume(new STS(server.client), RoleArn), { name: 'AccessDenied' });
  });

  it('refuses what it does not carry out', async () => {
    const { sts } = await makeCaller(mayAssume);
    const RoleArn = await makeRole(trust(`${ACCOUNT}:root`));

    for (const more of [
      { SerialNumber: 'arn:aws:iam::1:mfa/x', TokenCode: '123456' },
      { PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/ReadOnly' }] },
      { TransitiveTagKeys: ['a'] },
    ]) {
      await assert.rejects(assume(sts, RoleArn, more), {
        name: 'ValidationError',
        message: /is not supported/,
      });
    }
  });

  it("refuses a key with another session's token, and a session's key without one", async () => {
    const { sts } = await makeCaller(mayAssume);
    const RoleArn = await makeRole(trust(`${ACCOUNT}:root`));
    const [one, other] = [
      (await assume(sts, RoleArn)).Credentials!,
      (await assume(sts, RoleArn)).Credentials!,
    ];
    const call = (sessionToken?: string) =>
      new STS(
        server.clientAs({
          accessKeyId: one.AccessKeyId!,
          secretAccessKey: one.SecretAccessKey!,
          sessionToken,
        }),
      ).getCallerIdentity({});

    await assert.rejects(call(other.SessionToken), { name: 'InvalidClientTokenId' });
    await assert.rejects(call(), { name: 'InvalidClientTokenId' });
    assert.ok((await call(one.SessionToken)).Arn);
  });
});
