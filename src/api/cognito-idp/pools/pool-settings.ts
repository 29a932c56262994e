/**
 * What the members of CreateUserPool and UpdateUserPool mean: the pool's settings, with Cognito's defaults for what is left out.
 *
 * A setting that this server does not carry out, and that somebody would rely on, is refused. What only names a service of AWS to send by is kept for showing: messages go where the installation sends them.
 * Source: Cognito API reference, CreateUserPool, UpdateUserPool.
 */
import type { z } from 'zod';
import type { PasswordPolicy } from '../../../domain/pools/password-policy.ts';
import type { FirstFactor, Pool, PoolMessages, PoolSettings, Senders } from '../../../domain/pools/pools.ts';
import { assertBeyondLite, CHOICE, refuse } from '../members.ts';
import { mfaMode, withMode } from './mfa-settings.ts';
import type {
  createUserPoolInput,
  emailConfiguration,
  passwordPolicy,
  smsConfiguration,
  updateUserPoolInput,
} from './pool-members.ts';
import { schemaFrom } from './pool-schema.ts';
import { triggersFrom } from './pool-triggers.ts';

/** What both operations have. */
type Input = Omit<z.infer<typeof updateUserPoolInput>, 'UserPoolId'>;
type CreateInput = z.infer<typeof createUserPoolInput>;

const TEMPORARY_DAYS = 7;
const FIRST_FACTORS: Readonly<Record<string, FirstFactor>> = {
  PASSWORD: 'password',
  EMAIL_OTP: 'email-code',
  SMS_OTP: 'sms-code',
  WEB_AUTHN: 'passkey',
};

/** The settings of a new pool. @throws Failure `refused-parameter`, `feature-not-in-tier` */
export function poolSettings(input: CreateInput): PoolSettings {
  const { UsernameAttributes = [], AliasAttributes = [] } = input;
  if (UsernameAttributes.length > 0 && AliasAttributes.length > 0)
    refuse('Only one of the aliasAttributes or usernameAttributes can be set in a user pool.');
  return {
    ...changeableSettings(input, undefined),
    name: input.PoolName,
    schema: schemaFrom(input.Schema ?? []),
    usernameAttributes: [...new Set(UsernameAttributes)],
    aliasAttributes: [...new Set(AliasAttributes)],
    isCaseSensitive: input.UsernameConfiguration?.CaseSensitive ?? true,
    namesCaseSensitivity: input.UsernameConfiguration !== undefined,
  };
}

/**
 * The pool as changed. What UpdateUserPool leaves out takes its default, as Cognito has it; what it cannot say stays.
 * @throws Failure `refused-parameter`, `feature-not-in-tier`
 */
export const changedPool = (pool: Pool, input: Input): Pool => ({
  ...pool,
  ...changeableSettings(input, pool),
  name: input.PoolName ?? pool.name,
});

type Fixed =
  | 'name'
  | 'schema'
  | 'usernameAttributes'
  | 'aliasAttributes'
  | 'isCaseSensitive'
  | 'namesCaseSensitivity';

