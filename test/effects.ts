/**
 * The script behind `npm run check:effects`: every operation has a test that reads its effect back by another operation.
 *
 * A test counts for an operation when its title begins with the operation's name and a colon, when it calls the operation, when it calls another one, and when it asserts.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { operations as cognate } from '../src/api/cognate/index.ts';
import { operations as cognitoIdentity } from '../src/api/cognito-identity/index.ts';
import { operations as cognitoIdp } from '../src/api/cognito-idp/index.ts';
import { operations as cognitoSync } from '../src/api/cognito-sync/index.ts';
import { operations as iam } from '../src/api/iam/index.ts';
import { operations as sts } from '../src/api/sts/index.ts';

const names = [cognitoIdp, cognitoIdentity, cognitoSync, sts, iam, cognate].flatMap((operations) =>
  Object.keys(operations),
);
const folder = join(import.meta.dirname, 'api');
const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts'))
  .map((file) => readFileSync(join(folder, file), 'utf8'));

const methodOf = (name: string): string => `.${name.slice(0, 1).toLowerCase()}${name.slice(1)}(`;
/** Functions of the tests that stand for a call. */
const STANDING_FOR: Readonly<Record<string, string>> = {
  makeUser: 'AdminCreateUser',
  makeInvited: 'AdminCreateUser',
  signUp: 'SignUp',
  signIn: 'InitiateAuth',
  respond: 'RespondToAuthChallenge',
  credentialsOf: 'GetCredentialsForIdentity',
  callerOf: 'GetCallerIdentity',
  assume: 'AssumeRole',
  assumeWith: 'AssumeRoleWithWebIdentity',
  tokenOf: 'GetOpenIdToken',
  loginOf: 'InitiateAuth',
  shown: 'AdminGetUser',
  recover: 'ConfirmForgotPassword',
};
const standsFor = (body: string, name: string): boolean =>
  Object.entries(STANDING_FOR).some(
    ([maker, made]) => made === name && new RegExp(`(?<![.\\w])${maker}\\(`).test(body),
  );
const calls = (body: string, name: string): boolean => body.includes(methodOf(name)) || standsFor(body, name);

/** Bodies of the tests whose title begins with `name:`. */
function testsOf(name: string): readonly string[] {
  return sources.flatMap((source) =>
    source
      .split(/^\s*it\(/m)
      .slice(1)
      .filter((body) => new RegExp(`^\\s*['"\`]${name}: `).test(body)),
  );
}

const missing = names.filter(
  (name) =>
    !testsOf(name).some(
      (body) =>
        calls(body, name) &&
        names.some((other) => other !== name && calls(body, other)) &&
        body.includes('assert'),
    ),
);
if (missing.length > 0) {
  process.stderr.write(
    `Operations without a test that reads their effect back by another operation:\n${missing.map((name) => `  ${name}`).join('\n')}\n`,
  );
  process.exitCode = 1;
} else {
  process.stdout.write(`${names.length} operations, each with a test that reads its effect back.\n`);
}
