/**
 * What CreateUserPool's members mean: the pool's settings, with Cognito's defaults for what is left out.
 *
 * A setting that this server does not carry out, and that somebody would rely on, is refused: a pool that says MFA is on and asks for none would be a lie.
 * Source: Cognito API reference, CreateUserPool.
 */
import type { z } from 'zod';
import { STANDARD_ATTRIBUTES, type AttributeSchema } from '../../domain/directory/attributes.ts';
import type { PasswordPolicy } from '../../domain/directory/passwords.ts';
import type { PoolMessages, PoolSettings } from '../../domain/directory/pools.ts';
import { refuse } from './members.ts';
import type { createUserPoolInput, passwordPolicy, schemaAttribute } from './pool-members.ts';

type Input = z.infer<typeof createUserPoolInput>;

const TEMPORARY_DAYS = 7;
const MAX_CUSTOM = 50;

/** @throws Failure `refused-parameter` */
export function poolSettings(input: Input): PoolSettings {
  assertSupported(input);
  const {
    AdminCreateUserConfig: admin,
    AccountRecoverySetting: recovery,
    UsernameAttributes = [],
    AliasAttributes = [],
  } = input;
  if (UsernameAttributes.length > 0 && AliasAttributes.length > 0)
    refuse('Only one of the aliasAttributes or usernameAttributes can be set in a user pool.');
  return {
    name: input.PoolName,
    passwordPolicy: policyFrom(input.Policies?.PasswordPolicy, admin?.UnusedAccountValidityDays),
    schema: schemaFrom(input.Schema ?? []),
    usernameAttributes: [...new Set(UsernameAttributes)],
    aliasAttributes: [...new Set(AliasAttributes)],
    autoVerifiedAttributes: [...new Set(input.AutoVerifiedAttributes)],
    isCaseSensitive: input.UsernameConfiguration?.CaseSensitive ?? true,
    isAdminCreateOnly: admin?.AllowAdminCreateUserOnly ?? false,
    isDeletionProtected: input.DeletionProtection === 'ACTIVE',
    messages: messagesFrom(input),
    recovery: recovery?.RecoveryMechanisms?.map(({ Name, Priority }) => ({ name: Name, priority: Priority })),
    tier: input.UserPoolTier ?? 'ESSENTIALS',
    tags: input.UserPoolTags ?? {},
  };
}

function assertSupported(input: Input): void {
  const unsupported: readonly (readonly [boolean, string])[] = [
    [Object.values(input.LambdaConfig ?? {}).some((each) => each !== undefined), 'LambdaConfig'],
    [
      input.MfaConfiguration !== undefined && input.MfaConfiguration !== 'OFF',
      `MfaConfiguration ${input.MfaConfiguration}`,
    ],
    [input.DeviceConfiguration !== undefined, 'DeviceConfiguration'],
    [input.SmsConfiguration !== undefined, 'SmsConfiguration'],
    [input.SmsAuthenticationMessage !== undefined, 'SmsAuthenticationMessage'],
    [input.EmailConfiguration?.EmailSendingAccount === 'DEVELOPER', 'EmailSendingAccount DEVELOPER'],
    [(input.UserPoolAddOns?.AdvancedSecurityMode ?? 'OFF') !== 'OFF', 'AdvancedSecurityMode'],
    [(input.Policies?.PasswordPolicy?.PasswordHistorySize ?? 0) > 0, 'PasswordHistorySize'],
    [
      (input.Policies?.SignInPolicy?.AllowedFirstAuthFactors ?? []).some((factor) => factor !== 'PASSWORD'),
      'A first factor other than PASSWORD',
    ],
    [input.VerificationMessageTemplate?.DefaultEmailOption === 'CONFIRM_WITH_LINK', 'CONFIRM_WITH_LINK'],
    [
      (input.UserAttributeUpdateSettings?.AttributesRequireVerificationBeforeUpdate ?? []).length > 0,
      'AttributesRequireVerificationBeforeUpdate',
    ],
    [input.KeyConfiguration?.KeyType === 'CUSTOMER_MANAGED_KEY', 'A customer managed key'],
    [input.IssuerConfiguration?.Type === 'UPDATED', 'The UPDATED issuer'],
    [input.DcrConfiguration?.EnableStatus === 'Enabled', 'Dynamic client registration'],
    [Object.keys(input.AcrConfiguration ?? {}).length > 0, 'AcrConfiguration'],
  ];
  const first = unsupported.find(([isAsked]) => isAsked);
  if (first) refuse(`${first[1]} is not supported.`);
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
    temporaryDays: policy?.TemporaryPasswordValidityDays ?? unusedDays ?? TEMPORARY_DAYS,
  };
}

