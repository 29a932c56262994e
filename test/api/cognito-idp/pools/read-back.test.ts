/**
 * What is read back of fresh resources, a table a resource: tools such as Terraform compare it with
 * what they asked for, and would change what differs at every run.
 *
 * Source: the provider's schemas (a block that is optional and not computed must be absent unless it
 * was given), and what AWS answers as its clients' own tests have it.
 */
import assert from 'node:assert/strict';
import { CognitoIdentity } from '@aws-sdk/client-cognito-identity';
import {
  CognitoIdentityProvider,
  type CreateUserPoolClientRequest,
  type CreateUserPoolRequest,
} from '@aws-sdk/client-cognito-identity-provider';
import { IAM } from '@aws-sdk/client-iam';
import { startServer, type TestServer } from '../../../support/servers/server.ts';

const USUAL_RECOVERY = {
  RecoveryMechanisms: [
    { Name: 'verified_email', Priority: 1 },
    { Name: 'verified_phone_number', Priority: 2 },
  ],
};

/** Member, what was asked for, what is shown. */
const POOL: readonly (readonly [string, Partial<CreateUserPoolRequest>, unknown])[] = [
  ['AccountRecoverySetting', {}, USUAL_RECOVERY],
  [
    'AccountRecoverySetting',
    { AccountRecoverySetting: { RecoveryMechanisms: [{ Name: 'admin_only', Priority: 1 }] } },
    { RecoveryMechanisms: [{ Name: 'admin_only', Priority: 1 }] },
  ],
  ['UsernameConfiguration', {}, undefined],
  ['UsernameConfiguration', { UsernameConfiguration: { CaseSensitive: true } }, { CaseSensitive: true }],
  ['UsernameConfiguration', { UsernameConfiguration: { CaseSensitive: false } }, { CaseSensitive: false }],
  ['UserPoolAddOns', {}, undefined],
  ['UserPoolAddOns', { UserPoolAddOns: { AdvancedSecurityMode: 'OFF' } }, { AdvancedSecurityMode: 'OFF' }],
  ['MfaConfiguration', {}, 'OFF'],
  ['DeviceConfiguration', {}, undefined],
  ['SmsConfiguration', {}, undefined],
  ['UserAttributeUpdateSettings', {}, undefined],
  ['AliasAttributes', {}, undefined],
  ['UsernameAttributes', {}, undefined],
  ['AutoVerifiedAttributes', {}, undefined],
  ['EmailVerificationMessage', {}, undefined],
  ['SmsAuthenticationMessage', {}, undefined],
  ['LambdaConfig', {}, {}],
  ['UserPoolTags', {}, {}],
  ['DeletionProtection', {}, 'INACTIVE'],
  ['UserPoolTier', {}, 'ESSENTIALS'],
  ['EmailConfiguration', {}, { EmailSendingAccount: 'COGNITO_DEFAULT' }],
  ['VerificationMessageTemplate', {}, { DefaultEmailOption: 'CONFIRM_WITH_CODE' }],
  ['AdminCreateUserConfig', {}, { AllowAdminCreateUserOnly: false, UnusedAccountValidityDays: 7 }],
];

const CLIENT: readonly (readonly [string, Partial<CreateUserPoolClientRequest>, unknown])[] = [
  ['ReadAttributes', {}, undefined],
  ['WriteAttributes', {}, undefined],
  ['ReadAttributes', { ReadAttributes: ['email'] }, ['email']],
  ['ClientSecret', {}, undefined],
  ['CallbackURLs', {}, undefined],
  ['LogoutURLs', {}, undefined],
  ['AllowedOAuthFlows', {}, undefined],
  ['AllowedOAuthScopes', {}, undefined],
  ['SupportedIdentityProviders', {}, undefined],
  ['ExplicitAuthFlows', {}, undefined],
  ['AllowedOAuthFlowsUserPoolClient', {}, false],
  ['EnableTokenRevocation', {}, true],
  ['EnablePropagateAdditionalUserContextData', {}, false],
  ['RefreshTokenValidity', {}, 30],
  ['AccessTokenValidity', {}, undefined],
  ['IdTokenValidity', {}, undefined],
  ['AuthSessionValidity', {}, 3],
  ['RefreshTokenRotation', {}, undefined],
];

