/**
 * Every signed operation of every service, called by every spelling of the thing that it is decided on: the case of
 * names, paths, the caller left unnamed, a region that is another, an alias or the subject of a user.
 *
 * Made from the operations themselves: one that comes later belongs to a kind by its members, or needs a line in
 * `OF_NO_RECORD`. Under a Deny on the thing's true ARN each spelling is refused, or names nothing that is there.
 * Source: IAM user guide, "IAM identifiers" (names are not distinguished by case; paths are part of ARNs).
 */
import assert from 'node:assert/strict';
import { operations as cognate } from '../../src/api/cognate/index.ts';
import { operations as cognitoIdentity } from '../../src/api/cognito-identity/index.ts';
import { operations as cognitoIdp } from '../../src/api/cognito-idp/index.ts';
import { operations as cognitoSync } from '../../src/api/cognito-sync/index.ts';
import { operations as iam } from '../../src/api/iam/index.ts';
import { operations as sts } from '../../src/api/sts/index.ts';
import { ACCOUNT, startServer, type TestServer } from '../support/servers/server.ts';
import {
  callOf,
  ELSEWHERE,
  makeThings,
  NAME,
  OTHER_CASES,
  PATH,
  type Things,
} from '../support/matrices/spellings.ts';
import { inputOf, neededBy, shapeOf, type Input, type Operation } from '../support/servers/whole-requests.ts';

const POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'iam:GetRole', Resource: '*' }],
});
const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'sts:AssumeRole' }],
});
const NOBODYS = '00000000-0000-4000-8000-000000000000';

/** Members that operations need besides what names their thing. */
const besides = (things: Things): Input => ({
  AccessKeyId: things.accessKeyId,
  AllowUnauthenticatedIdentities: false,
  DatasetName: 'settings',
  IdentityPoolName: 'another',
  PolicyDocument: POLICY,
  PolicyName: 'p',
  Roles: {},
  Status: 'Inactive',
  SyncSessionToken: 'a-session-token',
});

/** A kind of thing: which operations are on it, its true ARN, and how it can be named, to the letter first. */
interface Kind {
  readonly has: (service: string, members: readonly string[]) => boolean;
  readonly arn: (things: Things) => string;
  readonly spellings: (things: Things) => readonly Input[];
  /** Names one that is not there. */
  readonly absent: Input;
  readonly isRegional: boolean;
}
const ofIam = (type: 'role' | 'user', member: string): Kind => ({
  has: (service, members) => service === 'iam' && members.includes(member),
  arn: () => `arn:aws:iam::${ACCOUNT}:${type}${PATH}${NAME}`,
  spellings: () => [NAME, ...OTHER_CASES].map((name) => ({ [member]: name })),
  absent: { [member]: 'nobody-x' },
  isRegional: false,
});
const KINDS: Readonly<Record<string, Kind>> = {
  role: ofIam('role', 'RoleName'),
  user: ofIam('user', 'UserName'),
  pool: {
    has: (_service, members) => members.includes('UserPoolId'),
    arn: ({ tenant }) => `arn:aws:cognito-idp:us-east-1:${ACCOUNT}:userpool/${tenant.UserPoolId}`,
    spellings: ({ tenant: { UserPoolId, Username }, sub }) => [
      { UserPoolId, Username },
      { UserPoolId, Username: sub },
      { UserPoolId, Username: Username.toUpperCase() },
      { UserPoolId, Username: `${Username}@example.com` },
      { UserPoolId: UserPoolId.replace('us-east-1', ELSEWHERE), Username },
    ],
    absent: { UserPoolId: 'us-east-1_NotThere0' },
    isRegional: true,
  },
  identityPool: {
    has: (service, members) => service === 'cognito-identity' && members.includes('IdentityPoolId'),
    arn: ({ IdentityPoolId }) =>
      `arn:aws:cognito-identity:us-east-1:${ACCOUNT}:identitypool/${IdentityPoolId}`,
    spellings: ({ IdentityPoolId }) => [
      { IdentityPoolId },
      { IdentityPoolId: IdentityPoolId.replace('us-east-1', ELSEWHERE) },
    ],
    absent: { IdentityPoolId: `us-east-1:${NOBODYS}` },
    isRegional: true,
  },
  dataset: {
    has: (_service, members) => members.includes('DatasetName'),
    arn: ({ IdentityPoolId: pool, IdentityId }) =>
      `arn:aws:cognito-sync:us-east-1:${ACCOUNT}:identitypool/${pool}/identity/${IdentityId}/dataset/settings`,
    spellings: ({ IdentityPoolId, IdentityId }) => [
      { IdentityPoolId, IdentityId },
      { IdentityPoolId: `us-east-1:${NOBODYS}`, IdentityId },
      { IdentityPoolId: IdentityPoolId.replace('us-east-1', ELSEWHERE), IdentityId },
    ],
    absent: { IdentityPoolId: `us-east-1:${NOBODYS}`, IdentityId: `us-east-1:${NOBODYS}` },
    isRegional: true,
  },
};