function changeableSettings(input: Input, present: Pool | undefined): Omit<PoolSettings, Fixed> {
  assertSupported(input);
  const {
    AdminCreateUserConfig: admin,
    AccountRecoverySetting: recovery,
    DeviceConfiguration: devices,
  } = input;
  const senders = sendersFrom(input);
  const settings = {
    passwordPolicy: policyFrom(input.Policies?.PasswordPolicy, admin?.UnusedAccountValidityDays),
    firstFactors: firstFactorsFrom(input.Policies?.SignInPolicy?.AllowedFirstAuthFactors),
    autoVerifiedAttributes: [...new Set(input.AutoVerifiedAttributes)],
    verifiedBeforeUpdate: verifiedBeforeUpdate(input),
    isAdminCreateOnly: admin?.AllowAdminCreateUserOnly ?? false,
    isDeletionProtected: input.DeletionProtection === 'ACTIVE',
    messages: messagesFrom(input, present?.messages),
    senders,
    mfa: withMode(present?.mfa, mfaMode(input.MfaConfiguration), { hasSms: senders.sms !== undefined }),
    devices: devices && {
      challengesNew: devices.ChallengeRequiredOnNewDevice ?? false,
      remembersOnPrompt: devices.DeviceOnlyRememberedOnUserPrompt ?? false,
    },
    triggers: triggersFrom(input.LambdaConfig),
    kmsKeyId: input.LambdaConfig?.KMSKeyID,
    namesThreatProtection: input.UserPoolAddOns !== undefined,
    recovery: recoveryFrom(recovery?.RecoveryMechanisms),
    tier: input.UserPoolTier ?? 'ESSENTIALS',
    tags: input.UserPoolTags ?? {},
  };
  assertInTier({ ...settings, passkeys: present?.passkeys });
  return settings;
}

function assertSupported(input: Input): void {
  const unsupported: readonly (readonly [boolean, string])[] = [
    [input.SmsConfiguration?.EumsSms !== undefined, 'EumsSms'],
    [(input.UserPoolAddOns?.AdvancedSecurityMode ?? 'OFF') !== 'OFF', 'AdvancedSecurityMode'],
    [input.UserPoolAddOns?.AdvancedSecurityAdditionalFlows?.CustomAuthMode !== undefined, 'CustomAuthMode'],
    [input.KeyConfiguration?.KeyType === 'CUSTOMER_MANAGED_KEY', 'A customer managed key'],
    [input.IssuerConfiguration?.Type === 'UPDATED', 'The UPDATED issuer'],
    [input.DcrConfiguration?.EnableStatus === 'Enabled', 'Dynamic client registration'],
    [Object.keys(input.AcrConfiguration ?? {}).length > 0, 'AcrConfiguration'],
  ];
  const first = unsupported.find(([isAsked]) => isAsked);
  if (first) refuse(`${first[1]} is not supported.`);
}

/**
 * Refuses what the pool's feature plan does not hold, as Cognito's plans are cut.
 * @throws Failure `feature-not-in-tier` (fact: feature)
 */
export function assertInTier(
  settings: Pick<PoolSettings, 'tier' | 'passwordPolicy' | 'firstFactors' | 'mfa' | 'passkeys' | 'triggers'>,
): void {
  const { passwordPolicy, firstFactors = [], mfa, passkeys, triggers } = settings;
  const beyond: readonly (readonly [boolean, string])[] = [
    [(passwordPolicy.historySize ?? 0) > 0, 'Password history'],
    [firstFactors.some((factor) => factor !== 'password'), CHOICE],
    [mfa?.factors.includes('email') ?? false, 'Email MFA'],
    [passkeys !== undefined, 'Passkeys'],
    [(triggers?.PreTokenGeneration?.version ?? 'V1_0') !== 'V1_0', 'Access token customization'],
  ];
  const first = beyond.find(([isAsked]) => isAsked);
  if (first) assertBeyondLite(settings, first[1]);
}

function policyFrom(
  policy: z.infer<typeof passwordPolicy> | undefined,
  unusedDays: number | undefined,
): PasswordPolicy {
  // Without a policy the documented default asks for all kinds of characters; a policy asks for what it names.
  const isDefault = policy === undefined;
  return {
    minimumLength: policy?.MinimumLength ?? (isDefault ? 8 : 6),
    requiresUppercase: policy?.RequireUppercase ?? isDefault,
    requiresLowercase: policy?.RequireLowercase ?? isDefault,
    requiresNumbers: policy?.RequireNumbers ?? isDefault,
    requiresSymbols: policy?.RequireSymbols ?? isDefault,
    // Zero is as good as nothing, as documented.
    temporaryDays: policy?.TemporaryPasswordValidityDays || (unusedDays ?? TEMPORARY_DAYS),
    historySize: policy?.PasswordHistorySize,
  };
}

