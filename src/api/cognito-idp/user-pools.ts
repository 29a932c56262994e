/** User-pool operations of cognito-idp. */
import { anyUserPoolArn, userPoolArn } from '../../base/arn.ts';
import type { AttributeSchema } from '../../domain/directory/attributes.ts';
import type { Pool } from '../../domain/directory/pools.ts';
import { integer, structure } from '../../wire/members.ts';
import { onPool, pageToken, poolId } from './members.ts';
import { operation } from './nouns.ts';
import { createUserPoolInput } from './pool-members.ts';
import { poolSettings } from './pool-settings.ts';

export const CreateUserPool = operation({
  caller: 'iam',
  on: (_input, place) => anyUserPoolArn(place),
  input: createUserPoolInput,
  async handle(input, { pools }, { region }) {
    return { UserPool: userPoolType(await pools.create(region, poolSettings(input)), 0) };
  },
});

export const DescribeUserPool = operation({
  caller: 'iam',
  on: onPool,
  input: structure({ UserPoolId: poolId }),
  async handle({ UserPoolId }, { pools, users, poolDomains }) {
    const pool = await pools.get(UserPoolId);
    const [count, named] = await Promise.all([users.estimate(pool.id), poolDomains.ofPool(pool.id)]);
    return { UserPool: { ...userPoolType(pool, count), Domain: named?.domain } };
  },
});

export const ListUserPools = operation({
  caller: 'iam',
  on: (_input, place) => anyUserPoolArn(place),
  input: structure({ NextToken: pageToken.optional(), MaxResults: integer({ min: 1, max: 60 }) }),
  async handle({ MaxResults, NextToken }, { pools }, { region }) {
    const { records, next } = await pools.list({ region, limit: MaxResults, after: NextToken });
    return {
      UserPools: records.map(({ id, name, createdAt, modifiedAt }) => ({
        Id: id,
        Name: name,
        LambdaConfig: {},
        CreationDate: new Date(createdAt),
        LastModifiedDate: new Date(modifiedAt),
      })),
      NextToken: next,
    };
  },
});

export const DeleteUserPool = operation({
  caller: 'iam',
  on: onPool,
  input: structure({ UserPoolId: poolId }),
  async handle({ UserPoolId }, { pools }) {
    await pools.remove(UserPoolId);
  },
});

/** A pool in the wire's words (UserPoolType). */
function userPoolType(pool: Pool, users: number) {
  const { passwordPolicy: policy, messages, recovery } = pool;
  return {
    Id: pool.id,
    Name: pool.name,
    Arn: userPoolArn(pool.account, pool.id),
    Policies: {
      PasswordPolicy: {
        MinimumLength: policy.minimumLength,
        RequireUppercase: policy.requiresUppercase,
        RequireLowercase: policy.requiresLowercase,
        RequireNumbers: policy.requiresNumbers,
        RequireSymbols: policy.requiresSymbols,
        TemporaryPasswordValidityDays: policy.temporaryDays,
      },
      SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD' as const] },
    },
    DeletionProtection: pool.isDeletionProtected ? ('ACTIVE' as const) : ('INACTIVE' as const),
    LambdaConfig: {},
    LastModifiedDate: new Date(pool.modifiedAt),
    CreationDate: new Date(pool.createdAt),
    SchemaAttributes: pool.schema.map(schemaAttributeType),
    AutoVerifiedAttributes: orAbsent(pool.autoVerifiedAttributes),
    AliasAttributes: orAbsent(pool.aliasAttributes),
    UsernameAttributes: orAbsent(pool.usernameAttributes),
    SmsVerificationMessage: messages.verificationSms,
    EmailVerificationMessage: messages.verificationEmail,
    EmailVerificationSubject: messages.verificationSubject,
    VerificationMessageTemplate: {
      SmsMessage: messages.verificationSms,
      EmailMessage: messages.verificationEmail,
      EmailSubject: messages.verificationSubject,
      DefaultEmailOption: 'CONFIRM_WITH_CODE' as const,
    },
    MfaConfiguration: 'OFF' as const,
    EstimatedNumberOfUsers: users,
    EmailConfiguration: { EmailSendingAccount: 'COGNITO_DEFAULT' as const },
    UserPoolTags: pool.tags,
    AdminCreateUserConfig: {
      AllowAdminCreateUserOnly: pool.isAdminCreateOnly,
      UnusedAccountValidityDays: policy.temporaryDays,
      InviteMessageTemplate:
        (messages.inviteEmail ?? messages.inviteSubject ?? messages.inviteSms) === undefined
          ? undefined
          : {
              SMSMessage: messages.inviteSms,
              EmailMessage: messages.inviteEmail,
              EmailSubject: messages.inviteSubject,
            },
    },
    UsernameConfiguration: { CaseSensitive: pool.isCaseSensitive },
    AccountRecoverySetting: recovery && {
      // The names were checked when the pool was made.
      RecoveryMechanisms: recovery.map(({ name, priority }) => ({
        Name: name as 'verified_email',
        Priority: priority,
      })),
    },
    UserPoolTier: pool.tier as 'ESSENTIALS',
  };
}

function schemaAttributeType({
  name,
  type,
  isMutable,
  isRequired,
  isDeveloperOnly,
  min,
  max,
}: AttributeSchema) {
  const text = (bound: number | undefined) => (bound === undefined ? undefined : String(bound));
  return {
    Name: name,
    AttributeDataType: type,
    DeveloperOnlyAttribute: isDeveloperOnly,
    Mutable: isMutable,
    Required: isRequired,
    StringAttributeConstraints:
      type === 'String' ? { MinLength: text(min), MaxLength: text(max) } : undefined,
    NumberAttributeConstraints: type === 'Number' ? { MinValue: text(min), MaxValue: text(max) } : undefined,
  };
}

const orAbsent = <Item>(items: readonly Item[]): Item[] | undefined =>
  items.length === 0 ? undefined : [...items];
