/**
 * Who may take a role: what limits a session, whom a Deny reaches, what stays with a session, whom an ARN means.
 *
 * Sources: IAM user guide, "Policies and permissions" (session policies), "AWS JSON policy elements: Principal",
 * "Monitor and control actions taken with assumed roles", "Rules for tagging in IAM and AWS STS".
 */
import assert from 'node:assert/strict';
import { CognitoIdentity } from '@aws-sdk/client-cognito-identity';
import { CognitoIdentityProvider } from '@aws-sdk/client-cognito-identity-provider';
import { IAM } from '@aws-sdk/client-iam';
import { STS, type AssumeRoleRequest, type Credentials } from '@aws-sdk/client-sts';
import { IDENTITY_POOLS } from '../../support/identity-pool.ts';
import { createSamlRoles, STS_ATTRIBUTES, type SamlRoles } from '../../support/saml/saml-roles.ts';
import { startServer, type TestServer } from '../../support/servers/server.ts';

const ACCOUNT = 'arn:aws:iam::123456789012';
const ALL = { Effect: 'Allow', Action: '*', Resource: '*' };
const TAKING = ['sts:AssumeRole', 'sts:SetSourceIdentity', 'sts:TagSession'];
const policy = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const trusting = (...AWS: string[]) => policy({ Effect: 'Allow', Principal: { AWS }, Action: TAKING });
const ONLY_POOLS = policy({ Effect: 'Allow', Action: 'cognito-idp:*', Resource: '*' });
const POOLS_AND_ROLES = policy({
  Effect: 'Allow',
  Action: ['cognito-idp:*', 'sts:AssumeRole'],
  Resource: '*',
});
const REFUSED = { name: 'AccessDenied' };

