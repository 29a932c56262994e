/**
 * The package: built, packed, installed without development packages in an empty folder, started by
 * its own command, and signed in to. What a user gets is not the source tree, so the source tree's
 * tests do not speak for it.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CognitoIdentityProvider } from '@aws-sdk/client-cognito-identity-provider';
import { untilReady } from '../support/servers/process.ts';
import { metadataOf } from '../support/saml/saml-idp.ts';
import { freePort, ROOT } from '../support/servers/server.ts';

const PROJECT = join(import.meta.dirname, '..', '..');

// Building, packing and installing take most of half a minute.
describe('the installed package', function () {
  this.timeout(180_000);
  const folder = mkdtempSync(join(tmpdir(), 'cognate-package-'));
  const environment = { PATH: process.env.PATH, HOME: process.env.HOME };
  const run = (command: string, args: readonly string[], cwd: string): string =>
    execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

  before(() => {
    const [packed] = JSON.parse(
      run('npm', ['pack', '--json', '--silent', '--pack-destination', folder], PROJECT),
    ) as { filename: string }[];
    writeFileSync(join(folder, 'package.json'), '{ "private": true }');
    const options = ['--omit=dev', '--no-audit', '--no-fund', '--prefer-offline'];
    run('npm', ['install', ...options, join(folder, packed!.filename)], folder);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('starts by its command, signs a user in, and reads what its threads read', async () => {
    const port = await freePort();
    const child = spawn('npx', ['--no-install', 'cognate'], {
      cwd: folder,
      // npx does not pass signals on: the program is told by way of its process group.
      detached: true,
      env: {
        ...environment,
        PORT: String(port),
        COGNATE_ROOT_ACCESS_KEY_ID: ROOT.accessKeyId,
        COGNATE_ROOT_SECRET_ACCESS_KEY: ROOT.secretAccessKey,
        COGNATE_LOG_LEVEL: 'error',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    await untilReady(child);
    const idp = new CognitoIdentityProvider({
      endpoint: `http://127.0.0.1:${port}`,
      region: 'us-east-1',
      credentials: ROOT,
    });
    const { UserPool } = await idp.createUserPool({ PoolName: 'people' });
    const UserPoolId = UserPool!.Id!;
    const { UserPoolClient } = await idp.createUserPoolClient({
      UserPoolId,
      ClientName: 'app',
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
    });
    const user = { UserPoolId, Username: 'ada' };
    await idp.adminCreateUser({ ...user, MessageAction: 'SUPPRESS' });
    await idp.adminSetUserPassword({ ...user, Password: 'Correct-Horse-7', Permanent: true });

    const { AuthenticationResult } = await idp.initiateAuth({
      ClientId: UserPoolClient!.ClientId!,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: 'ada', PASSWORD: 'Correct-Horse-7' },
    });
    const page = await fetch(`http://127.0.0.1:${port}/docs/messages.md`);
    // Metadata is read on a thread, whose program has another name in the package.
    const { IdentityProvider } = await idp.createIdentityProvider({
      UserPoolId,
      ProviderName: 'Corp',
      ProviderType: 'SAML',
      ProviderDetails: { MetadataFile: metadataOf() },
    });

    assert.equal(AuthenticationResult?.TokenType, 'Bearer');
    assert.match(await page.text(), /^# Messages/);
    assert.equal(IdentityProvider?.ProviderDetails?.['SSORedirectBindingURI'], 'https://idp.example.com/sso');
    const closed = new Promise((resolve) => child.once('close', resolve));
    process.kill(-child.pid!, 'SIGTERM');
    await closed;
  });

  it('says in one line that a Node is too old for it', () => {
    const older = "Object.defineProperty(process.versions, 'node', { value: '20.20.2' })";
    const command = join(folder, 'node_modules', '@cognate-id', 'server', 'dist', 'cli', 'cognate.js');

    const { status, stderr } = spawnSync(
      process.execPath,
      ['--import', `data:text/javascript,${encodeURIComponent(older)}`, command],
      { cwd: folder, encoding: 'utf8', env: environment },
    );

    assert.equal(status, 1);
    assert.match(stderr, /^Cognate needs Node 24 or newer; this is Node 20\.20\.2 \([^\n]+\)\.\n$/);
  });
});
