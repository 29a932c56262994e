/** Operations of cognito-idp on a pool's second factors and passkeys. */
import type { z } from 'zod';
import type { Pool } from '../../../domain/pools/pools.ts';
import { flag, oneOf, structure, text } from '../../../wire/members.ts';
import { onPool, poolId } from '../members.ts';
import { assertUsable, MFA_MODES, mfaMode, mfaModeName, webAuthnType, withFactor } from './mfa-settings.ts';
import { operation } from '../nouns.ts';
import { passesMfaSmsRole } from './passed-roles.ts';
import { codeSms, mfaEmail, mfaSubject, smsConfiguration } from './pool-members.ts';
import { assertInTier, smsSender } from './pool-settings.ts';
import { smsConfigurationType } from './user-pool-type.ts';

const mfaConfigInput = structure({
  UserPoolId: poolId,
  SmsMfaConfiguration: structure({
    SmsAuthenticationMessage: codeSms,
    SmsConfiguration: smsConfiguration.optional(),
  }).optional(),
  SoftwareTokenMfaConfiguration: structure({ Enabled: flag().optional() }).optional(),
  EmailMfaConfiguration: structure({ Message: mfaEmail, Subject: mfaSubject }).optional(),
  MfaConfiguration: oneOf(MFA_MODES).optional(),
  WebAuthnConfiguration: structure({
    RelyingPartyId: text({ min: 1, max: 127 }).optional(),
    UserVerification: oneOf(['required', 'preferred']).optional(),
    FactorConfiguration: oneOf(['SINGLE_FACTOR', 'MULTI_FACTOR_WITH_USER_VERIFICATION']).optional(),
  }).optional(),
});
type Input = z.infer<typeof mfaConfigInput>;

export const SetUserPoolMfaConfig = operation({
  caller: 'iam',
  on: onPool,
  passes: passesMfaSmsRole,
  input: mfaConfigInput,
  async handle(input, { pools }) {
    return mfaConfigType(await pools.update(input.UserPoolId, (pool) => configured(pool, input)));
  },
});

export const GetUserPoolMfaConfig = operation({
  caller: 'iam',
  on: onPool,
  input: structure({ UserPoolId: poolId }),
  async handle({ UserPoolId }, { pools }) {
    return mfaConfigType(await pools.get(UserPoolId));
  },
});

/** The pool as configured; what the input leaves out stays, unless it turns second factors off. @throws Failure `refused-parameter`, `feature-not-in-tier` */
function configured(pool: Pool, input: Input): Pool {
  const { SmsMfaConfiguration: sms, EmailMfaConfiguration: email, WebAuthnConfiguration: passkeys } = input;
  const senders = { ...pool.senders, ...(sms?.SmsConfiguration && { sms: smsSender(sms.SmsConfiguration) }) };
  const present = pool.mfa?.factors ?? [];
  const leftOut = input.MfaConfiguration === 'OFF' ? false : undefined;
  const withSms = withFactor(present, 'sms', sms ? senders.sms !== undefined : leftOut);
  const withTotp = withFactor(withSms, 'totp', input.SoftwareTokenMfaConfiguration?.Enabled);
  const mode =
    input.MfaConfiguration === undefined ? (pool.mfa?.mode ?? 'off') : mfaMode(input.MfaConfiguration);
  const changed: Pool = {
    ...pool,
    senders,
    mfa: assertUsable({ mode, factors: withFactor(withTotp, 'email', email ? true : leftOut) }),
    messages: {
      ...pool.messages,
      ...(sms && { mfaSms: sms.SmsAuthenticationMessage }),
      ...(email && { mfaEmail: email.Message, mfaSubject: email.Subject }),
    },
    passkeys: passkeys
      ? {
          relyingPartyId: passkeys.RelyingPartyId,
          userVerification: passkeys.UserVerification ?? 'preferred',
          isMultiFactor: passkeys.FactorConfiguration === 'MULTI_FACTOR_WITH_USER_VERIFICATION',
        }
      : pool.passkeys,
  };
  assertInTier(changed);
  return changed;
}

/** A pool's factors in the wire's words (GetUserPoolMfaConfigResponse). */
function mfaConfigType(pool: Pool) {
  const { messages, senders, passkeys } = pool;
  const factors = pool.mfa?.factors ?? [];
  return {
    SmsMfaConfiguration: factors.includes('sms')
      ? { SmsAuthenticationMessage: messages.mfaSms, SmsConfiguration: smsConfigurationType(senders?.sms) }
      : undefined,
    SoftwareTokenMfaConfiguration: factors.includes('totp') ? { Enabled: true } : undefined,
    EmailMfaConfiguration: factors.includes('email')
      ? { Message: messages.mfaEmail, Subject: messages.mfaSubject }
      : undefined,
    MfaConfiguration: mfaModeName(pool),
    WebAuthnConfiguration: webAuthnType(passkeys),
  };
}
