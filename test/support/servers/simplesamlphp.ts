/**
 * SimpleSAMLphp as an identity provider of the tests' own: Debian's package, served by PHP's own web server, with its configuration and keys in a folder of its own.
 *
 * The machine's package, else Debian's; where neither is to be had the suite says so loudly and is not run, and with CI=true fails. Nothing of the machine's own configuration is read or changed.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listening } from './listening.ts';
import { describeWith, foundOrInstalled } from './needs.ts';
import { freePort } from './server.ts';

const WWW = '/usr/share/simplesamlphp/www';
const PHP = '/usr/bin/php';
const PACKAGES = ['simplesamlphp', 'php-cli', 'php-xml', 'php-mbstring', 'openssl'];
const running = new Set<ChildProcess>();

export interface Upstream {
  /** People: attributes by `name:password`. */
  readonly people: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Metadata documents of relying parties. */
  readonly parties: readonly string[];
  /** PHP of `saml20-sp-remote.php`, for parties that have no such document. */
  readonly remote?: string;
}

const isThere = (): true | undefined =>
  (existsSync(join(WWW, 'saml2/idp/SSOService.php')) && existsSync(PHP)) || undefined;

/** A `describe` that needs SimpleSAMLphp. */
export function withSimpleSamlPhp(title: string, tests: () => void): void {
  const isInstalled = foundOrInstalled(isThere, PACKAGES);
  describeWith(title, isInstalled, 'simplesamlphp is not installed and cannot be', tests);
}

/** Starts it; what is told of it are its addresses. */
export async function startSimpleSamlPhp({ people, parties, remote = '' }: Upstream) {
  const folder = mkdtempSync(join(tmpdir(), 'simplesamlphp-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  for (const name of ['metadata', 'log', 'tmp', 'sessions', 'data']) mkdirSync(join(folder, name));
  makeKey(folder);
  const documents = parties.map((xml, at) => {
    writeFileSync(join(folder, `party-${at}.xml`), xml);
    return `['type' => 'xml', 'file' => '${folder}/party-${at}.xml'],`;
  });
  writeFileSync(join(folder, 'config.php'), configOf(folder, url, documents));
  writeFileSync(join(folder, 'authsources.php'), sourcesOf(people));
  writeFileSync(join(folder, 'metadata/saml20-idp-hosted.php'), hostedOf(folder, url));
  writeFileSync(join(folder, 'metadata/saml20-sp-remote.php'), `<?php\n${remote}`);
  const child = spawn(PHP, ['-S', `127.0.0.1:${port}`, '-t', WWW], {
    cwd: folder,
    env: { PATH: process.env['PATH'], SIMPLESAMLPHP_CONFIG_DIR: folder },
    stdio: 'ignore',
  });
  running.add(child);
  await listening(port, child);

  return {
    /** Its own name, and where it publishes its metadata. */
    entityId: `${url}/saml2/idp/metadata.php`,
    /** Where a person begins a sign-in at a party without being asked by it. */
    beginAt: (party: string): string =>
      `${url}/saml2/idp/SSOService.php?${new URLSearchParams({ spentityid: party }).toString()}`,
    /** What it wrote down, for whoever wonders. */
    log: (): string => {
      const file = join(folder, 'log/simplesamlphp.log');
      return existsSync(file) ? readFileSync(file, 'utf8') : '';
    },
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
      running.delete(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
export type SimpleSamlPhp = Awaited<ReturnType<typeof startSimpleSamlPhp>>;

function makeKey(folder: string): void {
  const words = 'req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=idp.test -keyout key.pem -out cert.pem';
  const { status, stderr } = spawnSync('openssl', words.split(' '), { cwd: folder, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
}

const configOf = (folder: string, url: string, documents: readonly string[]): string => `<?php
$config = [
  'baseurlpath' => '${url}/',
  'certdir' => '${folder}/',
  'loggingdir' => '${folder}/log/',
  'datadir' => '${folder}/data/',
  'tempdir' => '${folder}/tmp',
  'metadatadir' => '${folder}/metadata/',
  'attributenamemapdir' => '/etc/simplesamlphp/attributemap/',
  'secretsalt' => 'a-salt-of-these-tests',
  'auth.adminpassword' => 'nobody-signs-in-as-this',
  'timezone' => 'UTC',
  'logging.handler' => 'file',
  'logging.level' => SimpleSAML\\Logger::INFO,
  'enable.saml20-idp' => true,
  'module.enable' => ['exampleauth' => true, 'core' => true, 'saml' => true],
  'session.cookie.secure' => false,
  'session.phpsession.cookiename' => 'SimpleSAML',
  'session.phpsession.savepath' => '${folder}/sessions',
  'store.type' => 'phpsession',
  'metadata.sources' => [['type' => 'flatfile'], ${documents.join(' ')}],
];
`;

const sourcesOf = (people: Upstream['people']): string => `<?php
$config = ['people' => ['exampleauth:UserPass', ${Object.entries(people)
  .map(
    ([person, attributes]) =>
      `'${person}' => [${Object.entries(attributes)
        .map(([name, value]) => `'${name}' => ['${value}']`)
        .join(', ')}],`,
  )
  .join(' ')}]];
`;

/** People are known by their uid, for good. */
const hostedOf = (folder: string, url: string): string => `<?php
$persistent = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';
$metadata['${url}/saml2/idp/metadata.php'] = [
  'host' => '__DEFAULT__',
  'privatekey' => '${folder}/key.pem',
  'certificate' => '${folder}/cert.pem',
  'auth' => 'people',
  'NameIDFormat' => [$persistent],
  'authproc' => [10 => ['class' => 'saml:AttributeNameID', 'attribute' => 'uid', 'Format' => $persistent]],
];
`;

process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
