/**
 * Attributes and passwords as clients really write them, and what app clients and pools may be told.
 */
import assert from 'node:assert/strict';
import type {
  CreateUserPoolClientRequest,
  CreateUserPoolRequest,
} from '@aws-sdk/client-cognito-identity-provider';
import { claimsOf, makePool, makeUser, signIn, signUp, type MadePool } from '../../../support/pool.ts';
import { startServer, type TestServer } from '../../../support/servers/server.ts';

const FLAG = { Name: 'member', AttributeDataType: 'Boolean' } as const;
const REQUIRED = { Name: 'given_name', Required: true } as const;

describe('attributes of users', () => {
  let server: TestServer;
  let pool: MadePool;
  before(async () => {
    server = await startServer();
    pool = await makePool(server, { Schema: [FLAG] });
  });
  after(() => server.close());

  const shown = async (Username: string): Promise<Record<string, string | undefined>> => {
    const { UserAttributes } = await pool.idp.adminGetUser({ UserPoolId: pool.UserPoolId, Username });
    return Object.fromEntries(UserAttributes!.map(({ Name, Value }) => [Name, Value]));
  };
  const write = (Username: string, Name: string, Value: string) =>
    pool.idp.adminUpdateUserAttributes({
      UserPoolId: pool.UserPoolId,
      Username,
      UserAttributes: [{ Name, Value }],
    });

  it('say of an address given at sign-up that it is not verified, in the directory and in the token', async () => {
    await signUp(pool, 'ada', { phone_number: '+15550100' });
    const before = await shown('ada');
    await pool.idp.adminConfirmSignUp({ UserPoolId: pool.UserPoolId, Username: 'ada' });
    const claims = claimsOf((await signIn(pool, 'ada')).IdToken!);

    assert.equal(before['email_verified'], 'false');
    assert.equal(before['phone_number_verified'], 'false');
    assert.equal(claims['email_verified'], false);
    assert.equal(claims['phone_number_verified'], false);
  });

  it('say nothing of an address that was not given', async () => {
    await makeUser(pool, 'bare');

    assert.equal((await shown('bare'))['email_verified'], undefined);
  });

  for (const [name, given, stored] of [
    ['email_verified', 'True', 'true'],
    ['email_verified', 'FALSE', 'false'],
    ['phone_number_verified', 'TRUE', 'true'],
    ['custom:member', 'tRuE', 'true'],
    ['custom:member', 'False', 'false'],
  ] as const)
    it(`take ${given} for ${name}`, async () => {
      const Username = `${name}-${given}`.replace(/\W/g, '-');
      await makeUser(pool, Username, { email: `${Username}@example.com`, phone_number: '+15550101' });

      await write(Username, name, given);

      assert.equal((await shown(Username))[name], stored);
    });

  for (const name of ['email_verified', 'phone_number_verified', 'custom:member'])
    for (const value of ['', 'yes', '1', ' true'])
      it(`do not take ${JSON.stringify(value)} for ${name}`, async () => {
        const Username = `${name}-${value}-no`.replace(/\W/g, '-');
        await makeUser(pool, Username, { email: 'no@example.com' });

        await assert.rejects(write(Username, name, value), { name: 'InvalidParameterException' });
      });

  it('take "True" as proof of an address wherever it is given', async () => {
    await makeUser(pool, 'proven', { email: 'proven@example.com', email_verified: 'True' });

    assert.equal(claimsOf((await signIn(pool, 'proven')).IdToken!)['email_verified'], true);
  });
});

describe('passwords', () => {
  let server: TestServer;
  let pool: MadePool;
  before(async () => {
    server = await startServer();
    pool = await makePool(server);
  });
  after(() => server.close());

  const SPACED = 'Correct Horse Battery 7 staple!';

  it('may hold spaces', async () => {
    const { idp, UserPoolId, ClientId } = pool;
    await idp.signUp({ ClientId, Username: 'ada', Password: SPACED });
    await idp.adminConfirmSignUp({ UserPoolId, Username: 'ada' });
    const { AccessToken } = await signIn(pool, 'ada', SPACED);
    await idp.changePassword({ AccessToken, PreviousPassword: SPACED, ProposedPassword: `${SPACED} 8` });
    await idp.adminSetUserPassword({ UserPoolId, Username: 'ada', Password: `a ${SPACED}`, Permanent: true });

    assert.ok((await signIn(pool, 'ada', `a ${SPACED}`)).IdToken);
    await assert.rejects(signIn(pool, 'ada', `a  ${SPACED}`), { name: 'NotAuthorizedException' });
  });

  it('may not be spaces alone', async () => {
    await assert.rejects(
      pool.idp.signUp({ ClientId: pool.ClientId, Username: 'blank', Password: '            ' }),
      { name: 'InvalidParameterException' },
    );
  });
});

