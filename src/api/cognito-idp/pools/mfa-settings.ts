/**
 * Second factors and passkeys of a pool, in the wire's words and in the domain's.
 *
 * Source: Cognito API reference, SetUserPoolMfaConfig, GetUserPoolMfaConfig; CreateUserPool, "MfaConfiguration".
 */
import type { Factor, MfaSettings, PasskeySettings, Pool } from '../../../domain/pools/pools.ts';
import { refuse } from '../members.ts';

export const MFA_MODES = ['OFF', 'ON', 'OPTIONAL'] as const;
type WireMode = (typeof MFA_MODES)[number];

const MODE_OF: Readonly<Record<WireMode, MfaSettings['mode']>> = {
  OFF: 'off',
  ON: 'required',
  OPTIONAL: 'optional',
};
const NAME_OF: Readonly<Record<MfaSettings['mode'], WireMode>> = {
  off: 'OFF',
  required: 'ON',
  optional: 'OPTIONAL',
};

export const mfaMode = (name: WireMode | undefined): MfaSettings['mode'] => MODE_OF[name ?? 'OFF'];
export const mfaModeName = ({ mfa }: Pick<Pool, 'mfa'>): WireMode => NAME_OF[mfa?.mode ?? 'off'];

/**
 * Factors under a mode: text messages are one where there is something to send them by.
 * @throws Failure `refused-parameter` when people would need a factor and there is none
 */
export function withMode(
  present: MfaSettings | undefined,
  mode: MfaSettings['mode'],
  { hasSms }: { hasSms: boolean },
): MfaSettings {
  const others = (present?.factors ?? []).filter((factor) => factor !== 'sms');
  return assertUsable({ mode, factors: [...(hasSms ? (['sms'] as const) : []), ...others] });
}

/** @throws Failure `refused-parameter` */
export function assertUsable(mfa: MfaSettings): MfaSettings {
  if (mfa.mode !== 'off' && mfa.factors.length === 0)
    refuse('SMS configuration or another factor is required when MFA is required or optional.');
  return mfa;
}

/** The factors with `factor` on or off; as they are when `isOn` is undefined. */
export function withFactor(
  factors: readonly Factor[],
  factor: Factor,
  isOn: boolean | undefined,
): readonly Factor[] {
  if (isOn === undefined) return factors;
  const others = factors.filter((each) => each !== factor);
  return isOn ? [...others, factor] : others;
}

/** Passkeys in the wire's words (WebAuthnConfigurationType). */
export const webAuthnType = (passkeys: PasskeySettings | undefined) =>
  passkeys && {
    RelyingPartyId: passkeys.relyingPartyId,
    UserVerification: passkeys.userVerification,
    FactorConfiguration: passkeys.isMultiFactor
      ? ('MULTI_FACTOR_WITH_USER_VERIFICATION' as const)
      : ('SINGLE_FACTOR' as const),
  };
