/** Pools and clients that are changed, and the second factors of a pool, through the official client. */
import assert from 'node:assert/strict';
import type {
  CognitoIdentityProvider,
  CreateUserPoolRequest,
} from '@aws-sdk/client-cognito-identity-provider';
import { makePool, type MadePool } from '../../../support/pool.ts';
import { startServer, type TestServer } from '../../../support/servers/server.ts';

const ARN = 'arn:aws:lambda:us-east-1:123456789012:function:';
const SMS = {
  SnsCallerArn: 'arn:aws:iam::123456789012:role/sms',
  ExternalId: 'pool',
  SnsRegion: 'us-east-1',
};
/** Everything that a pool may be told of itself. */
const SETTINGS = {
  Policies: {
    PasswordPolicy: {
      MinimumLength: 12,
      RequireUppercase: true,
      RequireLowercase: false,
      RequireNumbers: true,
      RequireSymbols: false,
      TemporaryPasswordValidityDays: 3,
      PasswordHistorySize: 4,
    },
    SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP', 'WEB_AUTHN'] },
  },
  DeletionProtection: 'ACTIVE',
  AutoVerifiedAttributes: ['email'],
  VerificationMessageTemplate: {
    EmailMessageByLink: 'Follow {##this##}',
    EmailSubjectByLink: 'Yours',
    DefaultEmailOption: 'CONFIRM_WITH_LINK',
  },
  SmsAuthenticationMessage: 'Your code: {####}',
  MfaConfiguration: 'OPTIONAL',
  DeviceConfiguration: { ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: true },
  UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ['email'] },
  SmsConfiguration: SMS,
  EmailConfiguration: {
    EmailSendingAccount: 'DEVELOPER',
    SourceArn: 'arn:aws:ses:us-east-1:123456789012:identity/example.com',
    From: 'Cognate <no-reply@example.com>',
    ReplyToEmailAddress: 'help@example.com',
  },
  LambdaConfig: {
    PreSignUp: `${ARN}pre-sign-up`,
    PreTokenGenerationConfig: { LambdaVersion: 'V2_0', LambdaArn: `${ARN}tokens` },
    CustomEmailSender: { LambdaVersion: 'V1_0', LambdaArn: `${ARN}mail` },
    KMSKeyID: 'arn:aws:kms:us-east-1:123456789012:key/1',
  },
  UserPoolTags: { team: 'b' },
  AdminCreateUserConfig: { AllowAdminCreateUserOnly: true, UnusedAccountValidityDays: 3 },
  AccountRecoverySetting: { RecoveryMechanisms: [{ Name: 'verified_email', Priority: 1 }] },
  UserPoolTier: 'PLUS',
} satisfies Omit<CreateUserPoolRequest, 'PoolName'>;

