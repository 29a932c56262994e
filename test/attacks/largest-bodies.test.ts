/**
 * The largest bodies of the smallest parts: nothing that anybody sends blocks the process, or makes it keep much.
 *
 * Routes are read from the source of the router and operations from the services, so that a new one is here by itself. The server runs in a
 * thread of its own; times are measured there, the best of three tries, because the machine does other things too.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { IAM } from '@aws-sdk/client-iam';
import { CognitoIdentityProvider } from '@aws-sdk/client-cognito-identity-provider';
import { z } from 'zod';
import { cognate } from '../../src/api/cognate/index.ts';
import { cognitoIdentity } from '../../src/api/cognito-identity/index.ts';
import { cognitoIdp } from '../../src/api/cognito-idp/index.ts';
import { cognitoSync } from '../../src/api/cognito-sync/index.ts';
import { iam } from '../../src/api/iam/index.ts';
import type { Service } from '../../src/api/service.ts';
import { sts } from '../../src/api/sts/index.ts';
import { collectionIn } from '../../src/wire/members.ts';
import type { Operation } from '../../src/wire/operation.ts';
import { startProbed, type ProbedServer } from '../support/servers/probed-server.ts';
import { clientsOf, ROOT } from '../support/servers/server.ts';
import { signed, type Credentials } from '../support/signing.ts';
import { sendRaw, type Raw } from '../support/servers/tiny-service.ts';

const SERVICES = [cognitoIdp, cognitoIdentity, cognitoSync, sts, iam, cognate];
const KIB = 1024;
const MOST_MS = 100;
const MOST_GROWTH = 50 * KIB * KIB;
const TRIES = 3;
const FORM = 'application/x-www-form-urlencoded';
const TARGETS: Readonly<Record<string, string>> = {
  'cognito-idp': 'AWSCognitoIdentityProviderService',
  'cognito-identity': 'AWSCognitoIdentityService',
};
const VERSIONS: Readonly<Record<string, string>> = { sts: '2011-06-15', iam: '2010-05-08' };

/** As many of `make(0)`, `make(1)` … as fit. */
function filled(bytes: number, make: (at: number) => string, between = ''): string {
  const parts: string[] = [];
  let size = 0;
  for (let at = 0; ; at += 1) {
    const part = make(at);
    size += part.length + between.length;
    if (size > bytes) return parts.join(between);
    parts.push(part);
  }
}
const FORMS = (bytes: number): readonly string[] => [
  filled(bytes, () => 'a', '&'),
  '&'.repeat(bytes),
  filled(bytes, (at) => `${at.toString(36)}=`, '&'),
  filled(bytes, () => '%61=%', '&'),
  // As many as are read, and each as long as may be.
  Array.from({ length: 1000 }, (_, at) => `${at}=${'%61'.repeat(Math.floor(bytes / 3000) - 2)}`).join('&'),
];
const QUERIES = [
  ...FORMS(15 * KIB),
  Array.from({ length: 256 }, () => 'a').join('&'),
  Array.from({ length: 256 }, (_, at) => `client_id=${at}`).join('&'),
];
const JSONS = [
  '['.repeat(256 * KIB),
  `[${filled(255 * KIB, () => '[]', ',')}]`,
  `{${filled(255 * KIB, (at) => `"${at.toString(36)}":0`, ',')}}`,
  `{${filled(255 * KIB, () => '"a":0', ',')}}`,
  `{"a":"${'\\u0061'.repeat(42 * KIB)}"}`,
  `{"a":"${'\\"'.repeat(127 * KIB)}"}`,
  `{${' '.repeat(255 * KIB)}}`,
  `{${Array.from({ length: 9000 }, (_, at) => `"${at}":{}`).join()}}`,
];

let server: ProbedServer;
let nobody: Credentials;
let poolId: string;
before(async function () {
  this.timeout(30_000);
  server = await startProbed();
  const { client } = clientsOf(server.url, { now: () => new Date() });
  const users = new IAM(client);
  await users.createUser({ UserName: 'nobody' });
  const { AccessKey } = await users.createAccessKey({ UserName: 'nobody' });
  nobody = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! };
  const { UserPool } = await new CognitoIdentityProvider(client).createUserPool({ PoolName: 'p' });
  poolId = UserPool!.Id!;
});
after(() => server.close());