/** On what is yet to be made, or on everything: a request, the ARN that it is decided on, other spellings of what is there. */
interface OfNoRecord {
  readonly input: Input;
  readonly arn: string;
  /** Refused whether or not policies allow: it names what is there already, or nothing. */
  readonly others?: readonly Input[];
}
const everyPool = `arn:aws:cognito-idp:us-east-1:${ACCOUNT}:userpool/*`;
const trusted = { AssumeRolePolicyDocument: TRUST };
const OF_NO_RECORD: Readonly<Record<string, OfNoRecord>> = {
  'iam:CreateRole': {
    input: { RoleName: 'Fresh', Path: PATH, ...trusted },
    arn: `arn:aws:iam::${ACCOUNT}:role${PATH}Fresh`,
    others: OTHER_CASES.map((RoleName) => ({ RoleName, ...trusted })),
  },
  'iam:CreateUser': {
    input: { UserName: 'Fresh', Path: PATH },
    arn: `arn:aws:iam::${ACCOUNT}:user${PATH}Fresh`,
    others: OTHER_CASES.map((UserName) => ({ UserName })),
  },
  'iam:CreateOpenIDConnectProvider': {
    input: { Url: 'https://op.example/tenant' },
    arn: `arn:aws:iam::${ACCOUNT}:oidc-provider/op.example/tenant`,
    others: ['https://OP.example/tenant', 'https://op.example:443/tenant'].map((Url) => ({ Url })),
  },
  'iam:CreateSAMLProvider': {
    input: { Name: 'Fresh', SAMLMetadataDocument: 'x'.repeat(1000) },
    arn: `arn:aws:iam::${ACCOUNT}:saml-provider/Fresh`,
  },
  'sts:AssumeRole': {
    input: { RoleArn: `arn:aws:iam::${ACCOUNT}:role${PATH}${NAME}`, RoleSessionName: 'session' },
    arn: `arn:aws:iam::${ACCOUNT}:role${PATH}${NAME}`,
    others: [`${PATH}${OTHER_CASES[0]}`, `/${NAME}`].map((name) => ({
      RoleArn: `arn:aws:iam::${ACCOUNT}:role${name}`,
      RoleSessionName: 'session',
    })),
  },
  'cognito-idp:CreateUserPool': { input: { PoolName: 'another' }, arn: everyPool },
  'cognito-idp:ListUserPools': { input: { MaxResults: 10 }, arn: everyPool },
  'cognito-idp:DescribeUserPoolDomain': { input: { Domain: 'a-domain' }, arn: '*' },
  'cognito-identity:CreateIdentityPool': {
    input: { IdentityPoolName: 'another', AllowUnauthenticatedIdentities: false },
    arn: `arn:aws:cognito-identity:us-east-1:${ACCOUNT}:identitypool/*`,
  },
};
/** Answered to every principal, whatever its policies say. */
const NEEDS_NO_PERMISSION = ['sts:GetCallerIdentity'];

interface Signed {
  readonly id: string;
  readonly service: string;
  readonly name: string;
  readonly operation: Operation;
}
const SERVICES = {
  'cognito-idp': cognitoIdp,
  'cognito-identity': cognitoIdentity,
  'cognito-sync': cognitoSync,
  sts,
  iam,
  cognate,
};
const SIGNED: readonly Signed[] = Object.entries(SERVICES)
  .flatMap(([service, operations]) =>
    Object.entries(operations as unknown as Readonly<Record<string, Operation>>).map(([name, operation]) => ({
      id: `${service}:${name}`,
      service,
      name,
      operation,
    })),
  )
  .filter(({ operation }) => operation.caller === 'iam');

const kindOf = ({ id, service, operation }: Signed): Kind | undefined =>
  id in OF_NO_RECORD
    ? undefined
    : Object.values(KINDS).find(({ has }) => has(service, Object.keys(shapeOf(operation))));
const ofARecord = SIGNED.flatMap((each) => {
  const kind = kindOf(each);
  return kind ? [{ ...each, kind }] : [];
});

