/**
 * Roles that user-pool operations hand to Cognito, for iam:PassRole.
 *
 * Asked also where the role is that of before, and where the member is refused afterwards.
 * Source: IAM user guide, "Grant a user permissions to pass a role to an AWS service".
 */
import type { Passes } from '../../../wire/operation.ts';

interface SmsConfiguration {
  readonly SnsCallerArn?: string | undefined;
  readonly EumsSms?: { readonly CallerArn?: string | undefined } | undefined;
}

/** iam:PassedToService; the developer guide says it of the SMS role, of a group's it is a guess. */
const TO = 'cognito-idp.amazonaws.com';

const given = (...arns: readonly (string | undefined)[]): readonly string[] =>
  arns.flatMap((arn) => (arn ? [arn] : []));

/** The role of a group. */
export const passesGroupRole: Passes<{ RoleArn?: string | undefined }> = {
  to: TO,
  roles: ({ RoleArn }) => given(RoleArn),
};

/** The role by which a pool sends text messages. */
export const passesSmsRole: Passes<{ SmsConfiguration?: SmsConfiguration | undefined }> = {
  to: TO,
  roles: ({ SmsConfiguration: sms }) => given(sms?.SnsCallerArn, sms?.EumsSms?.CallerArn),
};

/** The same where it stands among the second factors. */
export const passesMfaSmsRole: Passes<{
  SmsMfaConfiguration?: { SmsConfiguration?: SmsConfiguration | undefined } | undefined;
}> = {
  to: TO,
  roles: ({ SmsMfaConfiguration: sms }) => passesSmsRole.roles({ SmsConfiguration: sms?.SmsConfiguration }),
};

/** The role by which a client would report to its analytics. */
export const passesAnalyticsRole: Passes<{
  AnalyticsConfiguration?: { RoleArn?: string | undefined } | undefined;
}> = { to: TO, roles: ({ AnalyticsConfiguration: analytics }) => given(analytics?.RoleArn) };