describe('users that an administrator makes', () => {
  let server: TestServer;
  let pool: MadePool;
  before(async () => {
    server = await startServer();
    pool = await makePool(server);
  });
  after(() => server.close());

  it('need no address; then nothing is sent', async () => {
    const { idp, UserPoolId } = pool;

    const { User } = await idp.adminCreateUser({ UserPoolId, Username: 'plain' });
    const read = await idp.adminGetUser({ UserPoolId, Username: 'plain' });

    assert.equal(User?.UserStatus, 'FORCE_CHANGE_PASSWORD');
    assert.equal(read.Username, 'plain');
    assert.deepEqual(server.sent, []);
  });

  it('need the address of a medium that is named', async () => {
    const { idp, UserPoolId } = pool;

    for (const medium of ['SMS', 'EMAIL'] as const)
      await assert.rejects(
        idp.adminCreateUser({ UserPoolId, Username: medium, DesiredDeliveryMediums: [medium] }),
        { name: 'InvalidParameterException' },
      );
    await assert.rejects(idp.adminGetUser({ UserPoolId, Username: 'SMS' }), {
      name: 'UserNotFoundException',
    });
  });

  it('need one for an invitation to be sent again', async () => {
    const { idp, UserPoolId } = pool;
    await idp.adminCreateUser({ UserPoolId, Username: 'again' });

    await assert.rejects(idp.adminCreateUser({ UserPoolId, Username: 'again', MessageAction: 'RESEND' }), {
      name: 'InvalidParameterException',
    });
  });
});

describe('settings that are checked', () => {
  let server: TestServer;
  let pool: MadePool;
  before(async () => {
    server = await startServer();
    pool = await makePool(server, { Schema: [FLAG, REQUIRED] });
  });
  after(() => server.close());

  const CLIENTS: readonly (readonly [string, Partial<CreateUserPoolClientRequest>, RegExp | undefined])[] = [
    ['write attributes without a required one', { WriteAttributes: ['email'] }, /Invalid write attributes/],
    ['write attributes with the required one', { WriteAttributes: ['given_name'] }, undefined],
    ['sub among write attributes', { WriteAttributes: ['given_name', 'sub'] }, /Invalid write attributes/],
    [
      'email_verified among write attributes',
      { WriteAttributes: ['given_name', 'email_verified'] },
      /Invalid write attributes/,
    ],
    [
      'phone_number_verified among write attributes',
      { WriteAttributes: ['given_name', 'phone_number_verified'] },
      /Invalid write attributes/,
    ],
    [
      'an unknown write attribute',
      { WriteAttributes: ['given_name', 'custom:x'] },
      /Invalid write attributes/,
    ],
    ['an unknown read attribute', { ReadAttributes: ['custom:x'] }, /Invalid read attributes/],
    [
      'sub and email_verified among read attributes',
      { ReadAttributes: ['sub', 'email_verified'] },
      undefined,
    ],
    [
      'EnablePropagateAdditionalUserContextData without a secret',
      { EnablePropagateAdditionalUserContextData: true },
      /client secret/,
    ],
    [
      'EnablePropagateAdditionalUserContextData with a secret',
      { EnablePropagateAdditionalUserContextData: true, GenerateSecret: true },
      undefined,
    ],
  ];
  for (const [what, asked, refusal] of CLIENTS)
    it(`${refusal ? 'refuse' : 'take'} ${what}, when a client is made and when it is changed`, async () => {
      const { idp, UserPoolId } = pool;
      const { GenerateSecret, ...settings } = asked;
      const made = () => idp.createUserPoolClient({ UserPoolId, ClientName: 'made', ...asked });
      const { UserPoolClient } = await idp.createUserPoolClient({
        UserPoolId,
        ClientName: 'changed',
        GenerateSecret,
      });
      const changed = () =>
        idp.updateUserPoolClient({ UserPoolId, ClientId: UserPoolClient!.ClientId, ...settings });

      if (!refusal) {
        await made();
        await changed();
        return;
      }
      await assert.rejects(made(), { name: 'InvalidParameterException', message: refusal });
      await assert.rejects(changed(), { name: 'InvalidParameterException', message: refusal });
    });

  const POOLS: readonly (readonly [string, Partial<CreateUserPoolRequest>])[] = [
    [
      'admin_only beside another way of recovery',
      {
        AccountRecoverySetting: {
          RecoveryMechanisms: [
            { Name: 'admin_only', Priority: 1 },
            { Name: 'verified_email', Priority: 2 },
          ],
        },
      },
    ],
    [
      'two ways of recovery of one priority',
      {
        AccountRecoverySetting: {
          RecoveryMechanisms: [
            { Name: 'verified_email', Priority: 1 },
            { Name: 'verified_phone_number', Priority: 1 },
          ],
        },
      },
    ],
    [
      'CustomAuthMode',
      {
        UserPoolAddOns: {
          AdvancedSecurityMode: 'OFF',
          AdvancedSecurityAdditionalFlows: { CustomAuthMode: 'ENFORCED' },
        },
      },
    ],
    ['a custom attribute without AttributeDataType', { Schema: [{ Name: 'untyped' }] }],
  ];
  for (const [what, asked] of POOLS)
    it(`refuse ${what}`, async () => {
      await assert.rejects(pool.idp.createUserPool({ PoolName: 'refused', ...asked }), {
        name: 'InvalidParameterException',
      });
    });

  it('take a standard attribute without AttributeDataType', async () => {
    const { UserPool } = await pool.idp.createUserPool({ PoolName: 'standard', Schema: [REQUIRED] });

    assert.ok(UserPool!.SchemaAttributes!.find(({ Name }) => Name === 'given_name')?.Required);
  });
});
