/**
 * Every operation that takes something back: what each ends, and that none is forgotten.
 *
 * What users have in hand is the matrix of revocation's. What IAM gave is here: it is good on two processes before, and on neither at
 * the next request after. An operation that could take something back and has neither a row nor a reason fails this test.
 */
import assert from 'node:assert/strict';
import { IAM } from '@aws-sdk/client-iam';
import { STS } from '@aws-sdk/client-sts';
import { operations as cognate } from '../../../src/api/cognate/index.ts';
import { operations as cognitoIdentity } from '../../../src/api/cognito-identity/index.ts';
import { operations as cognitoIdp } from '../../../src/api/cognito-idp/index.ts';
import { operations as cognitoSync } from '../../../src/api/cognito-sync/index.ts';
import { operations as iam } from '../../../src/api/iam/index.ts';
import { operations as sts } from '../../../src/api/sts/index.ts';
import { onBoth, type Installation } from '../../support/servers/installation.ts';
import { ROWS as ROWS_OF_USERS } from '../../support/matrices/losses.ts';

const SERVICES = { cognate, cognitoIdentity, cognitoIdp, cognitoSync, iam, sts };
/** All that changes or removes what is there. */
const TAKES_BACK =
  /^(Admin)?(Delete|Remove|Unlink|Disable|Disassociate|Detach|Revoke|Forget|Reset|Stop|Change|Update|Set|Put|Rotate|Confirm|UserGlobalSignOut|GlobalSignOut)/;

const ALONE = 'takes nothing back';
/** Operations without a row, and why. */
const REASONS: Readonly<Record<string, string>> = {
  'cognate SetUserPoolPasswordProtection': `${ALONE}: what is asked of passwords from then on`,
  'cognate RotateUserPoolSigningKeys': `${ALONE}: tokens of the key before are good until they end`,
  'cognitoIdentity SetIdentityPoolRoles':
    'chooses roles from the next request on; what a role may is taken from the role',
  'cognitoIdp UpdateUserPool': `${ALONE}: what is asked of users from then on`,
  'cognitoIdp UpdateIdentityProvider':
    'ends the ways that were begun by the settings of before; users stay who they are',
  'cognitoIdp SetUserPoolMfaConfig': `${ALONE}: what is asked of users from then on`,
  'cognitoIdp SetUserPoolSessionConfiguration': `${ALONE}: how sessions are counted from then on`,
  'cognitoIdp SetUserPoolClientSessionConfiguration': `${ALONE}: how long browsers stay signed in from then on`,
  'cognitoIdp AdminConfirmSignUp': ALONE,
  'cognitoIdp ConfirmSignUp': ALONE,
  'cognitoIdp ConfirmDevice': ALONE,
  'cognitoIdp AdminSetUserMFAPreference': 'is asked of sign-ins from then on',
  'cognitoIdp SetUserMFAPreference': 'is asked of sign-ins from then on',
  'cognitoIdp AdminSetUserSettings': 'is asked of sign-ins from then on',
  'cognitoIdp SetUserSettings': 'is asked of sign-ins from then on',
  'cognitoIdp AdminDeleteSoftwareToken': 'a factor, which proves nothing without the first one',
  'cognitoIdp DeleteWebAuthnCredential':
    'a proof of sign-ins to come: its own test shows that it proves nothing more',
  'cognitoIdp ForgetDevice':
    'a proof of sign-ins to come; the refresh tokens of the device end by its record',
  'cognitoIdp AdminForgetDevice':
    'a proof of sign-ins to come; the refresh tokens of the device end by its record',
  'cognitoIdp UpdateDeviceStatus': 'a proof of sign-ins to come',
  'cognitoIdp AdminUpdateDeviceStatus': 'a proof of sign-ins to come',
  'cognitoIdp RevokeUserSession': 'what AdminRevokeUserSession does, by the same code; its own test shows it',
  'cognitoIdp AdminDeleteUserAttributes': 'what is said of users from the next token on',
  'cognitoIdp AdminUpdateUserAttributes': 'what is said of users from the next token on',
  'cognitoIdp DeleteUserAttributes': 'what is said of users from the next token on',
  'cognitoIdp UpdateUserAttributes': 'what is said of users from the next token on',
  'cognitoSync UpdateRecords': ALONE,
  'iam DeleteUser': 'is refused while keys or policies are left, which have rows of their own',
};

const ROOT_ARN = 'arn:aws:iam::123456789012:root';
const policy = (Effect: 'Allow' | 'Deny', Action: string) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect, Action, Resource: '*' }] });
const trust = (AWS: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS }, Action: 'sts:AssumeRole' }],
  });

