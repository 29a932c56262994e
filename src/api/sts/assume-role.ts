/** Taking a role. */
import { assumedRoleArn } from '../../base/arn.ts';
import { queryInteger, list, structure, text } from '../../wire/members.ts';
import {
  arnText,
  credentialsType,
  policyArns,
  refuse,
  roleArn,
  sessionName,
  sessionPolicy,
  tokenSize,
} from './members.ts';
import { unsought } from '../../wire/target.ts';
import { operation } from './nouns.ts';

const SECONDS = 3600;
const WORD = /[\p{L}\p{Z}\p{N}_.:/=+\-@]+/u;

export const AssumeRole = operation({
  caller: 'iam',
  on: ({ RoleArn }) => unsought(RoleArn),
  // The role's trust policy decides together with the principal's own policies, and the domain asks both.
  needsNoPermission: true,
  input: structure({
    RoleArn: roleArn,
    RoleSessionName: sessionName,
    PolicyArns: policyArns.optional(),
    Policy: sessionPolicy.optional(),
    DurationSeconds: queryInteger({ min: 900, max: 43_200 }).optional(),
    Tags: list(
      structure({
        Key: text({ min: 1, max: 128, pattern: WORD }),
        Value: text({ max: 256, pattern: /[\p{L}\p{Z}\p{N}_.:/=+\-@]*/u }),
      }),
      { max: 50 },
    ).optional(),
    TransitiveTagKeys: list(text({ min: 1, max: 128, pattern: WORD }), { max: 50 }).optional(),
    ExternalId: text({ min: 2, max: 1224, pattern: /[\w+=,.@:/-]*/ }).optional(),
    SerialNumber: text({ min: 9, max: 256, pattern: /[\w+=/:,.@-]*/ }).optional(),
    TokenCode: text({ min: 6, max: 6, pattern: /[\d]*/ }).optional(),
    SourceIdentity: text({ min: 2, max: 64, pattern: /[\w+=,.@-]*/ }).optional(),
    ProvidedContexts: list(
      structure({
        ProviderArn: arnText.optional(),
        ContextAssertion: text({ min: 4, max: 2048 }).optional(),
      }),
      { min: 1, max: 5 },
    ).optional(),
    MinimumSessionTokenSize: tokenSize.optional(),
  }),
  async handle(input, { assumeRoles }, { principal, account, context }) {
    const { RoleSessionName: name, Tags = [], Policy } = input;
    assertSupported(input);
    if (new Set(Tags.map(({ Key }) => Key.toLowerCase())).size < Tags.length)
      refuse('Duplicate tag keys found.');
    const { role, credentials, sourceIdentity } = await assumeRoles.assume({
      principal,
      roleArn: input.RoleArn,
      sessionName: name,
      seconds: input.DurationSeconds ?? SECONDS,
      externalId: input.ExternalId,
      sessionPolicy: Policy,
      tags: Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value])),
      sourceIdentity: input.SourceIdentity,
      context,
    });
    return {
      Credentials: credentialsType(credentials),
      AssumedRoleUser: {
        AssumedRoleId: `${role.id}:${name}`,
        Arn: assumedRoleArn(account, role.name, name),
      },
      SourceIdentity: sourceIdentity,
    };
  },
});

function assertSupported(input: {
  PolicyArns?: unknown[];
  SerialNumber?: string;
  TokenCode?: string;
  ProvidedContexts?: unknown[];
  TransitiveTagKeys?: unknown[];
}): void {
  if ((input.PolicyArns ?? []).length > 0) refuse('PolicyArns is not supported.');
  if (input.SerialNumber !== undefined || input.TokenCode !== undefined)
    refuse('MultiFactorAuthentication is not supported.');
  if ((input.ProvidedContexts ?? []).length > 0) refuse('ProvidedContexts is not supported.');
  if ((input.TransitiveTagKeys ?? []).length > 0) refuse('TransitiveTagKeys is not supported.');
}
