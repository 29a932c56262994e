/** Taking a role with a SAML assertion; unsigned, proven by the assertion. */
import { assumedRoleArn } from '../../base/arn.ts';
import { queryInteger, structure, text } from '../../wire/members.ts';
import {
  arnText,
  credentialsType,
  policyArns,
  refuse,
  roleArn,
  sessionPolicy,
  tokenSize,
  tokenSizes,
} from './members.ts';
import { operation } from './nouns.ts';

const SECONDS = 3600;

export const AssumeRoleWithSAML = operation({
  caller: 'anyone',
  input: structure({
    RoleArn: roleArn,
    PrincipalArn: arnText,
    SAMLAssertion: text({ min: 4, max: 100_000, secret: true }),
    PolicyArns: policyArns.optional(),
    Policy: sessionPolicy.optional(),
    DurationSeconds: queryInteger({ min: 900, max: 43_200 }).optional(),
    MinimumSessionTokenSize: tokenSize.optional(),
  }),
  async handle(input, { samlIdentity }, { account, context }) {
    const { PrincipalArn: providerArn, SAMLAssertion: assertion, Policy } = input;
    if ((input.PolicyArns ?? []).length > 0) refuse('PolicyArns is not supported.');
    if ((input.MinimumSessionTokenSize ?? 0) > 0) refuse('MinimumSessionTokenSize is not supported.');
    const session = await samlIdentity.assume({
      roleArn: input.RoleArn,
      providerArn,
      assertion,
      seconds: input.DurationSeconds ?? SECONDS,
      sessionPolicy: Policy,
      context,
    });
    const { role, credentials, sessionName, tags } = session;
    return {
      Credentials: credentialsType(credentials),
      AssumedRoleUser: {
        AssumedRoleId: `${role.id}:${sessionName}`,
        Arn: assumedRoleArn(account, role.name, sessionName),
      },
      ...tokenSizes(credentials, { isPacked: Policy !== undefined || Object.keys(tags).length > 0 }),
      Subject: session.subject,
      SubjectType: session.subjectType,
      Issuer: session.issuer,
      Audience: session.recipient,
      NameQualifier: session.nameQualifier,
      SourceIdentity: session.sourceIdentity,
    };
  },
});
