/** Taking a role. */
import { assumedRoleArn } from '../../base/arn.ts';
import { Failure } from '../../base/failure.ts';
import { queryInteger, list, structure, text } from '../../wire/members.ts';
import { operation } from './nouns.ts';

const SECONDS = 3600;
const MAX_POLICY = 2048;
const ARN_TEXT = /[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]+/u;
const WORD = /[\p{L}\p{Z}\p{N}_.:/=+\-@]+/u;

/** `refused-parameter` (fact: reason). */
export type ParameterFailure = 'refused-parameter';

export const AssumeRole = operation({
  caller: 'iam',
  on: ({ RoleArn }) => RoleArn,
  // The role's trust policy decides together with the principal's own policies, and the domain asks both.
  needsNoPermission: true,
  input: structure({
    RoleArn: text({ min: 20, max: 2048, pattern: ARN_TEXT }),
    RoleSessionName: text({ min: 2, max: 64, pattern: /[\w+=,.@-]*/ }),
    PolicyArns: list(
      structure({ arn: text({ min: 20, max: 2048, pattern: ARN_TEXT }).optional() }),
    ).optional(),
    Policy: text({ min: 1, pattern: /[\u0009\u000A\u000D\u0020-\u00FF]+/ }).optional(),
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
        ProviderArn: text({ min: 20, max: 2048, pattern: ARN_TEXT }).optional(),
        ContextAssertion: text({ min: 4, max: 2048 }).optional(),
      }),
      { min: 1, max: 5 },
    ).optional(),
    MinimumSessionTokenSize: queryInteger().optional(),
  }),
  async handle(input, { assumeRoles }, { principal, account, context = {} }) {
    const { RoleSessionName: sessionName, Tags = [], Policy: sessionPolicy } = input;
    assertSupported(input);
    if (sessionPolicy !== undefined && sessionPolicy.length > MAX_POLICY)
      refuse(`Member must have length less than or equal to ${MAX_POLICY}`);
    if (new Set(Tags.map(({ Key }) => Key.toLowerCase())).size < Tags.length)
      refuse('Duplicate tag keys found.');
    const { role, credentials } = await assumeRoles.assume({
      principal,
      roleArn: input.RoleArn,
      sessionName,
      seconds: input.DurationSeconds ?? SECONDS,
      externalId: input.ExternalId,
      sessionPolicy,
      tags: Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value])),
      sourceIdentity: input.SourceIdentity,
      context,
    });
    const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = credentials;
    return {
      Credentials: {
        AccessKeyId: accessKeyId,
        SecretAccessKey: secretAccessKey,
        SessionToken: sessionToken,
        Expiration: expiresAt,
      },
      AssumedRoleUser: {
        AssumedRoleId: `${role.id}:${sessionName}`,
        Arn: assumedRoleArn(account, role.name, sessionName),
      },
      SourceIdentity: input.SourceIdentity,
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

function refuse(reason: string): never {
  throw new Failure<ParameterFailure>('refused-parameter', { reason });
}
