/**
 * The entry points at which policies decide, each made to answer one question: do these rules let the caller in?
 *
 * A rule is a statement without its action, resource and principal, so that the same rules are asked everywhere.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CognitoIdentity } from '@aws-sdk/client-cognito-identity';
import { CognitoIdentityProvider } from '@aws-sdk/client-cognito-identity-provider';
import { CognitoSync } from '@aws-sdk/client-cognito-sync';
import { IAM } from '@aws-sdk/client-iam';
import { STS } from '@aws-sdk/client-sts';
import type { KeySource } from '../../../src/domain/access/conditions/condition-keys.ts';
import { ACCOUNT, HEADERS, truthsOf, type EntryPoint, type Rule, type Truths } from './condition-truths.ts';
import { IDENTITY_POOLS } from '../identity-pool.ts';
import { createSamlRoles, STS_ATTRIBUTES } from '../saml/saml-roles.ts';
import { startServer, type TestServer } from '../servers/server.ts';
import { signed, type Credentials } from '../signing.ts';
import { sendRaw } from '../servers/tiny-service.ts';

const TAGS = [{ Key: 'team', Value: 'blue' }];
const REFUSED = /^(?:AccessDenied|NotAuthorized|InvalidIdentityPoolConfiguration)/;

const statements = (rules: readonly Rule[], more: object): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: rules.map((rule) => ({ ...rule, ...more })) });

/** True when the call succeeds, false when it is refused; anything else is a fault of the test. */
async function isLetIn(call: () => Promise<unknown>): Promise<boolean> {
  try {
    await call();
    return true;
  } catch (error) {
    if (error instanceof Error && REFUSED.test(error.name)) return false;
    throw error;
  }
}

/** An SDK client whose requests carry the probe's headers. */
function probing<C extends { readonly middlewareStack: { add: (...given: never[]) => void } }>(client: C): C {
  const middleware =
    (next: (args: unknown) => unknown) => (args: { request: { headers: Record<string, string> } }) => {
      Object.assign(args.request.headers, HEADERS);
      return next(args);
    };
  client.middlewareStack.add(...([middleware, { step: 'build', priority: 'low' }] as never[]));
  return client;
}

interface Caller {
  readonly name: string;
  readonly sources: readonly KeySource[];
  readonly credentials: Credentials;
  readonly principal: Partial<Truths>;
  putPolicy(PolicyDocument: string): Promise<unknown>;
}

export async function startEntryPoints() {
  const file = join(mkdtempSync(join(tmpdir(), 'entry-')), 'cognate.yaml');
  writeFileSync(file, 'gateway:\n  routes:\n    - { path: /probe, api: { id: probe, stage: live } }\n');
  const server = await startServer({ environment: { COGNATE_CONFIG: file } });
  const world = await createSamlRoles(server);
  const provider = await world.makeProvider();
  const callers = [await createUserCaller(server), await createSessionCaller(server, world, provider)];
  const entries: EntryPoint[] = [];
  for (const caller of callers)
    entries.push(...(await signedEntries(server, caller)), ...(await assumeEntries(server, caller)));
  entries.push(samlEntry(server, world, provider), ...(await identityEntries(server)));
  return { entries, close: () => server.close() };
}

async function createUserCaller(server: TestServer): Promise<Caller> {
  const iam = new IAM(server.client);
  const UserName = 'probe-user';
  const { User } = await iam.createUser({ UserName, Tags: TAGS });
  const { AccessKey } = await iam.createAccessKey({ UserName });
  return {
    name: 'a user',
    sources: ['request', 'header', 'principal', 'user', 'principal-tags'],
    credentials: {
      accessKeyId: AccessKey!.AccessKeyId!,
      secretAccessKey: AccessKey!.SecretAccessKey!,
    },
    principal: {
      'aws:PrincipalArn': { ArnEquals: { 'aws:PrincipalArn': User!.Arn! } },
      'aws:PrincipalType': { StringEquals: { 'aws:PrincipalType': 'User' } },
      'aws:userid': { StringEquals: { 'aws:userid': User!.UserId! } },
      'aws:username': { StringEquals: { 'aws:username': UserName } },
    },
    putPolicy: (PolicyDocument) => iam.putUserPolicy({ UserName, PolicyName: 'p', PolicyDocument }),
  };
}

type World = Awaited<ReturnType<typeof createSamlRoles>>;
const CARRIED = {
  more: { [`${STS_ATTRIBUTES}PrincipalTag:team`]: 'blue', [`${STS_ATTRIBUTES}SourceIdentity`]: 'ada' },
};
const SAML_ACTIONS = ['sts:AssumeRoleWithSAML', 'sts:TagSession', 'sts:SetSourceIdentity'];

