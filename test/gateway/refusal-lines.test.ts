/** The gateway's refusals in the log: one line each, under the id that the proxy is given, and nothing of the credential. */
import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IAM } from '@aws-sdk/client-iam';
import { makePool, makeUser, signIn } from '../support/pool.ts';
import { startServer, type TestServer } from '../support/servers/server.ts';
import { signed, type Credentials } from '../support/signing.ts';
import { sendRaw } from '../support/servers/tiny-service.ts';

const SCOPE = 'aws.cognito.signin.user.admin';
const ROUTES = `gateway:
  routes:
    - { path: /token, methods: [GET], scopes: [${SCOPE}] }
    - { path: /more, scopes: [email, ${SCOPE}] }
    - { path: /signed, host: api.example.com, api: { id: reports, stage: live } }
`;
const HOST = 'api.example.com';
const SECRET = 'what-only-the-proxy-and-we-two-know';
type Headers = Readonly<Record<string, string>>;

describe('a refusal of the gateway', () => {
  const logged: object[] = [];
  let server: TestServer;
  let token: string;
  let keys: Credentials;

  before(async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'gateway-')), 'cognate.yaml');
    writeFileSync(file, ROUTES);
    server = await startServer({
      logged,
      environment: { COGNATE_CONFIG: file, COGNATE_GATEWAY_SECRET: SECRET },
    });
    const pool = await makePool(server);
    await makeUser(pool, 'ada');
    token = (await signIn(pool, 'ada')).AccessToken!;
    keys = await makeKeys();
  });
  after(() => server.close());

  async function makeKeys(): Promise<Credentials> {
    const iam = new IAM(server.client);
    await iam.createUser({ UserName: 'caller' });
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: {
        Sid: 'FromHome',
        Effect: 'Allow',
        Action: 'execute-api:Invoke',
        Resource: '*',
        Condition: { IpAddress: { 'aws:SourceIp': '203.0.113.7/32' } },
      },
    });
    await iam.putUserPolicy({ UserName: 'caller', PolicyName: 'home', PolicyDocument });
    const { AccessKey } = await iam.createAccessKey({ UserName: 'caller' });
    return { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! };
  }

  const described = (path: string, more: Headers = {}): Headers => ({
    host: HOST,
    'x-original-method': 'GET',
    'x-original-uri': path,
    'x-cognate-gateway-secret': SECRET,
    ...more,
  });
  const signature = async (path: string, credentials: Credentials): Promise<Headers> => {
    const made = await signed(
      { method: 'GET', path, headers: { host: HOST } },
      { credentials, at: server.clock.now(), service: 'execute-api' },
    );
    return Object.fromEntries(made.headers);
  };

  /** By kind: what is asked, and what the line tells besides. */
  const CASES: Readonly<Record<string, { ask: () => Headers | Promise<Headers>; told?: object }>> = {
    'not-the-gateway': { ask: () => ({ ...described('/token'), 'x-cognate-gateway-secret': 'a-guess' }) },
    'not-decidable': {
      ask: () => described('/token/../more'),
      told: { reason: /read in more than one way/ },
    },
    'route-not-found': { ask: () => described('/elsewhere') },
    'method-not-allowed': { ask: () => described('/token', { 'x-original-method': 'POST' }) },
    'credential-missing': { ask: () => described('/token?code=in-the-query'), told: { route: /^\/token$/ } },
    'token-refused': {
      ask: () => described('/token', { authorization: 'Bearer not-a-token-at-all' }),
      told: { route: /^\/token$/, reason: /^access-token-invalid$/ },
    },
    'token-not-taken': { ask: () => described('/signed', { authorization: `Bearer ${token}` }) },
    'scope-missing': {
      ask: () => described('/more', { authorization: `Bearer ${token}` }),
      told: { route: /^\/more$/, reason: /^email$/, principal: /^ada$/ },
    },
    'signature-not-taken': { ask: async () => described('/token', await signature('/token', keys)) },
    'signature-refused': {
      ask: async () =>
        described('/signed', await signature('/signed', { ...keys, secretAccessKey: 'another-secret' })),
      told: { route: /^api\.example\.com\/signed$/, reason: /^signature-mismatch$/ },
    },
    'policy-refused': {
      ask: async () => described('/signed', await signature('/signed', keys)),
      told: {
        principal: /:user\/caller$/,
        why: /^inline policy home of user caller, statement \d+ \(FromHome\): condition IpAddress aws:SourceIp$/,
      },
    },
  };

  for (const [kind, { ask, told = {} }] of Object.entries(CASES))
    it(`leaves one line: ${kind}`, async () => {
      const headers = await ask();
      logged.splice(0);

      const answer = await sendRaw(server.port, { method: 'GET', target: '/gateway/authorize', headers });

      const all = JSON.stringify(logged);
      assert.equal(logged.length, 1, all);
      const line = logged[0] as Readonly<Record<string, string>>;
      assert.ok(answer.status === 401 || answer.status === 403);
      assert.ok(answer.headers['x-amzn-requestid'], 'the proxy is given an id');
      const { requestId, at, sourceIp } = line;
      assert.deepEqual(
        { requestId, at, kind: line['kind'], sourceIp },
        { requestId: answer.headers['x-amzn-requestid'], at: 'gateway', kind, sourceIp: '127.0.0.1' },
      );
      for (const [name, form] of Object.entries(told)) assert.match(line[name] ?? '', form as RegExp);
      const [, credential = 'in-the-query'] = (headers['authorization'] ?? '').split(/Bearer |Signature=/);
      const secrets = [SECRET, token, 'a-guess', 'in-the-query', credential, keys.secretAccessKey];
      for (const each of secrets) assert.ok(!all.includes(each), all);
      if (line['why']) assert.ok(!answer.text.includes('FromHome'), 'why is for the log alone');
    });

  it('names the user whose token is not good any more', async () => {
    const pool = await makePool(server);
    await makeUser(pool, 'bob');
    const { AccessToken } = await signIn(pool, 'bob');
    const { UserAttributes = [] } = await pool.idp.getUser({ AccessToken });
    await pool.idp.adminDisableUser({ UserPoolId: pool.UserPoolId, Username: 'bob' });
    logged.splice(0);

    const headers = described('/token', { authorization: `Bearer ${AccessToken}` });
    await sendRaw(server.port, { method: 'GET', target: '/gateway/authorize', headers });

    assert.partialDeepStrictEqual(logged, [
      { kind: 'token-refused', user: UserAttributes.find(({ Name }) => Name === 'sub')?.Value },
    ]);
  });
});