describe('changed pools', () => {
  let server: TestServer;
  let pool: MadePool;
  let idp: CognitoIdentityProvider;
  before(async () => {
    server = await startServer();
  });
  beforeEach(async () => {
    pool = await makePool(server, { Schema: [{ Name: 'tier', AttributeDataType: 'String' }] });
    idp = pool.idp;
  });
  after(() => server.close());

  const described = async () => (await idp.describeUserPool({ UserPoolId: pool.UserPoolId })).UserPool!;

  it('UpdateUserPool: sets what it names, as DescribeUserPool shows and CreateUserPool would have', async () => {
    const { UserPool: made } = await idp.createUserPool({ PoolName: 'made', ...SETTINGS });

    await idp.updateUserPool({ UserPoolId: pool.UserPoolId, ...SETTINGS });

    const changed = await described();
    for (const name of Object.keys(SETTINGS) as (keyof typeof SETTINGS)[]) {
      if (name === 'VerificationMessageTemplate' || name === 'LambdaConfig') continue;
      assert.deepEqual(changed[name], name === 'AdminCreateUserConfig' ? made![name] : SETTINGS[name], name);
    }
    assert.equal(changed.VerificationMessageTemplate!.EmailMessageByLink, 'Follow {##this##}');
    assert.equal(changed.VerificationMessageTemplate!.DefaultEmailOption, 'CONFIRM_WITH_LINK');
    assert.deepEqual(changed.LambdaConfig, { ...SETTINGS.LambdaConfig, PreTokenGeneration: `${ARN}tokens` });
    assert.deepEqual(made!.LambdaConfig, changed.LambdaConfig);
  });

  it('gives what UpdateUserPool leaves out its default, and keeps name and schema', async () => {
    await idp.updateUserPool({ UserPoolId: pool.UserPoolId, ...SETTINGS });

    await idp.updateUserPool({ UserPoolId: pool.UserPoolId });

    const changed = await described();
    assert.equal(changed.Name, 'people');
    assert.ok(changed.SchemaAttributes!.some(({ Name }) => Name === 'custom:tier'));
    assert.equal(changed.MfaConfiguration, 'OFF');
    assert.equal(changed.DeviceConfiguration, undefined);
    assert.equal(changed.AutoVerifiedAttributes, undefined);
    assert.deepEqual(changed.LambdaConfig, {});
    assert.deepEqual(changed.UserPoolTags, {});
    assert.equal(changed.AdminCreateUserConfig!.AllowAdminCreateUserOnly, false);
  });

  it('takes effect at once: sign-up closes, and the password policy is the new one', async () => {
    const { UserPoolId, ClientId } = pool;
    const Policies = { PasswordPolicy: { MinimumLength: 20 } };

    await idp.updateUserPool({ UserPoolId, Policies });

    await assert.rejects(idp.signUp({ ClientId, Username: 'ada', Password: 'Correct-Horse-7' }), {
      name: 'InvalidPasswordException',
    });
    await idp.updateUserPool({ UserPoolId, AdminCreateUserConfig: { AllowAdminCreateUserOnly: true } });
    await assert.rejects(idp.signUp({ ClientId, Username: 'ada', Password: 'Correct-Horse-7' }), {
      name: 'NotAuthorizedException',
    });
  });

  for (const [what, name, change] of [
    ['a factor that nobody could have', 'InvalidParameterException', { MfaConfiguration: 'ON' }],
    [
      'a software token to begin with',
      'InvalidParameterException',
      { Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['SOFTWARE_TOKEN'] } } },
    ],
    [
      'verification of what is not verified',
      'InvalidParameterException',
      { UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ['email'] } },
    ],
    [
      'senders without a key',
      'InvalidParameterException',
      { LambdaConfig: { CustomEmailSender: { LambdaVersion: 'V1_0', LambdaArn: `${ARN}mail` } } },
    ],
    [
      'passkeys in the LITE plan',
      'FeatureUnavailableInTierException',
      {
        UserPoolTier: 'LITE',
        Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'WEB_AUTHN'] } },
      },
    ],
  ] as const)
    it(`refuses ${what}, and changes nothing`, async () => {
      const before = await described();

      await assert.rejects(
        // The literal lists are the SDK's enumerations.
        idp.updateUserPool({ UserPoolId: pool.UserPoolId, ...(change as object) }),
        { name },
      );

      assert.deepEqual(await described(), before);
    });

  it('refuses to change a pool that is not there', async () => {
    const UserPoolId = 'us-east-1_aaaaaaaaa';
    const name = 'ResourceNotFoundException';

    await assert.rejects(idp.updateUserPool({ UserPoolId }), { name });
    await assert.rejects(idp.getUserPoolMfaConfig({ UserPoolId }), { name });
    await assert.rejects(idp.setUserPoolMfaConfig({ UserPoolId, MfaConfiguration: 'OFF' }), { name });
    await assert.rejects(idp.updateUserPoolClient({ UserPoolId, ClientId: pool.ClientId }), { name });
  });

  it('SetUserPoolMfaConfig: sets factors and passkeys, which GetUserPoolMfaConfig and DescribeUserPool show', async () => {
    const { UserPoolId } = pool;
    const config = {
      SmsMfaConfiguration: { SmsAuthenticationMessage: 'Code {####}', SmsConfiguration: SMS },
      SoftwareTokenMfaConfiguration: { Enabled: true },
      EmailMfaConfiguration: { Message: 'Your code is {####}', Subject: 'A code' },
      MfaConfiguration: 'ON',
      WebAuthnConfiguration: {
        RelyingPartyId: 'example.com',
        UserVerification: 'required',
        FactorConfiguration: 'MULTI_FACTOR_WITH_USER_VERIFICATION',
      },
    } as const;

    const set = await idp.setUserPoolMfaConfig({ UserPoolId, ...config });

    const { $metadata: _1, ...shown } = set;
    const { $metadata: _2, ...got } = await idp.getUserPoolMfaConfig({ UserPoolId });
    assert.deepEqual(shown, config);
    assert.deepEqual(got, config);
    assert.equal((await described()).MfaConfiguration, 'ON');
  });

  it('GetUserPoolMfaConfig: keeps what SetUserPoolMfaConfig leaves out, and factors through UpdateUserPool', async () => {
    const { UserPoolId } = pool;
    await idp.setUserPoolMfaConfig({
      UserPoolId,
      SoftwareTokenMfaConfiguration: { Enabled: true },
      WebAuthnConfiguration: { UserVerification: 'required' },
      MfaConfiguration: 'OPTIONAL',
    });

    await idp.setUserPoolMfaConfig({ UserPoolId, EmailMfaConfiguration: {} });
    await idp.updateUserPool({ UserPoolId, MfaConfiguration: 'ON' });

    const config = await idp.getUserPoolMfaConfig({ UserPoolId });
    assert.equal(config.MfaConfiguration, 'ON');
    assert.equal(config.SoftwareTokenMfaConfiguration!.Enabled, true);
    assert.deepEqual(config.EmailMfaConfiguration, {});
    assert.equal(config.SmsMfaConfiguration, undefined);
    assert.equal(config.WebAuthnConfiguration!.UserVerification, 'required');
    assert.equal(config.WebAuthnConfiguration!.FactorConfiguration, 'SINGLE_FACTOR');
  });

  it('turns the factors off that SetUserPoolMfaConfig leaves out together with OFF', async () => {
    const { UserPoolId } = pool;
    const sms = { SmsMfaConfiguration: { SmsConfiguration: SMS } };
    await idp.setUserPoolMfaConfig({ UserPoolId, ...sms, EmailMfaConfiguration: {}, MfaConfiguration: 'ON' });

    await idp.setUserPoolMfaConfig({ UserPoolId, ...sms, MfaConfiguration: 'OFF' });

    const { EmailMfaConfiguration, SmsMfaConfiguration } = await idp.getUserPoolMfaConfig({ UserPoolId });
    assert.equal(EmailMfaConfiguration, undefined);
    assert.deepEqual(SmsMfaConfiguration!.SmsConfiguration, SMS);
  });

  it('keeps temporary passwords for a week when told to keep them for no day', async () => {
    const Policies = { PasswordPolicy: { TemporaryPasswordValidityDays: 0 } };

    await idp.updateUserPool({ UserPoolId: pool.UserPoolId, Policies });

    assert.equal((await described()).Policies!.PasswordPolicy!.TemporaryPasswordValidityDays, 7);
  });

  it('refuses to take the last factor of people who need one', async () => {
    const { UserPoolId } = pool;
    const token = (Enabled: boolean) => ({ UserPoolId, SoftwareTokenMfaConfiguration: { Enabled } });
    await idp.setUserPoolMfaConfig({ ...token(true), MfaConfiguration: 'ON' });

    await assert.rejects(idp.setUserPoolMfaConfig(token(false)), { name: 'InvalidParameterException' });

    assert.equal(
      (await idp.getUserPoolMfaConfig({ UserPoolId })).SoftwareTokenMfaConfiguration!.Enabled,
      true,
    );
  });

  it('UpdateUserPoolClient: sets what it names and gives the rest its default, as DescribeUserPoolClient shows', async () => {
    const { UserPoolId } = pool;
    const { UserPoolClient: made } = await idp.createUserPoolClient({
      UserPoolId,
      ClientName: 'web',
      GenerateSecret: true,
      PreventUserExistenceErrors: 'ENABLED',
      AuthSessionValidity: 10,
    });
    const { ClientId } = made!;

    const { UserPoolClient: changed } = await idp.updateUserPoolClient({
      UserPoolId,
      ClientId,
      AccessTokenValidity: 10,
      TokenValidityUnits: { AccessToken: 'minutes' },
      ExplicitAuthFlows: ['ALLOW_USER_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
      EnablePropagateAdditionalUserContextData: true,
    });

    const { UserPoolClient: shown } = await idp.describeUserPoolClient({ UserPoolId, ClientId });
    assert.deepEqual(shown, changed);
    assert.equal(shown!.ClientName, 'web');
    assert.equal(shown!.ClientSecret, made!.ClientSecret);
    assert.equal(shown!.AccessTokenValidity, 10);
    assert.deepEqual(shown!.ExplicitAuthFlows, ['ALLOW_USER_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH']);
    assert.equal(shown!.EnablePropagateAdditionalUserContextData, true);
    assert.equal(shown!.PreventUserExistenceErrors, 'LEGACY');
    assert.equal(shown!.AuthSessionValidity, 3);
  });

  for (const [what, name, change] of [
    ['a scope that is not there', 'ScopeDoesNotExistException', { AllowedOAuthScopes: ['nothing/read'] }],
    [
      'client_credentials without a secret',
      'InvalidOAuthFlowException',
      { AllowedOAuthFlows: ['client_credentials'] },
    ],
    ['a provider that is not there', 'InvalidParameterException', { SupportedIdentityProviders: ['Nobody'] }],
    ['an hour that is too long', 'InvalidParameterException', { AccessTokenValidity: 25 }],
  ] as const)
    it(`refuses a client ${what}, and changes nothing`, async () => {
      const at = { UserPoolId: pool.UserPoolId, ClientId: pool.ClientId };
      const { UserPoolClient: before } = await idp.describeUserPoolClient(at);

      // The literal lists are the SDK's enumerations.
      await assert.rejects(idp.updateUserPoolClient({ ...at, ...(change as object) }), { name });

      assert.deepEqual((await idp.describeUserPoolClient(at)).UserPoolClient, before);
    });

  it('refuses to change a client of another pool', async () => {
    const other = await makePool(server);

    await assert.rejects(
      idp.updateUserPoolClient({ UserPoolId: pool.UserPoolId, ClientId: other.ClientId }),
      { name: 'ResourceNotFoundException' },
    );
  });
});