const DENIED = /^AccessDenied/;
const ABSENT = /^(NoSuchEntityException|ResourceNotFoundException)$/;

describe('another spelling of the same thing', () => {
  let server: TestServer;
  let things: Things;
  before(async () => {
    server = await startServer();
    things = await makeThings(server);
  });
  after(() => server.close());

  /** A whole request that names its thing in that way. */
  function inputFor({ service, name, operation }: Signed, naming: Input): Input {
    const members = Object.keys(shapeOf(operation));
    const named = Object.fromEntries(Object.entries(naming).filter(([member]) => members.includes(member)));
    if (service === 'cognito-idp') return { ...inputOf(name, operation, things.tenant), ...named };
    const known: Input = { ...besides(things), ...named };
    const needed = neededBy(operation).map((member) => {
      assert.ok(member in known, `${name} needs ${member}`);
      return [member, known[member]];
    });
    return { ...Object.fromEntries(needed), ...named };
  }
  const call = (
    signed: Signed,
    input: Input,
    credentials = things.caller as Things['nobody'],
    region?: string,
  ) => callOf(server, { ...signed, input }, { credentials, region });
  /** The error that the call ends with. */
  async function errorOf(calling: Promise<unknown>): Promise<Error> {
    try {
      await calling;
    } catch (error) {
      assert.ok(error instanceof Error);
      return error;
    }
    return assert.fail('nothing was refused');
  }

  it('is told for every operation: each is of a kind, or needs a line here', () => {
    const lacking = SIGNED.filter(
      (each) => !kindOf(each) && !(each.id in OF_NO_RECORD) && !NEEDS_NO_PERMISSION.includes(each.id),
    );

    assert.deepEqual(
      lacking.map(({ id }) => id),
      [],
    );
  });

  for (const signed of ofARecord)
    describe(signed.id, () => {
      const { kind, id } = signed;

      it('is refused by a Deny on the true ARN, by every spelling', async () => {
        await things.deny({ Action: id, Resource: kind.arn(things) });
        const [exact = {}, ...others] = kind.spellings(things);

        assert.match((await errorOf(call(signed, inputFor(signed, exact)))).name, DENIED);
        for (const other of others) {
          const { name } = await errorOf(call(signed, inputFor(signed, other)));
          assert.ok(DENIED.test(name) || ABSENT.test(name), `${JSON.stringify(other)}: ${name}`);
        }
      });
      it('tells the allowed alone that nothing is there', async () => {
        await things.deny({ Action: id, Resource: kind.arn(things) });
        const absent = inputFor(signed, kind.absent);
        const [, other = {}] = kind.spellings(things);

        assert.match((await errorOf(call(signed, absent))).name, ABSENT);
        const refusals = await Promise.all(
          [absent, inputFor(signed, other)].map((input) => errorOf(call(signed, input, things.nobody))),
        );
        for (const { name, message } of refusals) {
          assert.match(name, DENIED);
          assert.ok(!message.includes(PATH) && !message.includes(NAME), message);
        }
      });
      if (kind.isRegional)
        it('is not there for a call of another region', async () => {
          await things.deny({
            Action: '*',
            Resource: '*',
            Condition: { StringEquals: { 'aws:RequestedRegion': 'us-east-1' } },
          });
          const [exact = {}] = kind.spellings(things);

          const { name } = await errorOf(call(signed, inputFor(signed, exact), things.caller, ELSEWHERE));

          assert.match(name, ABSENT);
        });
      if (signed.service === 'iam' && shapeOf(signed.operation)['UserName']?.isOptional())
        it('is refused by a Deny on the caller, who is not named', async () => {
          await things.deny({ Action: id, Resource: `arn:aws:iam::${ACCOUNT}:user/${things.caller.name}` });

          assert.match((await errorOf(call(signed, inputFor(signed, {})))).name, DENIED);
        });
    });

  for (const signed of SIGNED.filter(({ id }) => id in OF_NO_RECORD))
    it(`${signed.id}: is refused by a Deny on what it would make, and makes nothing over what is there`, async () => {
      const { input, arn, others = [] } = OF_NO_RECORD[signed.id]!;
      await things.deny({ Action: signed.id, Resource: arn });

      assert.match((await errorOf(call(signed, input))).name, DENIED);
      for (const other of others)
        assert.match(
          (await errorOf(call(signed, other))).name,
          /^(AccessDenied|EntityAlreadyExistsException|InvalidInputException)$/,
        );
    });
});
