/**
 * The house as it stands: floors, packages a floor may use, cycles, header comments. Reads the import lines, and believes nothing else.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';

interface Import {
  readonly from: string;
  /** A file below src, or a package. */
  readonly to: string;
  readonly isPackage: boolean;
}

const BELOW_NOTIFICATIONS = [
  'base',
  'domain/ports',
  'domain/pools',
  'domain/limits',
  'domain/users',
  'domain/triggers',
] as const;
/** What each folder may import besides itself; `domain/x` areas stand apart. */
const FLOORS: Readonly<Record<string, readonly string[]>> = {
  base: [],
  'domain/ports': ['base'],
  'domain/pools': ['base', 'domain/ports'],
  'domain/limits': ['base', 'domain/ports'],
  'domain/users': ['base', 'domain/ports', 'domain/pools'],
  'domain/triggers': ['base', 'domain/ports', 'domain/pools', 'domain/users'],
  'domain/notifications': [...BELOW_NOTIFICATIONS],
  'domain/accounts': [...BELOW_NOTIFICATIONS, 'domain/notifications'],
  'domain/sign-in': [...BELOW_NOTIFICATIONS, 'domain/notifications', 'domain/accounts'],
  'domain/federation': ['base', 'domain/ports', 'domain/pools', 'domain/users', 'domain/triggers'],
  'domain/tokens': ['base', 'domain/ports', 'domain/pools', 'domain/users', 'domain/triggers'],
  'domain/access': ['base', 'domain/ports'],
  'domain/identities': ['base', 'domain/ports', 'domain/federation', 'domain/tokens', 'domain/access'],
  'domain/sync': ['base', 'domain/ports', 'domain/identities'],
  'domain/jobs': ['base', 'domain/ports'],
  domain: ['base', 'domain/*'],
  wire: ['base'],
  stores: ['base', 'domain/ports'],
  'token-keys': ['base', 'domain/ports'],
  'password-hash': ['base', 'domain/ports'],
  messages: ['base', 'domain/ports'],
  passkeys: ['base', 'domain/ports'],
  triggers: ['base', 'domain/ports'],
  'identity-providers': ['base', 'domain/ports'],
  oidc: ['base', 'domain/*'],
  api: ['base', 'domain/*', 'wire'],
  gateway: ['base', 'domain/*', 'wire'],
  'hosted-ui': ['base', 'domain/*', 'oidc'],
  ops: ['base'],
  cli: ['*'],
  '.': ['*'],
};
/** Packages by folder. `node:` stands for Node's own modules. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  base: [
    'node:async_hooks',
    'node:crypto',
    'node:dns',
    'node:http',
    'node:https',
    'node:net',
    'ipaddr.js',
    'pino',
  ],
  domain: ['node:crypto', 'node:zlib'],
  'domain/sign-in': ['node:crypto', 'otplib'],
  wire: ['zod', 'fast-xml-builder'],
  stores: [
    'node:crypto',
    'node:events',
    'node:fs',
    'node:path',
    'node:net',
    'node:perf_hooks',
    'node:sqlite',
    'node:url',
    'node:worker_threads',
    'ioredis',
    'pg',
  ],
  'token-keys': ['node:crypto', 'node:fs', 'node:fs/promises', 'node:path', 'jose', 'zod'],
  passkeys: ['@simplewebauthn/server', 'zod'],
  messages: ['node:fs', 'node:fs/promises', 'node:path', 'nodemailer', 'zod'],
  'password-hash': [
    'node:crypto',
    'node:os',
    'node:worker_threads',
    '@node-rs/argon2',
    '@zxcvbn-ts/language-common',
  ],
  triggers: ['node:path', 'node:url', 'zod'],
  'identity-providers': [
    'node:crypto',
    'node:worker_threads',
    'openid-client',
    'jose',
    '@node-saml/node-saml',
    '@xmldom/xmldom',
    'xml-crypto',
  ],
  oidc: ['node:crypto', 'node:http', 'node:stream', 'oidc-provider', 'koa'],
  api: ['node:http', 'koa', 'zod'],
  gateway: ['koa', 'zod'],
  'hosted-ui': [
    'node:fs',
    'node:http',
    'node:path',
    'node:crypto',
    'koa',
    '@koa/router',
    'eta',
    'fast-xml-builder',
    'zod',
  ],
  ops: ['node:fs', 'node:http', 'node:https', 'node:net', 'koa', 'ipaddr.js'],
  '.': ['node:fs', 'node:http', 'node:path', 'node:timers/promises', 'koa', 'ipaddr.js', 'yaml', 'zod'],
};
/** Things that only some files may say. */
const RESERVED: readonly { readonly what: RegExp; readonly only: readonly string[] }[] = [
  // Where contexts are made and policies judged: each is asked for every key by test/api/access/request-contexts.test.ts.
  {
    what: /\brequestKeys\(/,
    only: [
      'api/dispatch.ts',
      'api/large-bodies.ts',
      'domain/access/request-context.ts',
      'gateway/forward-auth.ts',
    ],
  },
  {
    what: /\brequestContext\(/,
    only: [
      'domain/access/authority.ts',
      'domain/access/federated-sessions.ts',
      'domain/access/request-context.ts',
      'domain/identities/credentials.ts',
    ],
  },
  {
    what: /\b(?:trustOf|evaluate)\(/,
    only: [
      'domain/access/assume-role.ts',
      'domain/access/authority.ts',
      'domain/access/evaluate.ts',
      'domain/access/federated-sessions.ts',
      'domain/access/trust/trust.ts',
      'domain/identities/credentials.ts',
    ],
  },
  // One client is one address at every entry point.
  { what: /\b(?:ctx|context)\.ip\b|::ffff/, only: ['base/ip.ts', 'base/request-head.ts'] },
  { what: /\bDate\.now\(/, only: ['base/clock.ts'] },
  { what: /\bprocess\.env\b/, only: ['main.ts', 'config.ts'] },
  { what: /\bconsole\./, only: [] },
  { what: /\boidc-provider\/lib\//, only: ['oidc/internals.ts'] },
  {
    what: /(?<![\w.])fetch\(/,
    only: [
      'base/fetch.ts',
      'identity-providers/oauth2.ts',
      'identity-providers/oidc.ts',
      'identity-providers/saml/publications.ts',
      'identity-providers/upstream.ts',
      'messages/sms.ts',
      'triggers/posting.ts',
    ],
  },
];

const SRC = join(import.meta.dirname, '..', 'src');
const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
const sources = new Map(files.map((file) => [file, readFileSync(join(SRC, file), 'utf8')]));

/** The folder that a file counts to: an area of the domain, or a folder of the first level. */
export function folderOf(file: string): string {
  const [first = '', second = '', third] = file.split('/');
  if (second === '') return '.';
  return first === 'domain' && third !== undefined ? `domain/${second}` : first;
}

export function importsOf(file: string, source: string): readonly Import[] {
  return [...source.matchAll(/\bfrom '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm)].map(
    ([, named, bare, dynamic]) => {
      const target = named ?? bare ?? dynamic ?? '';
      if (!target.startsWith('.')) return { from: file, to: packageOf(target), isPackage: true };
      return { from: file, to: relative('.', normalize(join(dirname(file), target))), isPackage: false };
    },
  );
}

function packageOf(target: string): string {
  if (target.startsWith('node:')) return target;
  return target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/');
}

export function isAllowed({ from, to, isPackage }: Import): boolean {
  const folder = folderOf(from);
  if (isPackage) return (PACKAGES[folder] ?? PACKAGES[folder.split('/')[0] ?? ''] ?? []).includes(to);
  const target = folderOf(to);
  if (target === folder) return true;
  return (FLOORS[folder] ?? []).some(
    (each) => each === '*' || each === target || (each === 'domain/*' && target.startsWith('domain')),
  );
}

/** A cycle of files that import one another, if there is one. */
export function cycleIn(edges: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): readonly string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    path.push(file);
    for (const next of edges.get(file) ?? []) {
      const found = visit(next);
      if (found) return found;
    }
    path.pop();
    done.add(file);
    return undefined;
  };
  for (const file of edges.keys()) {
    const found = visit(file);
    if (found) return found;
  }
  return undefined;
}

describe('the house', () => {
  it('imports only downwards, and only the packages of a floor', () => {
    const wrong = [...sources].flatMap(([file, source]) =>
      importsOf(file, source).filter((each) => !isAllowed(each)),
    );

    assert.deepEqual(
      wrong.map(({ from, to }) => `${from} imports ${to}`),
      [],
    );
  });

  it('describes each of its folders', () => {
    const described = readFileSync(join(SRC, '..', 'docs', 'architecture.md'), 'utf8');
    const folders = new Set(files.map(folderOf).filter((folder) => folder !== '.'));

    for (const folder of folders) assert.ok(described.includes(`\n### src/${folder}\n`), folder);
  });

  it('has no cycle of imports', () => {
    const edges = new Map(
      [...sources].map(([file, source]) => [
        file,
        importsOf(file, source).flatMap(({ to, isPackage }) => (isPackage ? [] : [to])),
      ]),
    );

    assert.equal(cycleIn(edges), undefined);
  });

  it('opens every file with a header comment', () => {
    assert.deepEqual(
      files.filter((file) => !/^(#![^\n]+\n)?\/\*\*/.test(sources.get(file) ?? '')),
      [],
    );
  });

  it('names files of its own with their ending', () => {
    const wrong = [...sources].flatMap(([file, source]) =>
      importsOf(file, source).filter(({ to, isPackage }) => !isPackage && !sources.has(to)),
    );

    assert.deepEqual(
      wrong.map(({ from, to }) => `${from} imports ${to}`),
      [],
    );
  });

  it('has no drawers', () => {
    assert.deepEqual(
      files.filter(
        // What the stores share has a folder of its own beside theirs.
        (file) =>
          /(^|\/)(utils?|helpers?|common|shared|misc|lib|types)(\/|\.ts$)/.test(file) &&
          !file.startsWith('stores/shared/'),
      ),
      [],
    );
  });

  for (const { what, only } of RESERVED) {
    it(`says ${what.source} only in ${only.join(', ') || 'no file'}`, () => {
      const said = files.filter((file) => what.test(withoutComments(sources.get(file) ?? '')));

      assert.deepEqual(
        said.filter((file) => !only.includes(file)),
        [],
      );
    });
  }
});

describe('the checks of the house', () => {
  const upward = { from: 'base/ids.ts', to: 'domain/ports/records.ts', isPackage: false };

  it('see an import that goes up', () => assert.equal(isAllowed(upward), false));

  it('see one that goes sideways', () =>
    assert.equal(isAllowed({ ...upward, from: 'gateway/routes.ts', to: 'api/http.ts' }), false));

  it('see a package on the wrong floor', () =>
    assert.equal(isAllowed({ from: 'domain/tokens/tokens.ts', to: 'jose', isPackage: true }), false));

  it('read imports of every form', () => {
    const source =
      "import { a } from './a.ts';\nimport './b.ts';\nexport { c } from '@x/y/z';\nawait import('node:fs');";

    assert.deepEqual(
      importsOf('base/q.ts', source).map(({ to }) => to),
      ['base/a.ts', 'base/b.ts', '@x/y', 'node:fs'],
    );
  });

  it('find a cycle', () => {
    assert.deepEqual(
      cycleIn(
        new Map([
          ['a', ['b']],
          ['b', ['c']],
          ['c', ['b']],
        ]),
      ),
      ['b', 'c', 'b'],
    );
  });
});

const withoutComments = (source: string): string => source.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, '');