describe('what is read back of a fresh resource', () => {
  let server: TestServer;
  let idp: CognitoIdentityProvider;
  before(async () => {
    server = await startServer();
    idp = new CognitoIdentityProvider(server.client);
  });
  after(() => server.close());

  const makePool = async (asked: Partial<CreateUserPoolRequest> = {}): Promise<string> => {
    const { UserPool } = await idp.createUserPool({ PoolName: 'fresh', ...asked });
    return UserPool!.Id!;
  };

  for (const [member, asked, shown] of POOL)
    it(`of a user pool with ${JSON.stringify(asked)}: ${member}`, async () => {
      const { UserPool } = await idp.describeUserPool({ UserPoolId: await makePool(asked) });

      assert.deepEqual(Object.entries(UserPool!).find(([name]) => name === member)?.[1], shown);
    });

  it('of a user pool: second factors that are off are not shown', async () => {
    const UserPoolId = await makePool();
    const fresh = await idp.getUserPoolMfaConfig({ UserPoolId });
    await idp.setUserPoolMfaConfig({ UserPoolId, SoftwareTokenMfaConfiguration: { Enabled: true } });
    const on = await idp.getUserPoolMfaConfig({ UserPoolId });
    await idp.setUserPoolMfaConfig({ UserPoolId, SoftwareTokenMfaConfiguration: { Enabled: false } });
    const off = await idp.getUserPoolMfaConfig({ UserPoolId });

    assert.deepEqual(
      [fresh, on, off].map(({ $metadata: _metadata, ...shown }) => shown),
      [
        { MfaConfiguration: 'OFF' },
        { MfaConfiguration: 'OFF', SoftwareTokenMfaConfiguration: { Enabled: true } },
        { MfaConfiguration: 'OFF' },
      ],
    );
  });

  it('of a user pool: attributes with the bounds that AWS gives them', async () => {
    const { UserPool } = await idp.describeUserPool({ UserPoolId: await makePool() });
    const bounds = Object.fromEntries(
      UserPool!.SchemaAttributes!.map(({ Name, StringAttributeConstraints }) => [
        Name,
        StringAttributeConstraints,
      ]),
    );

    assert.deepEqual(bounds['identities'], {});
    assert.deepEqual(bounds['sub'], { MinLength: '1', MaxLength: '2048' });
    assert.deepEqual(bounds['birthdate'], { MinLength: '10', MaxLength: '10' });
    assert.deepEqual(bounds['email'], { MinLength: '0', MaxLength: '2048' });
    assert.equal(bounds['email_verified'], undefined);
  });

  for (const [member, asked, shown] of CLIENT)
    it(`of an app client with ${JSON.stringify(asked)}: ${member}`, async () => {
      const UserPoolId = await makePool();
      const { UserPoolClient } = await idp.createUserPoolClient({ UserPoolId, ClientName: 'app', ...asked });

      const { UserPoolClient: read } = await idp.describeUserPoolClient({
        UserPoolId,
        ClientId: UserPoolClient!.ClientId,
      });

      assert.deepEqual(Object.entries(read!).find(([name]) => name === member)?.[1], shown);
    });

  it('of a domain: what was asked for, and no custom domain', async () => {
    const UserPoolId = await makePool();
    await idp.createUserPoolDomain({ UserPoolId, Domain: 'fresh-app' });

    const { DomainDescription } = await idp.describeUserPoolDomain({ Domain: 'fresh-app' });

    assert.equal(DomainDescription?.Domain, 'fresh-app');
    assert.equal(DomainDescription?.UserPoolId, UserPoolId);
    assert.equal(DomainDescription?.Status, 'ACTIVE');
    assert.equal(DomainDescription?.CustomDomainConfig?.CertificateArn, undefined);
  });

  it('of an identity pool: nothing that was not asked for', async () => {
    const identity = new CognitoIdentity(server.client);
    const { IdentityPoolId } = await identity.createIdentityPool({
      IdentityPoolName: 'fresh',
      AllowUnauthenticatedIdentities: false,
    });

    const { $metadata: _, ...read } = await identity.describeIdentityPool({ IdentityPoolId });

    assert.equal(read.AllowUnauthenticatedIdentities, false);
    assert.equal(read.AllowClassicFlow ?? false, false);
    for (const member of [
      'SupportedLoginProviders',
      'DeveloperProviderName',
      'OpenIdConnectProviderARNs',
      'CognitoIdentityProviders',
      'SamlProviderARNs',
    ] as const)
      assert.equal(Object.keys(read[member] ?? {}).length, 0, member);
  });

  it('of a role: its trust policy as it was written, an hour, the root path', async () => {
    const iam = new IAM(server.client);
    const AssumeRolePolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::123456789012:root' }, Action: 'sts:AssumeRole' },
      ],
    });
    const { Role } = await iam.createRole({ RoleName: 'fresh', AssumeRolePolicyDocument });

    assert.equal(Role?.Path, '/');
    assert.equal(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''), AssumeRolePolicyDocument);
    assert.equal(Role?.MaxSessionDuration ?? 3600, 3600);
    assert.equal(Role?.Description, undefined);
    assert.equal(Role?.PermissionsBoundary, undefined);
  });
});
