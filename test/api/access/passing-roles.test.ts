/**
 * Roles that are handed to a service: whoever sets one must be allowed to pass it.
 *
 * Made from the operations themselves: every member that takes a role's ARN is found in the inputs, and what stands
 * in it must be asked about. Source: IAM user guide, "Grant a user permissions to pass a role to an AWS service";
 * Cognito developer guide, "Grant pass role permission".
 */
import assert from 'node:assert/strict';
import { CognitoIdentity } from '@aws-sdk/client-cognito-identity';
import { CognitoIdentityProvider } from '@aws-sdk/client-cognito-identity-provider';
import { IAM } from '@aws-sdk/client-iam';
import { z } from 'zod';
import { operations as cognate } from '../../../src/api/cognate/index.ts';
import { operations as cognitoIdentity } from '../../../src/api/cognito-identity/index.ts';
import { operations as cognitoIdp } from '../../../src/api/cognito-idp/index.ts';
import { operations as cognitoSync } from '../../../src/api/cognito-sync/index.ts';
import { operations as iam } from '../../../src/api/iam/index.ts';
import { operations as sts } from '../../../src/api/sts/index.ts';
import { collectionIn } from '../../../src/wire/members.ts';
import type { Operation } from '../../../src/wire/operation.ts';
import { makePool } from '../../support/pool.ts';
import { ACCOUNT, REGION, startServer, type TestServer } from '../../support/servers/server.ts';

const OPERATIONS = Object.entries<Operation>({
  ...cognate,
  ...cognitoIdentity,
  ...cognitoIdp,
  ...cognitoSync,
  ...iam,
  ...sts,
}).filter(([, { caller }]) => caller === 'iam');
/** Members that hold a role for somebody else to take; AssumeRole's caller takes it themselves. */
const HOLDS_ROLE = /(Role|Caller)A(rn|RN)$|^Roles$/;
const TAKES_IT = ['AssumeRole'];

const ROLE = `arn:aws:iam::${ACCOUNT}:role/protected/Admin-x`;
const SPELT = `arn:aws:iam::${ACCOUNT}:role/ADMIN-X`;

type Steps = readonly string[];
const LIST = '[]';
const MAP = '{}';

/** Every way to a member that holds a role. */
function waysToRoles(schema: z.ZodType, steps: Steps = []): readonly Steps[] {
  const collection = collectionIn(schema);
  if (collection) return waysToRoles(collection.item, [...steps, schema.safeParse({}).success ? MAP : LIST]);
  if (schema instanceof z.ZodOptional) return waysToRoles(schema.unwrap() as z.ZodType, steps);
  if (schema instanceof z.ZodObject)
    return Object.entries(schema.shape as Record<string, z.ZodType>).flatMap(([name, member]) =>
      waysToRoles(member, [...steps, name]),
    );
  const member = steps.findLast((step) => step !== LIST && step !== MAP) ?? '';
  return HOLDS_ROLE.test(member) ? [steps] : [];
}
/** An input that has the role there, and whatever lies about it. */
function inputWith([step, ...steps]: Steps): unknown {
  if (step === undefined) return ROLE;
  if (step === LIST) return [inputWith(steps)];
  return { [step === MAP ? 'any' : step]: inputWith(steps), ...(step === 'RoleMappings' && { Roles: {} }) };
}

