/** A user's second factors in the wire's words. */
import type { User } from '../../../domain/users/users.ts';
import { FACTOR_NAMES } from '../../../domain/sign-in/second-factors.ts';

/** What a person turned on; for who turned nothing on, nothing. */
export function mfaSettings({ factors }: User) {
  if (!factors || factors.enabled.length === 0) return {};
  const { enabled, preferred } = factors;
  return {
    MFAOptions: enabled.includes('sms')
      ? [{ DeliveryMedium: 'SMS' as const, AttributeName: 'phone_number' }]
      : undefined,
    PreferredMfaSetting: preferred && FACTOR_NAMES[preferred],
    UserMFASettingList: enabled.map((factor) => FACTOR_NAMES[factor]),
  };
}
