/** Made-up operations under real names, behind the real dispatch and door on a loopback port; real SDK clients call them. */
import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import { pino } from 'pino';
import { createDispatch } from '../../../src/api/dispatch.ts';
import { awsDoor } from '../../../src/api/http.ts';
import type { RequestKeys } from '../../../src/domain/access/request-context.ts';
import type { Service } from '../../../src/api/service.ts';
import { Failure } from '../../../src/base/failure.ts';
import { awsJson } from '../../../src/wire/aws-json.ts';
import { awsQuery } from '../../../src/wire/aws-query.ts';
import { list, queryInteger, queryMoment, structure, text } from '../../../src/wire/members.ts';
import { operationsOver } from '../../../src/wire/operation.ts';
import type { SigningKeys } from '../../../src/wire/sigv4/index.ts';
import { unsought } from '../../../src/wire/target.ts';
import type { Credentials } from '../signing.ts';

export const NOON = new Date('2026-01-02T12:00:00Z');
export const ADMIN: Credentials = { accessKeyId: 'AKIAADMIN00000000000', secretAccessKey: 'admin-secret' };
export const GUEST: Credentials = {
  accessKeyId: 'ASIAGUEST00000000000',
  secretAccessKey: 'guest-secret',
  sessionToken: 'guest-token',
};
export const EXPIRED: Credentials = { ...GUEST, accessKeyId: 'ASIAEXPIRED000000000' };

interface Principal {
  readonly kind: string;
  readonly account: string;
  readonly arn: string;
  readonly userId: string;
  readonly name?: string;
  readonly roleArn?: string;
  readonly issuedAt?: Date;
}
const account = '123456789012';
const PRINCIPALS: Readonly<Record<string, Principal>> = {
  [ADMIN.accessKeyId]: {
    kind: 'user',
    account,
    arn: `arn:aws:iam::${account}:user/ann`,
    userId: 'AIDA1',
    name: 'ann',
  },
  [GUEST.accessKeyId]: {
    kind: 'role-session',
    account,
    arn: `arn:aws:sts::${account}:assumed-role/app/guest`,
    userId: 'AROA1:guest',
    roleArn: `arn:aws:iam::${account}:role/app`,
    issuedAt: NOON,
  },
};
const keys: SigningKeys<Principal> = {
  async keyOf(accessKeyId, sessionToken) {
    const known = [ADMIN, GUEST, EXPIRED].find((each) => each.accessKeyId === accessKeyId);
    if (!known) throw new Failure('access-key-unknown');
    if (known.sessionToken !== sessionToken) throw new Failure('session-token-invalid');
    if (known === EXPIRED) throw new Failure('session-token-expired');
    return { secretAccessKey: known.secretAccessKey, principal: PRINCIPALS[accessKeyId]! };
  },
};

/** What each handler was called with, newest last. */
export interface Seen {
  readonly name: string;
  readonly input: object;
  readonly region: string;
  readonly requestId: string;
}
interface Nouns {
  readonly seen: Seen[];
}
const operation = operationsOver<Nouns, Principal, string, string, RequestKeys>();
/** The session that somebody's sign-in waits under. */
export const WAITING = 'a-session-that-waits';
const attribute = structure({ Name: text({ min: 1, max: 32 }), Value: text().optional() });

const cognitoIdp: Service = {
  name: 'cognito-idp',
  protocol: awsJson('AWSCognitoIdentityProviderService'),
  invalidInput: 'InvalidParameterException',
  failures: {
    'user-not-found': { code: 'UserNotFoundException', message: 'User {user} does not exist.' },
    'session-expired': { code: 'NotAuthorizedException', message: 'Invalid session' },
    'access-token-invalid': { code: 'NotAuthorizedException', message: 'Invalid Access Token' },
  },
  largeBodies: { SetUICustomization: { bytes: 1024 * 1024 } },
  operations: {
    AdminGetUser: operation({
      caller: 'iam',
      on: ({ UserPoolId }, _nouns, { region, account: owner }) =>
        unsought(`arn:aws:cognito-idp:${region}:${owner}:userpool/${UserPoolId}`),
      input: structure({
        UserPoolId: text({ min: 1, max: 55, pattern: /[\w-]+_[0-9a-zA-Z]+/ }),
        Username: text({ min: 1 }),
      }),
      handle: (input, { seen }, { region, requestId }) => {
        seen.push({ name: 'AdminGetUser', input, region, requestId });
        return { Username: input.Username, UserCreateDate: NOON, Enabled: undefined };
      },
    }),
    SignUp: operation({
      caller: 'client',
      input: structure({
        ClientId: text({ min: 1 }),
        Username: text({ min: 1, max: 100_000 }),
        Password: text({ min: 6, secret: true }),
        UserAttributes: list(attribute, { max: 3 }).optional(),
      }),
      handle: ({ Username, UserAttributes }) => {
        if (Username === 'missing') throw new Failure('user-not-found', { user: 'missing' });
        if (Username === 'race') throw new Failure('changed-meanwhile');
        if (Username === 'page') throw new Failure('bad-page-token');
        if (Username === 'unworded') throw new Failure('some-kind', { detail: 'inner-detail' });
        if (Username === 'bug') throw new TypeError('inner-detail of a bug');
        return { UserSub: Username, UserConfirmed: false, UserAttributes };
      },
    }),
    GetUser: operation({
      caller: 'user',
      input: structure({ AccessToken: text({ min: 1, pattern: /[A-Za-z0-9-_=.]+/ }) }),
      handle: (_input, _nouns, { bearer }) => ({ Username: bearer, UserAttributes: [] }),
    }),
    AssociateSoftwareToken: operation({
      caller: 'user-or-session',
      input: structure({ AccessToken: text().optional(), Session: text().optional() }),
      handle: (_input, _nouns, { bearer, underWay }) => ({ SecretCode: bearer ?? underWay }),
    }),
    SetUICustomization: operation({
      caller: 'iam',
      on: () => unsought('*'),
      input: structure({ CSS: text() }),
      handle: ({ CSS }) => ({ UICustomization: { CSSVersion: String(CSS.length) } }),
    }),
  },
};

