/**
 * Input of CreateUserPool and UpdateUserPool: every member of Cognito's API model with its limits.
 *
 * What they mean, and which of them this server does not do, is said in pool-settings.ts.
 */
import { flag, integer, list, mapOf, oneOf, structure, text } from '../../../wire/members.ts';
import { anyText, arn, poolId, poolName } from '../members.ts';

const SUBJECT = /[\p{L}\p{M}\p{S}\p{N}\p{P}\s]+/u;
const LETTER = /[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*\{####\}[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*/u;
const LINK_LETTER =
  /[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*\{##[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*##\}[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*/u;
const ADDRESS = /[\p{L}\p{M}\p{S}\p{N}\p{P}]+@[\p{L}\p{M}\p{S}\p{N}\p{P}]+/u;
const LETTER_CHARACTERS = /^[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*$/u;
const ADDRESS_CHARACTERS = /^[\p{L}\p{M}\p{S}\p{N}\p{P}]*$/u;
// Security: the three patterns by what they say. All of their marks are among the characters around them, and whoever may sign a call could have them tried for minutes.
const isLetter = (value: string): boolean => value.includes('{####}') && LETTER_CHARACTERS.test(value);
const isAddress = (value: string): boolean =>
  value.slice(1, -1).includes('@') && ADDRESS_CHARACTERS.test(value);
function isLinkLetter(value: string): boolean {
  const begin = value.indexOf('{##');
  return begin >= 0 && value.includes('##}', begin + 3) && LETTER_CHARACTERS.test(value);
}
export const codeSms = text({ min: 6, max: 140, pattern: /.*\{####\}.*/ }).optional();
const codeEmail = text({ min: 6, max: 20_000, pattern: LETTER, matches: isLetter }).optional();
export const mfaEmail = codeEmail;
export const mfaSubject = text({ pattern: SUBJECT }).optional();
const subject = text({ min: 1, max: 140, pattern: SUBJECT }).optional();
const contacts = list(oneOf(['phone_number', 'email']), { max: 10 }).optional();
const region = text({ min: 5, max: 32 }).optional();
const bare = anyText.optional();
const trigger = arn.optional();
const versioned = <const Version extends string>(versions: readonly [Version, ...Version[]]) =>
  structure({ LambdaVersion: oneOf(versions), LambdaArn: arn }).optional();
const grants = list(oneOf(['code', 'implicit', 'client_credentials']), { max: 3 }).optional();

export const passwordPolicy = structure({
  MinimumLength: integer({ min: 6, max: 99 }).optional(),
  RequireUppercase: flag().optional(),
  RequireLowercase: flag().optional(),
  RequireNumbers: flag().optional(),
  RequireSymbols: flag().optional(),
  PasswordHistorySize: integer({ min: 0, max: 24 }).optional(),
  TemporaryPasswordValidityDays: integer({ min: 0, max: 365 }).optional(),
});

export const schemaAttribute = structure({
  Name: text({ min: 1, max: 20, pattern: /[\p{L}\p{M}\p{S}\p{N}\p{P}]+/u }).optional(),
  AttributeDataType: oneOf(['String', 'Number', 'DateTime', 'Boolean']).optional(),
  DeveloperOnlyAttribute: flag().optional(),
  Mutable: flag().optional(),
  Required: flag().optional(),
  NumberAttributeConstraints: structure({ MinValue: bare, MaxValue: bare }).optional(),
  StringAttributeConstraints: structure({ MinLength: bare, MaxLength: bare }).optional(),
});

export const lambdaConfig = structure({
  PreSignUp: trigger,
  CustomMessage: trigger,
  PostConfirmation: trigger,
  PreAuthentication: trigger,
  PostAuthentication: trigger,
  DefineAuthChallenge: trigger,
  CreateAuthChallenge: trigger,
  VerifyAuthChallengeResponse: trigger,
  PreTokenGeneration: trigger,
  UserMigration: trigger,
  PreTokenGenerationConfig: versioned(['V1_0', 'V2_0', 'V3_0']),
  CustomSMSSender: versioned(['V1_0']),
  CustomEmailSender: versioned(['V1_0']),
  KMSKeyID: trigger,
  InboundFederation: versioned(['V1_0']),
});

export const smsConfiguration = structure({
  SnsCallerArn: text({
    max: 2048,
    pattern:
      /(arn:[\w+=/,.@-]+:[\w+=/,.@-]+:([\w+=/,.@-]*)?:[0-9]+:[\w+=/,.@-]+(:[\w+=/,.@-]+)?(:[\w+=/,.@-]+)?)?/,
  }).optional(),
  ExternalId: bare,
  SnsRegion: region,
  EumsSms: structure({
    CallerArn: arn,
    ExternalId: bare,
    OriginationIdentity: bare,
    ConfigurationSetName: bare,
    InEntityId: bare,
    InTemplateId: bare,
    Region: region,
  }).optional(),
});

export const emailConfiguration = structure({
  SourceArn: arn.optional(),
  ReplyToEmailAddress: text({ pattern: ADDRESS, matches: isAddress }).optional(),
  EmailSendingAccount: oneOf(['COGNITO_DEFAULT', 'DEVELOPER']).optional(),
  From: bare,
  ConfigurationSet: text({ min: 1, max: 64, pattern: /^[a-zA-Z0-9_-]+$/ }).optional(),
});

/** What may be said of a pool when it is made, and changed later. */
const settings = {
  Policies: structure({
    PasswordPolicy: passwordPolicy.optional(),
    SignInPolicy: structure({
      AllowedFirstAuthFactors: list(
        oneOf(['PASSWORD', 'EMAIL_OTP', 'SMS_OTP', 'WEB_AUTHN', 'SOFTWARE_TOKEN']),
        { min: 1, max: 5 },
      ).optional(),
    }).optional(),
  }).optional(),
  DeletionProtection: oneOf(['ACTIVE', 'INACTIVE']).optional(),
  LambdaConfig: lambdaConfig.optional(),
  AutoVerifiedAttributes: contacts,
  SmsVerificationMessage: codeSms,
  EmailVerificationMessage: codeEmail,
  EmailVerificationSubject: subject,
  VerificationMessageTemplate: structure({
    SmsMessage: codeSms,
    EmailMessage: codeEmail,
    EmailSubject: subject,
    EmailMessageByLink: text({ min: 6, max: 20_000, pattern: LINK_LETTER, matches: isLinkLetter }).optional(),
    EmailSubjectByLink: subject,
    DefaultEmailOption: oneOf(['CONFIRM_WITH_LINK', 'CONFIRM_WITH_CODE']).optional(),
  }).optional(),
  SmsAuthenticationMessage: codeSms,
  MfaConfiguration: oneOf(['OFF', 'ON', 'OPTIONAL']).optional(),
  UserAttributeUpdateSettings: structure({ AttributesRequireVerificationBeforeUpdate: contacts }).optional(),
  DeviceConfiguration: structure({
    ChallengeRequiredOnNewDevice: flag().optional(),
    DeviceOnlyRememberedOnUserPrompt: flag().optional(),
  }).optional(),
  EmailConfiguration: emailConfiguration.optional(),
  SmsConfiguration: smsConfiguration.optional(),
  UserPoolTags: mapOf(text({ min: 1, max: 128 }), text({ max: 256 }), { max: 50 }).optional(),
  AdminCreateUserConfig: structure({
    AllowAdminCreateUserOnly: flag().optional(),
    UnusedAccountValidityDays: integer({ min: 0, max: 365 }).optional(),
    InviteMessageTemplate: structure({
      SMSMessage: text({ min: 6, max: 140, pattern: /.*/s }).optional(),
      EmailMessage: text({ min: 6, max: 20_000, pattern: /[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*/u }).optional(),
      EmailSubject: subject,
    }).optional(),
  }).optional(),
  UserPoolAddOns: structure({
    AdvancedSecurityMode: oneOf(['OFF', 'AUDIT', 'ENFORCED']),
    AdvancedSecurityAdditionalFlows: structure({
      CustomAuthMode: oneOf(['AUDIT', 'ENFORCED']).optional(),
    }).optional(),
  }).optional(),
  AccountRecoverySetting: structure({
    RecoveryMechanisms: list(
      structure({
        Priority: integer({ min: 1, max: 2 }),
        Name: oneOf(['verified_email', 'verified_phone_number', 'admin_only']),
      }),
      { min: 1, max: 2 },
    ).optional(),
  }).optional(),
  UserPoolTier: oneOf(['LITE', 'ESSENTIALS', 'PLUS']).optional(),
  KeyConfiguration: structure({
    KeyType: oneOf(['AWS_OWNED_KEY', 'CUSTOMER_MANAGED_KEY']).optional(),
    KmsKeyArn: arn.optional(),
  }).optional(),
  IssuerConfiguration: structure({ Type: oneOf(['ORIGINAL', 'UPDATED']).optional() }).optional(),
  DcrConfiguration: structure({
    EnableStatus: oneOf(['Enabled', 'Disabled']).optional(),
    OpenDcrEnabled: flag().optional(),
    AuthenticatedGrantTypes: grants,
    OpenDcrGrantTypes: grants,
    AllowedScopes: list(text({ min: 1, max: 256, pattern: /[\x21\x23-\x5B\x5D-\x7E]+/ }), {
      max: 50,
    }).optional(),
  }).optional(),
  AcrConfiguration: mapOf(
    anyText,
    structure({ AcrValue: text({ min: 1, max: 64, pattern: /[\x21\x23-\x5B\x5D-\x7E]+/ }) }),
    { max: 50 },
  ).optional(),
};

export const createUserPoolInput = structure({
  ...settings,
  PoolName: poolName,
  AliasAttributes: list(oneOf(['phone_number', 'email', 'preferred_username']), { max: 10 }).optional(),
  UsernameAttributes: contacts,
  Schema: list(schemaAttribute, { min: 1, max: 50 }).optional(),
  UsernameConfiguration: structure({ CaseSensitive: flag() }).optional(),
});

export const updateUserPoolInput = structure({
  ...settings,
  UserPoolId: poolId,
  PoolName: poolName.optional(),
});
