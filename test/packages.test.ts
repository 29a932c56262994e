/**
 * Packages: pinned exactly, under licences that whoever runs Cognate can live with, each with its reason written down.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const textOf = (path: string): string => readFileSync(join(root, path), 'utf8');

interface Installed {
  readonly version: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly optional?: boolean;
  readonly hasInstallScript?: boolean;
}
const manifest = JSON.parse(textOf('package.json')) as Record<
  'dependencies' | 'devDependencies',
  Record<string, string>
>;
const lock = JSON.parse(textOf('package-lock.json')) as { packages: Record<string, Installed> };
const installed = Object.entries(lock.packages).filter(([path]) => path !== '');

const AT_RUN_TIME = [
  'MIT',
  'MIT-0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'Apache-2.0',
  '0BSD',
  'BlueOak-1.0.0',
];
const FOR_DEVELOPMENT = [
  ...AT_RUN_TIME,
  'MPL-2.0',
  'CC0-1.0',
  'CC-BY-3.0',
  'CC-BY-4.0',
  'Python-2.0',
  'PSF-2.0',
];
const MOST_AT_RUN_TIME = 200;

/** True when one of the licences that `expression` leaves to choose from is among `accepted`. */
const isAmong = (accepted: readonly string[], expression: string | undefined): boolean =>
  (expression ?? 'none')
    .replace(/[()]/g, '')
    .split(' OR ')
    .some((choice) => choice.split(' AND ').every((each) => accepted.includes(each)));

describe('the packages', () => {
  it('are pinned to exact versions', () => {
    for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }))
      assert.match(version, /^\d+\.\d+\.\d+$/, name);
  });

  it('are known by their hashes', () => {
    assert.deepEqual(
      installed.filter(([, { integrity }]) => !integrity?.startsWith('sha512-')).map(([path]) => path),
      [],
    );
  });

  it('hold one reader of XML trees, so that no two read a document differently', () => {
    assert.deepEqual(
      installed.map(([path]) => path).filter((path) => path.endsWith('@xmldom/xmldom')),
      ['node_modules/@xmldom/xmldom'],
    );
  });

  it('come under licences that we accept', () => {
    const refused = installed
      .filter(
        ([, { dev, devOptional, license }]) =>
          !isAmong(dev || devOptional ? FOR_DEVELOPMENT : AT_RUN_TIME, license),
      )
      .map(([path, { license }]) => `${path}: ${license}`);

    assert.deepEqual(refused, []);
  });

  it('are few at run time, and none of them runs anything when it is installed', () => {
    const atRunTime = installed.filter(([, { dev, devOptional }]) => !dev && !devOptional);

    assert.ok(atRunTime.length > 0 && atRunTime.length <= MOST_AT_RUN_TIME, `${atRunTime.length}`);
    assert.deepEqual(
      atRunTime.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path),
      [],
    );
  });

  it('each have their reason written down', () => {
    const reasons = textOf('docs/decisions/packages.md');

    for (const name of Object.keys(manifest.dependencies)) assert.ok(reasons.includes(name), name);
  });
});