async function createSessionCaller(server: TestServer, world: World, provider: string): Promise<Caller> {
  const iam = new IAM(server.client);
  const role = await world.makeRole(provider, { actions: SAML_ACTIONS });
  const RoleName = role.split('/')[1]!;
  const { Role } = await iam.getRole({ RoleName });
  const given = await world.trade(role, provider, {
    SAMLAssertion: world.assertion(role, provider, CARRIED),
  });
  return {
    name: 'a federated session',
    sources: ['request', 'header', 'principal', 'session', 'federation', 'source-identity', 'principal-tags'],
    credentials: world.clientOf(given).credentials,
    principal: {
      'aws:PrincipalArn': { ArnEquals: { 'aws:PrincipalArn': role } },
      'aws:PrincipalType': { StringEquals: { 'aws:PrincipalType': 'AssumedRole' } },
      'aws:userid': { StringEquals: { 'aws:userid': `${Role!.RoleId}:ada` } },
      'aws:FederatedProvider': { StringEquals: { 'aws:FederatedProvider': provider } },
    },
    putPolicy: (PolicyDocument) => iam.putRolePolicy({ RoleName, PolicyName: 'p', PolicyDocument }),
  };
}

/** Entry points of signed requests: the policies of the caller decide. */
async function signedEntries(server: TestServer, caller: Caller): Promise<readonly EntryPoint[]> {
  const options = server.clientAs(caller.credentials);
  const pools = probing(new CognitoIdentityProvider(options));
  const iam = probing(new IAM(options));
  const sync = probing(new CognitoSync(options));
  const pool = await new CognitoIdentityProvider(server.client).createUserPool({
    PoolName: 'p',
    UserPoolTags: { team: 'blue' },
  });
  const identities = probing(new CognitoIdentity(options));
  const identity = await makeIdentity(server, { IdentityPoolTags: { team: 'blue' } });
  const dataset = { ...identity, DatasetName: 'settings' };
  const { SyncSessionToken } = await new CognitoSync(server.client).listRecords(dataset);
  const RoleArn = await makeRole(server, statements([{ Effect: 'Allow' }], NOBODY));
  let made = 0;
  const entry = (name: string, more: readonly KeySource[], call: () => Promise<unknown>) => ({
    call,
    name: `${name} by ${caller.name}`,
    sources: [...caller.sources, ...more],
    truths: truthsOf(server, caller.principal),
    async lets(rules: readonly Rule[]) {
      await caller.putPolicy(statements(rules, { Action: '*', Resource: '*' }));
      return isLetIn(call);
    },
  });
  const passing = entry('iam:PassRole', ['resource-tags'], () =>
    identities.setIdentityPoolRoles({
      IdentityPoolId: identity.IdentityPoolId,
      Roles: { authenticated: RoleArn },
    }),
  );
  return [
    {
      ...passing,
      async lets(rules) {
        const set = { Effect: 'Allow', Action: 'cognito-identity:*', Resource: '*' };
        const passed = rules.map((rule) => ({ ...rule, Action: 'iam:PassRole', Resource: '*' }));
        await caller.putPolicy(JSON.stringify({ Version: '2012-10-17', Statement: [set, ...passed] }));
        return isLetIn(passing.call);
      },
    },
    entry('the JSON protocol, on a user pool', ['resource-tags'], () =>
      pools.describeUserPool({ UserPoolId: pool.UserPool!.Id }),
    ),
    entry('the JSON protocol, on an identity pool', ['resource-tags'], () =>
      identities.describeIdentityPool({ IdentityPoolId: identity.IdentityPoolId }),
    ),
    entry('the query protocol, on a role', ['resource-tags'], () =>
      iam.getRole({ RoleName: RoleArn.split('/')[1] }),
    ),
    entry('the JSON protocol', ['request-tags'], () =>
      pools.createUserPool({ PoolName: 'p', UserPoolTags: { team: 'blue' } }),
    ),
    entry('the query protocol', ['request-tags'], () =>
      iam.createUser({ UserName: `made-by-${caller.name.replaceAll(' ', '-')}-${(made += 1)}`, Tags: TAGS }),
    ),
    // Decided once more by its head alone, because its body may be large.
    entry('the REST protocol, writing', [], () => sync.updateRecords({ ...dataset, SyncSessionToken })),
    entry('the REST protocol', [], () => sync.listRecords(dataset)),
    entry('the gateway', [], () => askGateway(server, caller.credentials)),
  ];
}

async function askGateway(server: TestServer, credentials: Credentials): Promise<void> {
  const { headers } = await signed(
    { method: 'GET', path: '/probe', headers: { host: 'cognate.example', ...HEADERS } },
    { credentials, at: server.clock.now(), service: 'execute-api' },
  );
  const { status, text } = await sendRaw(server.port, {
    method: 'GET',
    target: '/gateway/authorize',
    headers: {
      ...Object.fromEntries(headers),
      'x-forwarded-method': 'GET',
      'x-forwarded-uri': '/probe',
      'x-forwarded-host': 'cognate.example',
    },
  });
  if (status === 200) return;
  throw Object.assign(new Error(text), { name: status === 403 ? 'AccessDenied' : `Status${status}` });
}