/** Sends one after the other and asserts that none of them blocked, nor left much behind. */
async function assertCheap(title: string, requests: readonly Raw[]): Promise<void> {
  let worst = { lag: Infinity, growth: Infinity };
  for (let at = 0; at < TRIES && (worst.lag > MOST_MS || worst.growth > MOST_GROWTH); at += 1) {
    const before = await server.read();
    for (const request of requests) await sendRaw(server.port, request).catch(() => undefined);
    const { lag, all } = await server.read();
    worst = { lag: Math.min(worst.lag, lag), growth: Math.min(worst.growth, all - before.all) };
  }
  assert.ok(worst.lag <= MOST_MS, `${title} blocks the process for ${Math.round(worst.lag)} ms`);
  assert.ok(worst.growth <= MOST_GROWTH, `${title} leaves ${Math.round(worst.growth / KIB)} KiB behind`);
}

/** The request as an SDK sends it, signed when `by` is given. */
async function callOf(
  { name: service }: Service,
  operation: string,
  body: string,
  by?: Credentials,
): Promise<Raw> {
  const type = VERSIONS[service] ? FORM : 'application/x-amz-json-1.1';
  const headers = {
    host: `127.0.0.1:${server.port}`,
    'content-type': type,
    ...(VERSIONS[service] ? {} : { 'x-amz-target': `${TARGETS[service] ?? service}.${operation}` }),
  };
  if (!by) return { headers, body };
  const made = await signed({ headers, body }, { credentials: by, at: new Date(), service });
  return { method: made.method, target: made.target, headers: Object.fromEntries(made.headers), body };
}

/** Each list and map of a schema: where it stands. */
function* collectionsIn(
  schema: z.ZodType,
  path: readonly string[] = [],
): Generator<{ path: readonly string[]; schema: z.ZodType }> {
  if (schema instanceof z.ZodOptional) {
    yield* collectionsIn(schema.unwrap() as z.ZodType, path);
  } else if (schema instanceof z.ZodObject) {
    for (const [name, member] of Object.entries(schema.shape))
      yield* collectionsIn(member as z.ZodType, [...path, name]);
  } else if (
    schema instanceof z.ZodArray ||
    schema instanceof z.ZodRecord ||
    schema instanceof z.ZodSet ||
    collectionIn(schema)
  ) {
    yield { path, schema };
    const held = collectionIn(schema)?.item;
    if (held) yield* collectionsIn(held, path);
  }
}
const within = (path: readonly string[], json: string): string =>
  path.reduceRight((inner, name) => `{"${name}":${inner}}`, json);

/** Bodies that an operation's own schema invites. */
function bodiesOf({ name: service }: Service, name: string, { input }: Operation): readonly string[] {
  const shape = input instanceof z.ZodObject ? Object.keys(input.shape) : [];
  if (VERSIONS[service]) {
    const action = `Action=${name}&Version=${VERSIONS[service]}`;
    const long = filled(250 * KIB, () => 'a');
    return [
      ...FORMS(255 * KIB).map((form) => `${action}&${form}`),
      `${action}&${shape.map((each) => `${each}=${long.slice(0, (250 * KIB) / shape.length)}`).join('&')}`,
      ...[...collectionsIn(input)].map(
        ({ path }) =>
          `${action}&${Array.from({ length: 990 }, (_, at) => `${path.join('.')}.member.${at + 1}=`).join('&')}`,
      ),
    ];
  }
  const share = Math.floor((255 * KIB) / Math.max(1, shape.length)) - 64;
  return [
    ...(shape.length > 0 ? [`{${shape.map((each) => `"${each}":"${'é'.repeat(share / 2)}"`).join()}}`] : []),
    `{${shape.map((each) => `"${each}":{}`).join()}}`,
    ...[...collectionsIn(input)].flatMap(({ path, schema }) => {
      const most = collectionIn(schema)?.max ?? 9000;
      return [
        within(path, `[${filled(250 * KIB, () => '{}', ',')}]`),
        within(path, `[${Array(Math.min(9000, most)).fill('{}').join()}]`),
        within(path, `[${Array(Math.min(9000, most)).fill('"a"').join()}]`),
        within(path, `{${Array.from({ length: Math.min(9000, most) }, (_, at) => `"${at}":""`).join()}}`),
      ];
    }),
  ];
}

const OPERATIONS = SERVICES.flatMap((service) =>
  Object.entries(service.operations).map(([name, operation]) => ({ service, name, operation })),
);