/** What an IAM user and a session of a role have in hand, and the administrator who takes it back. */
type Hand = Awaited<ReturnType<typeof handOf>>;
interface IamRow {
  readonly happens: (hand: Hand) => Promise<unknown>;
  /** What was good before, and is refused after. */
  readonly ends: readonly (keyof ReturnType<typeof waysOf>)[];
}
const IAM_ROWS: Readonly<Record<string, IamRow>> = {
  DeleteAccessKey: {
    happens: ({ root, UserName, AccessKeyId }) => root.deleteAccessKey({ UserName, AccessKeyId }),
    ends: ['the key', 'what the user may', 'taking the role'],
  },
  UpdateAccessKey: {
    happens: ({ root, UserName, AccessKeyId }) =>
      root.updateAccessKey({ UserName, AccessKeyId, Status: 'Inactive' }),
    ends: ['the key', 'what the user may', 'taking the role'],
  },
  DeleteUserPolicy: {
    happens: ({ root, UserName }) => root.deleteUserPolicy({ UserName, PolicyName: 'p' }),
    ends: ['what the user may', 'taking the role'],
  },
  PutUserPolicy: {
    happens: ({ root, UserName }) =>
      root.putUserPolicy({ UserName, PolicyName: 'p', PolicyDocument: policy('Deny', '*') }),
    ends: ['what the user may', 'taking the role'],
  },
  DeleteRolePolicy: {
    happens: ({ root, RoleName }) => root.deleteRolePolicy({ RoleName, PolicyName: 'p' }),
    ends: ['what the session may'],
  },
  PutRolePolicy: {
    happens: ({ root, RoleName }) =>
      root.putRolePolicy({ RoleName, PolicyName: 'p', PolicyDocument: policy('Deny', 'iam:*') }),
    ends: ['what the session may'],
  },
  UpdateAssumeRolePolicy: {
    happens: ({ root, RoleName }) =>
      root.updateAssumeRolePolicy({ RoleName, PolicyDocument: trust('123456789099') }),
    ends: ['taking the role'],
  },
  // Another is made under the same name, to which the session is nobody.
  DeleteRole: {
    async happens({ root, RoleName }) {
      await root.deleteRolePolicy({ RoleName, PolicyName: 'p' });
      await root.deleteRole({ RoleName });
      await makeRole(root, RoleName);
    },
    ends: ['what the session may'],
  },
};

async function makeRole(root: IAM, RoleName: string): Promise<void> {
  await root.createRole({ RoleName, AssumeRolePolicyDocument: trust(ROOT_ARN) });
  await root.putRolePolicy({ RoleName, PolicyName: 'p', PolicyDocument: policy('Allow', 'iam:*') });
}

let made = 0;
async function handOf({ client: asRoot, clientAs }: Installation) {
  made += 1;
  const root = new IAM(asRoot);
  const UserName = `user-${made}`;
  const RoleName = `role-${made}`;
  await root.createUser({ UserName });
  await root.putUserPolicy({ UserName, PolicyName: 'p', PolicyDocument: policy('Allow', '*') });
  await makeRole(root, RoleName);
  const { AccessKey } = await root.createAccessKey({ UserName });
  const user = clientAs({
    accessKeyId: AccessKey!.AccessKeyId!,
    secretAccessKey: AccessKey!.SecretAccessKey!,
  });
  const RoleArn = `arn:aws:iam::123456789012:role/${RoleName}`;
  const { Credentials } = await new STS(user).assumeRole({ RoleArn, RoleSessionName: 'now' });
  const session = clientAs({
    accessKeyId: Credentials!.AccessKeyId!,
    secretAccessKey: Credentials!.SecretAccessKey!,
    sessionToken: Credentials!.SessionToken,
  });
  return { root, UserName, RoleName, RoleArn, AccessKeyId: AccessKey!.AccessKeyId!, user, session };
}

const waysOf = ({ user, session, UserName, RoleArn }: Hand) => ({
  'the key': () => new STS(user).getCallerIdentity({}),
  'what the user may': () => new IAM(user).getUser({ UserName }),
  'taking the role': () => new STS(user).assumeRole({ RoleArn, RoleSessionName: 'again' }),
  'the session': () => new STS(session).getCallerIdentity({}),
  'what the session may': () => new IAM(session).getUser({ UserName }),
});

/** Each request goes to the other process. */
const PROCESSES = [1, 2];

describe('an operation that takes something back', () => {
  const rows = new Set([
    ...Object.values(ROWS_OF_USERS).flatMap(({ by }) => by.map((name) => `cognitoIdp ${name}`)),
    ...Object.keys(IAM_ROWS).map((name) => `iam ${name}`),
  ]);
  const all = Object.entries(SERVICES).flatMap(([service, operations]) =>
    Object.keys(operations).map((name) => ({ name, place: `${service} ${name}` })),
  );

  it('has a row, or a reason to have none', () => {
    const forgotten = all.filter(
      ({ name, place }) => TAKES_BACK.test(name) && !rows.has(place) && REASONS[place] === undefined,
    );

    assert.deepEqual(forgotten, []);
  });

  it('is there, where a row or a reason names it, and has not both', () => {
    const there = new Set(all.map(({ place }) => place));

    assert.deepEqual(
      [...rows, ...Object.keys(REASONS)].filter((place) => !there.has(place)),
      [],
    );
    assert.deepEqual(
      Object.keys(REASONS).filter((place) => rows.has(place)),
      [],
    );
  });
});

describe('what IAM gave', () =>
  onBoth((start) => {
    let server: Installation;
    before(async () => {
      server = await start();
    });
    after(() => server.close());

    for (const [operation, { happens, ends }] of Object.entries(IAM_ROWS))
      it(`${operation}: ends ${ends.join(', ')} at the next request, and nothing else`, async () => {
        const hand = await handOf(server);
        const ways = Object.entries(waysOf(hand));
        for (const [, enter] of ways) for (const _ of PROCESSES) await enter();

        await happens(hand);

        const isEnded = (way: string) => ends.some((each) => each === way);
        for (const [way, enter] of ways)
          for (const _ of PROCESSES)
            if (isEnded(way))
              await assert.rejects(enter, ({ $metadata: { httpStatusCode: status } }) => status === 403, way);
            else await enter();
      });
  }));