/** The standard attributes as changed, and the custom ones under their prefixes. */
function schemaFrom(wanted: readonly z.infer<typeof schemaAttribute>[]): readonly AttributeSchema[] {
  const standard = new Map(STANDARD_ATTRIBUTES.map((each) => [each.name, each]));
  const custom = new Map<string, AttributeSchema>();
  for (const attribute of wanted) {
    const { Name: name } = attribute;
    if (name === undefined) refuse('Schema attribute name is required.');
    const known = standard.get(name);
    if (known) {
      standard.set(name, changed(known, attribute));
      continue;
    }
    if (!/^[\p{L}\p{M}\p{N}_.-]+$/u.test(name)) refuse(`Invalid attribute name ${name}.`);
    if (attribute.Required) refuse('Required custom attributes are not supported currently.');
    const full = `${attribute.DeveloperOnlyAttribute ? 'dev:' : ''}custom:${name}`;
    if (custom.has(full)) refuse(`Attribute ${name} stands twice in the schema.`);
    custom.set(full, {
      name: full,
      type: attribute.AttributeDataType ?? 'String',
      isMutable: attribute.Mutable ?? true,
      isRequired: false,
      isDeveloperOnly: attribute.DeveloperOnlyAttribute ?? false,
      ...bounds(attribute),
    });
  }
  if (custom.size > MAX_CUSTOM) refuse(`A user pool has at most ${MAX_CUSTOM} custom attributes.`);
  return [...standard.values(), ...custom.values()];
}

function changed(known: AttributeSchema, attribute: z.infer<typeof schemaAttribute>): AttributeSchema {
  const {
    Name: name,
    AttributeDataType: type,
    Mutable: isMutable,
    Required: isRequired,
    DeveloperOnlyAttribute: isDeveloperOnly,
  } = attribute;
  if (name === 'sub' && (isMutable || isRequired === false)) refuse('The attribute sub cannot be changed.');
  if (type !== undefined && type !== known.type)
    refuse(
      `You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute ${name}`,
    );
  if (isDeveloperOnly)
    refuse(
      `You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute ${name}`,
    );
  return {
    ...known,
    isMutable: isMutable ?? known.isMutable,
    isRequired: isRequired ?? known.isRequired,
    ...bounds(attribute),
  };
}

function bounds({
  StringAttributeConstraints: lengths,
  NumberAttributeConstraints: values,
}: z.infer<typeof schemaAttribute>): { min?: number; max?: number } {
  const read = (text: string | undefined): number | undefined => {
    if (text === undefined) return undefined;
    return /^-?\d{1,15}$/.test(text) ? Number(text) : refuse('Attribute constraints must be integers.');
  };
  const [min, max] = [
    read(lengths?.MinLength ?? values?.MinValue),
    read(lengths?.MaxLength ?? values?.MaxValue),
  ];
  if (min !== undefined && max !== undefined && min > max)
    refuse('The least value of an attribute is greater than the most.');
  return { ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
}

function messagesFrom({
  VerificationMessageTemplate: template,
  AdminCreateUserConfig: admin,
  ...input
}: Input): PoolMessages {
  const invite = admin?.InviteMessageTemplate;
  return {
    verificationEmail: template?.EmailMessage ?? input.EmailVerificationMessage,
    verificationSubject: template?.EmailSubject ?? input.EmailVerificationSubject,
    verificationSms: template?.SmsMessage ?? input.SmsVerificationMessage,
    inviteEmail: invite?.EmailMessage,
    inviteSubject: invite?.EmailSubject,
    inviteSms: invite?.SMSMessage,
  };
}