describe('roles that are handed to a service', () => {
  const ways = OPERATIONS.filter(([name]) => !TAKES_IT.includes(name)).flatMap(([name, operation]) =>
    waysToRoles(operation.input).map((steps) => ({ name, operation, steps })),
  );

  it('are found in the inputs', () => {
    const names = new Set(ways.map(({ name }) => name));

    for (const name of ['CreateGroup', 'SetIdentityPoolRoles', 'CreateUserPool', 'SetUserPoolMfaConfig'])
      assert.ok(names.has(name), name);
  });
  for (const { name, operation, steps } of ways)
    it(`${name}: asks for the role in ${steps.join('.')}`, () => {
      assert.deepEqual(operation.passes?.roles(inputWith(steps)), [ROLE]);
    });

  describe('are asked about', () => {
    let server: TestServer;
    let root: IAM;
    let idp: CognitoIdentityProvider;
    let identity: CognitoIdentity;
    let UserPoolId: string;
    let IdentityPoolId: string;
    let groups = 0;

    before(async () => {
      server = await startServer();
      root = new IAM(server.client);
      const AssumeRolePolicyDocument = policyOf([
        { Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'sts:AssumeRole' },
      ]);
      await root.createRole({ RoleName: 'Admin-x', Path: '/protected/', AssumeRolePolicyDocument });
      ({ UserPoolId } = await makePool(server));
      const pool = { IdentityPoolName: 'app', AllowUnauthenticatedIdentities: true };
      IdentityPoolId = (await new CognitoIdentity(server.client).createIdentityPool(pool)).IdentityPoolId!;
      await root.createUser({ UserName: 'setter' });
      const { AccessKey } = await root.createAccessKey({ UserName: 'setter' });
      const options = server.clientAs({
        accessKeyId: AccessKey!.AccessKeyId!,
        secretAccessKey: AccessKey!.SecretAccessKey!,
      });
      idp = new CognitoIdentityProvider(options);
      identity = new CognitoIdentity(options);
    });
    after(() => server.close());

    const policyOf = (Statement: readonly object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
    const may = (...more: readonly object[]) =>
      root.putUserPolicy({
        UserName: 'setter',
        PolicyName: 'p',
        PolicyDocument: policyOf([
          { Effect: 'Allow', Action: ['cognito-idp:*', 'cognito-identity:*'], Resource: '*' },
          ...more,
        ]),
      });
    const mayPass = (Resource: string, to?: string) => ({
      Effect: 'Allow',
      Action: 'iam:PassRole',
      Resource,
      ...(to !== undefined && { Condition: { StringEquals: { 'iam:PassedToService': to } } }),
    });
    const group = (RoleArn?: string, at = idp) =>
      at.createGroup({ UserPoolId, GroupName: `group-${(groups += 1)}`, RoleArn });
    const mapped = (RoleARN: string) =>
      identity.setIdentityPoolRoles({
        IdentityPoolId,
        Roles: {},
        RoleMappings: {
          'graph.facebook.com': {
            Type: 'Rules',
            AmbiguousRoleResolution: 'Deny',
            RulesConfiguration: { Rules: [{ Claim: 'a', MatchType: 'Equals', Value: 'b', RoleARN }] },
          },
        },
      });
    const refused = (role: string) => ({
      name: 'AccessDeniedException',
      message: `User: arn:aws:iam::${ACCOUNT}:user/setter is not authorized to perform: iam:PassRole on resource: ${role} because no identity-based policy allows the iam:PassRole action`,
    });

    it('where a policy allows the operation alone', async () => {
      await may();

      await assert.rejects(group(ROLE), refused(ROLE));
      await assert.rejects(
        identity.setIdentityPoolRoles({ IdentityPoolId, Roles: { authenticated: ROLE } }),
        refused(ROLE),
      );
      await assert.rejects(mapped(ROLE), refused(ROLE));
      await assert.rejects(
        idp.createUserPool({ PoolName: 'p', SmsConfiguration: { SnsCallerArn: ROLE } }),
        refused(ROLE),
      );
      await group();
    });
    it('by the service that they are handed to', async () => {
      await may(mayPass(ROLE, 'cognito-identity.amazonaws.com'));

      await mapped(ROLE);
      await assert.rejects(group(ROLE), refused(ROLE));

      await may(mayPass(ROLE, 'cognito-idp.amazonaws.com'));

      await group(ROLE);
      await assert.rejects(mapped(ROLE), refused(ROLE));
    });
    it('by what gets them', async () => {
      const identityPool = `arn:aws:cognito-identity:${REGION}:${ACCOUNT}:identitypool/${IdentityPoolId}`;
      const others = { StringNotLike: { 'iam:AssociatedResourceArn': '*:identitypool/*' } };
      await may(mayPass(ROLE), {
        Effect: 'Deny',
        Action: 'iam:PassRole',
        Resource: '*',
        Condition: { ArnEquals: { 'iam:AssociatedResourceArn': identityPool } },
      });

      await assert.rejects(mapped(ROLE), { name: 'AccessDeniedException' });
      await group(ROLE);

      await may({ ...mayPass(ROLE), Condition: others });

      await group(ROLE);
      await assert.rejects(mapped(ROLE), refused(ROLE));
    });
    it('by the true ARN too, however they are spelt', async () => {
      await may(mayPass('*'), { Effect: 'Deny', Action: 'iam:PassRole', Resource: ROLE });

      for (const role of [ROLE, SPELT])
        await assert.rejects(group(role), { name: 'AccessDeniedException', message: new RegExp(role) });
    });
    it('by the tags of the role', async () => {
      const Condition = { StringEquals: { 'iam:ResourceTag/for': 'apps' } };
      await root.createRole({
        RoleName: 'tagged',
        AssumeRolePolicyDocument: policyOf([
          { Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'sts:AssumeRole' },
        ]),
        Tags: [{ Key: 'for', Value: 'apps' }],
      });
      await may({ ...mayPass('*'), Condition });

      await group(`arn:aws:iam::${ACCOUNT}:role/tagged`);
      await assert.rejects(group(ROLE), refused(ROLE));
    });
    it('and are of no other account, whoever asks', async () => {
      await assert.rejects(
        group('arn:aws:iam::999999999999:role/theirs', new CognitoIdentityProvider(server.client)),
        { name: 'AccessDeniedException', message: /Cross-account/ },
      );
    });
  });
});