/** AssumeRole, decided by the caller's own policies, and by the role's trust policy. */
async function assumeEntries(server: TestServer, caller: Caller): Promise<readonly EntryPoint[]> {
  const sts = probing(new STS(server.clientAs(caller.credentials)));
  const sources = [...caller.sources, 'request-tags', 'resource-tags'] as const;
  const truths = truthsOf(server, caller.principal);
  const principal = { Principal: { AWS: ACCOUNT } };
  const Action = ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'];
  const assume = (RoleArn: string) => () =>
    sts.assumeRole({ RoleArn, RoleSessionName: 'probe', Tags: TAGS, SourceIdentity: 'ada' });
  const open = await makeRole(server, statements([{ Effect: 'Allow' }], { ...principal, Action }));
  return [
    {
      name: `AssumeRole, the policies of ${caller.name}`,
      sources,
      truths,
      async lets(rules) {
        await caller.putPolicy(statements(rules, { Action: '*', Resource: '*' }));
        return isLetIn(assume(open));
      },
    },
    {
      name: `AssumeRole, the trust in ${caller.name}`,
      sources,
      truths,
      async lets(rules) {
        await caller.putPolicy(statements([{ Effect: 'Allow' }], { Action: '*', Resource: '*' }));
        return isLetIn(assume(await makeRole(server, statements(rules, { ...principal, Action }))));
      },
    },
  ];
}

/** A trust policy of nobody who is here. */
const NOBODY = { Principal: { Service: 'nobody.example' }, Action: 'sts:AssumeRole' };
let roles = 0;
async function makeRole(server: TestServer, AssumeRolePolicyDocument: string): Promise<string> {
  const RoleName = `probe-role-${(roles += 1)}`;
  const { Role } = await new IAM(server.client).createRole({
    RoleName,
    AssumeRolePolicyDocument,
    Tags: TAGS,
  });
  return Role!.Arn!;
}

const FEDERATED = ['request', 'header', 'federation', 'resource-tags'] as const;

function samlEntry(server: TestServer, world: World, provider: string): EntryPoint {
  const sts = probing(new STS(server.client));
  return {
    name: 'AssumeRoleWithSAML',
    sources: [...FEDERATED, 'request-tags'],
    truths: truthsOf(server, {
      'aws:FederatedProvider': { StringEquals: { 'aws:FederatedProvider': provider } },
    }),
    async lets(rules) {
      const trust = statements(rules, { Principal: { Federated: provider }, Action: SAML_ACTIONS });
      const RoleArn = await makeRole(server, trust);
      const SAMLAssertion = world.assertion(RoleArn, provider, CARRIED);
      return isLetIn(() => sts.assumeRoleWithSAML({ RoleArn, PrincipalArn: provider, SAMLAssertion }));
    },
  };
}

async function makeIdentity(server: TestServer, more = {}) {
  const identity = new CognitoIdentity(server.client);
  const { IdentityPoolId } = await identity.createIdentityPool({
    IdentityPoolName: 'probe',
    AllowUnauthenticatedIdentities: true,
    AllowClassicFlow: true,
    ...more,
  });
  const { IdentityId } = await identity.getId({ IdentityPoolId });
  return { IdentityPoolId, IdentityId };
}

/** The two ways from an identity to a role. */
async function identityEntries(server: TestServer): Promise<readonly EntryPoint[]> {
  const { IdentityPoolId, IdentityId } = await makeIdentity(server);
  const identity = probing(new CognitoIdentity(server.client));
  const { Token } = await identity.getOpenIdToken({ IdentityId });
  const sts = probing(new STS(server.client));
  const entry = (name: string, call: (RoleArn: string) => Promise<unknown>): EntryPoint => ({
    name,
    sources: FEDERATED,
    truths: truthsOf(server, {
      'aws:FederatedProvider': { StringEquals: { 'aws:FederatedProvider': IDENTITY_POOLS } },
    }),
    async lets(rules) {
      const named = rules.map((rule) => (rule.Effect === 'Allow' ? ofPool(rule, IdentityPoolId!) : rule));
      const more = { Principal: { Federated: IDENTITY_POOLS }, Action: 'sts:AssumeRoleWithWebIdentity' };
      const RoleArn = await makeRole(server, statements(named, more));
      return isLetIn(() => call(RoleArn));
    },
  });
  return [
    entry('AssumeRoleWithWebIdentity', (RoleArn) =>
      sts.assumeRoleWithWebIdentity({ RoleArn, RoleSessionName: 'probe', WebIdentityToken: Token! }),
    ),
    entry('GetCredentialsForIdentity', async (unauthenticated) => {
      await identity.setIdentityPoolRoles({ IdentityPoolId, Roles: { unauthenticated } });
      await identity.getCredentialsForIdentity({ IdentityId });
    }),
  ];
}

/** An Allow that names the identity pool besides, without which no role is given to identities. */
function ofPool({ Effect, Condition = {} }: Rule, IdentityPoolId: string): Rule {
  const { StringEquals, ...others } = Condition;
  return {
    Effect,
    Condition: { ...others, StringEquals: { ...StringEquals, [`${IDENTITY_POOLS}:aud`]: IdentityPoolId } },
  };
}
