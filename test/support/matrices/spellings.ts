/**
 * One of each thing that a signed operation can be decided on, the other ways to spell it, and a caller whose policy
 * the tests write. Used to call every operation by every spelling.
 */
import { CognitoIdentity } from '@aws-sdk/client-cognito-identity';
import { CognitoSync } from '@aws-sdk/client-cognito-sync';
import { IAM } from '@aws-sdk/client-iam';
import { STS } from '@aws-sdk/client-sts';
import { cognateClient } from '../cognate.ts';
import { createIdentityWorld, type IdentityWorld } from '../identity-pool.ts';
import { claimsOf } from '../pool.ts';
import { ACCOUNT, type TestServer } from '../servers/server.ts';
import type { Credentials } from '../signing.ts';
import { call, makeTenant, type Input, type Tenant } from '../servers/whole-requests.ts';

export const ELSEWHERE = 'eu-west-1';
/** A path and a name in both cases, so that neither can be guessed from the other. */
export const PATH = '/protected/';
export const NAME = 'Admin-x';
export const OTHER_CASES = ['ADMIN-X', 'admin-x'];
const ANYTHING = [{ Effect: 'Allow', Action: '*', Resource: '*' }];
const TRUST = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'sts:AssumeRole' }],
};

/** Calls an operation of any service by its name, signed for a region. */
export async function callOf(
  server: TestServer,
  { service, name, input }: { service: string; name: string; input: Input },
  { credentials, region = 'us-east-1' }: { credentials: Credentials; region?: string },
): Promise<unknown> {
  const options = { ...server.clientAs(credentials), region };
  if (service === 'cognito-idp') return call(name, input, options);
  const method = `${name.slice(0, 1).toLowerCase()}${name.slice(1)}`;
  const clients: Readonly<Record<string, () => unknown>> = {
    iam: () => new IAM({ ...options, region: 'us-east-1' }),
    sts: () => new STS(options),
    'cognito-identity': () => new CognitoIdentity(options),
    'cognito-sync': () => new CognitoSync(options),
    cognate: () => cognateClient(server, credentials, region),
  };
  // Every method of these clients takes one input.
  const client = clients[service]!() as Record<string, (input: Input) => Promise<unknown>>;
  return client[method]!(input);
}

export interface Things {
  readonly server: TestServer;
  readonly tenant: Tenant;
  readonly sub: string;
  readonly IdentityPoolId: string;
  readonly IdentityId: string;
  readonly accessKeyId: string;
  /** Who may do anything but what `deny` says. */
  readonly caller: Credentials & { readonly name: string };
  /** Who may do nothing. */
  readonly nobody: Credentials;
  /** Denies the caller something, and takes back what was denied before. */
  deny(statement: object): Promise<void>;
}

export async function makeThings(server: TestServer): Promise<Things> {
  const iam = new IAM(server.client);
  // A moment later, or the password that was just set ends the sign-in that follows.
  const tenant = await makeTenant(server, { prepare: async () => server.clock.pass(1) });
  const world = await createIdentityWorld(server);
  const AssumeRolePolicyDocument = JSON.stringify(TRUST);
  const named = { RoleName: NAME, PolicyName: 'p', PolicyDocument: policyOf(ANYTHING) };
  await iam.createRole({ RoleName: NAME, Path: PATH, AssumeRolePolicyDocument });
  await iam.putRolePolicy(named);
  await iam.createUser({ UserName: NAME, Path: PATH });
  await iam.putUserPolicy({ ...named, UserName: NAME });
  const key = await iam.createAccessKey({ UserName: NAME });
  const caller = { ...(await makeUser(iam, 'caller')), name: 'caller' };
  return {
    server,
    tenant,
    sub: String(claimsOf(tenant.AccessToken).sub),
    accessKeyId: key.AccessKey!.AccessKeyId!,
    ...(await makeIdentity(world)),
    caller,
    nobody: await makeUser(iam, 'nobody'),
    deny: async (statement) => {
      const PolicyDocument = policyOf([...ANYTHING, { Effect: 'Deny', ...statement }]);
      await iam.putUserPolicy({ UserName: caller.name, PolicyName: 'p', PolicyDocument });
    },
  };
}

const policyOf = (Statement: readonly object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement });

async function makeUser(iam: IAM, UserName: string): Promise<Credentials> {
  await iam.createUser({ UserName });
  const { AccessKey } = await iam.createAccessKey({ UserName });
  return { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! };
}

async function makeIdentity(world: IdentityWorld) {
  const IdentityPoolId = await world.makePool({ AllowUnauthenticatedIdentities: true });
  const { IdentityId } = await world.identity.getId({ IdentityPoolId });
  return { IdentityPoolId, IdentityId: IdentityId! };
}
