/**
 * The script behind `npm run docs`: writes docs/operations.md, and the names of AWS's operations.
 *
 * The names are those of the official SDK's commands, so a new release of the SDK brings new ones.
 * test/operations.test.ts fails while what is written is not what this would write.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as cognitoIdentitySdk from '@aws-sdk/client-cognito-identity';
import * as cognitoIdpSdk from '@aws-sdk/client-cognito-identity-provider';
import * as cognitoSyncSdk from '@aws-sdk/client-cognito-sync';
import * as iamSdk from '@aws-sdk/client-iam';
import * as stsSdk from '@aws-sdk/client-sts';
import { operations as cognate } from '../src/api/cognate/index.ts';
import { operations as cognitoIdentity } from '../src/api/cognito-identity/index.ts';
import { operations as cognitoIdp } from '../src/api/cognito-idp/index.ts';
import { operations as cognitoSync } from '../src/api/cognito-sync/index.ts';
import { operations as iam } from '../src/api/iam/index.ts';
import { operations as sts } from '../src/api/sts/index.ts';

const ROOT = join(import.meta.dirname, '..');
const DEPARTURES = readFileSync(join(ROOT, 'docs', 'departures.md'), 'utf8');

const namesOf = (sdk: object): readonly string[] =>
  Object.keys(sdk)
    .flatMap((name) => /^([A-Z]\w+)Command$/.exec(name)?.[1] ?? [])
    .filter((name) => name !== '$')
    .toSorted();

/** Each service, what AWS has in it, and what is there. */
const SERVICES = {
  'cognito-idp': { aws: namesOf(cognitoIdpSdk), here: cognitoIdp },
  'cognito-identity': { aws: namesOf(cognitoIdentitySdk), here: cognitoIdentity },
  'cognito-sync': { aws: namesOf(cognitoSyncSdk), here: cognitoSync },
  sts: { aws: namesOf(stsSdk), here: sts },
  iam: { aws: namesOf(iamSdk), here: iam },
} as const;

/** The page and the list, by the file that each is written to. */
export const pages: Readonly<Record<string, string>> = {
  'docs/operations.md': operationsPage(),
  'src/api/aws-operations.ts': operationsList(),
};

function operationsPage(): string {
  const sections = Object.entries(SERVICES).map(([service, { aws, here }]) => {
    const rows = aws.map((name) => `| ${name} | ${stateOf(name, here)} |`);
    const count = aws.filter((name) => Object.hasOwn(here, name)).length;
    return [
      `## ${service}`,
      '',
      `${count} of ${aws.length}.`,
      '',
      '| operation | |',
      '|---|---|',
      ...rows,
      '',
    ].join('\n');
  });
  const own = Object.keys(cognate).toSorted();
  return `# Operations

Which operations of AWS Cognate has. An operation that is not there yet answers with an error that says so.
Where one differs from AWS on purpose, [departures.md](departures.md) says how and why.
\`npm run docs\` writes this page.

${sections.join('\n')}
## cognate

What AWS has no operation for: awsJson1.1, with the target \`Cognate.<operation>\`.

| operation | |
|---|---|
${own.map((name) => `| ${name} | there |`).join('\n')}
`;
}

function stateOf(name: string, here: object): string {
  if (!Object.hasOwn(here, name)) return 'not yet';
  return new RegExp(`\\b${name}\\b`).test(DEPARTURES) ? 'there; see the departures' : 'there';
}

function operationsList(): string {
  const rows = Object.entries(SERVICES).map(
    ([service, { aws }]) =>
      `  ${service.includes('-') ? `'${service}'` : service}: new Set([\n${aws.map((name) => `    '${name}',`).join('\n')}\n  ]),`,
  );
  return `/**
 * The operations that AWS has, by service: what is not there can be told from what does not exist.
 *
 * Written by \`npm run docs\` from the commands of the official SDK.
 */
// oxlint-disable max-lines -- a table, and written by a program
export const AWS_OPERATIONS: Readonly<Record<string, ReadonlySet<string>>> = {
${rows.join('\n')}
};
`;
}

if (import.meta.main) for (const [file, text] of Object.entries(pages)) writeFileSync(join(ROOT, file), text);