/** Every route of the pages, by its source: `router.get('/path'`, and those registered by a loop. */
const ROUTES: readonly string[] = [
  ...new Set(
    Array.from(
      readFileSync(new URL('../../src/hosted-ui/routes.ts', import.meta.url), 'utf8').matchAll(
        /router(?:\.\w+|\[\w+\])\(\s*'(\/[^']*)'/g,
      ),
      ([, path]) => path!,
    ),
  ),
];
const OTHERS = [
  '/',
  '/gateway/authorize',
  '/health/live',
  '/health/ready',
  '/.well-known/jwks_uri',
  '/identitypools',
];

describe('the schemas of all operations', () => {
  it('hold no list, map or set without a maximum', () => {
    const unbounded = OPERATIONS.flatMap(({ service, name, operation }) =>
      [...collectionsIn(operation.input)]
        .filter(({ schema }) => !((collectionIn(schema)?.max ?? Infinity) <= 10_000))
        .map(({ path }) => `${service.name}:${name} ${path.join('.')}`),
    );

    assert.deepEqual(unbounded, []);
  });
  it('are found: many of them hold some', () => {
    const all = OPERATIONS.flatMap(({ operation }) => [...collectionsIn(operation.input)]);

    assert.ok(all.length > 40, String(all.length));
  });
});

describe('the largest bodies of the smallest parts', function () {
  this.timeout(120_000); // Some thousand requests.

  it('are cheap at every route', async () => {
    assert.ok(ROUTES.length > 12, ROUTES.join());
    for (const route of ROUTES.map((path) => `/${poolId}${path.replaceAll(/:\w+/g, 'x')}`).concat(OTHERS)) {
      const cookie = filled(14 * KIB, (at) => `${at.toString(36)}=`, '; ');
      await assertCheap(`GET ${route}`, [
        ...QUERIES.map((query) => ({ method: 'GET', target: `${route}?${query}` })),
        { method: 'GET', target: route, headers: { cookie } },
      ]);
      await assertCheap(
        `POST ${route}`,
        [96 * KIB, 15 * KIB, 256 * KIB].flatMap((bytes) =>
          FORMS(bytes).map((body) => ({
            target: route,
            headers: { 'content-type': FORM, origin: server.url },
            body,
          })),
        ),
      );
    }
  });
  it('are cheap at every service, whatever they say that they are for', async () => {
    for (const service of [cognitoIdp, cognitoIdentity, cognate]) {
      const [name = ''] = Object.keys(service.operations);
      for (const by of [undefined, nobody])
        await assertCheap(
          service.name,
          await Promise.all(JSONS.map((body) => callOf(service, name, body, by))),
        );
    }
  });
  for (const service of SERVICES.filter(({ name }) => name !== 'cognito-sync')) {
    it(`are cheap at every operation of ${service.name}, by anybody and, signed, by a user without policies`, async () => {
      for (const [name, operation] of Object.entries(service.operations)) {
        const bodies = bodiesOf(service, name, operation);
        // With LONG=1 root too, whose calls reach the handlers.
        const callers =
          operation.caller !== 'iam' ? [undefined] : process.env['LONG'] ? [nobody, ROOT] : [nobody];
        for (const by of callers)
          await assertCheap(
            `${service.name}:${name}`,
            await Promise.all(bodies.map((body) => callOf(service, name, body, by))),
          );
      }
    });
  }
  it('of 8 MiB are not held for who does not sign, nor for who may not', async () => {
    const target = '/identitypools/us-east-1:a/identities/us-east-1:b/datasets/c';
    const body = `{"SyncSessionToken":"a","RecordPatches":[${filled(8000 * KIB, () => '{}', ',')}]}`;
    const headers = { host: `127.0.0.1:${server.port}`, 'content-type': 'application/json' };
    const made = await signed(
      { method: 'POST', path: target, headers, body },
      { credentials: nobody, at: new Date(), service: 'cognito-sync' },
    );
    const start = await server.read();
    await assertCheap('UpdateRecords', [
      { target, headers, body },
      { target, headers: Object.fromEntries(made.headers), body },
    ]);
    await server.read();
    await Promise.all(
      Array.from({ length: 40 }, () =>
        sendRaw(server.port, { target, headers, body }).catch(() => undefined),
      ),
    );
    const { peak } = await server.read();

    assert.ok(peak - start.bytes < MOST_GROWTH, `${Math.round((peak - start.bytes) / KIB)} KiB were held`);
  });
});