function firstFactorsFrom(names: readonly string[] | undefined): readonly FirstFactor[] | undefined {
  return (
    names &&
    [...new Set(names)].map(
      (name) => FIRST_FACTORS[name] ?? refuse(`${name} is not supported as a first authentication factor.`),
    )
  );
}

function verifiedBeforeUpdate({ UserAttributeUpdateSettings: updates, AutoVerifiedAttributes = [] }: Input) {
  const wanted = [...new Set(updates?.AttributesRequireVerificationBeforeUpdate)];
  const unverified = wanted.find((name) => !AutoVerifiedAttributes.includes(name));
  if (unverified !== undefined)
    refuse(
      'Invalid AttributesRequireVerificationBeforeUpdate provided. AttributesRequireVerificationBeforeUpdate must be a subset of AutoVerifiedAttributes.',
    );
  return wanted;
}

/**
 * Ways to recover an account, each once and each with a priority of its own.
 * @throws Failure `refused-parameter`
 */
function recoveryFrom(
  given: readonly { Name: string; Priority: number }[] | undefined,
): PoolSettings['recovery'] {
  if (!given) return undefined;
  const isRepeated = (values: readonly unknown[]): boolean => new Set(values).size < values.length;
  if (given.length > 1 && given.some(({ Name }) => Name === 'admin_only'))
    refuse(
      'Invalid account recovery setting parameter. admin_only cannot be used with other recovery mechanisms.',
    );
  if (isRepeated(given.map(({ Name }) => Name)) || isRepeated(given.map(({ Priority }) => Priority)))
    refuse('Invalid account recovery setting parameter. Names and priorities must be unique.');
  return given.map(({ Name, Priority }) => ({ name: Name, priority: Priority }));
}

/** Texts for people. Those for codes to sign in with are SetUserPoolMfaConfig's too, and stay. */
function messagesFrom(input: Input, present: PoolMessages | undefined): PoolMessages {
  const {
    VerificationMessageTemplate: template,
    AdminCreateUserConfig: admin,
    EmailConfiguration: email,
  } = input;
  const invite = admin?.InviteMessageTemplate;
  return {
    verificationEmail: template?.EmailMessage ?? input.EmailVerificationMessage,
    verificationSubject: template?.EmailSubject ?? input.EmailVerificationSubject,
    verificationSms: template?.SmsMessage ?? input.SmsVerificationMessage,
    verificationEmailByLink: template?.EmailMessageByLink,
    verificationSubjectByLink: template?.EmailSubjectByLink,
    confirmsByLink: template?.DefaultEmailOption === 'CONFIRM_WITH_LINK',
    inviteEmail: invite?.EmailMessage,
    inviteSubject: invite?.EmailSubject,
    inviteSms: invite?.SMSMessage,
    mfaSms: input.SmsAuthenticationMessage ?? present?.mfaSms,
    mfaEmail: present?.mfaEmail,
    mfaSubject: present?.mfaSubject,
    from: email?.From,
    replyTo: email?.ReplyToEmailAddress,
  };
}

const sendersFrom = ({ SmsConfiguration: sms, EmailConfiguration: email }: Input): Senders => ({
  sms: smsSender(sms),
  email: emailSender(email),
});

/** How AWS would send text messages, for showing; that there is one turns them on as a factor. */
export const smsSender = (given: z.infer<typeof smsConfiguration> | undefined): Senders['sms'] =>
  given && { callerArn: given.SnsCallerArn, externalId: given.ExternalId, region: given.SnsRegion };

const emailSender = (given: z.infer<typeof emailConfiguration> | undefined): Senders['email'] =>
  given && {
    isOwn: given.EmailSendingAccount === 'DEVELOPER',
    sourceArn: given.SourceArn,
    configurationSet: given.ConfigurationSet,
  };
