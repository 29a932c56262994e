/**
 * LambdaConfig: the functions that a pool asks, in the wire's words and in the domain's.
 *
 * Source: Cognito API reference, LambdaConfigType.
 */
import type { z } from 'zod';
import type { Pool } from '../../../domain/pools/pools.ts';
import type { PoolTrigger, TriggerName } from '../../../domain/ports/triggers.ts';
import { refuse } from '../members.ts';
import type { lambdaConfig } from './pool-members.ts';

type LambdaConfig = z.infer<typeof lambdaConfig>;
type Triggers = Readonly<Partial<Record<TriggerName, PoolTrigger>>>;

/** Those that are named by an ARN alone. */
const PLAIN = [
  'PreSignUp',
  'PostConfirmation',
  'PreAuthentication',
  'PostAuthentication',
  'DefineAuthChallenge',
  'CreateAuthChallenge',
  'VerifyAuthChallengeResponse',
  'UserMigration',
  'CustomMessage',
] as const;
/** Those whose events have versions. */
const VERSIONED = ['CustomEmailSender', 'CustomSMSSender', 'InboundFederation'] as const;

/** @throws Failure `refused-parameter` */
export function triggersFrom(config: LambdaConfig | undefined): Triggers {
  if (!config) return {};
  const { PreTokenGeneration: bare, PreTokenGenerationConfig: versioned } = config;
  if (bare !== undefined && versioned && bare !== versioned.LambdaArn)
    refuse('PreTokenGeneration and PreTokenGenerationConfig must name the same function.');
  if ((config.CustomEmailSender ?? config.CustomSMSSender) && config.KMSKeyID === undefined)
    refuse('KMSKeyID is required with CustomEmailSender and CustomSMSSender.');
  const plain = PLAIN.flatMap((name) => {
    const arn = config[name];
    return arn === undefined ? [] : [[name, { arn }] as const];
  });
  const others = VERSIONED.flatMap((name) => {
    const given = config[name];
    return given === undefined
      ? []
      : [[name, { arn: given.LambdaArn, version: given.LambdaVersion }] as const];
  });
  const tokens: Triggers = versioned
    ? { PreTokenGeneration: { arn: versioned.LambdaArn, version: versioned.LambdaVersion } }
    : { ...(bare !== undefined && { PreTokenGeneration: { arn: bare } }) };
  return { ...Object.fromEntries([...plain, ...others]), ...tokens };
}

/** A pool's functions in the wire's words (LambdaConfigType). */
export function lambdaConfigType({
  triggers = {},
  kmsKeyId,
}: Pick<Pool, 'triggers' | 'kmsKeyId'>): LambdaConfig {
  const plain = PLAIN.flatMap((name) => {
    const trigger = triggers[name];
    return trigger ? [[name, trigger.arn]] : [];
  });
  const others = VERSIONED.flatMap((name) => {
    const trigger = triggers[name];
    return trigger ? [[name, { LambdaArn: trigger.arn, LambdaVersion: trigger.version ?? 'V1_0' }]] : [];
  });
  const { PreTokenGeneration: tokens } = triggers;
  return {
    ...Object.fromEntries([...plain, ...others]),
    ...(tokens && {
      PreTokenGeneration: tokens.arn,
      // The versions were checked when the pool was made.
      PreTokenGenerationConfig: {
        LambdaArn: tokens.arn,
        LambdaVersion: (tokens.version ?? 'V1_0') as 'V1_0',
      },
    }),
    ...(kmsKeyId !== undefined && { KMSKeyID: kmsKeyId }),
  };
}
