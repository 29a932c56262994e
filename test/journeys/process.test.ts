/**
 * The program as a process: how it starts, what it refuses to start with, how it stops.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:net';
import { CognitoIdentityProvider } from '@aws-sdk/client-cognito-identity-provider';
import { STS } from '@aws-sdk/client-sts';
import { ended, startProcess, untilReady } from '../support/servers/process.ts';
import { freePort, ROOT } from '../support/servers/server.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'src', 'main.ts');

describe('the process', function () {
  this.timeout(30_000);

  /** What a start that is refused says, and how it ends. */
  function refusedStart(
    environment: Record<string, string>,
    prepare: (folder: string) => void = () => undefined,
  ) {
    const folder = mkdtempSync(join(tmpdir(), 'cognate-'));
    prepare(folder);
    const { status, stderr } = spawnSync(process.execPath, [MAIN], {
      cwd: folder,
      env: { PATH: process.env.PATH, PORT: '0', COGNATE_LOG_LEVEL: 'error', ...environment },
      encoding: 'utf8',
      timeout: 20_000,
    });
    rmSync(folder, { recursive: true });
    return { status, stderr };
  }

  it('makes its keys at the first start, readable to nobody else, and is ready', async () => {
    const cognate = await startProcess({
      COGNATE_ROOT_ACCESS_KEY_ID: '',
      COGNATE_ROOT_SECRET_ACCESS_KEY: '',
      COGNATE_KEYRING_FILE: '',
    });

    const modes = ['keys/keyring.json', 'keys/root-credentials', 'data/cognate.db'].map(
      (file) => statSync(join(cognate.folder, file)).mode & 0o777,
    );
    const text = readFileSync(join(cognate.folder, 'keys', 'root-credentials'), 'utf8');
    const [, accessKeyId = '', secretAccessKey = ''] =
      /^AWS_ACCESS_KEY_ID=(\S+)\nAWS_SECRET_ACCESS_KEY=(\S+)\n$/.exec(text) ?? [];
    const idp = new CognitoIdentityProvider({
      endpoint: cognate.url,
      region: 'us-east-1',
      credentials: { accessKeyId, secretAccessKey },
    });
    const { UserPools } = await idp.listUserPools({ MaxResults: 1 });
    const ready = await fetch(`${cognate.url}/health/ready`);

    assert.deepEqual(modes, [0o600, 0o600, 0o600]);
    assert.deepEqual(UserPools, []);
    assert.equal(ready.status, 200);
    assert.equal(await cognate.stop(), 0);
    cognate.remove();
  });

  it('finds everything again after a restart, and after being killed', async () => {
    const first = await startProcess();
    const client = (url: string) =>
      new CognitoIdentityProvider({ endpoint: url, region: 'us-east-1', credentials: ROOT });
    const { UserPool } = await client(first.url).createUserPool({ PoolName: 'kept' });
    await first.kill();

    const second = await startProcess({}, { folder: first.folder });

    assert.equal(
      (await client(second.url).describeUserPool({ UserPoolId: UserPool!.Id })).UserPool!.Name,
      'kept',
    );
    await second.stop();
    second.remove();
  });

  it('refuses a second process on the same data', async () => {
    const cognate = await startProcess();

    const { status, stderr } = refusedStart({
      COGNATE_DATA_DIR: join(cognate.folder, 'data'),
      COGNATE_KEYRING_FILE: join(cognate.folder, 'keyring.json'),
    });

    assert.equal(status, 1);
    assert.match(stderr, /store-in-use/);
    await cognate.stop();
    cognate.remove();
  });

  it('refuses a keyring that does not open the store', async () => {
    const cognate = await startProcess();
    await cognate.stop();

    const { status, stderr } = refusedStart({ COGNATE_DATA_DIR: join(cognate.folder, 'data') });

    assert.equal(status, 1);
    assert.match(stderr, /keyring-does-not-open/);
    cognate.remove();
  });

  it('refuses keys that others may read', () => {
    const { status, stderr } = refusedStart({ COGNATE_KEYRING_FILE: 'keyring.json' }, (folder) => {
      writeFileSync(join(folder, 'keyring.json'), '{}');
      chmodSync(join(folder, 'keyring.json'), 0o644);
    });

    assert.equal(status, 1);
    assert.match(stderr, /keyring-readable-by-others/);
  });

  it('tells all faults of a configuration at once, and names no secret', () => {
    const { status, stderr } = refusedStart({
      COGNATE_PUBLIC_URL: 'http://login.example.com',
      COGNATE_ACCOUNT_ID: '12',
      COGNATE_MADE_UP: '1',
      COGNATE_ROOT_SECRET_ACCESS_KEY: 'only-one-of-the-two',
      DATABASE_URL: 'postgres://user:hunter2@db/x',
    });

    assert.equal(status, 1);
    for (const word of ['publicUrl', 'accountId', 'COGNATE_MADE_UP']) assert.ok(stderr.includes(word), word);
    assert.ok(!stderr.includes('only-one-of-the-two') && !stderr.includes('hunter2'));
  });

  it('tells which function of a trigger is configured wrongly, or cannot be loaded', () => {
    const configured = (functions: object) =>
      refusedStart({ COGNATE_CONFIG: 'own.json' }, (folder) =>
        writeFileSync(join(folder, 'own.json'), JSON.stringify({ triggers: { functions } })),
      );

    const bare = configured({ enrich: { webhook: 'https://hooks.example.com' } });
    const missing = configured({ check: { module: 'file:check.mjs' } });
    const unknown = configured({ check: { modul: 'file:check.mjs', secret: 'whsec_hunter2' } });

    assert.deepEqual([bare.status, missing.status, unknown.status], [1, 1, 1]);
    assert.match(bare.stderr, /triggers\.functions\.enrich: needs a secret/);
    assert.match(missing.stderr, /trigger-module-unusable: module file:check\.mjs/);
    assert.match(unknown.stderr, /triggers\.functions\.check/);
    assert.ok(!unknown.stderr.includes('hunter2'));
  });

  it('refuses a short root secret where others can reach it', () => {
    const short = {
      COGNATE_ROOT_ACCESS_KEY_ID: 'AKIASHORTSECRET00000',
      COGNATE_ROOT_SECRET_ACCESS_KEY: 'short-secret',
    };

    const { status, stderr } = refusedStart({ ...short, COGNATE_PUBLIC_URL: 'https://login.example.com' });

    assert.equal(status, 1);
    assert.match(stderr, /rootSecretAccessKey: must have 32 characters/);
    assert.ok(!stderr.includes('short-secret'));
  });

  it('moves its published address with PORT alone', async () => {
    const port = await freePort();
    const cognate = await startProcess({ PORT: String(port), COGNATE_PUBLIC_URL: '' });
    const idp = new CognitoIdentityProvider({
      endpoint: cognate.url,
      region: 'us-east-1',
      credentials: ROOT,
    });
    const { UserPool } = await idp.createUserPool({ PoolName: 'people' });

    const discovery = await fetch(`${cognate.url}/${UserPool!.Id}/.well-known/openid-configuration`);
    const { issuer } = (await discovery.json()) as { issuer: string };

    assert.equal(issuer, `http://localhost:${port}/${UserPool!.Id}`);
    assert.ok(cognate.said.includes(`Cognate is ready at http://localhost:${port}\n`), cognate.said);
    await cognate.stop();
    cognate.remove();
  });

  it('publishes the port that it was given when it asked for any', async () => {
    const child = spawn(process.execPath, [MAIN], {
      cwd: mkdtempSync(join(tmpdir(), 'cognate-')),
      env: { PATH: process.env.PATH, PORT: '0', COGNATE_LOG_LEVEL: 'error' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });

    const [, url = ''] = /ready at (http:\/\/localhost:\d+)\n/.exec(await untilReady(child)) ?? [];

    assert.equal((await fetch(`${url.replace('localhost', '127.0.0.1')}/health/ready`)).status, 200);
    await ended(child, 'SIGTERM');
  });

  it('says in words that its port is in use', async () => {
    const cognate = await startProcess();

    const { status, stderr } = refusedStart({ PORT: new URL(cognate.url).port });

    assert.equal(status, 1);
    assert.match(stderr, /Port \d+ at 127\.0\.0\.1 is in use by another program\./);
    assert.doesNotMatch(stderr, /\bat .*\.ts:\d+/);
    await cognate.stop();
    cognate.remove();
  });

  it('takes any root key at a loopback address, and says that it is weak', async () => {
    const cognate = await startProcess({
      COGNATE_ROOT_ACCESS_KEY_ID: 'test',
      COGNATE_ROOT_SECRET_ACCESS_KEY: 'test',
    });
    const signedBy = (secretAccessKey: string) =>
      new STS({
        endpoint: cognate.url,
        region: 'us-east-1',
        credentials: { accessKeyId: 'test', secretAccessKey },
        maxAttempts: 1,
      }).getCallerIdentity({});

    const { Arn } = await signedBy('test');

    assert.match(Arn ?? '', /:root$/);
    await assert.rejects(signedBy('tess'), { name: 'SignatureDoesNotMatch' });
    await cognate.stop();
    assert.match(cognate.logged(), /"event":"weak-root-key"/);
    cognate.remove();
  });

  it('refuses a guessable root key id where others can reach it', () => {
    const { status, stderr } = refusedStart({
      COGNATE_ROOT_ACCESS_KEY_ID: 'test',
      COGNATE_ROOT_SECRET_ACCESS_KEY: 'a-secret-of-more-than-32-characters',
      COGNATE_PUBLIC_URL: 'https://login.example.com',
    });

    assert.equal(status, 1);
    assert.match(stderr, /rootAccessKeyId: must have 16 characters/);
  });

  it('makes the folder of an outbox that it is told to write', async () => {
    const cognate = await startProcess({ COGNATE_OUTBOX_FILE: 'spool/messages.jsonl' });

    assert.equal(statSync(join(cognate.folder, 'spool')).mode & 0o777, 0o700);
    await cognate.stop();
    cognate.remove();
  });

  it('drains when npm is told to stop, as a supervisor tells it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cognate-'));
    const port = await freePort();
    const npm = spawn('npm', ['start'], {
      cwd: join(import.meta.dirname, '..', '..'),
      env: {
        ...process.env,
        PORT: String(port),
        COGNATE_DATA_DIR: join(folder, 'data'),
        COGNATE_KEYRING_FILE: join(folder, 'keyring.json'),
        COGNATE_ROOT_CREDENTIALS_FILE: join(folder, 'root-credentials'),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let logged = '';
    npm.stdout.on('data', (chunk: Buffer) => (logged += chunk.toString()));
    await untilReady(npm);
    const closed = new Promise((resolve) => npm.stdout.once('close', resolve));

    await ended(npm, 'SIGTERM');
    await closed;

    assert.match(logged, /"event":"draining","signal":"SIGTERM"/);
    await assert.rejects(fetch(`http://127.0.0.1:${port}/health/live`));
    rmSync(folder, { recursive: true });
  });

  it('lets a request under way finish when it is told to stop', async () => {
    const cognate = await startProcess();
    const socket = connect(Number(new URL(cognate.url).port), '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.write(
      'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n{',
    );
    await new Promise((resolve) => socket.once('data', resolve));

    const stopped = cognate.stop();
    socket.end('}');

    assert.equal(await stopped, 0);
    assert.match(answer, /UnknownOperationException/);
    cognate.remove();
  });
});
