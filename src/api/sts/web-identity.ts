/** Taking a role with a token of an OpenID Connect issuer; unsigned, proven by the token. */
import { assumedRoleArn } from '../../base/arn.ts';
import { queryInteger, structure, text } from '../../wire/members.ts';
import {
  credentialsType,
  policyArns,
  refuse,
  roleArn,
  sessionName,
  sessionPolicy,
  tokenSize,
} from './members.ts';
import { operation } from './nouns.ts';

const SECONDS = 3600;

export const AssumeRoleWithWebIdentity = operation({
  caller: 'anyone',
  input: structure({
    RoleArn: roleArn,
    RoleSessionName: sessionName,
    WebIdentityToken: text({ min: 4, max: 20_000 }),
    ProviderId: text({ min: 4, max: 2048 }).optional(),
    PolicyArns: policyArns.optional(),
    Policy: sessionPolicy.optional(),
    DurationSeconds: queryInteger({ min: 900, max: 43_200 }).optional(),
    MinimumSessionTokenSize: tokenSize.optional(),
  }),
  async handle(input, { webIdentity }, { account, context }) {
    const { RoleSessionName: name, WebIdentityToken: token, Policy } = input;
    if ((input.PolicyArns ?? []).length > 0) refuse('PolicyArns is not supported.');
    const { role, credentials, subject, audience, provider } = await webIdentity.assume({
      roleArn: input.RoleArn,
      sessionName: name,
      token,
      providerId: input.ProviderId,
      seconds: input.DurationSeconds ?? SECONDS,
      sessionPolicy: Policy,
      context,
    });
    return {
      Credentials: credentialsType(credentials),
      SubjectFromWebIdentityToken: subject,
      AssumedRoleUser: {
        AssumedRoleId: `${role.id}:${name}`,
        Arn: assumedRoleArn(account, role.name, name),
      },
      Provider: provider,
      Audience: audience,
    };
  },
});
