/**
 * Why a role was refused, in the log: the statement and what of it did not match. The answer does not say it, and the
 * line holds no token, key or assertion.
 */
import assert from 'node:assert/strict';
import { IAM } from '@aws-sdk/client-iam';
import { CognitoIdentity } from '@aws-sdk/client-cognito-identity';
import { STS } from '@aws-sdk/client-sts';
import {
  createIdentityWorld,
  IDENTITY_POOLS,
  ofIdentityPool,
  trustOf,
  type IdentityWorld,
} from '../../support/identity-pool.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';
import type { Credentials } from '../../support/signing.ts';

const ACCOUNT = 'arn:aws:iam::123456789012';
const statement = (more: object) => ({ Effect: 'Allow', Resource: '*', ...more });
const trust = (...Statement: readonly object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement });
const letting = (more: object) => ({
  Effect: 'Allow',
  Principal: { AWS: '123456789012' },
  Action: 'sts:AssumeRole',
  ...more,
});

describe('a refused role leaves a line that says why', () => {
  const logged: object[] = [];
  let server: TestServer;
  let world: IdentityWorld;
  let keys: Credentials;
  let secrets: string[];

  before(async () => {
    server = await startServer({ logged });
    world = await createIdentityWorld(server);
    const iam = new IAM(server.client);
    await iam.createUser({ UserName: 'caller' });
    // A trust policy names only users that there are.
    await iam.createUser({ UserName: 'caller-2' });
    await iam.putUserPolicy({
      UserName: 'caller',
      PolicyName: 'mine',
      PolicyDocument: trust(
        statement({ Action: 'sts:AssumeRole', Resource: `${ACCOUNT}:role/role-*` }),
        statement({ Action: 'cognito-identity:SetIdentityPoolRoles' }),
        statement({ Sid: 'PassOne', Action: 'iam:PassRole', Resource: `${ACCOUNT}:role/passable` }),
        { Sid: 'NotThat', Effect: 'Deny', Action: 'iam:PassRole', Resource: `${ACCOUNT}:role/never` },
      ),
    });
    const { AccessKey } = await iam.createAccessKey({ UserName: 'caller' });
    keys = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! };
    secrets = [keys.secretAccessKey];
  });
  after(() => server.close());

  const assume = (RoleArn: string, more: { ExternalId?: string } = {}) =>
    new STS(server.clientAs(keys)).assumeRole({ RoleArn, RoleSessionName: 'session', ...more });

  /** @param why of the line; the answer has nothing of it */
  async function assertWhy(call: () => Promise<unknown>, why: RegExp): Promise<void> {
    logged.splice(0);
    const error: unknown = await call().then(
      () => assert.fail('the role was given'),
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof Error && '$metadata' in error);
    const all = JSON.stringify(logged);
    assert.equal(logged.length, 1, all);
    const line = logged[0] as { requestId?: string; why?: string };
    assert.equal(line.requestId, (error.$metadata as { requestId?: string }).requestId);
    assert.match(line.why ?? '', why, all);
    assert.ok(!error.message.includes(line.why!), error.message);
    for (const each of secrets) assert.ok(!all.includes(each), all);
  }

  it('AssumeRole: there is no such role', async () => {
    await assertWhy(() => assume(`${ACCOUNT}:role/role-absent`), /^there is no such role$/);
  });
  it('AssumeRole: another principal, another action, a condition', async () => {
    const role = await world.makeRole(
      trust(
        letting({ Sid: 'Other', Principal: { AWS: `${ACCOUNT}:user/caller-2` } }),
        letting({ Action: 'sts:TagSession' }),
        letting({ Sid: 'ById', Condition: { StringEquals: { 'sts:ExternalId': 'the-right-one' } } }),
      ),
    );
    secrets.push('a-guessed-one', 'the-right-one');

    await assertWhy(
      () => assume(role, { ExternalId: 'a-guessed-one' }),
      /^sts:AssumeRole: trust policy, statement \d \(Other\): principal; statement \d: action; statement \d \(ById\): condition StringEquals sts:ExternalId$/,
    );
  });
  it('AssumeRole: a Deny of the trust policy', async () => {
    const role = await world.makeRole(trust(letting({}), letting({ Sid: 'Never', Effect: 'Deny' })));

    await assertWhy(() => assume(role), /statement \d: Allow; statement \d \(Never\): Deny$/);
  });
  it("AssumeRole: the principal's own policies", async () => {
    const { Role } = await world.iam.createRole({
      RoleName: 'elsewhere',
      AssumeRolePolicyDocument: trust(letting({})),
    });

    await assertWhy(() => assume(Role!.Arn!), /^inline policy mine of user caller, statement \d: resource$/);
  });
  it('AssumeRoleWithWebIdentity: the condition of the trust policy', async () => {
    const IdentityPoolId = await world.makePool({ AllowClassicFlow: true });
    const role = await world.makeRole(trustOf(ofIdentityPool('us-east-1:another')));
    const Logins = await world.loginOf('ada');
    const { IdentityId } = await world.identity.getId({ IdentityPoolId, Logins });
    const { Token } = await world.identity.getOpenIdToken({ IdentityId, Logins });
    secrets.push(Token!, ...Object.values(Logins));

    await assertWhy(
      () =>
        new STS(server.client).assumeRoleWithWebIdentity({
          RoleArn: role,
          RoleSessionName: 'session',
          WebIdentityToken: Token,
        }),
      /^sts:AssumeRoleWithWebIdentity: trust policy, statement \d: condition StringEquals cognito-identity\.amazonaws\.com:aud$/,
    );
  });
  for (const [title, document, why] of [
    [
      'of another pool',
      trustOf(ofIdentityPool('us-east-1:another')),
      /statement \d: condition StringEquals cognito-identity\.amazonaws\.com:aud$/,
    ],
    ['of another issuer', trustOf({}, 'accounts.google.com'), /statement \d: principal$/],
  ] as const)
    it(`GetCredentialsForIdentity: a role ${title}`, async () => {
      const IdentityPoolId = await world.makePool();
      const authenticated = await world.makeRole(document);
      await world.identity.setIdentityPoolRoles({ IdentityPoolId, Roles: { authenticated } });
      const Logins = await world.loginOf('ada');
      const { IdentityId } = await world.identity.getId({ IdentityPoolId, Logins });
      secrets.push(...Object.values(Logins));

      await assertWhy(() => world.identity.getCredentialsForIdentity({ IdentityId, Logins }), why);
    });
  for (const [role, why] of [
    ['other', /^inline policy mine of user caller, statement \d \(PassOne\): resource$/],
    ['never', /^inline policy mine of user caller, statement \d \(NotThat\): deny$/],
  ] as const)
    it(`passing the role ${role}`, async () => {
      const IdentityPoolId = await world.makePool();
      await world.iam.createRole({
        RoleName: role,
        AssumeRolePolicyDocument: trustOf(ofIdentityPool(IdentityPoolId), IDENTITY_POOLS),
      });
      const identity = new CognitoIdentity(server.clientAs(keys));
      const Roles = { authenticated: `${ACCOUNT}:role/${role}` };

      await assertWhy(() => identity.setIdentityPoolRoles({ IdentityPoolId, Roles }), why);
    });
});