describe('trust', () => {
  let server: TestServer;
  let iam: IAM;
  let world: SamlRoles;
  let provider: string;
  let made = 0;

  before(async () => {
    server = await startServer();
    iam = new IAM(server.client);
    world = await createSamlRoles(server);
    provider = await world.makeProvider();
  });
  after(() => server.close());

  const fresh = (kind: string) => `${kind}-${(made += 1)}`;
  async function makeUser(UserName = fresh('user')) {
    const { User } = await iam.createUser({ UserName });
    await iam.putUserPolicy({ UserName, PolicyName: 'p', PolicyDocument: policy(ALL) });
    const { AccessKey } = await iam.createAccessKey({ UserName });
    const sts = new STS(
      server.clientAs({
        accessKeyId: AccessKey!.AccessKeyId!,
        secretAccessKey: AccessKey!.SecretAccessKey!,
      }),
    );
    return { UserName, sts, arn: User!.Arn!, id: User!.UserId! };
  }
  async function removeUser(UserName: string) {
    await iam.deleteUserPolicy({ UserName, PolicyName: 'p' });
    for (const { AccessKeyId } of (await iam.listAccessKeys({ UserName })).AccessKeyMetadata!)
      await iam.deleteAccessKey({ UserName, AccessKeyId });
    await iam.deleteUser({ UserName });
  }
  async function makeRole(AssumeRolePolicyDocument: string, RoleName = fresh('role')) {
    const { Role } = await iam.createRole({ RoleName, AssumeRolePolicyDocument });
    await iam.putRolePolicy({ RoleName, PolicyName: 'p', PolicyDocument: policy(ALL) });
    return { RoleName, arn: Role!.Arn!, id: Role!.RoleId! };
  }
  async function removeRole(RoleName: string) {
    await iam.deleteRolePolicy({ RoleName, PolicyName: 'p' });
    await iam.deleteRole({ RoleName });
  }
  const take = (sts: STS, RoleArn: string, more: Partial<AssumeRoleRequest> = {}) =>
    sts.assumeRole({ RoleArn, RoleSessionName: 'test', ...more });
  const stsOf = ({ Credentials: given }: { Credentials?: Credentials }) =>
    new STS(
      server.clientAs({
        accessKeyId: given!.AccessKeyId!,
        secretAccessKey: given!.SecretAccessKey!,
        sessionToken: given!.SessionToken!,
      }),
    );
  const sessionArn = (roleName: string, session = 'test') =>
    `arn:aws:sts::123456789012:assumed-role/${roleName}/${session}`;
  const trustShown = async (RoleName: string) =>
    JSON.parse(decodeURIComponent((await iam.getRole({ RoleName })).Role!.AssumeRolePolicyDocument!));

  describe('in a session that is narrowed', () => {
    async function sessionWith(Policy?: string) {
      const user = await makeUser();
      const role = await makeRole(trusting(user.arn));
      return { ...role, sts: stsOf(await take(user.sts, role.arn, { Policy })) };
    }

    it('needs the session policy to allow it, also where the trust names the role', async () => {
      const [narrow, wide, whole] = [
        await sessionWith(ONLY_POOLS),
        await sessionWith(POOLS_AND_ROLES),
        await sessionWith(),
      ];

      for (const { arn: next } of [
        await makeRole(trusting(narrow.arn, wide.arn, whole.arn)),
        await makeRole(trusting('*')),
      ]) {
        await assert.rejects(take(narrow.sts, next), REFUSED);
        assert.ok((await take(wide.sts, next)).Credentials);
        assert.ok((await take(whole.sts, next)).Credentials);
      }
    });

    it('needs nothing else where the trust names the very session', async () => {
      const { sts, RoleName } = await sessionWith(ONLY_POOLS);
      const next = await makeRole(trusting(sessionArn(RoleName)));

      assert.ok((await take(sts, next.arn)).Credentials);
    });

    it('heeds a Deny of the session policy even there', async () => {
      const { sts, RoleName } = await sessionWith(
        policy(ALL, { Effect: 'Deny', Action: 'sts:AssumeRole', Resource: '*' }),
      );
      const next = await makeRole(trusting(sessionArn(RoleName)));

      await assert.rejects(take(sts, next.arn), REFUSED);
    });

    it('lets no guest of an identity pool take a role that trusts the role of guests', async () => {
      const identity = new CognitoIdentity(server.client);
      const { IdentityPoolId } = await identity.createIdentityPool({
        IdentityPoolName: 'p',
        AllowUnauthenticatedIdentities: true,
      });
      const guests = await makeRole(
        policy({
          Effect: 'Allow',
          Principal: { Federated: IDENTITY_POOLS },
          Action: 'sts:AssumeRoleWithWebIdentity',
          Condition: { StringEquals: { [`${IDENTITY_POOLS}:aud`]: IdentityPoolId } },
        }),
      );
      await identity.setIdentityPoolRoles({ IdentityPoolId, Roles: { unauthenticated: guests.arn } });
      const { IdentityId } = await identity.getId({ IdentityPoolId });
      const { Credentials: given } = await identity.getCredentialsForIdentity({ IdentityId });
      const guest = stsOf({ Credentials: { ...given!, SecretAccessKey: given!.SecretKey } as Credentials });

      await assert.rejects(take(guest, (await makeRole(trusting(guests.arn))).arn), REFUSED);
    });
  });

  describe('in all principals', () => {
    it('when denied, reaches those whom a provider brings', async () => {
      const allowing = {
        Effect: 'Allow',
        Principal: { Federated: provider },
        Action: 'sts:AssumeRoleWithSAML',
      };
      const denying = { Effect: 'Deny', Principal: { AWS: '*' }, Action: '*' };
      const [open, closed] = [await makeRole(policy(allowing)), await makeRole(policy(allowing, denying))];

      assert.ok((await world.trade(open.arn, provider)).Credentials);
      await assert.rejects(world.trade(closed.arn, provider), REFUSED);
    });

    it('when allowed, lets in nobody for whom others vouch', async () => {
      const role = await makeRole(policy({ Effect: 'Allow', Principal: { AWS: '*' }, Action: '*' }));

      await assert.rejects(world.trade(role.arn, provider), REFUSED);
    });
  });

  describe('of one who has a source identity', () => {
    async function known() {
      const user = await makeUser();
      const role = await makeRole(trusting(user.arn));
      const sts = stsOf(await take(user.sts, role.arn, { SourceIdentity: 'ada' }));
      return { sts, next: await makeRole(trusting(role.arn)), role };
    }

    it('keeps it in every session that is opened from there', async () => {
      const { sts, next } = await known();

      const chained = await take(sts, next.arn);

      assert.equal(chained.SourceIdentity, 'ada');
      const last = await makeRole(
        policy({
          Effect: 'Allow',
          Principal: { AWS: next.arn },
          Action: TAKING,
          Condition: { StringEquals: { 'sts:SourceIdentity': 'ada', 'aws:SourceIdentity': 'ada' } },
        }),
      );
      assert.equal((await take(stsOf(chained), last.arn)).SourceIdentity, 'ada');
    });

    it('does not let it be changed, but named again', async () => {
      const { sts, next } = await known();

      await assert.rejects(take(sts, next.arn, { SourceIdentity: 'eve' }), REFUSED);
      assert.equal((await take(sts, next.arn, { SourceIdentity: 'ada' })).SourceIdentity, 'ada');
    });

    it('needs a trust that allows one to be set', async () => {
      const { sts, role } = await known();
      const mute = await makeRole(
        policy({ Effect: 'Allow', Principal: { AWS: role.arn }, Action: 'sts:AssumeRole' }),
      );

      await assert.rejects(take(sts, mute.arn), REFUSED);
    });

    it('is theirs from an assertion, too', async () => {
      const role = await world.makeRole(provider, {
        actions: ['sts:AssumeRoleWithSAML', 'sts:SetSourceIdentity'],
        statements: [ALL],
      });
      const more = { [`${STS_ATTRIBUTES}SourceIdentity`]: 'ada' };
      const SAMLAssertion = world.assertion(role, provider, { more });
      const sts = stsOf(await world.trade(role, provider, { SAMLAssertion }));

      const next = await makeRole(trusting(role));

      assert.equal((await take(sts, next.arn)).SourceIdentity, 'ada');
      await assert.rejects(take(sts, next.arn, { SourceIdentity: 'eve' }), REFUSED);
    });
  });

  describe('tags of AWS’s own', () => {
    for (const Key of ['aws:team', 'AWS:team'])
      it(`are nobody’s to give: ${Key}`, async () => {
        const { sts, arn } = await makeUser();
        const role = await makeRole(trusting(arn));
        const Tags = [{ Key, Value: 'a' }];
        const pools = new CognitoIdentityProvider(server.client);
        const identity = new CognitoIdentity(server.client);
        const tagged = { [Key]: 'a' };

        await assert.rejects(take(sts, role.arn, { Tags }), { name: 'ValidationError' });
        await assert.rejects(iam.createUser({ UserName: fresh('user'), Tags }), { name: 'ValidationError' });
        await assert.rejects(
          iam.createRole({ RoleName: fresh('role'), AssumeRolePolicyDocument: trusting(arn), Tags }),
          { name: 'ValidationError' },
        );
        await assert.rejects(pools.createUserPool({ PoolName: 'p', UserPoolTags: tagged }), {
          name: 'InvalidParameterException',
        });
        await assert.rejects(
          identity.createIdentityPool({
            IdentityPoolName: 'p',
            AllowUnauthenticatedIdentities: false,
            IdentityPoolTags: tagged,
          }),
          { name: 'ValidationException' },
        );
      });
  });

  describe('in an ARN', () => {
    it('means the user who had it, not another of that name since then', async () => {
      const user = await makeUser();
      const role = await makeRole(trusting(user.arn));
      await take(user.sts, role.arn);

      await removeUser(user.UserName);
      const another = await makeUser(user.UserName);

      assert.equal(another.arn, user.arn);
      await assert.rejects(take(another.sts, role.arn), REFUSED);
      assert.equal((await trustShown(role.RoleName)).Statement[0].Principal.AWS[0], user.id);
    });

    it('means the role that had it, and the sessions of that role', async () => {
      const user = await makeUser();
      const first = await makeRole(trusting(user.arn));
      const [byRole, bySession] = [
        await makeRole(trusting(first.arn)),
        await makeRole(trusting(sessionArn(first.RoleName))),
      ];
      const before = stsOf(await take(user.sts, first.arn));
      for (const { arn } of [byRole, bySession]) await take(before, arn);

      await removeRole(first.RoleName);
      await makeRole(trusting(user.arn), first.RoleName);
      const after = stsOf(await take(user.sts, first.arn));

      for (const { arn } of [byRole, bySession]) await assert.rejects(take(after, arn), REFUSED);
      assert.equal((await trustShown(byRole.RoleName)).Statement[0].Principal.AWS[0], first.id);
      assert.equal((await trustShown(bySession.RoleName)).Statement[0].Principal.AWS[0], `${first.id}:test`);
    });

    it('means who has it now once the policy is written again', async () => {
      const user = await makeUser();
      const { RoleName, arn } = await makeRole(trusting(user.arn));
      await removeUser(user.UserName);
      const another = await makeUser(user.UserName);

      await iam.updateAssumeRolePolicy({ RoleName, PolicyDocument: trusting(user.arn) });

      assert.ok((await take(another.sts, arn)).Credentials);
      assert.deepEqual((await trustShown(RoleName)).Statement[0].Principal.AWS, [user.arn]);
    });

    it('is a mistake where nobody has it', async () => {
      const nobody = [`${ACCOUNT}:user/nobody`, `${ACCOUNT}:role/nobody`, sessionArn('nobody')];
      for (const arn of nobody)
        await assert.rejects(makeRole(trusting(arn)), {
          name: 'MalformedPolicyDocumentException',
          message: `Invalid principal in policy: "AWS":"${arn}"`,
        });
    });

    it('gives sessions of a role that is gone nothing, whomever the trust names', async () => {
      const user = await makeUser();
      const role = await makeRole(trusting(user.arn));
      const trusts = ['*', role.arn, sessionArn(role.RoleName)];
      const others = await Promise.all(trusts.map((each) => makeRole(trusting(each))));
      const sts = stsOf(await take(user.sts, role.arn));
      for (const { arn } of others) await take(sts, arn);

      await removeRole(role.RoleName);

      for (const { arn } of others) await assert.rejects(take(sts, arn), REFUSED);
    });
  });
});
