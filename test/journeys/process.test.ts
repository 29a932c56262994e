/**
 * The program as a process: how it starts, what it refuses to start with, how it stops.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:net';
import { CognitoIdentityProvider } from '@aws-sdk/client-cognito-identity-provider';
import { startProcess } from '../support/process.ts';
import { ROOT } from '../support/server.ts';

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