const sts: Service = {
  name: 'sts',
  protocol: awsQuery('2011-06-15', 'https://sts.amazonaws.com/doc/2011-06-15/'),
  invalidInput: 'ValidationError',
  failures: {},
  operations: {
    GetCallerIdentity: operation({
      caller: 'iam',
      on: () => unsought('*'),
      needsNoPermission: true,
      input: structure({}),
      handle: (_input, { seen }, { principal, account: owner, region, requestId, context }) => {
        seen.push({ name: 'GetCallerIdentity', input: context, region, requestId });
        return { Arn: principal.arn, Account: owner, UserId: principal.userId };
      },
    }),
    AssumeRole: operation({
      caller: 'iam',
      on: ({ RoleArn }) => unsought(RoleArn),
      input: structure({
        RoleArn: text({ min: 1 }),
        RoleSessionName: text({ min: 2 }),
        DurationSeconds: queryInteger({ min: 900, max: 43_200 }).optional(),
        Tags: list(structure({ Key: text({ min: 1 }), Value: text() }), { max: 50 }).optional(),
        At: queryMoment().optional(),
      }),
      handle: (input, { seen }, { region, requestId }) => {
        seen.push({ name: 'AssumeRole', input, region, requestId });
        return {
          SourceIdentity: input.RoleSessionName,
          PackedPolicySize: input.DurationSeconds,
          Credentials: { AccessKeyId: 'ASIA', SecretAccessKey: 's', SessionToken: 't', Expiration: NOON },
        };
      },
    }),
  },
};

const iam: Service = {
  name: 'iam',
  protocol: awsQuery('2010-05-08', 'https://iam.amazonaws.com/doc/2010-05-08/'),
  invalidInput: 'ValidationError',
  largeBodies: { DeleteRole: { bytes: 300 * 1024 } },
  failures: {
    'no-such-role': {
      code: 'NoSuchEntity',
      status: 404,
      message: 'The role with name {role} cannot be found.',
    },
  },
  operations: {
    DeleteRole: operation({
      caller: 'iam',
      on: () => unsought('*'),
      input: structure({ RoleName: text({ min: 1, max: 64, pattern: /[\w+=,.@-]+/ }) }),
      handle: ({ RoleName }) => {
        if (RoleName !== 'app') throw new Failure('no-such-role', { role: RoleName });
      },
    }),
  },
};

/** Starts it. GUEST may do nothing but what needs no permission. */
export async function startTiny(
  options: { regions?: readonly string[]; clock?: { now(): Date }; bodySeconds?: number } = {},
) {
  const seen: Seen[] = [];
  const logged: string[] = [];
  const contexts: RequestKeys[] = [];
  const dispatch = createDispatch<Principal>({
    services: [cognitoIdp, sts, iam].map((service) => ({ service, nouns: { seen } })),
    keys,
    passable: async (arn) => [{ arn, tags: {} }],
    bearers: {
      async bearerOf(token) {
        if (token !== 'good') throw new Failure('access-token-invalid');
        return 'bob';
      },
    },
    sessions: {
      async underWay(session) {
        if (session !== WAITING) throw new Failure('session-expired');
        return 'carol';
      },
    },
    async decide(principal, { action, resource, context }) {
      contexts.push(context);
      if (principal.kind === 'user') return { verdict: 'allow' };
      return { verdict: 'implicit-deny', message: `User: ${principal.arn} may not ${action} on ${resource}` };
    },
    couldAllow: async ({ kind }) => kind === 'user',
    clock: options.clock ?? { now: () => new Date() },
    log: pino({ level: 'info' }, { write: (line: string) => void logged.push(line) }),
    region: 'eu-west-1',
    account,
    regions: options.regions,
  });
  const app = new Koa();
  app.use(awsDoor(dispatch, options.bodySeconds === undefined ? {} : { bodySeconds: options.bodySeconds }));
  app.use((ctx) => {
    ctx.status = 404;
    ctx.body = 'another door';
  });
  const answer = app.callback();
  const server = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    seen,
    logged,
    contexts,
    /** Options that point any AWS SDK client here. */
    client: (credentials: Credentials = ADMIN) => ({
      endpoint: `http://127.0.0.1:${port}`,
      region: 'eu-west-1',
      credentials,
      maxAttempts: 1,
    }),
    send: (how: Raw) => sendRaw(port, how),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
export type Tiny = Awaited<ReturnType<typeof startTiny>>;

export interface Raw {
  readonly method?: string;
  readonly target?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Uint8Array;
}
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Sends bytes as they are and reads the answer. */
export function sendRaw(
  port: number,
  { method = 'POST', target = '/', headers = {}, body = '' }: Raw,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { port, host: '127.0.0.1', method, path: target, headers: { ...headers } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString('utf8'),
          }),
        );
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}
